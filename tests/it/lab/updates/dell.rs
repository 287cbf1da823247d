use firmdeck::lab::{
    image::{Image, Spec},
    model::Kind,
    personality::Personality,
};
use serde_json::{Value, json};

use super::{Bench, INVENTORY, form, serve};
use crate::lab::raw::until;

const PUSH: &str = "/redfish/v1/UpdateService/MultipartUpload";
const SIMPLE: &str = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";

async fn pushed(bench: &Bench, apply: &str, image: &Image) -> String {
    let parameters = json!({"Targets": [], "@Redfish.OperationApplyTime": apply, "Oem": {}});
    let answer = bench.push(PUSH, &parameters, image.file_name(), &image.bytes()).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0), "{}", answer.text());
    answer.header("Location").unwrap().to_owned()
}

async fn ids(bench: &Bench) -> Vec<String> {
    let list = bench.json(INVENTORY).await;
    let members = list["Members"].as_array().unwrap();
    members.iter().map(|one| one["@odata.id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_bios_is_scheduled_applied_in_the_next_boot_and_its_task_purged_after_it() {
    let bench = Bench::new(Personality::Idrac9).await;
    let image = bench.image(Kind::Bios);
    let old = bench.version(Kind::Bios);
    let new = bench.spec(Kind::Bios).version;
    let task = pushed(&bench, "OnReset", &image).await;
    assert!(task.starts_with("/redfish/v1/TaskService/Tasks/JID_"));
    let working = bench.get(&task).await;
    assert_eq!((working.status, &working.json()["TaskState"]), (202, &json!("Running")));
    bench.pass(60);
    let waiting = bench.json(&task).await;
    assert_eq!(waiting["TaskState"], "UserIntervention");
    assert_eq!(waiting["Messages"][0]["MessageId"], "IDRAC.2.7.JCP001");
    let id = waiting["Id"].as_str().unwrap();
    let job = bench.json(&format!("/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/{id}")).await;
    assert_eq!((&job["JobState"], &job["MessageId"]), (&json!("Scheduled"), &json!("JCP001")));
    assert_eq!(bench.json(&format!("/redfish/v1/JobService/Jobs/{id}")).await["JobState"], "Pending");
    assert_eq!(bench.version(Kind::Bios), old);

    assert_eq!(bench.reset("GracefulRestart").await.status, 204);
    bench.pass(200);
    let status = "Managers/iDRAC.Embedded.1/Oem/Dell/DellLCService/Actions/DellLCService.GetRemoteServicesAPIStatus";
    let status = bench.post(&format!("/redfish/v1/{status}"), &json!({})).await.json();
    assert_eq!((&status["ServerStatus"], &status["LCStatus"]), (&json!("InPOST"), &json!("InUse")));
    let applying = bench.json(&task).await;
    assert_eq!(applying["TaskState"], "Running", "{applying}");
    assert!(applying["PercentComplete"].as_u64().unwrap() > 20);
    assert_eq!(bench.version(Kind::Bios), old);
    bench.pass(300);
    assert_eq!(bench.json(&task).await["Messages"][0]["MessageId"], "IDRAC.2.7.PR19");
    let ids = ids(&bench).await;
    for state in ["Installed", "Current"] {
        assert!(ids.contains(&format!("{state}-159-{new}__BIOS.Setup.1-1")), "{ids:?}");
    }
    assert!(ids.contains(&format!("Previous-159-{old}__BIOS.Setup.1-1")), "{ids:?}");
    bench.pass(600);
    assert_eq!(bench.get(&task).await.status, 404);
    let counts = bench.counts();
    assert_eq!((bench.accepted("bios"), counts.pushes, counts.host_resets, counts.bricks), (1, 1, 1, 0));
}

#[tokio::test]
async fn immediate_restarts_a_running_host_and_waits_for_one_that_is_off() {
    let bench = Bench::new(Personality::Idrac9).await;
    pushed(&bench, "Immediate", &bench.image(Kind::Bios)).await;
    bench.pass(45);
    assert_eq!(bench.counts().host_resets, 1);
    bench.pass(900);
    assert_eq!(bench.version(Kind::Bios), bench.spec(Kind::Bios).version);

    let bench = Bench::new(Personality::Idrac9).await;
    bench.reset("ForceOff").await;
    bench.pass(10);
    let task = pushed(&bench, "Immediate", &bench.image(Kind::Bios)).await;
    bench.pass(900);
    assert_eq!(bench.json(&task).await["TaskState"], "UserIntervention");
    bench.reset("On").await;
    bench.pass(500);
    assert_eq!(bench.json(&task).await["TaskState"], "Completed");
    assert_eq!(bench.counts().bricks, 0);
}

#[tokio::test]
async fn an_idrac_resets_itself_and_comes_back_with_the_new_version_and_the_old_task() {
    let bench = Bench::new(Personality::Idrac9).await;
    let token = crate::lab::raw::log_in(&bench.lab, 0).await.header("X-Auth-Token").unwrap().to_owned();
    let task = pushed(&bench, "Immediate", &bench.image(Kind::Bmc)).await;
    bench.pass(200);
    assert_eq!(bench.json(&task).await["TaskState"], "Running");
    bench.pass(112);
    assert_eq!(bench.json(&task).await["TaskState"], "Completed");
    bench.pass(10);
    until(async || crate::lab::raw::try_get(&bench.lab, 0, "/redfish/v1").await.is_err()).await;
    assert_eq!(bench.counts().bmc_resets, 1);
    bench.pass(250);
    bench.back().await;
    let bmc = bench.lab.bmc(0);
    let with = [("X-Auth-Token", token.as_str())];
    assert_eq!(crate::lab::raw::ask(bmc.address(), "GET", &task, &with, "").await.unwrap().status, 401);
    assert_eq!(bench.json(&task).await["TaskState"], "Completed");
    let manager = bench.json(bmc.profile().manager).await;
    assert_eq!(manager["FirmwareVersion"], bench.spec(Kind::Bmc).version);
    assert_eq!(bench.accepted("bmc"), 1);
}

#[tokio::test]
async fn an_upload_that_is_not_one_is_refused_and_a_wrong_image_fails_in_its_job() {
    let bench = Bench::new(Personality::Idrac9).await;
    let image = bench.image(Kind::Bios);
    let good = json!({"Targets": [], "@Redfish.OperationApplyTime": "OnReset", "Oem": {}});
    let bytes = image.bytes();
    for file in ["BIOS.BIN", "", "dir/BIOS.EXE"] {
        assert_eq!(bench.push(PUSH, &good, file, &bytes).await.status, 400, "{file}");
    }
    let odd = json!({"@Redfish.OperationApplyTime": "Whenever"});
    assert_eq!(bench.push(PUSH, &odd, image.file_name(), &bytes).await.status, 400);
    // The image before its parameters, and no parameters at all.
    let file = ("UpdateFile", Some(image.file_name()), bytes.clone());
    let late = [file.clone(), ("UpdateParameters", None, good.to_string().into_bytes())];
    assert_eq!(bench.send_form(PUSH, &form(&late)).await.unwrap().status, 400);
    assert_eq!(bench.send_form(PUSH, &form(&[file])).await.unwrap().status, 400);
    assert_eq!(bench.send(PUSH, "application/octet-stream", &bytes).await.unwrap().status, 400);

    let other = Spec { fits: vec!["0001".into()], ..bench.spec(Kind::Bios) };
    let first = Spec { min_from: Some("99.0".into()), ..bench.spec(Kind::Bios) };
    let mut corrupt = bytes.clone();
    corrupt[200_000] ^= 1;
    for (bytes, message) in [
        (Image::new(&other).bytes(), "RED097"),
        (Image::new(&first).bytes(), "RED052"),
        (corrupt, "RED007"),
        (bytes[..100_000].to_vec(), "RED007"),
        (b"MZ".to_vec(), "RED007"),
    ] {
        let answer = bench.push(PUSH, &good, image.file_name(), &bytes).await;
        assert_eq!(answer.status, 202);
        bench.pass(60);
        let task = bench.json(answer.header("Location").unwrap()).await;
        assert_eq!((&task["TaskState"], &task["TaskStatus"]), (&json!("Exception"), &json!("Critical")));
        assert!(task["Messages"][0]["MessageId"].as_str().unwrap().ends_with(message), "{task}");
    }
    let counts = bench.counts();
    assert_eq!((counts.all_images_accepted(), counts.pushes), (0, 12));
}

#[tokio::test]
async fn one_update_at_a_time() {
    let bench = Bench::new(Personality::Idrac9).await;
    let image = bench.image(Kind::Bios);
    pushed(&bench, "OnReset", &image).await;
    let busy = bench.push(PUSH, &json!({}), image.file_name(), &image.bytes()).await;
    assert_eq!((busy.status, busy.header("Retry-After")), (503, Some("30")));
    bench.pass(60);
    // The same image again takes the place of the first, and counts.
    pushed(&bench, "OnReset", &image).await;
    assert_eq!(bench.accepted("bios"), 2);
}

#[tokio::test]
async fn a_reset_while_it_is_written_bricks_what_was_written() {
    let bench = Bench::new(Personality::Idrac9).await;
    pushed(&bench, "OnReset", &bench.image(Kind::Bios)).await;
    bench.pass(60);
    bench.reset("ForceRestart").await;
    bench.pass(100);
    bench.reset("ForceRestart").await;
    bench.pass(2000);
    let machine = bench.lab.bmc(0).machine();
    assert!(machine.host_bricked && machine.in_post());
    assert_eq!(machine.counts.bricks, 1);

    let bench = Bench::new(Personality::Idrac9).await;
    pushed(&bench, "Immediate", &bench.image(Kind::Bmc)).await;
    bench.pass(100);
    bench.lab.bmc(0).reset();
    bench.pass(100_000);
    assert!(bench.lab.bmc(0).machine().bmc_bricked);
    assert_eq!(bench.counts().bricks, 1);
}

#[tokio::test]
async fn simple_update_fetches_the_image_or_says_why_not() {
    let bench = Bench::new(Personality::Idrac9).await;
    let image = bench.image(Kind::Bios);
    let server = serve(image.bytes()).await;
    let ask = |path: &str| json!({"ImageURI": format!("http://{server}/{path}"), "TransferProtocol": "HTTP", "@Redfish.OperationApplyTime": "OnReset"});
    let state = async |task: &str| bench.json(task).await["Messages"][0]["MessageId"].clone();

    let failed = bench.post(SIMPLE, &ask("nothing")).await;
    assert_eq!(failed.status, 202);
    let task = failed.header("Location").unwrap();
    until(async || state(task).await == "IDRAC.2.7.RED006").await;
    let refused = bench.post(SIMPLE, &json!({"ImageURI": "nfs://127.0.0.1/x.EXE"})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(bench.post(SIMPLE, &json!({})).await.status, 400);

    let taken = bench.post(SIMPLE, &ask("image.EXE")).await;
    let task = taken.header("Location").unwrap();
    until(async || bench.accepted("bios") == 1).await;
    bench.pass(60);
    assert_eq!(bench.json(task).await["TaskState"], "UserIntervention");
    bench.reset("ForceRestart").await;
    bench.pass(500);
    assert_eq!(bench.version(Kind::Bios), bench.spec(Kind::Bios).version);
    assert_eq!(Value::from(bench.counts().pushes), 4);
}
