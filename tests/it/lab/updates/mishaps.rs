use firmdeck::lab::{
    fault,
    model::{Kind, Power},
    personality::Personality,
};
use serde_json::{Value, json};

use super::{Bench, INVENTORY};
use crate::lab::raw::{Raw, try_get, until};

const PUSH: &str = "/redfish/v1/UpdateService/MultipartUpload";

async fn bench(fault: &str) -> Bench {
    Bench::with(Personality::Idrac9, fault::load(fault).unwrap()).await
}

async fn push(bench: &Bench, kind: Kind) -> std::io::Result<crate::lab::raw::Answer> {
    let image = bench.image(kind);
    let parameters = json!({"@Redfish.OperationApplyTime": "OnReset"});
    bench.try_push(PUSH, &parameters, image.file_name(), &image.bytes()).await
}

async fn first_task(bench: &Bench) -> Value {
    let list = bench.json("/redfish/v1/TaskService/Tasks").await;
    bench.json(list["Members"][0]["@odata.id"].as_str().unwrap()).await
}

#[tokio::test]
async fn an_answer_may_be_lost_wrong_or_without_its_task_after_the_image_was_taken() {
    let lost = bench("lost-answer").await;
    assert!(push(&lost, Kind::Bios).await.is_err());
    assert_eq!(lost.accepted("bios"), 1);
    let five = bench("accepted-500").await;
    assert_eq!(push(&five, Kind::Bios).await.unwrap().status, 500);
    assert_eq!(five.accepted("bios"), 1);
    let bare = bench("accepted-without-task").await;
    let answer = push(&bare, Kind::Bios).await.unwrap();
    assert_eq!((answer.status, answer.header("Location"), answer.body.len()), (202, None, 0));
    bare.pass(60);
    assert_eq!(first_task(&bare).await["TaskState"], "UserIntervention");
}

#[tokio::test]
async fn a_task_may_vanish_hang_or_lie() {
    let gone = bench("task-vanishes").await;
    let task = push(&gone, Kind::Bmc).await.unwrap().header("Location").unwrap().to_owned();
    assert_eq!(gone.get(&task).await.status, 404);
    gone.pass(700);
    assert_eq!(gone.version(Kind::Bmc), gone.spec(Kind::Bmc).version);

    let hung = bench("task-hangs").await;
    push(&hung, Kind::Bmc).await.unwrap();
    hung.pass(100_000);
    assert_eq!(first_task(&hung).await["TaskState"], "New");
    assert_eq!(push(&hung, Kind::Bmc).await.unwrap().status, 503);

    for (name, status) in [("ends-critical", "Critical"), ("flash-does-not-take", "OK")] {
        let lies = bench(name).await;
        let old = lies.version(Kind::Bios);
        push(&lies, Kind::Bios).await.unwrap();
        lies.pass(60);
        lies.reset("ForceRestart").await;
        lies.pass(500);
        let task = first_task(&lies).await;
        assert_eq!(
            (&task["TaskState"], &task["TaskStatus"], &task["PercentComplete"]),
            (&json!("Completed"), &json!(status), &json!(100)),
            "{name}"
        );
        assert_eq!(lies.version(Kind::Bios), old, "{name}");
        // It strikes once: the second attempt takes.
        push(&lies, Kind::Bios).await.unwrap();
        lies.pass(60);
        lies.reset("ForceRestart").await;
        lies.pass(500);
        assert_eq!(lies.version(Kind::Bios), lies.spec(Kind::Bios).version, "{name}");
        assert_eq!(lies.accepted("bios"), 2, "{name}");
    }
}

#[tokio::test]
async fn a_bmc_may_reset_in_the_middle_of_an_upload() {
    let bench = bench("reset-in-upload").await;
    assert!(push(&bench, Kind::Bmc).await.is_err());
    bench.pass(300);
    bench.back().await;
    let counts = bench.counts();
    assert_eq!((counts.all_images_accepted(), counts.pushes, counts.bmc_resets, counts.bricks), (0, 1, 1, 0));
    assert_eq!(push(&bench, Kind::Bmc).await.unwrap().status, 202);
}

#[tokio::test]
async fn somebody_elses_task_keeps_the_bmc_busy() {
    let bench = bench("foreign-task").await;
    assert_eq!(bench.get("/redfish/v1/TaskService/Tasks").await.status, 200);
    assert_eq!(first_task(&bench).await["TaskState"], "Running");
    assert_eq!(push(&bench, Kind::Bmc).await.unwrap().status, 503);
    bench.pass(700);
    assert_eq!(push(&bench, Kind::Bmc).await.unwrap().status, 202);
}

#[tokio::test]
async fn a_bmc_may_stay_away_or_be_another_after_its_reset() {
    let away = bench("bmc-stays-away").await;
    push(&away, Kind::Bmc).await.unwrap();
    away.pass(100_000);
    until(async || Raw::connect(away.lab.bmc(0).address()).await.is_err()).await;
    assert!(away.lab.bmc(0).machine().bmc_away_until.is_some());
    assert_eq!(away.counts().bricks, 0);

    let other = bench("other-serial").await;
    let before = other.lab.bmc(0).machine().identity;
    push(&other, Kind::Bmc).await.unwrap();
    other.pass(700);
    other.back().await;
    let system = other.json("/redfish/v1/Systems/System.Embedded.1").await;
    assert_ne!(system["SKU"], before.serial.as_str());
    assert_ne!(system["UUID"], before.uuid.as_str());
    assert_eq!(system["Model"], before.model.as_str());
}

#[tokio::test]
async fn a_host_may_never_come_out_of_post() {
    let bench = bench("post-hangs").await;
    bench.reset("ForceRestart").await;
    bench.pass(100_000);
    let machine = bench.lab.bmc(0).machine();
    assert_eq!((machine.power, machine.in_post(), machine.counts.bricks), (Power::On, true, 0));
    bench.reset("ForceRestart").await;
    bench.pass(400);
    assert!(!bench.lab.bmc(0).machine().in_post());
}

#[tokio::test]
async fn update_mode_may_stay_until_the_bmc_is_reset() {
    let rules = fault::load("update-mode-stuck").unwrap();
    let bench = Bench::with(Personality::SupermicroX13, rules).await;
    let image = bench.image(Kind::Bmc);
    let parameters = json!({"Targets": ["/redfish/v1/Managers/1"]});
    let push =
        async || bench.push("/redfish/v1/UpdateService/upload", &parameters, image.file_name(), &image.bytes()).await;
    assert_eq!(push().await.status, 202);
    bench.pass(60);
    let start = "/redfish/v1/UpdateService/Actions/UpdateService.StartUpdate";
    assert_eq!(bench.post(start, &json!({})).await.status, 400);
    assert_eq!(push().await.message_id(), "SMC.1.0.OemFirmwareAlreadyInUpdateMode");
    bench.lab.bmc(0).reset();
    bench.pass(200);
    bench.back().await;
    assert_eq!(push().await.status, 202);
    assert!(try_get(&bench.lab, 0, INVENTORY).await.is_ok());
}
