//! What a version that was read means.

use firmdeck::lab::{
    fault::{Effect, Rule},
    model::{Kind, Machine, Mishap},
    personality::Personality::{Idrac9, Ilo5, OpenBmc, SupermicroX13},
};
use serde_json::Value;

use super::given;

async fn component(case: &super::Case, kind: &str) -> Value {
    let server = case.site.run(&["inventory", "--json"]).await.server();
    let components = server["components"].as_array().unwrap().clone();
    components.into_iter().find(|one| one["kind"] == kind).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dangling_previous_version_is_never_taken_for_the_installed_one() {
    let case = given(Idrac9).await;
    let dangling = |machine: &mut Machine| {
        for component in machine.components.iter_mut().filter(|one| one.kind == Kind::Bios) {
            component.previous = Some("9.9.9".into());
        }
    };
    let installed = case.site.lab.bmc(0).machine().version(Kind::Bios).to_owned();
    let case = case.being(dangling).await;
    let bios = component(&case, "bios").await;
    assert_eq!(bios["version"].as_str().or(bios["version"]["value"].as_str()), Some(installed.as_str()), "{bios:#}");
    // What is planned begins at what is installed.
    let run = case.run().await.succeeded();
    let updates = run.document["servers"][0]["updates"].as_array().unwrap();
    let of_bios = updates.iter().find(|update| update["name"] == "BIOS").unwrap();
    assert_eq!(of_bios["from"], installed.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inventory_that_breaks_after_an_update_is_waited_for() {
    let broken = Effect::Answer {
        status: 500,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: br#"{"error":{"@Message.ExtendedInfo":[{"MessageId":"Base.1.8.InternalError","Message":"No."}]}}"#
            .to_vec(),
        done: false,
    };
    // Good until the first image is on its way, then broken for a while.
    let broken = Rule::new(broken).on("GET", "*/FirmwareInventory*").times(4, 6);
    let run = given(Idrac9).await.rule(broken).run().await.succeeded();
    assert_eq!(run.counts().all_images_accepted(), run.planned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sps_downgrade_on_an_old_ilo_is_told_as_the_known_issue() {
    // An iLO 5 2.72 whose ROM brings the SPS with it, and leaves it as it is where an older one comes.
    let sps = |machine: &mut Machine| {
        machine.mishaps.insert(Mishap::FlashDoesNotTake);
        for component in machine.components.iter_mut().filter(|one| one.kind == Kind::Bios) {
            component.name = "System ROM with SPS".into();
            component.version = "U46 v9.10 (07/18/2024)".into();
        }
    };
    let case = given(Ilo5).await.being(sps).await.only("bios").planned("--downgrade");
    let run = case.run().await.told("failed", "ilo_sps_downgrade");
    assert_eq!(run.counts().all_images_accepted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_in_another_form_is_the_same_version() {
    // The inventory says `BIOS Date: ... Ver 2.1` where manifest and system say `2.1`; a BMC's has zeros before.
    let run = given(SupermicroX13).await.run().await.succeeded();
    let updates = run.document["servers"][0]["updates"].as_array().unwrap();
    assert!(updates.iter().all(|update| !update["read_back"].is_null()), "{updates:#?}");
    // What is another version in truth is told as such, with the way to compare the two.
    let run = given(OpenBmc).await.only("bios").with("says-otherwise").run().await.told("failed", "other_version");
    assert_eq!(run.document["servers"][0]["updates"][0]["read_back"], "2.11.20240805.99");
    assert_eq!(run.counts().all_images_accepted(), 1);
}
