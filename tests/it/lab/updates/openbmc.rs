use firmdeck::lab::{
    image::{Image, Spec},
    model::Kind,
    personality::Personality,
};
use serde_json::{Value, json};

use super::{Bench, INVENTORY};
use crate::lab::raw::{Answer, post, until};

const PUSH: &str = "/redfish/v1/UpdateService/update";
const RAW: &str = "application/octet-stream";
const TASK: &str = "/redfish/v1/TaskService/Tasks/0";
const MONITOR: &str = "/redfish/v1/TaskService/TaskMonitors/0";

async fn bench() -> Bench {
    Bench::new(Personality::OpenBmc).await
}

fn to(target: &str, apply: &str) -> Value {
    json!({"Targets": [target], "@Redfish.OperationApplyTime": apply})
}

async fn pushed(bench: &Bench, kind: Kind, apply: &str) -> Answer {
    let image = bench.image(kind);
    let target = match kind {
        Kind::Bmc => "/redfish/v1/Managers/bmc".to_owned(),
        _ => {
            let bios = bench.version(Kind::Bios);
            let mut found = String::new();
            for member in bench.json(INVENTORY).await["Members"].as_array().unwrap() {
                let uri = member["@odata.id"].as_str().unwrap();
                if bench.json(uri).await["Version"] == bios.as_str() {
                    found = uri.to_owned();
                }
            }
            found
        }
    };
    bench.push(PUSH, &to(&target, apply), image.file_name(), &image.bytes()).await
}

#[tokio::test]
async fn a_raw_push_is_the_bmcs_image_and_immediate() {
    let bench = bench().await;
    let (old, new) = (bench.version(Kind::Bmc), bench.spec(Kind::Bmc).version);
    let answer = bench.send(PUSH, RAW, &bench.image(Kind::Bmc).bytes()).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Location"), answer.header("Retry-After")),
        (202, Some(MONITOR), Some("30"))
    );
    assert_eq!(answer.json()["@odata.id"], TASK);
    assert_eq!(bench.get(MONITOR).await.status, 202);
    bench.pass(225);
    // Its end is told once.
    assert_eq!((bench.get(MONITOR).await.status, bench.get(MONITOR).await.status), (204, 404));
    assert_eq!(bench.json(TASK).await["TaskState"], "Completed");
    bench.pass(10);
    until(async || crate::lab::raw::try_get(&bench.lab, 0, "/redfish/v1").await.is_err()).await;
    bench.pass(120);
    bench.back().await;
    assert_eq!(bench.json("/redfish/v1/Managers/bmc").await["FirmwareVersion"], new.as_str());
    assert_eq!(bench.get(TASK).await.status, 404);
    let mut spare = None;
    for member in bench.json(INVENTORY).await["Members"].as_array().unwrap() {
        let body = bench.json(member["@odata.id"].as_str().unwrap()).await;
        if body["Status"]["State"] == "StandbySpare" {
            spare = body["Version"].as_str().map(str::to_owned);
        }
    }
    assert_eq!(spare, Some(old));
    // Numbers begin anew: task 0 is another one now.
    bench.reset("ForceOff").await;
    bench.pass(10);
    assert_eq!(pushed(&bench, Kind::Bios, "Immediate").await.json()["@odata.id"], TASK);
}

#[tokio::test]
async fn an_image_on_reset_waits_for_the_bmcs_reset_by_somebody() {
    let bench = bench().await;
    let (old, new) = (bench.version(Kind::Bmc), bench.spec(Kind::Bmc).version);
    assert_eq!(pushed(&bench, Kind::Bmc, "OnReset").await.status, 202);
    bench.pass(400);
    let task = bench.json(TASK).await;
    assert_eq!(task["TaskState"], "Stopping");
    assert!(task["Messages"][0]["MessageId"].as_str().unwrap().ends_with("TaskPaused"));
    assert_eq!((bench.version(Kind::Bmc), bench.counts().bmc_resets), (old, 0));
    let action = "/redfish/v1/Managers/bmc/Actions/Manager.Reset";
    assert_eq!(post(&bench.lab, 0, action, "{\"ResetType\": \"GracefulRestart\"}").await.status, 204);
    until(async || {
        bench.pass(1);
        bench.counts().bmc_resets == 1
    })
    .await;
    bench.pass(200);
    bench.back().await;
    assert_eq!(bench.version(Kind::Bmc), new);
}

#[tokio::test]
async fn a_host_image_needs_the_host_off_or_its_next_boot() {
    let bench = bench().await;
    let on = pushed(&bench, Kind::Bios, "Immediate").await;
    assert_eq!(on.status, 409);
    assert!(on.message_id().ends_with("ChassisPowerStateOffRequired"));
    assert_eq!(pushed(&bench, Kind::Bios, "OnReset").await.status, 202);
    bench.pass(60);
    bench.reset("ForceOff").await;
    bench.pass(10);
    bench.reset("On").await;
    bench.pass(600);
    assert_eq!(bench.version(Kind::Bios), bench.spec(Kind::Bios).version);
    assert_eq!((bench.accepted("bios"), bench.counts().bricks), (1, 0));
}

#[tokio::test]
async fn what_bmcweb_does_not_take_it_refuses_at_once() {
    let bench = bench().await;
    let image = bench.image(Kind::Bmc);
    let bytes = image.bytes();
    let bmc = "/redfish/v1/Managers/bmc";
    for (parameters, status, message) in [
        (json!({"Targets": [bmc], "ForceUpdate": true}), 400, "PropertyUnknown"),
        (json!({"Targets": [bmc], "Oem": {}}), 400, "PropertyUnknown"),
        (json!({"Targets": [bmc, bmc]}), 400, "ActionParameterNotSupported"),
        (json!({"Targets": []}), 500, "InternalError"),
        (json!({"Targets": ["/redfish/v1/Systems/system"]}), 400, "ActionParameterNotSupported"),
        (to(bmc, "AtMaintenanceWindowStart"), 400, "ActionParameterNotSupported"),
    ] {
        let answer = bench.push(PUSH, &parameters, "x.tar", &bytes).await;
        assert_eq!(answer.status, status, "{parameters}");
        assert!(answer.message_id().ends_with(message), "{}", answer.text());
    }
    let empty = bench.send(PUSH, "application/x-tar", &bytes).await.unwrap();
    assert_eq!((empty.status, empty.body.len()), (400, 0));

    let other = Spec { fits: vec!["romulus".into()], ..bench.spec(Kind::Bmc) };
    let mut corrupt = bytes.clone();
    corrupt[150_000] ^= 4;
    for image in [Image::new(&other).bytes(), corrupt, bytes[..9_000].to_vec(), bench.image(Kind::Bios).bytes()] {
        let answer = bench.send(PUSH, RAW, &image).await.unwrap();
        assert!(answer.status == 400 && answer.message_id().ends_with("MissingOrMalformedPart"), "{}", answer.text());
    }
    let same = Spec { version: bench.version(Kind::Bmc), ..bench.spec(Kind::Bmc) };
    let answer = bench.send(PUSH, RAW, &Image::new(&same).bytes()).await.unwrap();
    assert!(answer.message_id().ends_with("ResourceAlreadyExists"), "{}", answer.text());

    bench.lab.bmc(0).change(|machine| machine.largest_image = Some(100_000));
    assert_eq!(bench.json("/redfish/v1/UpdateService").await["MaxImageSizeBytes"], 100_000);
    let large = bench.send(PUSH, RAW, &bytes).await.unwrap();
    assert_eq!(large.status, 413);
    assert!(large.message_id().ends_with("PayloadTooLarge"));
    assert_eq!((bench.counts().all_images_accepted(), bench.counts().pushes), (0, 13));
}

#[tokio::test]
async fn a_second_push_is_put_off() {
    let bench = bench().await;
    pushed(&bench, Kind::Bmc, "OnReset").await;
    let second = bench.send(PUSH, RAW, &bench.image(Kind::Bmc).bytes()).await.unwrap();
    assert_eq!((second.status, second.header("Retry-After")), (503, Some("30")));
    assert!(second.message_id().ends_with("ServiceTemporarilyUnavailable"));
    assert_eq!(second.message()["MessageArgs"][0], "30");
    assert_eq!(bench.accepted("bmc"), 1);
}
