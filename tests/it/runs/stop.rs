//! Stopping and aborting a run under way, and a run that goes on by itself after an absence.

use std::{fs::File, time::Duration};

use firmdeck::{
    domain::{
        inventory::ServerId,
        phase::{Phase, ServerState},
        plan::Plan,
        run::{RunEvent, Settled},
    },
    engine::Engine,
    lab::{
        Lab,
        fault::{Effect, Rule, Servers},
        personality::Personality,
    },
    store::Entry,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::broadcast;

use crate::support::site::{Beside, SPEED, Site, over, to_the_end};

/// The next entry whose text holds `words`.
async fn entry(listener: &mut broadcast::Receiver<Entry>, words: &str) -> Entry {
    let found = async {
        loop {
            let entry = listener.recv().await.unwrap();
            if entry.event.contains(words) {
                return entry;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.expect("it is written in time")
}

async fn site(personalities: &[Personality]) -> (Site, Engine, Plan) {
    site_at(SPEED, personalities).await
}

async fn site_at(speed: f64, personalities: &[Personality]) -> (Site, Engine, Plan) {
    let lab = Lab::builder().personalities(personalities).seed(3);
    let site = Site::equipped(lab, speed, "", Beside::Nothing).await;
    let mut plan = site.planned(&[]).await;
    plan.options.canary = false;
    let engine = site.engine().await;
    (site, engine, plan)
}

fn at(site: &Site, plan: &Plan, index: usize) -> ServerId {
    let host = site.lab.addresses()[index].ip().to_string();
    plan.servers.iter().find(|server| server.endpoint.host == host).unwrap().id
}

fn assert_left_as_it_was(site: &Site, engine: &Engine, plan: &Plan) {
    site.assert_unharmed();
    for bmc in site.lab.bmcs() {
        let machine = bmc.machine();
        assert!(machine.sessions.list().is_empty(), "every session is closed");
        assert_eq!(machine.power, firmdeck::lab::model::Power::On, "the host is as it was");
    }
    assert!(plan.servers.iter().all(|server| engine.store().lease_holder(server.id).unwrap().is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_follows_what_has_left_and_gives_back_what_was_borrowed() {
    // One whose BIOS is staged, and one whose host is off for its BIOS flash.
    for personality in [Personality::Idrac9, Personality::SupermicroX13] {
        let (site, engine, plan) = site(&[personality]).await;
        let slow = Rule::new(Effect::Slow).on("POST", "*/UpdateService/*").times(1, 1).after(Duration::from_secs(6));
        site.lab.add_fault(&slow);
        let mut listener = engine.listen();
        let stop = async {
            let run = entry(&mut listener, "\"event\":\"push_intended\"").await.run;
            assert!(engine.stop_run(run, "an operator").await.unwrap());
        };
        let (state, ()) = tokio::join!(to_the_end(&engine, plan.clone()), stop);
        let run = &state.servers[0].1;
        assert_eq!(run.state, ServerState::Cancelled, "{run:#?}");
        let settled = |update: usize| run.updates[update].settled.as_ref().unwrap();
        assert!(matches!(settled(0), Settled::Applied { .. } | Settled::Staged), "{run:#?}");
        let others = run.updates[1..].iter().map(|update| update.settled.as_ref().unwrap());
        assert!(others.clone().count() > 0 && others.into_iter().all(|one| matches!(one, Settled::Skipped { .. })));
        if *settled(0) == Settled::Staged {
            let why = run.phase(Phase::SystemReboot).why().unwrap();
            assert!(why.ends_with("is staged: takes effect at the next host reset"), "{why}");
        }
        assert_eq!(site.lab.bmc(0).machine().counts.pushes, 1);
        assert_left_as_it_was(&site, &engine, &plan);
        let journal = engine.store().journal(state.row.id, 0).unwrap();
        assert!(journal.iter().any(|entry| entry.event.contains("stop_asked") && entry.event.contains("an operator")));
        assert!(!engine.stop_run(state.row.id, "an operator").await.unwrap(), "it is over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_interrupts_the_server_that_waits_and_is_refused_on_the_one_that_flashes() {
    // Given a server that is being flashed, and one that waits for a BMC which somebody has claimed,
    // for as long as the other's image is on its way,
    let (site, engine, plan) = site_at(SPEED / 12.0, &[Personality::Idrac9, Personality::OpenBmc]).await;
    let claimed = Rule::new(Effect::Merge(json!({ "HttpPushUriTargetsBusy": true })));
    site.lab.add_fault(&claimed.on("GET", "/redfish/v1/UpdateService").at_servers(Servers::Index(vec![1])));
    let (flashing, waiting) = (at(&site, &plan, 0), at(&site, &plan, 1));
    let mut listener = engine.listen();
    // when the run is aborted,
    let abort = async {
        let run = entry(&mut listener, "\"event\":\"push_ended\"").await.run;
        engine.abort_run(run, "an operator").await.unwrap()
    };
    let (state, outcome) = tokio::join!(to_the_end(&engine, plan.clone()), abort);
    // then it says what it does on each,
    assert_eq!(outcome.servers.len(), 2);
    for one in &outcome.servers {
        match &one.outcome {
            Ok(()) => assert_eq!(one.server, waiting),
            Err(not_now) => {
                assert_eq!(one.server, flashing);
                assert!(not_now.why.contains("is being flashed") && not_now.minutes == Some(5), "{not_now:?}");
            }
        }
    }
    // one ends where it was, the other once its flash is over, and nothing is left behind.
    let run_of = |id| state.servers.iter().find(|(plan, _)| plan.id == id).map(|(_, run)| run).unwrap();
    assert_eq!((run_of(waiting).state, run_of(flashing).state), (ServerState::Cancelled, ServerState::Cancelled));
    assert_eq!(run_of(waiting).phase(Phase::PreFlight).why(), Some("aborted"));
    assert!(run_of(flashing).updates[0].settled.is_some());
    assert_eq!(site.lab.bmc(1).machine().counts.pushes, 0);
    assert_left_as_it_was(&site, &engine, &plan);
    assert!(engine.abort_run(state.row.id, "an operator").await.is_err(), "it is over");
}

/// A run that an engine began at `then` and did no more for.
async fn begun(engine: &Engine, plan: &Plan, then: Timestamp) -> i64 {
    let run = engine.store().add_run(plan.clone(), "somebody".into(), then).await.unwrap();
    let started = serde_json::to_string(&RunEvent::Started { actor: "somebody".into() }).unwrap();
    engine.store().append(run, None, then, started).await.unwrap();
    run
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_absence_a_run_reads_by_itself_and_pushes_only_when_a_person_says_so() {
    let (site, engine, plan) = site(&[Personality::Idrac9]).await;
    let run = begun(&engine, &plan, Timestamp::now() - jiff::SignedDuration::from_hours(1)).await;
    let mut listener = engine.listen();
    let release = async {
        let held = entry(&mut listener, "\"event\":\"held\",\"why\":\"a push or a reset comes next").await;
        assert_eq!(held.server, Some(plan.servers[0].id));
        let so_far = engine.run_state(run).unwrap();
        let server = &so_far.servers[0].1;
        assert_eq!((server.state, server.held.is_some()), (ServerState::Running, true));
        assert_eq!(server.phase(Phase::FirmwareAnalysis).word(), "done");
        assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
        assert!(engine.release_hold(run, "an operator").await.unwrap());
        assert!(!engine.release_hold(run, "an operator").await.unwrap(), "once is enough");
    };
    let seen = Timestamp::now() - jiff::SignedDuration::from_hours(1);
    engine.resume_unattended(run, "the engine", seen).await.unwrap();
    release.await;
    assert_eq!(over(&engine, run).await.state(), ServerState::Succeeded);
    assert_left_as_it_was(&site, &engine, &plan);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_absence_or_with_a_person_a_run_is_not_held() {
    let hour_ago = Timestamp::now() - jiff::SignedDuration::from_hours(1);
    for (then, seen, by_a_person) in [
        (Timestamp::now(), None, false),
        // An engine that waited for a long flash has written nothing, and was there all the same.
        (hour_ago, Some(Timestamp::now()), false),
        (hour_ago, None, true),
    ] {
        let (_site, engine, plan) = site(&[Personality::Ilo5]).await;
        let run = begun(&engine, &plan, then).await;
        if by_a_person {
            engine.resume(run, "an operator").await.unwrap();
        } else {
            engine.resume_unattended(run, "the engine", seen.unwrap_or(then)).await.unwrap();
        }
        assert_eq!(over(&engine, run).await.state(), ServerState::Succeeded);
        let journal = engine.store().journal(run, 0).unwrap();
        assert!(!journal.iter().any(|entry| entry.event.contains("\"held\"")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_about_to_be_let_go_of_is_gone_on_with_then_by_the_engine_and_by_a_person() {
    for by_a_person in [false, true] {
        let (site, engine, plan) = site(&[Personality::Ilo5]).await;
        let run = begun(&engine, &plan, Timestamp::now()).await;
        std::fs::create_dir_all(site.bench.state_dir().join("runs")).unwrap();
        let held = File::create(site.bench.state_dir().join("runs").join(format!("{run}.lock"))).unwrap();
        held.lock().unwrap();
        let resume = async {
            if by_a_person { engine.resume(run, "an operator").await } else { engine.resume_what_was_left().await }
        };
        // the first look finds it held, and then it is let go of
        let (resumed, ()) = tokio::join!(resume, async move { drop(held) });
        resumed.unwrap();
        assert_eq!(over(&engine, run).await.state(), ServerState::Succeeded);
        let journal = engine.store().journal(run, 0).unwrap();
        assert_eq!(journal.iter().filter(|entry| entry.event.contains("\"resumed\"")).count(), 1);
    }
}
