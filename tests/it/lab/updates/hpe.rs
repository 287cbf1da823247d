use firmdeck::lab::{
    image::{Image, Spec},
    model::Kind,
    personality::Personality,
};
use serde_json::{Value, json};

use super::{Bench, INVENTORY, serve};
use crate::lab::raw::{Answer, until};

const SIMPLE: &str = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";
const GENERATIONS: [Personality; 2] = [Personality::Ilo5, Personality::Ilo6];

/// Asks iLO to fetch an image and waits until it has.
async fn fetched(bench: &Bench, image: &[u8]) -> Answer {
    let server = serve(image.to_vec()).await;
    let answer = bench.post(SIMPLE, &json!({"ImageURI": format!("http://{server}/image.fwpkg")})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    until(async || flash(bench).await["State"] != "Uploading").await;
    answer
}

async fn flash(bench: &Bench) -> Value {
    bench.json("/redfish/v1/UpdateService").await["Oem"]["Hpe"].clone()
}

async fn by_name(bench: &Bench, name: &str) -> Value {
    for member in bench.json(INVENTORY).await["Members"].as_array().unwrap() {
        let body = bench.json(member["@odata.id"].as_str().unwrap()).await;
        if body["Name"] == name {
            return body["Version"].clone();
        }
    }
    panic!("no {name}");
}

#[tokio::test]
async fn a_rom_is_flashed_under_the_running_host_and_active_after_its_reset() {
    for generation in GENERATIONS {
        let bench = Bench::new(generation).await;
        let (old, new) = (bench.version(Kind::Bios), bench.spec(Kind::Bios).version);
        assert_eq!(flash(&bench).await["State"], "Idle");
        let answer = fetched(&bench, &bench.image(Kind::Bios).bytes()).await;
        let (task, monitor) = (answer.json()["@odata.id"].clone(), answer.header("Location").unwrap().to_owned());
        let task = task.as_str().unwrap();
        assert_eq!(answer.json()["TaskMonitor"], monitor.as_str());
        assert_eq!(flash(&bench).await["State"], "Verifying");
        bench.pass(70);
        let now = flash(&bench).await;
        assert_eq!(now["State"], "Updating");
        assert_eq!(now["FlashProgressPercent"], 48);
        assert_eq!(bench.get(&monitor).await.status, 202);
        bench.pass(60);
        let now = flash(&bench).await;
        assert_eq!((&now["State"], &now["Result"]["MessageId"]), (&json!("Complete"), &json!("iLO.2.14.Success")));
        let done = bench.json(task).await;
        assert_eq!(
            (&done["TaskState"], &done["Messages"][0]["MessageId"]),
            (&json!("Completed"), &json!("iLO.2.14.SystemResetRequired"))
        );
        assert_eq!(bench.get(&monitor).await.status, 200);
        assert_eq!(bench.version(Kind::Bios), old);
        bench.reset("ForceRestart").await;
        let state = bench.json("/redfish/v1/Systems/1").await["Oem"]["Hpe"]["PostState"].clone();
        assert_eq!(state, "InPost");
        bench.pass(200);
        assert_eq!(by_name(&bench, "System ROM").await, new.as_str());
        assert_eq!(by_name(&bench, "Redundant System ROM").await, old.as_str());
        assert_eq!(bench.accepted("bios"), 1);
    }
}

#[tokio::test]
async fn an_ilo_resets_itself_and_forgets_its_tasks() {
    for generation in GENERATIONS {
        let bench = Bench::new(generation).await;
        let answer = fetched(&bench, &bench.image(Kind::Bmc).bytes()).await;
        bench.pass(215);
        until(async || crate::lab::raw::try_get(&bench.lab, 0, "/redfish/v1").await.is_err()).await;
        bench.pass(120);
        bench.back().await;
        assert_eq!(
            by_name(&bench, if generation == Personality::Ilo5 { "iLO 5" } else { "iLO 6" }).await,
            bench.spec(Kind::Bmc).version
        );
        assert_eq!(bench.get(answer.header("Location").unwrap()).await.status, 404);
        assert_eq!(flash(&bench).await["State"], "Idle");
        assert_eq!((bench.accepted("bmc"), bench.counts().bmc_resets, bench.counts().host_resets), (1, 1, 0));
    }
}

#[tokio::test]
async fn what_ilo_cannot_use_ends_in_error_with_its_message() {
    let bench = Bench::new(Personality::Ilo5).await;
    let spec = bench.spec(Kind::Bmc);
    let good = Image::new(&Spec { min_from: None, ..spec.clone() }).bytes();
    let mut corrupt = good.clone();
    corrupt[100_000] ^= 0x80;
    let first = Spec { min_from: Some("99.0".into()), ..spec.clone() };
    let other = Spec { fits: vec!["another".into()], ..spec };
    for (image, message) in [
        (good[..50_000].to_vec(), "UpdateInvalidFile"),
        (corrupt, "UpdateSignatureValidationFailed"),
        (Image::new(&first).bytes(), "MinimumFirmwareVersionRequirementNotMet"),
        (Image::new(&other).bytes(), "NoMatchingTargetDeviceFound"),
    ] {
        let answer = fetched(&bench, &image).await;
        bench.pass(30);
        let now = flash(&bench).await;
        assert_eq!(
            (&now["State"], &now["Result"]["MessageId"]),
            (&json!("Error"), &json!(format!("iLO.2.14.{message}")))
        );
        let task = bench.json(answer.json()["@odata.id"].as_str().unwrap()).await;
        assert_eq!(task["TaskState"], "Exception");
    }
    assert_eq!(bench.counts().all_images_accepted(), 0);
}

#[tokio::test]
async fn ilo_refuses_what_it_cannot_begin() {
    let bench = Bench::new(Personality::Ilo6).await;
    for uri in ["ftp://127.0.0.1/x.fwpkg", "http://127.0.0.1/x.exe", ""] {
        assert_eq!(bench.post(SIMPLE, &json!({"ImageURI": uri})).await.status, 400, "{uri}");
    }
    let odd = bench.post(SIMPLE, &json!({"ImageURI": "http://127.0.0.1/x.fwpkg", "Stage": true})).await;
    assert!(odd.message_id().ends_with("PropertyUnknown"));
    bench.reset("ForceRestart").await;
    let post = bench.post(SIMPLE, &json!({"ImageURI": "http://127.0.0.1/x.fwpkg"})).await;
    assert_eq!((post.status, post.message_id().as_str()), (400, "iLO.2.14.InvalidOperationForSystemState"));
    bench.pass(200);
    fetched(&bench, &bench.image(Kind::Bios).bytes()).await;
    let busy = bench.post(SIMPLE, &json!({"ImageURI": "http://127.0.0.1/x.fwpkg"})).await;
    assert_eq!((busy.status, busy.message_id().as_str()), (400, "iLO.2.14.FirmwareFlashAlreadyInProgress"));
    // The ROM is being written: a reset of iLO ends both.
    bench.pass(60);
    bench.lab.bmc(0).reset();
    assert!(bench.lab.bmc(0).machine().host_bricked);
}

#[tokio::test]
async fn a_restart_that_was_asked_for_earlier_bricks_the_host_when_it_comes_into_the_flash() {
    let bench = Bench::new(Personality::Ilo5).await;
    bench.reset("GracefulRestart").await;
    fetched(&bench, &bench.image(Kind::Bios).bytes()).await;
    bench.pass(50);
    assert!(!bench.lab.bmc(0).machine().host_bricked);
    bench.pass(20);
    assert!(bench.lab.bmc(0).machine().host_bricked);
    assert_eq!(bench.counts().bricks, 1);
}
