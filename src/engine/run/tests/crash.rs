//! Killed at every boundary.

use super::*;

#[tokio::test]
async fn killed_at_any_boundary_a_run_ends_as_if_nothing_had_happened() {
    for (flash, host_reset, host_off) in
        [(Flash::Takes, false, false), (Flash::Stages, true, false), (Flash::Takes, false, true)]
    {
        let whole = Case::new(Bmc { flash, ..Bmc::default() }, plan(host_reset, host_off));
        whole.run().await;
        let boundaries = whole.journal.events.lock().unwrap().len();
        let offs = whole.bmc(|bmc| bmc.offs);
        for boundary in 0..=boundaries {
            for after in [false, true] {
                let case = Case::new(Bmc { flash, ..Bmc::default() }, plan(host_reset, host_off));
                let killed = Journal {
                    killed_before: (!after).then_some(boundary),
                    killed_after: after.then_some(boundary),
                    ..case.journal.clone()
                };
                let _ = case.work(killed).await;
                let run = case.run().await;
                let counts = case.bmc(|bmc| (bmc.accepted, bmc.offs, bmc.ons, bmc.bricks, bmc.host_on));
                assert_eq!(run.state, ServerState::Succeeded, "{flash:?} at {boundary}: {run:#?}");
                assert_eq!(counts, (1, offs, offs, 0, true), "{flash:?} killed at {boundary}, after: {after}");
            }
        }
    }
}

#[tokio::test]
async fn a_chain_of_kills_at_every_boundary_ends_well_too() {
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    for boundary in 1..200 {
        let killed = Journal { killed_after: Some(boundary), ..case.journal.clone() };
        if case.work(killed).await.is_ok() {
            break;
        }
    }
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.accepted, bmc.offs, bmc.ons, bmc.bricks)), (1, 1, 1, 0));
}

#[test]
fn a_goal_that_was_intended_is_brought_to_its_end_first() {
    let plan = plan(true, false);
    let mut run = ServerRun::of(&plan);
    for event in [
        Event::PhaseBegan { phase: Phase::PreFlight },
        Event::PhaseEnded { phase: Phase::PreFlight, state: State::Done },
        Event::PhaseBegan { phase: Phase::FirmwareAnalysis },
        Event::Analysed { versions: std::collections::BTreeMap::new(), host_on: true, health: None, front: None },
        Event::PhaseEnded { phase: Phase::FirmwareAnalysis, state: State::Failed { why: "x".into() } },
        Event::PowerIntended { goal: PowerGoal::Off, forced: false },
    ] {
        run.apply(Timestamp::UNIX_EPOCH, &event);
    }
    let next = crate::domain::run::next(&plan, &run, Control::default());
    assert_eq!(next, crate::domain::run::Next::Power(PowerGoal::Off));
}
