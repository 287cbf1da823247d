//! `check`: pre_flight of a plan and nothing else.

use firmdeck::{
    domain::phase::State,
    lab::{Lab, fault, personality::Personality},
};

use super::ALL;
use crate::support::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_takes_pre_flight_on_every_server_and_leaves_nothing_behind() {
    // Given a fleet of which one host is in POST,
    let site = Site::start(Lab::builder().personalities(ALL).seed(3)).await;
    let plan = site.planned(&[]).await;
    fault::load("in-post@1").unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    // when its plan is checked,
    let engine = site.engine().await;
    let checked = engine.check(plan.clone()).await.unwrap();
    // then that one says so, all others could begin,
    let in_post = site.lab.addresses()[1].ip().to_string();
    for (one, server) in checked.iter().zip(&plan.servers) {
        assert_eq!(one.server, server.id);
        let last = one.steps.last().unwrap();
        if one.endpoint.host == in_post {
            assert_eq!((last.step.as_str(), one.state.word()), ("vendor_gates", "blocked"));
        } else {
            assert_eq!((last.step.as_str(), &one.state), ("images", &State::Done), "{one:#?}");
        }
    }
    // and nothing has happened: no run, no lease, no push, no reset, no open session.
    assert!(engine.store().run_ids().unwrap().is_empty() && engine.store().whole_journal().unwrap().is_empty());
    assert!(plan.servers.iter().all(|server| engine.store().lease_holder(server.id).unwrap().is_none()));
    for bmc in site.lab.bmcs() {
        let machine = bmc.machine();
        assert_eq!((machine.counts.pushes, machine.counts.host_resets, machine.counts.bmc_resets), (0, 0, 0));
        assert!(machine.sessions.list().is_empty());
        let changes =
            bmc.requests().into_keys().filter(|request| !request.starts_with("GET ") && !is_harmless(request));
        assert_eq!(changes.collect::<Vec<_>>(), Vec::<String>::new());
    }
}

/// Logins, and the one action that only tells.
fn is_harmless(request: &str) -> bool {
    request.contains("/SessionService/Sessions") || request.ends_with("DellLCService.GetRemoteServicesAPIStatus")
}

#[tokio::test]
async fn a_check_says_who_holds_a_server_and_does_not_take_it_from_them() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9]).seed(3)).await;
    let plan = site.planned(&[]).await;
    let engine = site.engine().await;
    let (server, now) = (plan.servers[0].id, jiff::Timestamp::now());
    let run = engine.store().add_run(plan.clone(), "somebody".into(), now).await.unwrap();
    assert_eq!(engine.store().lease(server, run, now).await.unwrap(), Ok(()));
    let checked = engine.check(plan).await.unwrap();
    assert!(checked[0].state.why().unwrap().contains("run 1 holds this server"), "{checked:?}");
    assert_eq!(engine.store().lease_holder(server).unwrap(), Some(run));
}
