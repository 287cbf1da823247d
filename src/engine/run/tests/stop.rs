//! Stop, abort and hold.

use super::*;
use crate::domain::run::{CalledOff, NotNow, may_abort};

const STOP: Control = Control { stop: true, abort: false, hold: false };
const ABORT: Control = Control { stop: false, abort: true, hold: false };
const HOLD: Control = Control { stop: false, abort: false, hold: true };

fn two_updates(host_reset: bool, host_off: bool) -> ServerPlan {
    let mut plan = plan(host_reset, host_off);
    plan.updates.push(Update { from: "2.0.0".into(), to: "3.0.0".into(), ..plan.updates[0].clone() });
    plan
}

fn is_push(event: &Event) -> bool {
    matches!(event, Event::PushIntended { .. })
}

fn is_power(wanted: PowerGoal) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::PowerIntended { goal, .. } if *goal == wanted)
}

fn skipped(run: &ServerRun, update: usize) -> &str {
    match &run.updates[update].settled {
        Some(Settled::Skipped { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stop_before_the_first_push_starts_nothing() {
    let case = Case::new(Bmc::default(), plan(false, false));
    case.control.send_replace(STOP);
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Cancelled, 0));
    assert_eq!(skipped(&run, 0), "stopped before it was begun");
    assert!(Phase::ALL.iter().all(|phase| run.phase(*phase).why() == Some("stopped")), "{:#?}", run.phases);
}

#[tokio::test]
async fn a_stop_while_an_image_leaves_follows_it_to_its_end_and_begins_no_other() {
    for control in [STOP, ABORT] {
        let mut case = Case::new(Bmc::default(), two_updates(false, false));
        case.says(control, is_push);
        let run = case.run().await;
        assert_eq!(run.state, ServerState::Cancelled, "{run:#?}");
        assert_eq!(run.updates[0].settled, Some(Settled::Applied { read_back: "2.0.0".into() }));
        assert!(skipped(&run, 1).contains("before it was begun"));
        assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.bricks)), (1, 0));
        assert!(run.phase(Phase::FirmwareUpdate).why().unwrap().contains("1 of 2 updates were not begun"));
    }
}

#[tokio::test]
async fn a_stop_leaves_a_staged_update_staged_and_says_what_brings_it_in() {
    let mut case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    case.says(STOP, is_push);
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].settled.clone()), (ServerState::Cancelled, Some(Settled::Staged)));
    assert_eq!(case.bmc(|bmc| (bmc.offs, bmc.ons)), (0, 0));
    let why = run.phase(Phase::SystemReboot).why().unwrap();
    assert_eq!(why, "stopped: BIOS is staged: takes effect at the next host reset");
}

#[tokio::test]
async fn a_reset_that_was_begun_is_brought_to_its_end_whoever_calls_off() {
    for control in [STOP, ABORT] {
        let mut case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
        case.says(control, is_power(PowerGoal::Off));
        let run = case.run().await;
        assert_eq!(case.bmc(|bmc| (bmc.host_on, bmc.offs, bmc.ons, bmc.bricks)), (true, 1, 1, 0));
        assert_eq!(run.updates[0].settled, Some(Settled::Applied { read_back: "2.0.0".into() }));
        assert_eq!(run.state, ServerState::Cancelled, "its validation was not made: {run:#?}");
    }
}

#[tokio::test]
async fn a_host_that_was_switched_off_for_a_flash_comes_back_when_the_run_is_called_off() {
    for control in [STOP, ABORT] {
        // Called off before the image left, and while it was being flashed.
        let mut case = Case::new(Bmc::default(), plan(false, true));
        case.says(control, is_power(PowerGoal::Off));
        let run = case.run().await;
        assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.host_on, bmc.offs, bmc.ons)), (0, true, 1, 1), "{run:#?}");
        assert_eq!(run.state, ServerState::Cancelled);
        let mut case = Case::new(Bmc::default(), plan(false, true));
        case.says(control, is_push);
        let run = case.run().await;
        assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.host_on, bmc.bricks)), (1, true, 0), "{run:#?}");
    }
}

#[tokio::test]
async fn an_abort_interrupts_waiting_and_a_stop_does_not() {
    for (control, waited) in [(ABORT, false), (STOP, true)] {
        let mut case = Case::new(Bmc { foreign: u32::MAX, ..Bmc::default() }, plan(false, false));
        case.says(control, |event| matches!(event, Event::StepEnded { step, .. } if step == "power"));
        let run = case.run().await;
        let minutes = case.bmc(|bmc| bmc.elapsed.as_secs() / 60);
        assert_eq!(minutes >= 30, waited, "{minutes} minutes");
        let expected = if waited { ServerState::Blocked } else { ServerState::Cancelled };
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (expected, 0), "{run:#?}");
    }
}

#[tokio::test]
async fn an_abort_interrupts_the_wait_for_a_busy_bmc() {
    let busy = Attempt::Busy { why: "update in progress".into(), retry_after: Some(Duration::from_secs(600)) };
    let mut case = Case::new(Bmc { outcomes: vec![busy], ..Bmc::default() }, plan(false, false));
    case.says(ABORT, |event| matches!(event, Event::PushEnded { .. }));
    let run = case.run().await;
    assert_eq!((run.state, run.called_off), (ServerState::Cancelled, Some(CalledOff::Aborted)));
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted, bmc.elapsed)), (1, 0, Duration::ZERO));
}

#[tokio::test]
async fn called_off_at_any_entry_a_run_harms_nothing_and_gives_everything_back() {
    for (flash, host_reset, host_off) in
        [(Flash::Takes, false, false), (Flash::Stages, true, false), (Flash::Takes, false, true)]
    {
        for host_on in [true, false] {
            let bmc = || Bmc { flash, host_on, ..Bmc::default() };
            let whole = Case::new(bmc(), plan(host_reset, host_off));
            whole.run().await;
            let entries = whole.journal.events.lock().unwrap().len();
            for control in [STOP, ABORT] {
                for entry in 1..=entries {
                    let mut case = Case::new(bmc(), plan(host_reset, host_off));
                    let count = std::sync::atomic::AtomicUsize::new(0);
                    case.says(control, move |_| count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == entry);
                    let run = case.run().await;
                    let at = format!("{flash:?} {control:?} at {entry}: {run:#?}");
                    assert!(run.state.is_over() && run.updates[0].settled.is_some(), "{at}");
                    let open = |phase: &Phase| matches!(run.phase(*phase), State::Pending | State::Running);
                    assert!(!Phase::ALL.iter().any(open), "{at}");
                    assert_eq!(case.bmc(|bmc| (bmc.bricks, bmc.host_on)), (0, host_on), "{at}");
                }
            }
        }
    }
}

#[test]
fn what_may_be_interrupted_is_told_from_the_journal_alone() {
    let plan = plan(true, false);
    let push = Event::PushIntended { update: 0, method: Method::Multipart };
    let ended = |attempt| Event::PushEnded { update: 0, attempt };
    let accepted = || ended(Attempt::Accepted { receipt: Receipt::default() });
    let busy = ended(Attempt::Busy { why: "x".into(), retry_after: None });
    let staged = || Event::UpdateSettled { update: 0, settled: Settled::Staged };
    let power = |goal| Event::PowerIntended { goal, forced: false };
    let reached = |goal| Event::PowerReached { goal };
    let (off, on) = (PowerGoal::Off, PowerGoal::On);
    let cases = [
        (vec![], None),
        (vec![push.clone()], Some(("is leaving", 5))),
        (vec![push.clone(), busy], None),
        (vec![push.clone(), accepted()], Some(("is being flashed", 5))),
        (vec![push.clone(), accepted(), staged()], None),
        (vec![push.clone(), accepted(), staged(), power(off)], Some(("switched off", 10))),
        (vec![push.clone(), accepted(), staged(), power(off), reached(off)], Some(("middle of its reset", 30))),
        (vec![push.clone(), accepted(), staged(), power(off), reached(off), power(on)], Some(("switched on", 30))),
        (
            vec![push, accepted(), staged(), power(off), reached(off), power(on), reached(on)],
            Some(("being read back", 5)),
        ),
    ];
    let before =
        Event::Analysed { versions: std::collections::BTreeMap::new(), host_on: true, health: None, front: None };
    for (events, expected) in cases {
        let mut run = ServerRun::of(&plan);
        let all = std::iter::once(&before).chain(&events);
        all.for_each(|event| run.apply(Timestamp::UNIX_EPOCH, event));
        match (may_abort(&plan, &run, Timestamp::UNIX_EPOCH), expected) {
            (Ok(()), None) => {}
            (Err(NotNow { why, minutes }), Some((words, wanted))) => {
                assert!(why.contains(words) && minutes == Some(wanted), "{why}: {minutes:?}");
            }
            (told, _) => panic!("{events:?}: {told:?}, and not {expected:?}"),
        }
    }
}

/// Lets a held worker wait, looks at it, and then says `control`.
async fn held_then(case: &Case, control: Control, look: impl FnOnce(&Case)) -> ServerRun {
    let release = async {
        while !case.wrote(|event| matches!(event, Event::Held { .. })) {
            tokio::task::yield_now().await;
        }
        look(case);
        case.control.send_replace(control);
    };
    tokio::join!(case.run(), release).0
}

#[tokio::test]
async fn under_hold_a_run_reads_and_verifies_but_pushes_only_when_it_is_released() {
    let case = Case::new(Bmc::default(), plan(false, false));
    case.control.send_replace(HOLD);
    let run = held_then(&case, Control::default(), |case| {
        let so_far = case.so_far();
        assert_eq!((so_far.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Running, 0));
        assert!(so_far.held.unwrap().contains("a push or a reset comes next"));
        assert_eq!(so_far.phases[1].state, State::Done, "it has read and analysed");
    })
    .await;
    assert_eq!(
        (run.state, run.held.clone(), case.bmc(|bmc| bmc.pushes)),
        (ServerState::Succeeded, None, 1),
        "{run:#?}"
    );
}

#[tokio::test]
async fn a_flash_under_way_is_verified_under_hold_and_its_reset_waits() {
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    let killed = Journal { killed_after: Some(pushed(&case).await), ..case.journal.clone() };
    let _ = case.work(killed).await;
    case.control.send_replace(HOLD);
    let run = held_then(&case, Control::default(), |case| {
        assert_eq!(case.so_far().updates[0].settled, Some(Settled::Staged));
        assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.offs)), (1, 0));
    })
    .await;
    assert_eq!((run.state, case.bmc(|bmc| (bmc.pushes, bmc.offs))), (ServerState::Succeeded, (1, 1)), "{run:#?}");
}

/// The number of the entry that ends the push of a case like this one.
async fn pushed(case: &Case) -> usize {
    let like = Case::new(Bmc { flash: case.bmc(|bmc| bmc.flash), ..Bmc::default() }, case.plan.clone());
    like.run().await;
    let events = like.journal.events.lock().unwrap();
    events.iter().position(|event| matches!(event, Event::PushEnded { .. })).unwrap() + 1
}

#[tokio::test]
async fn a_host_that_we_switched_off_comes_back_under_hold_once_its_flash_is_over() {
    let case = Case::new(Bmc::default(), plan(false, true));
    let killed = Journal { killed_after: Some(pushed(&case).await), ..case.journal.clone() };
    let _ = case.work(killed).await;
    assert!(!case.bmc(|bmc| bmc.host_on));
    case.control.send_replace(HOLD);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "nothing was left to begin: {run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.host_on, bmc.pushes, bmc.bricks)), (true, 1, 0));
}

#[tokio::test]
async fn a_run_that_is_held_can_be_called_off() {
    for control in [STOP, ABORT] {
        let case = Case::new(Bmc::default(), plan(false, false));
        case.control.send_replace(HOLD);
        let run = held_then(&case, Control { hold: true, ..control }, |_| {}).await;
        assert_eq!((run.state, run.held, case.bmc(|bmc| bmc.pushes)), (ServerState::Cancelled, None, 0));
    }
}
