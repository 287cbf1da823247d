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

#[tokio::test]
async fn a_bmc_that_stays_busy_without_a_word_after_a_cut_upload_is_called_uncertain_in_time() {
    let case = Case::new(Bmc::default(), plan(false, false));
    let pushed = |event: &Event| matches!(event, Event::PushIntended { .. });
    case.run().await;
    let intended = case.journal.events.lock().unwrap().iter().position(pushed).unwrap() + 1;
    let case = Case::new(Bmc::default(), plan(false, false));
    assert!(case.work(Journal { killed_after: Some(intended), ..case.journal.clone() }).await.is_err());
    case.bmc(|bmc| bmc.mumbles = true);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Uncertain, "{run:#?}");
    let Some(Settled::Uncertain { why }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("cut off during an upload of BIOS") && why.contains("still runs the old version"), "{why}");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.bricks)), (0, 0));
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
