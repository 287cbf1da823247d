//! Tools of vendors, and boards that speak IPMI alone.

use firmdeck::lab::{
    Lab,
    fault::{Effect, Rule},
    model::Kind,
    personality::Personality::{HpmBoard, Idrac8},
};

use serde_json::json;

use crate::{
    support::{site::Beside, tools},
    tiers::wrapped::{Kit, with_controller},
};

/// With the real ipmitool; nothing where there is none.
fn ipmi() -> Option<Kit> {
    Some(Kit::new().with("ipmitool", &tools::program("ipmitool")?))
}

/// A completion code instead of the answer, and nothing done.
fn code(code: u16, body: &[u8]) -> Effect {
    Effect::Answer { status: code, headers: Vec::new(), content_type: String::new(), body: body.to_vec(), done: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_idrac_whose_redfish_lists_no_firmware_is_updated_by_racadm() {
    let tiers = Kit::new().before(Idrac8).await;
    let ran = tiers.carry(None, &[]).await;
    assert_eq!(ran.code, 0, "{:#}", ran.document);
    assert!(ran.updates().iter().all(|update| update["read_back"] == update["to"]), "{:#}", ran.document);
    assert_eq!(ran.attempts(), [("racadm", "accepted"), ("racadm", "accepted")]);
    tiers.site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idrac_that_does_not_let_dells_own_services_be_asked_is_updated_all_the_same() {
    let tiers = Kit::new().before(Idrac8).await;
    let refused = json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": "IDRAC.1.6.SYS402",
        "Message": "Unable to complete the operation because the method is not allowed." }] } });
    let refused = Effect::Answer {
        status: 405,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: refused.to_string().into_bytes(),
        done: false,
    };
    tiers.site.lab.add_fault(&Rule::new(refused).on("POST", "*/DellLCService/*"));
    let ran = tiers.carry(None, &[]).await;
    assert_eq!((ran.code, tiers.updates("racadm")), (0, 2), "{:#}", ran.document);
    // What is asked over Redfish besides are sessions, and the reset that the plan has.
    let requests = tiers.site.lab.bmc(0).requests();
    let of_redfish = requests.keys().filter(|request| request.contains(" /redfish/") && !request.starts_with("GET "));
    let of_dell: Vec<_> = of_redfish.filter(|request| request.contains("Dell") || request.contains("/Oem/")).collect();
    assert!(of_dell.iter().all(|request| request.ends_with("GetRemoteServicesAPIStatus")), "{of_dell:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilorest_that_ends_well_and_has_flashed_nothing_is_not_believed() {
    let Some(kit) = Kit::full() else { return };
    let tiers = kit.at(Lab::builder().machines(vec![with_controller()]), Beside::Signature).await;
    let ran = tiers.carry(Some("storage"), &["flash-does-not-take"]).await;
    ran.ended("failed", &[("ilorest", "accepted")]);
    assert_eq!((ran.code, tiers.all_updates()), (3, [1, 0, 0, 0]));
    assert_eq!(tiers.counts().all_images_accepted(), 1, "{:?}", tiers.counts());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hpm_upgrade_that_breaks_off_is_begun_anew_only_once_the_old_version_is_read() {
    let Some(kit) = ipmi() else { return };
    // Given a board that does not finish the first upload,
    let tiers = kit.before(HpmBoard).await;
    tiers.site.lab.add_fault(&Rule::new(code(0xD5, &[0])).on("IPMI", "/ipmi/2c/33").times(1, 1));
    let ran = tiers.carry(Some("bmc"), &[]).await;
    // then the board is looked at before the next, which is the last.
    ran.ended("applied", &[("ipmitool", "not_taken"), ("ipmitool", "accepted")]);
    assert_eq!((tiers.counts().images_accepted["bmc"], tiers.counts().flashes["bmc"]), (1, 1));
    tiers.site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hosts_firmware_is_no_success_until_the_host_was_seen_off_and_on() {
    let Some(kit) = ipmi() else { return };
    let tiers = kit.before(HpmBoard).await;
    let ran = tiers.carry(Some("bios"), &[]).await;
    ran.ended("applied", &[("ipmitool", "accepted")]);
    assert_eq!((tiers.counts().images_accepted["bios"], tiers.counts().bricks), (1, 0));

    // Given a board that says yes to every word about power and does nothing,
    let Some(kit) = ipmi() else { return };
    let tiers = kit.before(HpmBoard).await;
    let old = tiers.site.lab.bmc(0).machine().version(Kind::Bios).to_owned();
    tiers.site.lab.add_fault(&Rule::new(code(0, &[])).on("IPMI", "/ipmi/00/02"));
    let ran = tiers.carry(Some("bios"), &[]).await;
    // then the firmware is never said to be in force.
    let update = ran.updates()[0];
    assert!(ran.code != 0 && update["settled"] != "applied", "{:#}", ran.document);
    assert_eq!(tiers.site.lab.bmc(0).machine().version(Kind::Bios), old);
    assert_eq!(tiers.counts().host_resets, 0);
}
