//! What must be told, or decided, before anything is sent.

use firmdeck::lab::{
    fault::{Effect, Rule},
    model::{Kind, Machine, Post, Power},
    personality::Personality::{Idrac9, Ilo5},
};
use serde_json::json;

use super::given;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linux_package_for_a_dell_is_refused_with_the_one_to_take() {
    let case = given(Idrac9).await;
    let package = case.site.bench.write(
        "BIOS_8J5XG_LN64_1.13.2.BIN",
        "#!/bin/sh\nexec ./spsetup.sh \"$@\"\n#####Startofpackage#####\n<SoftwareComponent vendorVersion=\"1.13.2\"/>\n\
         #####Startofarchive#####\n",
    );
    let inspected = case.site.run(&["images", "inspect", package.to_str().unwrap()]).await;
    let said = format!("{}{}", inspected.out, inspected.err);
    assert!(said.contains("a Linux package runs on the host") && said.contains("Windows package (.EXE)"), "{said}");
    assert_eq!(case.site.lab.bmc(0).machine().counts.pushes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_never_rebooted_but_by_the_plan() {
    // The image waits for a reset of ours: the BMC was never asked to apply it at once.
    let run = given(Idrac9).await.run().await.succeeded();
    assert_eq!((run.counts().host_resets, run.counts().host_boots), (run.resets(), run.resets()));
    // Where no reset is allowed, nothing that needs one is even sent.
    let run = given(Idrac9).await.planned("--power=never").run().await;
    assert_eq!(run.counts().host_resets, 0);
    assert_eq!(run.requests("POST", "ComputerSystem.Reset"), 0);
    // A host that was off when that was planned, and is on now, is left alone too.
    let power = |power, post| move |machine: &mut Machine| (machine.power, machine.post) = (power, post);
    let case = given(Idrac9).await.being(power(Power::Off, Post::Off)).await.planned("--power=if_off");
    let digest = case.plan().await;
    case.site.lab.bmc(0).change(power(Power::On, Post::Finished));
    let run = case.carry(&digest).await.told("blocked", "power_policy");
    assert_eq!((run.counts().pushes, run.counts().host_resets), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_ilo_goes_by_its_stepping_stone() {
    let old = |machine: &mut Machine| {
        for component in machine.components.iter_mut().filter(|one| one.kind == Kind::Bmc) {
            component.version = "2.18 Jun 22 2020".into();
        }
    };
    let run = given(Ilo5).await.being(old).await.run().await.succeeded();
    let updates = run.document["servers"][0]["updates"].as_array().unwrap();
    let steps: Vec<_> =
        updates.iter().filter(|one| one["name"] == "iLO 5").map(|one| one["to"].as_str().unwrap()).collect();
    assert_eq!(steps, ["2.82 Feb 06 2023", "3.08 Jul 30 2024"], "{updates:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilo_that_cannot_verify_is_told_of_the_step_between() {
    let run = given(Ilo5).await.with("signature-not-verified").run().await.told("failed", "ilo_signature");
    assert_eq!(run.counts().all_images_accepted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_goes_down_only_where_it_was_asked_for_and_a_lock_is_told() {
    let newer = |machine: &mut Machine| {
        for component in machine.components.iter_mut().filter(|one| matches!(one.kind, Kind::Bmc | Kind::Bios)) {
            component.version = if component.kind == Kind::Bmc { "7.10.90.00" } else { "1.99.0" }.into();
        }
    };
    let case = given(Idrac9).await.being(newer).await;
    let (_, planned) = case.site.plan(&[]).await;
    assert_eq!(planned.json()["plan"]["servers"][0]["updates"], json!([]));
    let locked = Effect::Answer {
        status: 400,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: json!({ "error": { "@Message.ExtendedInfo": [{
            "MessageId": "IDRAC.2.8.SUP0517", "Message": "Unable to update the firmware to the version in the package." }] } })
        .to_string()
        .into_bytes(),
        done: false,
    };
    let locked = Rule::new(locked).on("POST", "*/MultipartUpload");
    let run = case.planned("--downgrade").rule(locked).run().await.told("failed", "idrac_locked_version");
    assert_eq!(run.counts().all_images_accepted(), 0);
}
