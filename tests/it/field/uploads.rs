//! Images on their way to the BMC.

use std::time::Duration;

use firmdeck::lab::{
    fault::{self, Effect, Rule},
    personality::Personality::{Idrac9, Idrac9Early, OpenBmc, SupermicroX12},
};
use serde_json::json;

use super::{given, transcript};

/// A BMC that offers no push, so that it must fetch.
fn no_push() -> Rule {
    Rule::new(Effect::Merge(json!({ "MultipartHttpPushUri": null, "HttpPushUri": null })))
        .on("GET", "/redfish/v1/UpdateService")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_upload_is_waited_for_and_sent_once() {
    let slow = Rule::new(Effect::Slow).on("POST", "*/MultipartUpload").after(Duration::from_secs(3));
    let run = given(Idrac9).await.rule(slow).run().await.succeeded();
    assert_eq!((run.counts().pushes, run.counts().all_images_accepted()), (run.planned(), run.planned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idrac_without_memory_is_told_to_need_a_reset_after_few_tries() {
    let mut rule = fault::load("rac964").unwrap().remove(0);
    rule.times = None;
    let run = given(Idrac9Early).await.rule(rule).run().await.told("failed", "idrac_out_of_memory");
    assert_eq!(run.counts().all_images_accepted(), 0);
    assert_eq!(run.requests("POST", "/UpdateService/FirmwareInventory"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_images_for_one_idrac_go_one_after_the_other() {
    let run = given(Idrac9).await.run().await.succeeded();
    assert_eq!((run.counts().pushes, run.counts().all_images_accepted()), (run.planned(), run.planned()));
    let pushes = transcript(&run).await;
    let pushes: Vec<_> =
        pushes.iter().filter(|one| one["path"].as_str().unwrap().ends_with("MultipartUpload")).collect();
    assert!(
        pushes.len() as u64 == run.planned() && pushes.iter().all(|push| push["status"] == 202),
        "none came too early: {pushes:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_a_bmc_cannot_fetch_is_told_as_that() {
    let case = given(Idrac9).await;
    case.site.lab.add_fault(&no_push());
    let case = case.being(|_| {}).await.with("cannot-fetch");
    let run = case.run().await.told("failed", "idrac_not_fetched");
    assert!(run.methods().iter().all(|method| *method == "simple_update"), "{:?}", run.methods());
    assert_eq!(run.counts().all_images_accepted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_500_to_an_upload_that_was_taken_is_settled_by_the_version() {
    let run = given(SupermicroX12).await.with("accepted-500").run().await.succeeded();
    assert_eq!(run.counts().all_images_accepted(), run.planned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_service_that_answers_500_is_told() {
    let failing = Effect::Answer {
        status: 500,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: Vec::new(),
        done: false,
    };
    let run = given(OpenBmc).await.rule(Rule::new(failing).on("POST", "*/UpdateService/*")).run().await;
    let run = run.told("failed", "openbmc_upload_500");
    assert_eq!(run.counts().all_images_accepted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_address_is_short_and_without_a_query() {
    let case = given(Idrac9).await;
    case.site.lab.add_fault(&no_push());
    let run = case.being(|_| {}).await.run().await.succeeded();
    let asked = &run.counts().fetches;
    assert!(!asked.is_empty());
    for address in asked {
        assert!(!address.contains(['?', '#', '%']) && address.len() <= 160, "{address}");
    }
}
