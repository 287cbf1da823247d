use firmdeck::lab::{
    image::{Image, Spec},
    model::Kind,
    personality::Personality,
};
use serde_json::{Value, json};

use super::{Bench, serve};
use crate::lab::raw::{Answer, until};

const PUSH: &str = "/redfish/v1/UpdateService/upload";
const START: &str = "/redfish/v1/UpdateService/Actions/UpdateService.StartUpdate";
const SIMPLE: &str = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";
const BOTH: [Personality; 2] = [Personality::SupermicroX12, Personality::SupermicroX13];

fn bmc(apply: &str) -> Value {
    let keep = json!({"PreserveCfg": true, "PreserveSdr": true, "PreserveSsl": true, "BackupBMC": false});
    json!({"Targets": ["/redfish/v1/Managers/1"], "@Redfish.OperationApplyTime": apply, "Oem": {"Supermicro": {"BMC": keep}}})
}

fn bios(apply: &str) -> Value {
    let keep = json!({"PreserveME": true, "PreserveNVRAM": true, "PreserveSMBIOS": true, "BackupBIOS": false});
    json!({"Targets": ["/redfish/v1/Systems/1/Bios"], "@Redfish.OperationApplyTime": apply, "Oem": {"Supermicro": {"BIOS": keep}}})
}

/// Where the reply names its task: in a message's argument, or it is the task.
fn task_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let body = answer.json();
    let named = &body["Accepted"]["@Message.ExtendedInfo"][0]["MessageArgs"][0];
    named.as_str().or(body["@odata.id"].as_str()).unwrap().to_owned()
}

async fn pushed(bench: &Bench, kind: Kind, parameters: &Value) -> Answer {
    let image = bench.image(kind);
    bench.push(PUSH, parameters, image.file_name(), &image.bytes()).await
}

#[tokio::test]
async fn a_bmcs_image_is_verified_started_written_and_shown_minutes_later() {
    for personality in BOTH {
        let bench = Bench::new(personality).await;
        let (old, new) = (bench.version(Kind::Bmc), bench.spec(Kind::Bmc).version);
        let answer = pushed(&bench, Kind::Bmc, &bmc("OnStartUpdateRequest")).await;
        assert!(answer.header("Location").is_none());
        let verify = task_of(&answer);
        assert_eq!(bench.json(&verify).await["Name"], "BMC Verify");
        assert_eq!(bench.post(START, &json!({})).await.status, 400);
        bench.pass(50);
        let done = bench.json(&verify).await;
        assert_eq!((&done["TaskState"], &done["PercentComplete"]), (&json!("Completed"), &json!(100)));
        let update = task_of(&bench.post(START, &json!({})).await);
        bench.pass(120);
        let working = bench.json(&update).await;
        assert_eq!(
            (&working["Name"], &working["TaskState"], &working["PercentComplete"]),
            (&json!("BMC Update"), &json!("Running"), &json!(49))
        );
        bench.pass(122);
        assert_eq!(bench.json(&update).await["TaskState"], "Completed");
        bench.pass(10);
        until(async || crate::lab::raw::try_get(&bench.lab, 0, "/redfish/v1").await.is_err()).await;
        bench.pass(160);
        bench.back().await;
        assert_eq!(bench.json("/redfish/v1/UpdateService/FirmwareInventory/BMC").await["Version"], old.as_str());
        bench.pass(180);
        assert_eq!(bench.json("/redfish/v1/UpdateService/FirmwareInventory/BMC").await["Version"], new.as_str());
        assert_eq!((bench.accepted("bmc"), bench.counts().host_resets), (1, 0));
    }
}

#[tokio::test]
async fn a_bios_needs_the_host_off_until_it_is_written() {
    for personality in BOTH {
        let bench = Bench::new(personality).await;
        let on = pushed(&bench, Kind::Bios, &bios("OnStartUpdateRequest")).await;
        assert!(on.status == 409 && on.message_id().ends_with("ChassisPowerStateOffRequired"), "{}", on.text());
        bench.reset("ForceOff").await;
        bench.pass(10);
        task_of(&pushed(&bench, Kind::Bios, &bios("Immediate")).await);
        bench.pass(50);
        let busy = pushed(&bench, Kind::Bios, &bios("Immediate")).await;
        assert_eq!(busy.message_id(), "SMC.1.0.OemBiosUpdateIsInProgress");
        bench.pass(300);
        let system = bench.json("/redfish/v1/Systems/1").await;
        assert_eq!(system["BiosVersion"], bench.spec(Kind::Bios).version);
        bench.reset("On").await;
        bench.pass(400);
        assert_eq!((bench.accepted("bios"), bench.counts().bricks), (1, 0));
    }
    // Switched on too early.
    let bench = Bench::new(Personality::SupermicroX13).await;
    bench.reset("ForceOff").await;
    bench.pass(10);
    task_of(&pushed(&bench, Kind::Bios, &bios("Immediate")).await);
    bench.pass(100);
    bench.reset("On").await;
    bench.pass(1000);
    assert!(bench.lab.bmc(0).machine().host_bricked && bench.lab.bmc(0).machine().in_post());
    assert_eq!(bench.counts().bricks, 1);
}

#[tokio::test]
async fn a_wrong_image_fails_in_verification_and_a_wrong_form_at_once() {
    let bench = Bench::new(Personality::SupermicroX13).await;
    let image = bench.image(Kind::Bmc);
    let bytes = image.bytes();
    let mut corrupt = bytes.clone();
    corrupt[200_000] ^= 1;
    let other = Spec { fits: vec!["X12AST2600-ROT-5201MS".into()], ..bench.spec(Kind::Bmc) };
    for image in [corrupt, bytes[..90_000].to_vec(), Image::new(&other).bytes(), bench.image(Kind::Bios).bytes()] {
        let task = task_of(&bench.push(PUSH, &bmc("OnStartUpdateRequest"), "BMC.bin", &image).await);
        bench.pass(60);
        let task = bench.json(&task).await;
        assert_eq!((&task["TaskState"], &task["TaskStatus"]), (&json!("Exception"), &json!("Critical")));
        assert!(task["Messages"][0]["MessageId"].as_str().unwrap().ends_with("VerificationFailed"));
        assert_eq!(bench.post(START, &json!({})).await.status, 400);
    }
    let odd = json!({"Targets": ["/redfish/v1/Managers/1"], "Oem": {"Supermicro": {"BMC": {"PreserveAll": true}}}});
    let unknown = bench.push(PUSH, &odd, "BMC.bin", &bytes).await;
    assert_eq!((unknown.status, &unknown.message()["MessageArgs"][0]), (400, &json!("PreserveAll")));
    assert_eq!(bench.push(PUSH, &json!({"Targets": []}), "BMC.bin", &bytes).await.status, 400);
    assert_eq!(bench.push(PUSH, &bmc("OnReset"), "BMC.bin", &bytes).await.status, 400);
    assert_eq!(bench.counts().all_images_accepted(), 0);
    // What waits to be started keeps the BMC in update mode.
    pushed(&bench, Kind::Bmc, &bmc("OnStartUpdateRequest")).await;
    bench.pass(60);
    let second = pushed(&bench, Kind::Bmc, &bmc("OnStartUpdateRequest")).await;
    assert_eq!(second.message_id(), "SMC.1.0.OemFirmwareAlreadyInUpdateMode");
}

#[tokio::test]
async fn simple_update_needs_a_licence() {
    let bench = Bench::new(Personality::SupermicroX13).await;
    let server = serve(bench.image(Kind::Bmc).bytes()).await;
    // As the vendor's FAQ has it: no scheme, but a protocol.
    let body = json!({"ImageURI": format!("{server}/image.bin"), "TransferProtocol": "HTTP", "Targets": ["/redfish/v1/Managers/1"]});
    let licences = "/redfish/v1/Managers/1/LicenseManager/QueryLicense";
    assert!(bench.get(licences).await.text().contains("SFT-DCMS-SINGLE"));
    bench.lab.bmc(0).change(|machine| machine.licensed = false);
    let refused = bench.post(SIMPLE, &body).await;
    assert_eq!((refused.status, refused.message_id().as_str()), (403, "SMC.1.0.OemLicenseNotPassed"));
    assert!(!bench.get(licences).await.text().contains("SFT-DCMS-SINGLE"));
    bench.lab.bmc(0).change(|machine| machine.licensed = true);
    let task = task_of(&bench.post(SIMPLE, &body).await);
    until(async || bench.accepted("bmc") == 1).await;
    bench.pass(290);
    assert_eq!(bench.json(&task).await["TaskState"], "Completed");
}
