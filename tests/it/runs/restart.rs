//! A BMC that refuses the right password for a while after its own flash: waited out, and never hammered at.

use std::time::Duration;

use firmdeck::{
    domain::{phase::ServerState, run::Settled},
    lab::{
        Lab, fault,
        model::Mishap,
        personality::Personality::{self, Idrac9, Ilo6, OpenBmc},
    },
};

use crate::support::site::{Beside, SPEED, Site, to_the_end};

/// Its three minutes without logins are to be seen by a client on a machine that is busy with other tests.
async fn site(personality: Personality) -> Site {
    let lab = Lab::builder().personalities([personality]).seed(3);
    let site = Site::equipped(lab, SPEED / 4.0, "", Beside::Nothing).await;
    fault::load("unauthorized-after-reset").unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_refuses_logins_after_its_flash_is_waited_for_and_the_run_succeeds() {
    for personality in [Idrac9, Ilo6, OpenBmc] {
        let site = site(personality).await;
        let (ended, document) = site.carry(&[]).await;
        assert_eq!(ended.code, 0, "{personality}: {document:#}");
        let refused = site.lab.bmc(0).machine().counts.logins_refused;
        assert!((1..=4).contains(&refused), "{personality}: {refused} logins were refused");
        // Nothing is held against the credential.
        let read = site.run(&["inventory", "--refresh", "--json"]).await;
        assert_eq!(read.code, 0, "{personality}: {}", read.err);
        site.assert_unharmed();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_who_reads_a_restarting_bmc_costs_it_no_further_login() {
    let site = site(Idrac9).await;
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    let refused = || site.lab.bmc(0).machine().counts.logins_refused;
    let waited = async {
        while refused() == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited).await.expect("it refused one");
    let read = site.run(&["inventory", "--refresh", "--json"]).await;
    if read.code != 0 {
        let kind = read.server()["error"]["kind"].clone();
        assert!(kind != "wrong_credentials" && kind != "credentials_refused_before", "{kind}");
    }
    assert_eq!(site.run(&["runs", "attach", "1"]).await.code, 0);
    assert!(refused() <= 4, "{}", refused());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_never_takes_the_password_again_is_asked_five_times_in_all_and_then_blocks() {
    let site = site(Idrac9).await;
    let plan = site.planned(&[]).await;
    let engine = site.engine().await;
    site.lab.bmc(0).change(|machine| {
        machine.mishaps.insert(Mishap::FactoryAccounts);
    });
    let state = to_the_end(&engine, plan).await;
    let run = &state.servers[0].1;
    assert_eq!(run.state, ServerState::Blocked, "{run:#?}");
    let why = run.updates.iter().find_map(|update| match &update.settled {
        Some(Settled::Blocked { why }) => Some(why.as_str()),
        _ => None,
    });
    let why = why.unwrap_or_else(|| panic!("{run:#?}"));
    assert!(why.contains("was refused on") && why.contains("next: correct the credential"), "{why}");
    assert_eq!(site.lab.bmc(0).machine().counts.logins_refused, 5);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let mut site = Site::start(Lab::builder().personalities([Idrac9]).seed(3)).await;
    let (digest, _) = site.plan(&[]).await;
    site.bench.set_password("n0t-the-password");
    let ended = site.run(&["run", "--plan", &digest]).await;
    assert!([3, 4].contains(&ended.code), "{}{}", ended.out, ended.err);
    for _ in 0..2 {
        site.run(&["inventory", "--refresh"]).await;
        site.run(&["run", "--plan", &digest]).await;
    }
    assert_eq!(site.lab.bmc(0).machine().counts.logins_refused, 1);
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
}
