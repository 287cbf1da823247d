//! Acts on a BMC that stands in its own way: shown, confirmed, written down, done.

use firmdeck::lab::{
    Lab, fault,
    model::Stage,
    personality::Personality::{self, Idrac9, Ilo6, LenovoXcc, SupermicroX13},
};
use serde_json::{Value, json};

use crate::support::{
    binary::Ended,
    site::{Beside, SPEED, Site},
    until,
};

async fn site(personality: Personality, faults: &[&str]) -> Site {
    let rules = faults.iter().flat_map(|name| fault::load(name).unwrap());
    Site::start(Lab::builder().personalities([personality]).faults(rules).seed(3)).await
}

/// Looks, and confirms what was shown.
async fn repair(site: &Site, arguments: &[&str]) -> (Value, Ended) {
    let look = [&["repair"], arguments, &["--json"]].concat();
    let shown = site.run(&look).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    let shown = shown.json();
    let digits = shown["digest"].as_str().unwrap()[..8].to_owned();
    let ended = site.run(&[&look[..], &["--confirm", &digits]].concat()).await;
    (shown, ended)
}

async fn events(site: &Site) -> Vec<Value> {
    let exported = site.run(&["audit", "export"]).await;
    exported.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect()
}

#[tokio::test]
async fn a_bmc_is_reset_once_it_was_shown_and_confirmed_and_both_are_in_the_journal() {
    let site = site(SupermicroX13, &[]).await;
    let (shown, ended) = repair(&site, &["reset-bmc", "s1"]).await;
    assert_eq!(shown["resource"]["Id"], "1", "{shown:#}");
    assert!(shown["consequence"].as_str().unwrap().contains("sessions end"));
    assert_eq!((ended.code, &ended.json()["outcome"]), (0, &json!("done")), "{}", ended.err);
    until("it resets", || site.lab.bmc(0).machine().counts.bmc_resets == 1).await;
    let events = events(&site).await;
    let words: Vec<_> = events.iter().map(|line| line["event"]["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["repair_intended", "repair_ended"]);
    assert!(events[0]["event"]["actor"].is_string() && events[0]["run"] == 0, "{events:#?}");
    assert_eq!(site.run(&["audit", "verify"]).await.code, 0);
    assert_eq!(site.run(&["runs", "list", "--json"]).await.json()["runs"], json!([]));
}

#[tokio::test]
async fn nothing_is_done_without_a_confirmation_of_what_is_there_now() {
    let site = site(Ilo6, &["queue-head-failed"]).await;
    let item = "/redfish/v1/UpdateService/UpdateTaskQueue/queue-0";
    let unasked = site.run(&["repair", "delete-job", "s1", item]).await;
    assert!(unasked.code == 2 && unasked.err.contains("--confirm"), "{}", unasked.err);
    let other = site.run(&["repair", "delete-job", "s1", item, "--confirm", "00000000"]).await;
    assert!(other.code == 4 && other.err.contains("has changed since"), "{}", other.err);
    let account = "/redfish/v1/AccountService/Accounts/1";
    let refused = site.run(&["repair", "delete-job", "s1", account, "--json"]).await;
    assert!(refused.code == 2 && refused.err.contains("is no job"), "{}", refused.err);
    assert_eq!(site.lab.bmc(0).machine().ilo.queue.len(), 1);
    assert_eq!(events(&site).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_failed_head_of_a_queue_is_shown_whole_deleted_and_the_run_goes_through() {
    let site = site(Ilo6, &["queue-head-failed"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 4, "{document:#}");
    let (shown, ended) =
        repair(&site, &["delete-job", "s1", "/redfish/v1/UpdateService/UpdateTaskQueue/queue-0"]).await;
    assert_eq!(
        (&shown["resource"]["State"], &shown["resource"]["Filename"]),
        (&json!("Exception"), &json!("cp035625.fwpkg"))
    );
    assert_eq!(ended.json()["outcome"], "done", "{}", ended.err);
    let retried = site.run(&["runs", "retry", "1", "s1"]).await;
    assert_eq!(retried.code, 0, "{}{}", retried.out, retried.err);
}

#[tokio::test]
async fn a_bmc_that_flashes_is_not_reset_and_a_run_is_not_disturbed() {
    let lab = Lab::builder().personalities([Idrac9]).seed(3).faults(fault::load("task-hangs").unwrap());
    // The run follows what stands still for long enough to be looked at meanwhile.
    let site = Site::equipped(lab, SPEED / 6.0, "", Beside::Nothing).await;
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    let is_hung = || site.lab.bmc(0).machine().busy().is_some_and(|update| update.stage == Stage::Hung);
    until("the job stands still", is_hung).await;
    // While the run holds the server nobody else acts on it,
    let held = site.run(&["repair", "reset-bmc", "s1", "--json"]).await;
    assert!(held.code == 4 && held.err.contains("run 1 holds this server"), "{}", held.err);
    assert_eq!(site.run(&["runs", "abort", "1"]).await.code, 0);
    site.run(&["runs", "attach", "1"]).await;
    // afterwards a look says what the BMC is at, and only who insists restarts it.
    let busy = site.run(&["repair", "reset-bmc", "s1", "--json"]).await;
    assert!(busy.code == 4 && busy.err.contains("--while-busy"), "{}", busy.err);
    let (shown, ended) = repair(&site, &["reset-bmc", "s1", "--while-busy"]).await;
    assert!(shown["busy"].is_string() && ended.code == 0, "{shown:#}{}", ended.err);
    until("it resets", || site.lab.bmc(0).machine().counts.bmc_resets == 1).await;
}

#[tokio::test]
async fn a_claim_is_released_only_where_a_run_of_ours_has_left_it() {
    let site = site(LenovoXcc, &["claimed"]).await;
    let refused = site.run(&["repair", "release-claim", "s1", "--json"]).await;
    assert!(refused.code == 4 && refused.err.contains("whose it is"), "{}", refused.err);
    assert!(site.lab.bmc(0).machine().service.claimed);
}

#[tokio::test]
async fn a_server_is_found_in_its_rack_by_its_light() {
    for personality in [Idrac9, Ilo6, SupermicroX13, LenovoXcc] {
        let site = site(personality, &[]).await;
        for (word, lit) in [("on", true), ("off", false)] {
            let (_, ended) = repair(&site, &["identify", "s1", word]).await;
            assert_eq!(
                (ended.code, site.lab.bmc(0).machine().standing.light),
                (0, lit),
                "{personality}: {}",
                ended.err
            );
        }
    }
}
