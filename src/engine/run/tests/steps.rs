//! Each sub-step fails alone, and the run says so.

use super::*;
use crate::domain::run::Step;

/// How one thing goes wrong.
enum Spoil {
    /// It is so from the beginning.
    First(fn(&mut Case)),
    /// It becomes so once a phase has begun.
    In(Phase, fn(&mut Bmc)),
}

struct Row {
    step: Step,
    spoil: Spoil,
    state: &'static str,
    why: &'static str,
    ends: ServerState,
    pushes: u32,
}

fn first(step: Step, spoil: fn(&mut Case), state: &'static str, why: &'static str) -> Row {
    let ends = if state == "failed" { ServerState::Failed } else { ServerState::Blocked };
    Row { step, spoil: Spoil::First(spoil), state, why, ends, pushes: 0 }
}

fn after(step: Step, spoil: fn(&mut Bmc), state: &'static str, why: &'static str) -> Row {
    let ends = if state == "failed" { ServerState::Failed } else { ServerState::Uncertain };
    Row { step, spoil: Spoil::In(Phase::FinalValidation, spoil), state, why, ends, pushes: 1 }
}

fn with_bios() -> ServerPlan {
    ServerPlan { bios: bios::planned(false).bios, ..plan(false, false) }
}

/// A row of the BIOS phase, spoilt when that begins: the image is pushed by then.
fn of_bios(step: Step, spoil: fn(&mut Bmc), state: &'static str, why: &'static str) -> Row {
    let ends = if state == "blocked" { ServerState::Blocked } else { ServerState::Failed };
    Row { step, spoil: Spoil::In(Phase::BiosConfiguration, spoil), state, why, ends, pushes: 1 }
}

fn table() -> Vec<Row> {
    fn unread(case: &Case, kind: &'static str, what: &'static str) {
        case.bmc(|bmc| bmc.unread = Some((kind, what)));
    }
    vec![
        first(Step::Lease, |case| case.bmc(|bmc| bmc.lease = Some("run 7 holds it".into())), "blocked", "run 7"),
        first(Step::Address, |case| unread(case, "no_answer", "no answer within 10 s"), "failed", "no answer"),
        first(Step::Tls, |case| unread(case, "tls_failed", "no level works"), "failed", "no level"),
        first(Step::Credentials, |case| unread(case, "wrong_credentials", "refused: root"), "failed", "refused"),
        first(Step::Identity, |case| case.bmc(|bmc| bmc.serial = "EX2".into()), "blocked", "another machine"),
        first(
            Step::Privilege,
            |case| case.bmc(|bmc| bmc.privilege = Verdict::refuses("it may only read", "give it a role")),
            "blocked",
            "it may only read; nothing was changed on it; next: give it a role",
        ),
        first(Step::Health, |case| case.bmc(|bmc| bmc.health = "Critical".into()), "blocked", "Critical"),
        first(
            Step::Power,
            |case| {
                case.plan = plan(true, false);
                case.options.power = PowerPolicy::Never;
            },
            "blocked",
            "host reset",
        ),
        first(Step::Idle, |case| case.bmc(|bmc| bmc.foreign = u32::MAX), "blocked", "somebody else"),
        first(
            Step::VendorGates,
            |case| case.bmc(|bmc| bmc.gate = Verdict::NotYet("the host is in POST".into())),
            "blocked",
            "the host is in POST, for 30 minutes now",
        ),
        first(
            Step::Images,
            |case| case.bmc(|bmc| bmc.image = Some("truncated: 3 bytes of 9".into())),
            "blocked",
            "truncated",
        ),
        Row {
            step: Step::Inventory,
            spoil: Spoil::In(Phase::FirmwareAnalysis, |bmc| bmc.unread = Some(("http_error", "HTTP 500"))),
            state: "failed",
            why: "HTTP 500",
            ends: ServerState::Failed,
            pushes: 0,
        },
        Row {
            step: Step::Log,
            spoil: Spoil::First(|case| case.bmc(|bmc| bmc.log = None)),
            state: "skipped",
            why: "it shows no log",
            ends: ServerState::Succeeded,
            pushes: 1,
        },
        first(Step::PlanHolds, |case| case.bmc(|bmc| bmc.version = "1.5.0".into()), "blocked", "stale"),
        of_bios(Step::BiosRead, |bmc| bmc.unread = Some(("http_error", "HTTP 500")), "blocked", "HTTP 500"),
        of_bios(Step::BiosCheck, |bmc| bmc.bios.locked = true, "blocked", "Other: it is read-only"),
        of_bios(Step::BiosApply, |bmc| bmc.bios.refuses("no licence"), "failed", "no licence"),
        of_bios(Step::BiosReset, |bmc| bmc.shuts_down = false, "blocked", "did not shut down"),
        of_bios(Step::BiosVerify, |bmc| bmc.bios.sticks = false, "failed", "One reads Off instead of On"),
        after(Step::InventoryAfter, |bmc| bmc.away = u32::MAX, "uncertain", "away"),
        after(Step::Targets, |bmc| bmc.version = "1.0.0".into(), "failed", "now reports 1.0.0"),
        after(Step::HealthAfter, |bmc| bmc.health = "Warning".into(), "failed", "Warning and was OK"),
        after(
            Step::LogAfter,
            |bmc| bmc.log.get_or_insert_default().push("Fan 3 failed".into()),
            "failed",
            "a critical event is new in its log: Fan 3 failed",
        ),
    ]
}

#[tokio::test]
async fn each_sub_step_fails_alone_and_the_run_says_so() {
    for row in table() {
        let is_of_bios = row.step.phase() == Phase::BiosConfiguration;
        let mut case = Case::new(Bmc::default(), if is_of_bios { with_bios() } else { plan(false, false) });
        match row.spoil {
            Spoil::First(spoil) => spoil(&mut case),
            Spoil::In(phase, spoil) => {
                case.befalls(move |event| *event == Event::PhaseBegan { phase }, spoil);
            }
        }
        let run = case.run().await;
        let steps = run.phases.iter().flat_map(|record| record.steps.iter().map(move |step| (record.phase, step)));
        let (phase, step) = steps.clone().find(|(_, step)| step.state != State::Done).unwrap();
        assert_eq!((phase, step.step.as_str()), (row.step.phase(), row.step.word()));
        let others = steps.filter(|(_, step)| !step.state.lets_go_on()).count();
        assert_eq!(others, usize::from(row.state != "skipped"), "{:?}: {run:#?}", row.step);
        assert_eq!(step.state.word(), row.state, "{:?}", row.step);
        assert!(step.state.why().unwrap().contains(row.why), "{:?}: {:?}", row.step, step.state);
        if row.state != "skipped" {
            assert_eq!(run.phase(phase).why(), step.state.why(), "the phase says what its step says");
        }
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (row.ends, row.pushes), "{:?}", row.step);
    }
}

#[test]
fn no_sub_step_is_without_a_row() {
    let rows: Vec<_> = table().iter().map(|row| row.step).collect();
    // What was before is kept in the journal: where that cannot be written, nothing is done at all.
    let steps: Vec<_> = Step::ALL.into_iter().filter(|step| *step != Step::BiosBackup).collect();
    assert_eq!(rows, steps);
}

#[tokio::test]
async fn every_sub_step_that_was_passed_is_written_down_in_its_order() {
    let case = Case::new(Bmc::default(), with_bios());
    let run = case.run().await;
    let written: Vec<_> =
        run.phases.iter().flat_map(|record| record.steps.iter().map(|step| step.step.as_str())).collect();
    assert_eq!(written, Step::ALL.map(Step::word));
    let without = Case::new(Bmc::default(), plan(false, false)).run().await;
    assert_eq!(without.phase(Phase::BiosConfiguration).why(), Some("the plan names no BIOS profile for it"));
}

#[tokio::test]
async fn what_the_bmc_does_not_say_is_no_reason_to_refuse() {
    let bmc = Bmc { privilege: Verdict::Unknown("x".into()), gate: Verdict::Unknown("y".into()), ..Bmc::default() };
    let run = Case::new(bmc, plan(false, false)).run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    let skipped: Vec<_> = run.phases[0].steps.iter().filter_map(|step| step.state.why()).collect();
    assert_eq!(skipped, ["x", "y"]);
}

#[tokio::test]
async fn a_power_policy_that_forbids_the_reset_blocks_before_anything_is_sent() {
    for (policy, words) in [(PowerPolicy::Never, "host reset"), (PowerPolicy::IfOff, "host is on")] {
        let mut case = Case::new(Bmc::default(), plan(true, false));
        case.options.power = policy;
        let run = case.run().await;
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Blocked, 0));
        assert!(run.phases[0].state.why().unwrap().contains(words));
    }
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_is_stale() {
    let case = Case::new(Bmc { version: "1.5.0".into(), ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, state_of(&run, Phase::FirmwareAnalysis)), (ServerState::Blocked, "blocked"));
    assert!(run.phase(Phase::FirmwareAnalysis).why().unwrap().contains("stale"));
}
