use std::{io, time::Duration};

use firmdeck::{
    clock::Clock,
    lab::{
        Lab,
        fault::{self, Effect, Rule, Servers},
        personality::Personality,
    },
};
use serde_json::json;
use tokio::time::timeout;

use super::raw::{Answer, Raw, ask, basic, get, log_in, try_get, until};

const INVENTORY: &str = "/redfish/v1/UpdateService/FirmwareInventory";

async fn with(word: &str) -> Lab {
    let rules = fault::load(word).unwrap();
    Lab::builder().personalities([Personality::Idrac9, Personality::SupermicroX13]).faults(rules).start().await.unwrap()
}

async fn soon(lab: &Lab, index: usize, uri: &str) -> Result<io::Result<Answer>, tokio::time::error::Elapsed> {
    timeout(Duration::from_millis(500), try_get(lab, index, uri)).await
}

#[tokio::test]
async fn a_fault_touches_only_the_bmc_it_is_aimed_at() {
    let lab = with("html-login@1").await;
    assert_eq!(get(&lab, 0, "/redfish/v1").await.json()["Vendor"], "Dell");
    let page = get(&lab, 1, "/redfish/v1").await;
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html")));
    assert!(page.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn an_answer_can_be_cut_truncated_garbled_or_never_come() {
    for word in ["cut-answer@0", "garbage@0", "connection-reset@0"] {
        let lab = with(word).await;
        let mut failed = 0;
        for _ in 0..4 {
            failed += usize::from(try_get(&lab, 0, INVENTORY).await.is_err());
        }
        assert_eq!(failed, if word == "garbage@0" { 4 } else { 1 }, "{word}");
        assert_eq!(get(&lab, 1, INVENTORY).await.status, 200);
    }
    let lab = with("truncated-json@0").await;
    let half = get(&lab, 0, INVENTORY).await;
    assert_eq!((half.status, half.body.len()), (200, 200));
    for word in ["black-hole@0", "tls-stall@0"] {
        let lab = with(word).await;
        assert!(soon(&lab, 0, "/redfish/v1").await.is_err(), "{word}");
        assert_eq!(get(&lab, 1, "/redfish/v1").await.status, 200);
    }
}

#[tokio::test]
async fn a_cut_may_fall_inside_the_head() {
    let lab = with("busy@1").await;
    lab.add_fault(&Rule::new(Effect::Cut(10)).at_servers(Servers::Index(vec![0])));
    assert!(try_get(&lab, 0, "/redfish/v1").await.is_err());
}

#[tokio::test]
async fn real_answers_can_be_changed_and_odd_ones_put_in_their_place() {
    let lab = with("same-uuid").await;
    for (index, bmc) in lab.bmcs().enumerate() {
        let body = get(&lab, index, bmc.profile().system).await.json();
        assert_eq!(body["UUID"], "00000000-0000-0000-0000-000000000000");
        assert_eq!(body["Model"], bmc.machine().identity.model);
    }
    let lab = with("huge-answer").await;
    assert!(get(&lab, 0, INVENTORY).await.body.len() > 60_000_000);
    let lab = with("no-members").await;
    assert!(get(&lab, 0, INVENTORY).await.json().get("Members").is_none());
    let lab = with("odd-version").await;
    let first = get(&lab, 1, &format!("{INVENTORY}/BIOS")).await.json();
    assert_eq!((&first["Version"], &first["Status"]), (&json!(1.4), &json!("OK")));
    assert!(get(&lab, 1, &format!("{INVENTORY}/BIOS")).await.json()["Version"].is_string());
}

#[tokio::test]
async fn a_fault_ends_after_its_times() {
    let lab = with("busy").await;
    let statuses = [1, 2, 3, 4].map(|_| ask(lab.bmc(0).address(), "GET", "/redfish/v1", &[], ""));
    let mut seen = Vec::new();
    for answer in statuses {
        let answer = answer.await.unwrap();
        assert_eq!(answer.header("Retry-After").is_some(), answer.status == 503);
        seen.push(answer.status);
    }
    assert_eq!(seen, [503, 503, 503, 200]);
    let lab = with("inventory-error").await;
    assert_eq!(get(&lab, 0, INVENTORY).await.status, 500);
    assert_eq!(get(&lab, 0, INVENTORY).await.status, 500);
    assert_eq!(get(&lab, 0, INVENTORY).await.status, 200);
}

#[tokio::test]
async fn headers_decide_where_the_rule_says_so() {
    let lab = with("accept-header").await;
    let bmc = lab.bmc(0);
    let login = basic(&lab, bmc);
    let without = ask(bmc.address(), "GET", "/redfish/v1", &[("Authorization", &login)], "").await.unwrap();
    assert_eq!(without.status, 406);
    assert_eq!(get(&lab, 0, "/redfish/v1").await.status, 200);
    let lab = with("token-lost").await;
    let token = log_in(&lab, 0).await.header("X-Auth-Token").unwrap().to_owned();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let with = [("X-Auth-Token", token.as_str())];
        seen.push(ask(lab.bmc(0).address(), "GET", "/redfish/v1/Systems", &with, "").await.unwrap().status);
    }
    assert_eq!(seen, [200, 200, 401, 200]);
    let lab = with("sessions-full").await;
    assert_eq!(log_in(&lab, 0).await.message_id(), "IDRAC.2.7.RAC0218");
}

#[tokio::test]
async fn a_bmc_can_reset_in_the_middle_of_a_read() {
    let rules = fault::load("bmc-reset@0").unwrap();
    let lab = Lab::builder().servers(2).speed(400.0).faults(rules).start().await.unwrap();
    assert!(try_get(&lab, 0, INVENTORY).await.is_err());
    until(async || Raw::connect(lab.bmc(0).address()).await.is_ok()).await;
    assert_eq!(get(&lab, 0, INVENTORY).await.status, 200);
    assert_eq!(lab.bmc(0).machine().counts.bmc_resets, 1);
}

#[tokio::test]
async fn rules_come_and_go_while_the_lab_runs() {
    let lab = with("busy@0").await;
    lab.clear_faults();
    assert_eq!(get(&lab, 0, "/redfish/v1").await.status, 200);
    let slow = Rule::new(Effect::Slow).on("GET", "*/Systems*").after(Duration::from_millis(300));
    lab.add_fault(&slow);
    let began = Clock::system();
    assert_eq!(get(&lab, 0, "/redfish/v1/Systems").await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
}
