//! Who answers after a BMC's reset: another machine, or the same one with a new certificate.

use std::time::Duration;

use firmdeck::{
    domain::{phase::ServerState, run::Settled},
    engine::run::RunState,
    lab::{Lab, fault, model::Mishap, personality::Personality},
};

use crate::support::site::{Site, to_the_end};

/// Runs the plan of one server on which `faults` fall, and returns how it ended and the words of its journal.
async fn carried(personality: Personality, faults: &[&str]) -> (Site, RunState, String) {
    let site = Site::start(Lab::builder().personalities([personality]).seed(3)).await;
    let plan = site.planned(&[]).await;
    for name in faults {
        fault::load(name).unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    }
    let engine = site.engine().await;
    let state = to_the_end(&engine, plan).await;
    let journal = engine.store().journal(state.row.id, 0).unwrap();
    let words = journal.iter().map(|entry| format!("{}\n", entry.event)).collect();
    (site, state, words)
}

#[tokio::test]
async fn another_machine_after_the_bmcs_reset_ends_the_run_and_gets_nothing() {
    for personality in [Personality::Idrac9, Personality::OpenBmc, Personality::SupermicroX13] {
        let (site, state, _) = carried(personality, &["other-serial"]).await;
        let run = &state.servers[0].1;
        let told = run.updates.iter().find_map(|update| match &update.settled {
            Some(Settled::Uncertain { why }) => Some(why.clone()),
            _ => None,
        });
        let told = told.unwrap_or_else(|| panic!("{personality}: {run:#?}"));
        assert!(told.contains("another machine answers at its address"), "{told}");
        assert!(told.contains("LAX") && told.contains("instead of") && told.contains("LAB"), "{told}");
        assert_eq!(run.state, ServerState::Uncertain);
        // Nothing was pushed to it or done to its host since: the flash that led to the reset was the last.
        let machine = site.lab.bmc(0).machine();
        assert!(machine.identity.serial.contains("LAX"));
        let after = machine.tasks.iter().filter(|task| task.since > machine.bmc_started).count();
        assert_eq!((after, machine.counts.bricks), (0, 0));
        assert!(machine.host_reset_at <= machine.bmc_started, "{personality}: its host was touched");
    }
}

#[tokio::test]
async fn a_bmc_that_our_flash_gave_a_new_certificate_is_pinned_anew_if_it_says_that_it_is_the_same() {
    for personality in [Personality::Idrac9, Personality::Ilo6, Personality::OpenBmc] {
        let (site, state, journal) = carried(personality, &["new-certificate"]).await;
        assert_eq!(state.state(), ServerState::Succeeded, "{personality}: {:#?}", state.servers[0].1);
        assert_eq!(journal.matches("\"event\":\"repinned\"").count(), 1, "{personality}");
        // The next reading finds the certificate that is pinned.
        assert_eq!(site.run(&["inventory", "--refresh"]).await.code, 0, "{personality}");
        site.assert_unharmed();
    }
}

#[tokio::test]
async fn another_bmc_with_a_new_certificate_blocks_before_a_credential_is_sent() {
    let site = Site::start(Lab::builder().personalities([Personality::OpenBmc]).seed(3)).await;
    let plan = site.planned(&[]).await;
    // Whoever answers after the reset is another one, whose first requests are counted.
    site.lab.bmc(0).change(|machine| machine.mishaps.extend([Mishap::NewCertificate, Mishap::OtherSerial]));
    let engine = site.engine().await;
    let swap = async {
        while site.lab.bmc(0).machine().standing.certificates == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        site.lab.bmc(0).machine().sessions.opened()
    };
    let (state, opened) = tokio::join!(to_the_end(&engine, plan), swap);
    let run = &state.servers[0].1;
    assert_eq!(run.state, ServerState::Blocked, "{run:#?}");
    let why = run.updates.iter().find_map(|update| match &update.settled {
        Some(Settled::Blocked { why }) => Some(why.as_str()),
        _ => None,
    });
    assert!(why.is_some_and(|why| why.contains("does not show that it is the same BMC")), "{run:#?}");
    assert_eq!(site.lab.bmc(0).machine().sessions.opened(), opened, "nobody logged in since");
    let journal = engine.store().journal(state.row.id, 0).unwrap();
    assert!(!journal.iter().any(|entry| entry.event.contains("repinned")));
}
