//! The ways in that a BMC offers, and the conditions that it makes.

use firmdeck::lab::{
    fault::{Effect, Rule},
    model::{Kind, Machine},
    personality::Personality::{
        Idrac9, Idrac9Early, Ilo5, Ilo6, MegaRac, OpenBmc, OpenBmcOld, SupermicroX12, SupermicroX13,
    },
};
use serde_json::{Value, json};

use super::{given, transcript};

fn service(merge: Value) -> Rule {
    Rule::new(Effect::Merge(merge)).on("GET", "/redfish/v1/UpdateService")
}

fn answer(status: u16, body: Vec<u8>) -> Effect {
    Effect::Answer { status, headers: Vec::new(), content_type: "application/json".into(), body, done: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_says_which_answers_it_takes() {
    given(Idrac9).await.with("accept-header").run().await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idrac_without_a_push_uri_is_told_before_anything_is_sent() {
    // An early iDRAC9 pushes in its own way;
    let run = given(Idrac9Early).await.run().await.succeeded();
    assert!(run.methods().iter().all(|method| *method == "dell_push"), "{:?}", run.methods());
    // one before 3.18 has no way in at all, and the plan says so.
    let case = given(Idrac9Early).await;
    case.site.lab.add_fault(&service(json!({ "HttpPushUri": null, "Actions": null })));
    let case = case.being(|_| {}).await;
    let (_, planned) = case.site.plan(&[]).await;
    let server = &planned.json()["plan"]["servers"][0];
    assert_eq!(server["updates"], json!([]));
    assert!(server["left_out"].as_array().unwrap().iter().all(|one| one["why"]["why"] == "no_method"), "{server:#}");
    assert_eq!(case.site.lab.bmc(0).machine().counts.pushes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_to_update_is_no_failure_and_nothing_is_sent() {
    let case = given(Idrac9).await;
    case.site.carry(&[]).await;
    // Given a machine that has everything, a second run is well and sends nothing;
    let (ended, document) = case.site.carry(&[]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(document["servers"].as_array().unwrap().iter().all(|server| server["diagnosis"].is_null()), "{document:#}");
    let counts = case.site.lab.bmc(0).machine().counts;
    assert_eq!(counts.pushes, counts.all_images_accepted());
    // an iDRAC that says the same against its own inventory is told of, and not sent anything again.
    let nothing = json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": "IDRAC.2.8.SUP029",
        "Message": "No updates are applicable: the firmware is up to date." }] } });
    let refusing = Rule::new(answer(400, nothing.to_string().into_bytes())).on("POST", "*/MultipartUpload");
    let run = given(Idrac9).await.rule(refusing).run().await.told("failed", "idrac_already_up_to_date");
    assert_eq!(run.requests("POST", "/MultipartUpload"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_fetches_no_http_is_not_asked_to() {
    let case = given(Idrac9).await;
    let protocols = json!({ "Actions": { "#UpdateService.SimpleUpdate": { "TransferProtocol@Redfish.AllowableValues": ["NFS", "CIFS", "TFTP"] } } });
    case.site.lab.add_fault(&service(protocols));
    let run = case.being(|_| {}).await.run().await.succeeded();
    assert!(run.methods().iter().all(|method| *method == "multipart"), "{:?}", run.methods());
    let planned = run.site.engine().await.store().run(1).unwrap().unwrap().plan;
    let methods: Vec<_> = planned.servers[0].updates.iter().flat_map(|update| &update.methods).collect();
    assert!(methods.iter().all(|method| method.to_string() == "multipart"), "{methods:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_ilo_takes_its_image_through_redfish_alone() {
    let run = given(Ilo5).await.run().await.succeeded();
    assert!(run.methods().iter().all(|method| *method == "ilo_upload"), "{:?}", run.methods());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_400_without_a_body_names_the_privilege_that_is_missing() {
    let run = given(Ilo5).await.with("upload-refused-silently").run().await;
    let run = run.told("failed", "ilo_upload_without_privilege");
    assert!(run.document["servers"][0]["diagnosis"]["next"].as_str().unwrap().contains("iLOConfigPriv"));
    assert_eq!((run.counts().all_images_accepted(), run.requests("POST", "SimpleUpdate")), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enabled_tpm_is_told_before_anything_is_sent() {
    let run = given(Ilo6).await.with("tpm").run().await.told("blocked", "tpm_not_overridden");
    assert_eq!(run.counts().pushes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_whose_head_has_failed_is_shown_and_left_alone() {
    let run = given(Ilo6).await.with("queue-head-failed").run().await.told("blocked", "ilo_queue_blocked");
    let seen = run.document["servers"][0]["diagnosis"]["seen"].to_string();
    assert!(seen.contains("Update-460148") && seen.contains("Exception"), "{seen}");
    assert_eq!((run.counts().pushes, run.requests("DELETE", "queue-0")), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilo_that_accepts_and_never_flashes_is_not_believed() {
    let old = |machine: &mut Machine| {
        for component in machine.components.iter_mut().filter(|one| one.kind == Kind::Bmc) {
            component.version = "2.18 Jun 22 2020".into();
        }
    };
    let case = given(Ilo5).await.being(old).await.with("flash-does-not-take");
    let run = case.run().await.told("failed", "ilo_never_flashed");
    assert_eq!(run.counts().all_images_accepted(), 1);
    // Of a newer one, which takes packages, that is not said.
    let run = given(Ilo6).await.with("flash-does-not-take").run().await.told("failed", "version_unchanged");
    assert_eq!(run.counts().all_images_accepted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_licence_stops_and_changes_no_method() {
    let licence = json!({ "error": { "code": "SMC.1.0.OemLicenseNotPassed", "@Message.ExtendedInfo": [{ "MessageId":
        "SMC.1.0.OemLicenseNotPassed", "Message": "Not licensed to perform this request. The following licenses DCMS were needed" }] } });
    let refusing = Rule::new(answer(403, licence.to_string().into_bytes())).on("POST", "*/UpdateService/upload");
    let run = given(SupermicroX13).await.rule(refusing).run().await.told("failed", "supermicro_licence");
    assert_eq!(run.methods(), ["multipart"]);
    assert_eq!(run.requests("POST", "SimpleUpdate"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supermicro_is_verified_started_and_followed() {
    let run = given(SupermicroX12).await.run().await.succeeded();
    assert_eq!(run.requests("POST", "StartUpdate"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supermicro_that_stays_in_update_mode_is_told() {
    let busy = json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": "SMC.1.0.OemFirmwareAlreadyInUpdateMode",
        "Message": "The firmware is already in update mode." }] } });
    let stuck = Rule::new(answer(400, busy.to_string().into_bytes())).on("POST", "*/UpdateService/upload");
    let run = given(SupermicroX12).await.rule(stuck).run().await.told("blocked", "supermicro_update_mode");
    assert_eq!(run.counts().all_images_accepted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_openbmc_says_nothing_and_is_done_and_its_host_is_on_again() {
    let silent = Effect::Merge(json!({ "Messages": [], "PercentComplete": null }));
    let run = given(OpenBmcOld).await.rule(Rule::new(silent).on("GET", "*/Tasks/*")).run().await.succeeded();
    assert_eq!(run.machine.power, firmdeck::lab::model::Power::On);
    assert!(run.machine.version(Kind::Bios).len() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_session_table_is_told_and_ours_are_closed() {
    let run = given(Idrac9).await.with("sessions-full").run().await.told("failed", "session_table_full");
    assert_eq!(run.counts().pushes, 0);
    let run = given(Idrac9).await.run().await.succeeded();
    assert!(run.machine.sessions.list().is_empty(), "every session is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_that_is_not_the_stack_is_updated_as_its_stack() {
    // A MegaRAC in a machine whose system calls itself another brand's model is still a MegaRAC's to update.
    let run = given(MegaRac).await.run().await.succeeded();
    let server = run.site.run(&["inventory", "--json"]).await.server();
    assert_eq!(server["stack"], "mega_rac", "{server:#}");
    assert_ne!(server["vendor"], "AMI");
    assert!(run.methods().iter().all(|method| *method == "multipart"), "{:?}", run.methods());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_goes_where_the_bmc_says_that_it_goes() {
    // Old builds take an image at one address, newer ones at another: each is told by the BMC itself.
    for (personality, moved) in [(OpenBmcOld, "HttpPushUri"), (OpenBmc, "MultipartHttpPushUri")] {
        let run = given(personality).await.run().await.succeeded();
        let exchanges = transcript(&run).await;
        let of =
            |exchange: &&Value| exchange["method"] == "POST" && !exchange["path"].as_str().unwrap().contains("Session");
        let pushed = exchanges.iter().filter(of).find(|one| one["status"] == 202).unwrap();
        let shown = exchanges.iter().find(|one| one["path"] == "/redfish/v1/UpdateService").unwrap();
        let path = pushed["path"].as_str().unwrap();
        let body = shown["body"].as_str().unwrap().replace(' ', "");
        assert!(body.contains(&format!("\"{moved}\":\"{path}\"")), "{path}: {body}");
    }
}
