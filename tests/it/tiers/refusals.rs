//! What stops the ladder: a refusal, an upload that was taken, and one whose end nobody knows. By the count of processes and of
//! requests, no other tier was begun.

use firmdeck::lab::{
    Lab,
    fault::{Effect, Rule},
    model::Kind,
    personality::Personality::{Idrac8, Idrac9, Ilo5, SupermicroX11},
};
use serde_json::json;

use super::wrapped::{Kit, Tiers, doctor, with_controller};
use crate::support::site::Beside;

/// The methods of the only update of a plan, in their order.
fn methods(plan: &serde_json::Value) -> Vec<&str> {
    let updates = plan["plan"]["servers"][0]["updates"].as_array().unwrap();
    assert_eq!(updates.len(), 1, "{plan:#}");
    updates[0]["methods"].as_array().unwrap().iter().map(|method| method.as_str().unwrap()).collect()
}

/// No image is in the machine, and nothing was written or reset.
fn untouched(tiers: &Tiers) {
    let counts = tiers.counts();
    assert!(counts.images_accepted.is_empty() && counts.flashes.is_empty(), "{counts:?}");
    assert_eq!((counts.host_resets, counts.bmc_resets, counts.bricks), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_with_a_wrong_signature_beside_it_is_refused_once_and_goes_no_other_way() {
    let Some(kit) = Kit::full() else { return };
    // Given a signature of something else beside the component,
    let tiers = kit.at(Lab::builder().machines(vec![with_controller()]), Beside::AnotherSignature).await;
    let plan = tiers.planned(Some("storage")).await;
    assert_eq!(methods(&plan), ["ilorest"]);
    // when it is run,
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    // then that is a refusal, the tool was begun once, and no push of ours was.
    ran.ended("failed", &[("ilorest", "refused")]).because("signature is not valid on this iLO");
    assert_eq!(tiers.all_updates(), [1, 0, 0, 0]);
    assert_eq!(tiers.requests("POST", "SimpleUpdate"), 0);
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_whose_signature_an_ilo_refuses_is_not_brought_again_by_ilorest() {
    let Some(kit) = Kit::full() else { return };
    let tiers = kit.before(Ilo5).await;
    let plan = tiers.planned(Some("bios")).await;
    let ladder = methods(&plan);
    assert!(ladder.first() == Some(&"ilo_upload") && ladder.last() == Some(&"ilorest"), "{ladder:?}");
    let ran = tiers.carry(Some("bios"), &["signature-not-verified"]).await;
    let update = ran.updates()[0];
    assert_eq!(update["settled"], "failed", "{update:#}");
    assert!(update["why"].as_str().unwrap().to_lowercase().contains("signature"), "{update:#}");
    assert!(matches!(ran.attempts()[..], [("ilo_upload", _)]), "{update:#}");
    assert_eq!(tiers.all_updates(), [0; 4]);
    assert_eq!((tiers.requests("POST", "uploadFile"), tiers.requests("POST", "SimpleUpdate")), (1, 0));
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_that_sum_lacks_is_named_and_nothing_else_is_tried() {
    let tiers = Kit::new().before(SupermicroX11).await;
    let plan = tiers.planned(Some("bios")).await;
    assert_eq!(methods(&plan), ["sum"]);
    tiers.site.lab.bmc(0).change(|machine| machine.licensed = false);
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    ran.ended("failed", &[("sum", "refused")]).because("SFT-DCMS-SINGLE");
    assert_eq!(tiers.all_updates(), [0, 0, 1, 0]);
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saa_in_the_place_of_sum_is_told_by_its_own_name_and_updates_or_names_the_licence_that_lacks() {
    for is_licensed in [true, false] {
        let tiers = Kit::new().with_saa().before(SupermicroX11).await;
        let check = doctor(&tiers, "sum").await;
        assert!(check["verdict"] == "ok" && check["what"].as_str().unwrap().starts_with("saa 1.1.0 "), "{check:#}");
        let plan = tiers.planned(Some("bios")).await;
        tiers.site.lab.bmc(0).change(|machine| machine.licensed = is_licensed);
        let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
        if is_licensed {
            ran.ended("applied", &[("sum", "accepted")]);
            tiers.site.assert_unharmed();
        } else {
            ran.ended("failed", &[("sum", "refused")]).because("SFT-DCMS-SINGLE");
            untouched(&tiers);
        }
        assert_eq!(tiers.all_updates(), [0, 0, 1, 0]);
        let transcript = tiers.site.run(&["runs", "transcript", "1", "s1"]).await.out;
        assert!(transcript.contains("stand-in for Supermicro's saa"), "{transcript}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_that_nobody_asked_for_starts_no_tool() {
    for (personality, bmc) in [(Idrac8, "2.99.99.99"), (SupermicroX11, "1.99.99")] {
        // Given a machine whose BMC is ahead of the baseline,
        let tiers = Kit::new().before(personality).await;
        tiers.site.lab.bmc(0).change(|machine| {
            let component = machine.components.iter_mut().find(|one| one.kind == Kind::Bmc).unwrap();
            component.version = bmc.into();
        });
        assert_eq!(tiers.site.run(&["inventory", "--refresh"]).await.code, 0);
        // then the plan leaves it, with the reason, and a run of the rest does not begin it.
        let plan = tiers.planned(None).await;
        let server = &plan["plan"]["servers"][0];
        let newer = server["left_out"].as_array().unwrap().iter().filter(|one| one["why"]["why"] == "newer").count();
        assert_eq!((newer, server["updates"].as_array().unwrap().len()), (1, 1), "{server:#}");
        let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
        assert_eq!(ran.code, 0, "{:#}", ran.document);
        assert_eq!(tiers.site.lab.bmc(0).machine().version(Kind::Bmc), bmc);
        assert_eq!(tiers.all_updates().iter().sum::<usize>(), 1, "the BIOS alone");
    }
}

/// Puts a machine's BMC ahead of the baseline, and plans to bring it back.
async fn planned_down(tiers: &Tiers, ahead: &str) -> serde_json::Value {
    tiers.site.lab.bmc(0).change(|machine| {
        let component = machine.components.iter_mut().find(|one| one.kind == Kind::Bmc).unwrap();
        component.version = ahead.into();
    });
    assert_eq!(tiers.site.run(&["inventory", "--refresh"]).await.code, 0);
    tiers.planned_with(Some("bmc"), &["--downgrade"]).await
}

fn answer(status: u16, body: &serde_json::Value) -> Effect {
    let (content_type, body) = ("application/json".into(), body.to_string().into_bytes());
    Effect::Answer { status, headers: Vec::new(), content_type, body, done: false }
}

/// Dell's words for a version that an iDRAC does not go down to (knowledge base 000190151).
const LOCKED: &str = "SUP0517: Unable to update the firmware to the version in the package.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downgrade_that_was_asked_for_and_that_the_bmc_refuses_goes_no_other_way() {
    // Given an iDRAC that refuses it over Redfish, then racadm is not begun;
    let tiers = Kit::new().before(Idrac9).await;
    let plan = planned_down(&tiers, "7.99.90.00").await;
    assert_eq!(methods(&plan), ["multipart", "simple_update", "racadm"]);
    let said =
        json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": "IDRAC.2.8.SUP0517", "Message": LOCKED }] } });
    tiers.site.lab.add_fault(&Rule::new(answer(400, &said)).on("POST", "*/MultipartUpload"));
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    ran.ended("failed", &[("multipart", "refused")]).because("SUP0517");
    assert_eq!((tiers.all_updates(), tiers.requests("POST", "SimpleUpdate")), ([0; 4], 0));
    untouched(&tiers);
    // given one that refuses it to racadm, then that is the end too.
    let tiers = Kit::new().before(Idrac8).await;
    let plan = planned_down(&tiers, "2.99.99.99").await;
    let said = json!({ "status": 1, "text": format!("ERROR: {LOCKED}\n"), "goes_on": false });
    tiers.site.lab.add_fault(&Rule::new(answer(200, &said)).on("POST", "*/exec/update"));
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    ran.ended("failed", &[("racadm", "refused")]).because("SUP0517");
    assert_eq!((tiers.all_updates(), tiers.requests("POST", "/exec/update")), ([0, 1, 0, 0], 1));
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_the_tool_is_refused_with_is_not_tried_again_in_any_way() {
    let tiers = Kit::new().before(Idrac8).await;
    let plan = tiers.planned(Some("bios")).await;
    // Given an iDRAC that lets Redfish in and racadm's update not,
    let refusing = Effect::Answer {
        status: 401,
        headers: Vec::new(),
        content_type: "text/plain".into(),
        body: Vec::new(),
        done: false,
    };
    tiers.site.lab.add_fault(&Rule::new(refusing).on("POST", "/cgi-bin/exec/serveraction"));
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    ran.ended("failed", &[("racadm", "refused")]).because("invalid username or password");
    assert_eq!(tiers.all_updates(), [0, 1, 0, 0]);
    assert_eq!(tiers.requests("POST", "/cgi-bin/exec/serveraction"), 1);
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_over_redfish_whose_end_is_unknown_is_read_back_and_racadm_is_not_begun() {
    for fault in ["lost-answer", "accepted-500"] {
        let tiers = Kit::new().before(Idrac9).await;
        let ladder = tiers.planned(Some("bmc")).await;
        assert_eq!(methods(&ladder), ["multipart", "simple_update", "racadm"]);
        tiers.carry(Some("bmc"), &[fault]).await.ended("applied", &[("multipart", "unknown")]);
        assert_eq!(tiers.all_updates(), [0; 4], "{fault}");
        assert_eq!(tiers.requests("POST", "SimpleUpdate"), 0, "{fault}");
        assert_eq!((tiers.counts().pushes, tiers.counts().images_accepted["bmc"]), (1, 1), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_over_redfish_that_was_taken_and_came_to_nothing_is_not_brought_again_by_a_tool() {
    let tiers = Kit::new().before(Idrac9).await;
    let ran = tiers.carry(Some("bmc"), &["flash-does-not-take"]).await;
    ran.ended("failed", &[("multipart", "accepted")]);
    assert_eq!(tiers.all_updates(), [0; 4]);
    assert_eq!((tiers.requests("POST", "SimpleUpdate"), tiers.counts().pushes), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_a_tool_has_handed_over_is_not_pushed_over_redfish_too() {
    let Some(kit) = Kit::full() else { return };
    // Given an operator who wants tools first, and an iLO that takes the image and flashes nothing of it,
    let tiers = kit.tools_first().before(Ilo5).await;
    let ladder = tiers.planned(Some("bios")).await;
    let ladder = methods(&ladder);
    assert!(ladder.first() == Some(&"ilorest") && ladder.contains(&"ilo_upload"), "{ladder:?}");
    let ran = tiers.carry(Some("bios"), &["flash-does-not-take"]).await;
    ran.ended("failed", &[("ilorest", "accepted")]);
    assert_eq!(tiers.all_updates(), [1, 0, 0, 0]);
    assert_eq!((tiers.requests("POST", "uploadFile"), tiers.requests("POST", "SimpleUpdate")), (1, 0));
    assert_eq!(json!(tiers.counts().images_accepted), json!({ "bios": 1 }));
}
