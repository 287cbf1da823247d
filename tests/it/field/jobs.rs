//! What tasks and jobs say, and what became of the flash.

use firmdeck::lab::{
    fault::{Effect, Rule},
    model::{Kind, Machine, Mishap},
    personality::Personality::{Idrac9, Ilo5, LenovoXcc, OpenBmc},
};
use serde_json::json;

use super::given;

/// What a task is looked at by.
fn tasks(effect: Effect) -> Rule {
    Rule::new(effect).on("GET", "*/TaskService/Tasks/*")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_that_an_idrac_does_not_know_is_told_and_not_sent_again() {
    let run = given(Idrac9).await.with("signature-not-verified").run().await.told("failed", "idrac_signature");
    assert_eq!((run.counts().pushes, run.counts().all_images_accepted()), (1, 0));
    assert_eq!(run.counts().host_resets, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_resets_before_its_end_was_read_is_verified_by_its_version() {
    let run = given(Idrac9).await.with("task-vanishes").run().await.succeeded();
    assert!(run.counts().bmc_resets > 0);
    assert_eq!(run.counts().all_images_accepted(), run.planned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_completed_with_a_reboot_pending_gets_its_one_reset() {
    let run = given(Idrac9).await.with("reboot-pending").run().await.succeeded();
    assert_eq!((run.counts().host_resets, run.counts().all_images_accepted()), (run.resets(), run.planned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_completed_and_critical_is_a_failure_with_a_way_out() {
    let run = given(Idrac9).await.with("ends-critical").run().await.told("failed", "idrac_job_no_progress");
    let next = run.document["servers"][0]["diagnosis"]["next"].as_str().unwrap();
    assert!(next.contains("firmdeck repair reset-bmc s1") && next.contains("firmdeck runs retry 1 s1"), "{next}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_cannot_be_found_yet_is_looked_for_again() {
    let run = given(Idrac9).await.with("job-late").run().await.succeeded();
    assert_eq!(run.counts().all_images_accepted(), run.planned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_new_is_waited_for() {
    given(Idrac9).await.with("job-new").run().await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_without_a_percentage_is_followed_all_the_same() {
    let no_percent = tasks(Effect::Merge(json!({ "PercentComplete": null, "Oem": null })));
    given(Idrac9).await.rule(no_percent).run().await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completed_with_errors_is_never_success() {
    let run = given(Idrac9).await.with("completed-with-errors").run().await;
    let run = run.told("failed", "idrac_completed_with_errors");
    assert!(!run.settled().contains(&"applied"), "{:#}", run.document);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_changed_their_shape_break_nothing() {
    given(Idrac9).await.with("other-shapes").run().await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_that_is_skipped_without_a_word_is_told_as_one() {
    let newer = |machine: &mut Machine| {
        for component in machine.components.iter_mut().filter(|one| one.kind == Kind::Bmc) {
            component.version = "7.10.90.00".into();
        }
    };
    let case = given(Idrac9).await.being(newer).await.planned("--downgrade").only("bmc").with("flash-does-not-take");
    let run = case.run().await;
    let updates = run.document["servers"][0]["updates"].as_array().unwrap();
    let bmc = updates.iter().find(|update| update["to"] == "7.00.30.00").unwrap();
    assert_eq!(
        (bmc["settled"].as_str(), bmc["read_back"].as_str(), bmc["diagnosis"]["id"].as_str()),
        (Some("failed"), Some("7.10.90.00"), Some("idrac_downgrade_skipped")),
        "{:#}",
        run.document
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_is_never_tried_again_by_itself() {
    let run = given(Idrac9).await.with("flash-fails").run().await.told("failed", "idrac_job_failed");
    let attempts = run.document["servers"][0]["updates"].as_array().unwrap();
    assert!(attempts.iter().all(|update| update["attempts"].as_array().unwrap().len() <= 1), "{attempts:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_gone_is_neither_success_nor_waited_for_for_ever() {
    let never = |machine: &mut Machine| {
        machine.mishaps.insert(Mishap::FlashDoesNotTake);
    };
    let run = given(OpenBmc).await.being(never).await.only("bmc").with("task-vanishes").run().await;
    assert_eq!(run.settled(), ["failed"]);
    run.told("failed", "task_gone_version_old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_503_while_an_xcc_updates_is_looked_past_and_its_monitor_left_alone() {
    let busy = Effect::Answer {
        status: 503,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: Vec::new(),
        done: false,
    };
    let run = given(LenovoXcc).await.rule(tasks(busy).times(2, 3)).run().await.succeeded();
    assert_eq!(run.requests("GET /redfish/v1/TaskService/TaskMonitors", ""), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flash_that_stands_still_is_uncertain_and_nothing_is_reset() {
    let run = given(Ilo5).await.with("stands-still").run().await.told("uncertain", "ilo_stands_still");
    assert_eq!((run.counts().bmc_resets, run.counts().host_resets), (0, 0), "nothing is reset under a flash");
    assert_eq!(run.counts().all_images_accepted(), 1);
    let cause = run.document["servers"][0]["diagnosis"]["cause"].as_str().unwrap();
    assert!(cause.contains("1 %"), "{cause}");
    // A job that is never begun is another thing.
    let run = given(Idrac9).await.with("task-hangs").run().await.told("uncertain", "task_never_began");
    assert_eq!((run.counts().bmc_resets, run.counts().host_resets), (0, 0));
}
