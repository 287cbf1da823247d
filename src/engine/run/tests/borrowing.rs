//! What is borrowed is given back on every kind of end.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The BMC must be claimed, and the host must be off for the flash: both compensations at once.
fn lender(flash: Flash) -> Bmc {
    Bmc { lends: true, flash, ..Bmc::default() }
}

fn refused() -> Attempt {
    Attempt::Refused { why: "the signature is wrong".into(), message_ids: Vec::new() }
}

/// Every kind of end that a server may come to, with what leads there.
fn ends() -> Vec<(&'static str, Bmc, ServerState)> {
    let outcomes = |outcome: Attempt| vec![outcome; 4];
    vec![
        ("applied", lender(Flash::Takes), ServerState::Succeeded),
        ("flashed, and the version is old", lender(Flash::Lies), ServerState::Failed),
        ("refused", Bmc { outcomes: outcomes(refused()), ..lender(Flash::Takes) }, ServerState::Failed),
        (
            "no method",
            Bmc { outcomes: outcomes(Attempt::NotStarted { why: "404".into() }), ..lender(Flash::Takes) },
            ServerState::Failed,
        ),
        (
            "busy for good",
            Bmc {
                outcomes: vec![Attempt::Busy { why: "x".into(), retry_after: Some(Duration::from_secs(100_000)) }],
                ..lender(Flash::Takes)
            },
            ServerState::Blocked,
        ),
        (
            "never taken",
            Bmc { outcomes: outcomes(Attempt::NotTaken { proof: "old".into() }), ..lender(Flash::Takes) },
            ServerState::Failed,
        ),
    ]
}

#[tokio::test]
async fn every_kind_of_end_gives_back_the_claim_and_the_hosts_power() {
    for (name, bmc, state) in ends() {
        let case = Case::new(bmc, plan(false, true));
        let run = case.run().await;
        assert_eq!(run.state, state, "{name}: {run:#?}");
        assert_eq!(case.bmc(|bmc| (bmc.claimed, bmc.host_on, bmc.bricks)), (false, true, 0), "{name}");
        assert!(run.loan.is_none() && run.kept.is_none(), "{name}");
    }
}

#[tokio::test]
async fn stopped_or_aborted_at_any_entry_everything_is_given_back() {
    for control in [Control { stop: true, ..Control::default() }, Control { abort: true, ..Control::default() }] {
        let whole = Case::new(lender(Flash::Takes), plan(false, true));
        whole.run().await;
        let entries = whole.journal.events.lock().unwrap().len();
        for entry in 0..entries {
            let mut case = Case::new(lender(Flash::Takes), plan(false, true));
            let (sender, written) = (case.control.clone(), AtomicUsize::new(0));
            case.journal.then = Some(Arc::new(move |_: &Event| {
                if written.fetch_add(1, Ordering::SeqCst) == entry {
                    sender.send_replace(control);
                }
            }));
            let run = case.run().await;
            let counts = case.bmc(|bmc| (bmc.claimed, bmc.host_on, bmc.bricks));
            assert_eq!(counts, (false, true, 0), "{control:?} at {entry}: {run:#?}");
        }
    }
}

#[tokio::test]
async fn killed_at_any_boundary_and_resumed_everything_is_given_back() {
    for flash in [Flash::Takes, Flash::Waits, Flash::Lies] {
        let of = || {
            let mut plan = plan(false, flash == Flash::Takes);
            plan.updates[0].kind = if flash == Flash::Waits { Kind::Bmc } else { Kind::Bios };
            plan.updates[0].methods = vec![Method::HttpPush];
            Case::new(lender(flash), plan)
        };
        let whole = of();
        let state = whole.run().await.state;
        let boundaries = whole.journal.events.lock().unwrap().len();
        for (boundary, after) in (0..=boundaries).flat_map(|boundary| [(boundary, false), (boundary, true)]) {
            let case = of();
            let killed = Journal {
                killed_before: (!after).then_some(boundary),
                killed_after: after.then_some(boundary),
                ..case.journal.clone()
            };
            let _ = case.work(killed).await;
            let run = case.run().await;
            assert_eq!(run.state, state, "{flash:?} at {boundary}: {run:#?}");
            let counts = case.bmc(|bmc| (bmc.accepted, bmc.claimed, bmc.host_on, bmc.bricks));
            assert_eq!(counts, (1, false, true, 0), "{flash:?} at {boundary}, after: {after}");
        }
    }
}

#[tokio::test]
async fn a_bmc_that_runs_what_was_written_only_after_its_reset_gets_one() {
    let mut plan = plan(false, false);
    plan.updates[0].kind = Kind::Bmc;
    let case = Case::new(Bmc { flash: Flash::Waits, ..Bmc::default() }, plan);
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].activations), (ServerState::Succeeded, 1), "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.resets, bmc.offs, bmc.bricks)), (1, 0, 0));
}

#[tokio::test]
async fn a_reset_of_the_bmc_that_never_left_is_asked_for_again() {
    let of = |unreached| {
        let mut plan = plan(false, false);
        plan.updates[0].kind = Kind::Bmc;
        Case::new(Bmc { flash: Flash::Waits, unreached, ..Bmc::default() }, plan)
    };
    // Engines die as soon as they have written down that they will reset it, one after the other.
    let case = of(0);
    for _ in 0..4 {
        let dies = |event: &Event| matches!(event, Event::ActivationIntended { .. });
        assert!(case.work(Journal { killed_by: Some(dies), ..case.journal.clone() }).await.is_err());
    }
    assert_eq!(case.bmc(|bmc| bmc.resets), 0);
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.resets)), (ServerState::Succeeded, 1), "{run:#?}");
    // One that is not reached is asked again, and not for ever.
    for (unreached, state) in [(3, ServerState::Succeeded), (u32::MAX, ServerState::Failed)] {
        let case = of(unreached);
        let run = case.run().await;
        assert_eq!(run.state, state, "{run:#?}");
    }
}

#[tokio::test]
async fn what_cannot_be_given_back_is_said_with_what_to_do() {
    let mut case = Case::new(lender(Flash::Takes), plan(false, false));
    case.befalls(|event| matches!(event, Event::UpdateSettled { .. }), |bmc| bmc.away = u32::MAX);
    let run = case.run().await;
    let kept = run.kept.clone().unwrap_or_default();
    assert!(kept.contains("the claim was not given back") && kept.contains("set it back by hand: PATCH"), "{kept}");
    assert_ne!(run.state, ServerState::Succeeded);
}
