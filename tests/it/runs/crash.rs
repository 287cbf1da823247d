//! The engine dies, and another goes on. Lab, engine and client are three processes; the lab counts.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use firmdeck::lab::{
    Builder, Lab,
    fault::{Effect, Rule},
    model::Mishap,
    personality::Personality,
};
use serde_json::{Value, json};

use super::{ALL, states};
use crate::support::{
    binary::{end_engine, engine_of},
    site::Site,
};

async fn assert_ended_well(site: &Site) -> Value {
    let document = site.run(&["runs", "show", "1", "--json"]).await.json();
    assert!(states(&document).iter().all(|(_, state)| *state == "succeeded"), "{document:#}");
    site.assert_unharmed();
    assert_eq!(site.run(&["audit", "verify"]).await.code, 0);
    document
}

/// Follows run 1 to its end. A client whose engine goes away starts another, which goes on by itself; one that loses it at
/// its very last question is asked again by its operator.
async fn follow(site: &Site, environment: &[(&str, &str)]) {
    for _ in 0..3 {
        let said = File::create(site.bench.path("said")).unwrap();
        let mut command = site.command(&["runs", "attach", "1"], environment);
        let mut client = command.stdout(Stdio::null()).stderr(said).spawn().unwrap();
        match tokio::time::timeout(Duration::from_secs(240), client.wait()).await {
            Ok(ended) => {
                if ended.unwrap().success() {
                    return;
                }
            }
            Err(_) => panic!("not in time\n{}", scene(site).await),
        }
    }
    panic!("never to its end\n{}", scene(site).await);
}

/// What there is to see of a run that does not come to its end, in few lines.
async fn scene(site: &Site) -> String {
    let state = site.bench.state_dir();
    let last = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(4)..].join(" | ")
    };
    let shown = tokio::time::timeout(Duration::from_secs(20), site.run(&["runs", "list"])).await;
    let (said, log, died) = ("said", state.join("logs").join("engine.log"), state.join("crashed-at"));
    let (said, log, died) = (last(&site.bench.path(said)), last(&log), last(&died));
    let entries: Vec<_> = journal(&state).chars().rev().take(600).collect();
    let entries: String = entries.into_iter().rev().collect();
    let (engine, shown) = (engine_of(&state), shown.map(|ended| ended.out));
    format!("engine {engine:?}, {shown:?}; said {said}; log {log}; died {died}; journal {entries}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engines_are_killed_again_and_again_and_the_run_ends_as_if_nothing_had_happened() {
    let site = Site::start(Lab::builder().personalities(ALL).seed(5)).await;
    let (digest, _) = site.plan(&["--no-canary"]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    // Each engine lives a little longer than the one before.
    for life in 1..24 {
        tokio::time::sleep(Duration::from_millis(40 * life)).await;
        end_engine(&site.bench.state_dir());
        site.run(&["runs", "list"]).await;
    }
    follow(&site, &[]).await;
    assert_ended_well(&site).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_staged_push_an_engine_dies_once_and_nothing_is_done_twice() {
    dies_at_each_boundary(Personality::Idrac9, &["push_intended", "push_ended", "power_intended", "power_reached"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_push_that_is_started_an_engine_dies_once_and_nothing_is_done_twice() {
    dies_at_each_boundary(Personality::SupermicroX13, &["push_ended", "start_intended", "started", "power_reached"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_pull_an_engine_dies_once_and_nothing_is_done_twice() {
    let lab = Lab::builder().personalities([Personality::Ilo6]).fault(without_uploads());
    dies_at_each_boundary_of(lab, &["push_intended", "push_ended", "power_intended", "power_reached"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_an_upload_to_an_ilo_an_engine_dies_once_and_nothing_is_done_twice() {
    dies_at_each_boundary(Personality::Ilo6, &["push_intended", "push_ended", "power_intended", "power_reached"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_what_is_queued_for_the_next_post_an_engine_dies_once_and_it_is_queued_once() {
    let lab = Lab::builder().personalities([Personality::Ilo6]);
    let events = ["push_intended", "push_ended", "start_intended", "started", "power_intended", "power_reached"];
    let site = dies_at_each_boundary_of(lab, &events).await;
    let machine = site.lab.bmc(0).machine();
    assert_eq!((machine.ilo.queue.len(), machine.counts.images_accepted["tpm"]), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_claimed_push_and_the_bmcs_reset_an_engine_dies_once() {
    let events = ["loan_intended", "push_intended", "push_ended", "activation_intended", "loan_returned"];
    dies_at_each_boundary(Personality::LenovoXcc, &events).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_raw_push_an_engine_dies_once_and_the_service_is_as_it_was() {
    let events = ["loan_intended", "push_intended", "push_ended", "loan_returned", "power_intended", "power_reached"];
    dies_at_each_boundary(Personality::OpenBmcOld, &events).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_push_to_a_megarac_an_engine_dies_once_and_its_accounts_are_kept() {
    let events = ["loan_intended", "push_intended", "push_ended", "loan_returned", "power_intended", "power_reached"];
    dies_at_each_boundary(Personality::MegaRac, &events).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_each_boundary_of_a_file_push_that_is_started_an_engine_dies_once_and_nothing_is_done_twice() {
    let events = ["push_intended", "push_ended", "start_intended", "started", "power_intended", "power_reached"];
    dies_at_each_boundary(Personality::Idrac9Early, &events).await;
}

/// An iLO that offers SimpleUpdate alone.
fn without_uploads() -> Rule {
    Rule::new(Effect::Merge(json!({ "HttpPushUri": null }))).on("GET", "/redfish/v1/UpdateService")
}

/// A chain of engines: each dies at a boundary at which none has died yet, before the entry is written or after.
async fn dies_at_each_boundary(personality: Personality, events: &[&str]) {
    dies_at_each_boundary_of(Lab::builder().personalities([personality]), events).await;
}

async fn dies_at_each_boundary_of(lab: Builder, events: &[&str]) -> Site {
    let site = Site::start(lab.seed(5)).await;
    let (digest, _) = site.plan(&[]).await;
    // The engine that read the inventory knows nothing of dying.
    assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
    let chain = [("FIRMDECK_CRASH", "chain")];
    // It dies before the run has a word in the journal: the client is told, and a person says it again.
    let begun = site.command(&["run", "--plan", &digest, "--detach"], &chain).output().await.unwrap();
    assert_eq!(begun.status.code(), Some(1), "{}", String::from_utf8_lossy(&begun.stderr));
    while !journal(&site.bench.state_dir()).contains("resumed") {
        site.command(&["runs", "resume", "1"], &chain).output().await.unwrap();
    }
    follow(&site, &chain).await;
    assert_ended_well(&site).await;
    let died = std::fs::read_to_string(site.bench.state_dir().join("crashed-at")).unwrap();
    for side in ["Before", "After"] {
        for event in events.iter().chain(&["phase_began", "step_ended", "update_settled", "ended"]) {
            let is_it = |line: &str| line.starts_with(side) && line.contains(event);
            assert!(died.lines().any(is_it), "{side} {event}\n{died}");
        }
    }
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_loses_its_terminal_leaves_the_run_to_the_engine() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::HUP, Signal::TERM, Signal::KILL] {
        let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
        let (digest, _) = site.plan(&[]).await;
        let mut client = site.command(&["run", "--plan", &digest], &[]);
        let mut client = client.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while site.lab.bmc(0).machine().counts.pushes == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let id = Pid::from_raw(i32::try_from(client.id().unwrap()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
        let code = client.wait().await.unwrap().code();
        match signal {
            Signal::HUP => assert_eq!(code, Some(129)),
            Signal::TERM => assert_eq!(code, Some(6)),
            _ => assert_eq!(code, None),
        }
        follow(&site, &[]).await;
        assert_ended_well(&site).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_dies_before_it_knows_that_an_image_was_taken_finds_it_and_goes_on() {
    for personality in ALL {
        let site = Site::start(Lab::builder().personalities([personality]).seed(5)).await;
        let (digest, _) = site.plan(&[]).await;
        assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
        let dies = [("FIRMDECK_CRASH", "push_ended:before")];
        assert!(site.command(&["run", "--plan", &digest, "--detach"], &dies).output().await.unwrap().status.success());
        follow(&site, &dies).await;
        assert!(site.bench.state_dir().join("crashed-at").exists());
        assert_ended_well(&site).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_dies_while_a_bmc_fetches_lets_it_fetch_again() {
    for personality in [Personality::Ilo5, Personality::Ilo6] {
        let lab = Lab::builder().personalities([personality]).seed(5).fault(without_uploads());
        let site = Site::start(lab).await;
        let (digest, _) = site.plan(&[]).await;
        assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
        let dies = [("FIRMDECK_CRASH", "push_ended:after")];
        assert!(site.command(&["run", "--plan", &digest, "--detach"], &dies).output().await.unwrap().status.success());
        follow(&site, &dies).await;
        assert!(site.bench.state_dir().join("crashed-at").exists());
        assert_ended_well(&site).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_killed_while_an_image_leaves_goes_on_without_a_second_one() {
    for personality in ALL {
        let lab = Lab::builder().personalities([personality]).seed(5);
        let site = Site::start(lab).await;
        let (digest, _) = site.plan(&[]).await;
        assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
        // Right after the intent is on disk and before a byte has left, and then while the bytes leave.
        let begun = site.command(&["run", "--plan", &digest, "--detach"], &[]).output().await.unwrap();
        assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
        let state = site.bench.state_dir();
        while !journal(&state).contains("push_intended") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(engine_of(&state).is_some());
        end_engine(&state);
        follow(&site, &[]).await;
        assert_ended_well(&site).await;
    }
}

fn journal(state: &Path) -> String {
    let database = rusqlite::Connection::open(state.join("firmdeck.db")).unwrap();
    let events = "SELECT ifnull(group_concat(event), '') FROM journal";
    database.query_row(events, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_dies_and_comes_back_before_it_writes_is_given_the_image_again() {
    for personality in ALL {
        let (site, code, document) = bmc_dies(personality, Mishap::ResetInVerify).await;
        for update in super::updates(&document).iter().filter(|update| update["settled"] == "applied") {
            assert_eq!(update["read_back"], update["to"], "{personality}");
        }
        // What the BMC lost is proved by looks at it, and offered again; or it is said to have failed.
        assert!([0, 3].contains(&code), "{personality}: {document:#}");
        assert_eq!(site.lab.bmc(0).machine().counts.bricks, 0, "{personality}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_dies_while_it_writes_is_never_said_to_have_been_updated() {
    for personality in [Personality::Idrac9, Personality::OpenBmc] {
        let (_, code, document) = bmc_dies(personality, Mishap::ResetInFlash).await;
        assert!([3, 7].contains(&code), "{personality}: {document:#}");
        let first = super::updates(&document)[0];
        assert!(first["settled"] != "applied" && first["why"].is_string(), "{personality}: {first:#}");
    }
}

/// A run in which the BMC goes down in the middle of its first update.
async fn bmc_dies(personality: Personality, when: Mishap) -> (Site, i32, Value) {
    let site = Site::start(Lab::builder().personalities([personality]).seed(5)).await;
    let (digest, _) = site.plan(&[]).await;
    site.lab.bmc(0).change(|machine| {
        machine.mishaps.insert(when);
    });
    let ended = site.run(&["run", "--plan", &digest]).await;
    assert!(site.lab.bmc(0).machine().mishaps.is_empty(), "{personality} went down");
    let document = site.run(&["runs", "show", "1", "--json"]).await.json();
    (site, ended.code, document)
}
