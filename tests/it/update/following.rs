//! What follows a hand-over: tasks, the update service's own word, power, and whether anything is under way.

use std::sync::atomic::{AtomicUsize, Ordering};

use firmdeck::{
    bmc::redfish::update::{
        Watch,
        busy::{self, Idle, Whose},
        power::{self, Commanded, Power, Reset},
        task,
    },
    domain::{
        attempt::{Attempt, Receipt, TaskState},
        inventory::Stack,
    },
};
use serde_json::{Value, json};

use super::bench::{Bench, Bmc};
use crate::support::{
    http::{Answer, End, Handler, Request},
    tree::{Tree, refusal},
};

const TASKS: &str = "/redfish/v1/TaskService/Tasks";
const SYSTEM: &str = "/redfish/v1/Systems/1";
const MANAGER: &str = "/redfish/v1/Managers/1";

fn nothing(_: &Request) -> Answer {
    Answer::empty(204)
}

fn of_task(id: &str) -> Receipt {
    Receipt { task: Some(format!("{TASKS}/{id}")), ..Receipt::default() }
}

#[tokio::test]
async fn a_task_is_read_from_the_task_and_not_from_its_monitor() {
    let body = json!({ "TaskState": "Running", "PercentComplete": 30, "Messages": [{ "Message": "Writing." }] });
    let mut bench = Bench::with(Bmc::answering(nothing).with(&format!("{TASKS}/1"), body)).await;
    let receipt = Receipt { monitor: Some("/redfish/v1/TaskService/TaskMonitors/1".into()), ..of_task("1") };
    let reading = task::read(&mut bench.client, Stack::Xcc, &receipt).await.unwrap();
    assert_eq!((reading.state, reading.percent), (TaskState::Running, Some(30)));
    assert_eq!(reading.message.as_deref(), Some("Writing."));
    assert_eq!(bench.server.count("GET", "/redfish/v1/TaskService/TaskMonitors/1"), 0);
}

#[tokio::test]
async fn a_task_that_another_one_has_replaced_after_a_reset_is_gone() {
    let task =
        json!({ "TaskState": "Running", "StartTime": "2026-01-01T00:00:10+00:00", "@odata.type": "#Task.v1_4_3.Task" });
    let accepted = |_: &Request| {
        Answer::json(202, &json!({ "@odata.type": "#Task.v1_4_3.Task", "@odata.id": format!("{TASKS}/0") }))
            .with("Location", "/redfish/v1/TaskService/TaskMonitors/0")
    };
    let mut bench = Bench::with(Bmc::answering(accepted).with(&format!("{TASKS}/0"), task)).await;
    let Attempt::Accepted { mut receipt } = bench.push().await else { panic!("accepted") };
    assert_eq!(receipt.started.as_deref(), Some("2026-01-01T00:00:10+00:00"), "it is noted with the acceptance");
    let reading = task::read(&mut bench.client, Stack::OpenBmc, &receipt).await.unwrap();
    assert_eq!(reading.state, TaskState::Running);
    receipt.started = Some("2025-12-31T23:00:00+00:00".into());
    let reading = task::read(&mut bench.client, Stack::OpenBmc, &receipt).await.unwrap();
    assert_eq!(reading.state, TaskState::Gone);
}

#[tokio::test]
async fn a_job_that_the_task_service_forgot_is_found_in_the_queue() {
    let job = json!({ "Id": "JID_7", "JobState": "Completed", "Message": "Job completed successfully.", "MessageId": "PR19" });
    let at = "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/JID_7";
    let mut bench = Bench::with(Bmc::answering(nothing).with(at, job)).await;
    let reading = task::read(&mut bench.client, Stack::Idrac, &of_task("JID_7")).await.unwrap();
    assert_eq!(reading.state, TaskState::Succeeded);
    let reading = task::read(&mut bench.client, Stack::Generic, &of_task("JID_7")).await.unwrap();
    assert_eq!(reading.state, TaskState::Gone);
}

#[tokio::test]
async fn a_bmc_that_cannot_be_read_says_nothing_of_the_task() {
    let tree = Tree::small(super::bench::PASSWORD);
    let mut bench =
        Bench::with(
            move |request: &Request| {
                if request.path().starts_with(TASKS) { Answer::empty(500) } else { tree.answer(request) }
            },
        )
        .await;
    assert!(task::read(&mut bench.client, Stack::Generic, &of_task("1")).await.is_err());
}

/// An iLO without tasks, whose update service says these words in turn.
async fn ilo(words: &'static [&'static str]) -> Bench {
    let (tree, at) = (Tree::small(super::bench::PASSWORD), AtomicUsize::new(0));
    Bench::with(move |request: &Request| {
        if request.method == "GET" && request.path() == "/redfish/v1/UpdateService" {
            let word = words[at.fetch_add(1, Ordering::SeqCst).min(words.len() - 1)];
            return Answer::json(
                200,
                &json!({ "Oem": { "Hpe": { "State": word, "FlashProgressPercent": 50,
                "Result": { "MessageId": "iLO.2.34.Success" } } } }),
            );
        }
        tree.answer(request)
    })
    .await
}

#[tokio::test]
async fn an_ilo_that_rests_at_complete_has_not_completed_this_update() {
    let mut bench = ilo(&["Complete", "Complete", "Updating", "Complete"]).await;
    let mut watch = Watch::begin(&mut bench.client, Stack::Ilo).await.unwrap();
    let mut states = Vec::new();
    for _ in 0..3 {
        let reading = watch.read(&mut bench.client, &Receipt::default()).await.unwrap();
        states.push((reading.state, reading.percent));
    }
    let expected = [(TaskState::Gone, None), (TaskState::Running, Some(50)), (TaskState::Succeeded, None)];
    assert_eq!(states, expected);
}

fn system(actions: Value) -> Value {
    json!({ "Id": "1", "PowerState": "On", "BootProgress": { "LastState": "OSRunning" }, "LastResetTime": "2026-01-01T00:00:00Z",
            "Actions": { "#ComputerSystem.Reset": actions } })
}

const RESET: &str = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";

#[tokio::test]
async fn a_host_is_read_and_reset_in_words_that_its_bmc_allows() {
    let actions =
        json!({ "target": RESET, "ResetType@Redfish.AllowableValues": ["ForceOn", "ForceOff", "GracefulShutdown"] });
    let mut bench = Bench::with(Bmc::answering(nothing).with(SYSTEM, system(actions))).await;
    let host = power::read(&mut bench.client, Stack::Generic, SYSTEM).await.unwrap();
    assert_eq!((host.power, host.post_finished), (Power::On, Some(true)));
    assert_eq!(host.last_reset.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(power::reset_host(&mut bench.client, SYSTEM, Reset::On).await, Commanded::Taken);
    assert_eq!(power::reset_host(&mut bench.client, SYSTEM, Reset::GracefulShutdown).await, Commanded::Taken);
    let not_offered = power::reset_host(&mut bench.client, SYSTEM, Reset::GracefulRestart).await;
    assert!(matches!(not_offered, Commanded::NotOffered { offered } if offered.len() == 3));
    let requests = bench.server.requests();
    let sent: Vec<_> = requests.iter().filter(|request| request.path() == RESET).map(|r| r.body.as_str()).collect();
    assert_eq!(sent, [r#"{"ResetType":"ForceOn"}"#, r#"{"ResetType":"GracefulShutdown"}"#]);
}

#[tokio::test]
async fn allowed_values_are_also_found_in_the_action_info() {
    let actions = json!({ "target": RESET, "@Redfish.ActionInfo": "/redfish/v1/Systems/1/ResetActionInfo" });
    let info = json!({ "Parameters": [{ "Name": "ResetType", "AllowableValues": ["On", "ForceOff"] }] });
    let bmc = Bmc::answering(nothing).with(SYSTEM, system(actions)).with("/redfish/v1/Systems/1/ResetActionInfo", info);
    let mut bench = Bench::with(bmc).await;
    assert_eq!(power::reset_host(&mut bench.client, SYSTEM, Reset::ForceOff).await, Commanded::Taken);
    let graceful = power::reset_host(&mut bench.client, SYSTEM, Reset::GracefulShutdown).await;
    assert_eq!(graceful, Commanded::NotOffered { offered: vec!["On".into(), "ForceOff".into()] });
}

#[tokio::test]
async fn a_reset_without_an_answer_is_unknown_and_sent_once() {
    let actions = json!({ "target": RESET });
    for (answer, expected) in [
        (Answer::empty(204).ending(End::Unsaid), "unknown"),
        (Answer::empty(500), "unknown"),
        (Answer::empty(503), "busy"),
        (refusal(400, "iLO.2.34.InvalidOperationForSystemState", "x"), "busy"),
        (refusal(409, "Base.1.8.GeneralError", "it is off"), "refused"),
    ] {
        let bmc = Bmc::answering(move |_: &Request| answer.clone()).with(SYSTEM, system(actions.clone()));
        let mut bench = Bench::with(bmc).await;
        let word = match power::reset_host(&mut bench.client, SYSTEM, Reset::ForceRestart).await {
            Commanded::Unknown { .. } => "unknown",
            Commanded::Busy { .. } => "busy",
            Commanded::Refused { why, .. } if why.contains("it is off") => "refused",
            other => panic!("{other:?}"),
        };
        assert_eq!((word, bench.server.count("POST", RESET)), (expected, 1));
    }
}

#[tokio::test]
async fn a_bmc_is_reset_gracefully_where_it_can_be() {
    let target = "/redfish/v1/Managers/1/Actions/Manager.Reset";
    let values = ["ForceRestart", "GracefulRestart"];
    let actions = json!({ "#Manager.Reset": { "target": target, "ResetType@Redfish.AllowableValues": values } });
    let mut bench = Bench::with(Bmc::answering(nothing).with(MANAGER, json!({ "Actions": actions }))).await;
    assert_eq!(power::reset_bmc(&mut bench.client, MANAGER).await, Commanded::Taken);
    assert!(bench.server.requests().iter().any(|request| request.body == r#"{"ResetType":"GracefulRestart"}"#));
}

#[tokio::test]
async fn a_task_of_somebody_else_makes_a_bmc_busy_and_is_named() {
    let link = |path: &str| json!({ "@odata.id": path });
    let root = json!({ "RedfishVersion": "1.6.0", "Tasks": link("/redfish/v1/TaskService"),
        "Links": { "Sessions": link("/redfish/v1/SessionService/Sessions") } });
    let bmc = |first: &str, second: &str| {
        Bmc::answering(nothing)
            .with("/redfish/v1", root.clone())
            .with("/redfish/v1/TaskService", json!({ "Tasks": link(TASKS) }))
            .with(TASKS, json!({ "Members": [link(&format!("{TASKS}/1")), link(&format!("{TASKS}/2"))] }))
            .with(&format!("{TASKS}/1"), json!({ "Name": "Update", "TaskState": first }))
            .with(&format!("{TASKS}/2"), json!({ "Name": "Export", "TaskState": second }))
    };
    let mut bench = Bench::with(bmc("Completed", "Exception")).await;
    assert_eq!(busy::look(&mut bench.client, Stack::Generic, None, busy::Ours::default()).await.unwrap(), Idle::Idle);
    let mut bench = Bench::with(bmc("Running", "Running")).await;
    let Idle::Busy { what, whose, .. } = busy::look(
        &mut bench.client,
        Stack::Generic,
        None,
        busy::Ours { receipts: &[of_task("1")], ..busy::Ours::default() },
    )
    .await
    .unwrap() else {
        panic!("busy")
    };
    assert_eq!(whose, Whose::Foreign);
    assert!(what.contains("Export") && what.contains("Tasks/2"), "{what}");
    let mut bench = Bench::with(bmc("Running", "Completed")).await;
    let ours = busy::look(
        &mut bench.client,
        Stack::Generic,
        None,
        busy::Ours { receipts: &[of_task("1")], ..busy::Ours::default() },
    )
    .await
    .unwrap();
    assert!(matches!(ours, Idle::Busy { whose: Whose::Ours, .. }), "{ours:?}");
}

#[tokio::test]
async fn a_scheduled_dell_job_makes_an_idrac_busy() {
    let jobs = "/redfish/v1/Managers/1/Oem/Dell/Jobs";
    let link = |path: &str| json!({ "@odata.id": path });
    let bmc = Bmc::answering(nothing)
        .with(MANAGER, json!({ "Links": { "Oem": { "Dell": { "Jobs": link(jobs) } } } }))
        .with(jobs, json!({ "Members": [link(&format!("{jobs}/JID_1"))] }))
        .with(&format!("{jobs}/JID_1"), json!({ "Name": "Firmware Update: BIOS", "JobState": "Scheduled" }));
    let mut bench = Bench::with(bmc).await;
    let idle = busy::look(&mut bench.client, Stack::Idrac, Some(MANAGER), busy::Ours::default()).await.unwrap();
    assert!(matches!(&idle, Idle::Busy { what, whose: Whose::Foreign, .. } if what.contains("Scheduled")), "{idle:?}");
}

#[tokio::test]
async fn every_step_can_run_in_a_task_of_its_own() {
    fn movable<T: Send>(step: T) -> T {
        step
    }
    let mut bench = Bench::with(Bmc::answering(nothing)).await;
    movable(bench.push()).await;
    movable(bench.pull()).await;
    movable(bench.start()).await;
    let receipt = Receipt::default();
    let _ = movable(busy::look(&mut bench.client, Stack::Generic, None, busy::Ours::default())).await;
    let _ = movable(power::reset_host(&mut bench.client, SYSTEM, Reset::On)).await;
    let mut watch = movable(Watch::begin(&mut bench.client, Stack::Generic)).await.unwrap();
    assert_eq!(movable(watch.read(&mut bench.client, &receipt)).await.unwrap().state, TaskState::Gone);
}
