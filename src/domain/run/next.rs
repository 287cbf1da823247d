//! What to do next on a server. Pure: everything it needs is an argument.

use super::{
    again::tried,
    bios::{BiosSettled, bios_phase},
    event::{CalledOff, PowerGoal, Settled},
    fold::{ServerRun, UpdateRecord},
};
use crate::domain::{
    attempt::Attempt,
    manifest::Criticality,
    offers::Method,
    phase::{Phase, ServerState, State},
    plan::{ServerPlan, Update},
};

/// What operators and the rollout have said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Control {
    /// Finish the current step, start nothing new.
    pub stop: bool,
    /// As `stop`, and interrupt the current step where that may be.
    pub abort: bool,
    /// Read and verify, but begin no push and no reset until a person says so.
    pub hold: bool,
}

impl Control {
    /// How the run is called off, if it is.
    #[must_use]
    pub const fn called_off(self) -> Option<CalledOff> {
        match (self.abort, self.stop) {
            (true, _) => Some(CalledOff::Aborted),
            (false, true) => Some(CalledOff::Stopped),
            (false, false) => None,
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Say that a phase begins.
    BeginPhase(Phase),
    /// Say that a phase ended.
    EndPhase(Phase, State),
    /// Everything of pre_flight; it only reads.
    PreFlight,
    /// Read the inventory, compare it with the plan.
    Analyse,
    /// Hand the image over.
    Push {
        /// Which update.
        update: usize,
        /// By which method.
        method: Method,
    },
    /// A crash cut a push: find out from the BMC's own state what became of it.
    Reconcile {
        /// Which update.
        update: usize,
    },
    /// Follow the BMC's task and read versions until it is known what became of an update.
    Settle {
        /// Which update.
        update: usize,
    },
    /// Say what became of an update without asking the BMC.
    SettleAs {
        /// Which update.
        update: usize,
        /// What.
        settled: Settled,
    },
    /// Read the BIOS, check the profile against it, keep what is there, hand over what differs.
    BiosStage,
    /// A crash cut that, or no answer came: find out by reading what the BMC took.
    BiosReconcile,
    /// Read that the BMC holds every change.
    BiosConfirm,
    /// The host was reset: read each value back.
    BiosVerify,
    /// Take back what is staged.
    BiosGiveBack,
    /// Say what became of the profile without asking the BMC.
    BiosSettleAs(BiosSettled),
    /// Take the host's power there.
    Power(PowerGoal),
    /// Set back what was changed on the BMC for the time of an update.
    GiveBack,
    /// Read the inventory, compare it with what is wanted.
    Validate,
    /// Say that the rest is called off.
    CallOff(CalledOff),
    /// Wait for a person: what would come next is a push or a reset.
    Hold,
    /// Say that it is over.
    End(ServerState),
    /// It is over.
    Nothing,
}

/// A push that did not take is made so often, in all.
const PUSHES: usize = 3;

/// What to do next on the server that `plan` is for and that stands as `run`.
#[must_use]
pub fn next(plan: &ServerPlan, run: &ServerRun, control: Control) -> Next {
    let next = step(plan, run, control);
    if control.hold && begins_something(&next, run) { Next::Hold } else { next }
}

/// Whether it pushes, or takes the host's power somewhere where it was not on its way to. To switch on a host that we
/// switched off is giving back, and waits for nobody.
fn begins_something(next: &Next, run: &ServerRun) -> bool {
    match next {
        Next::Push { .. } | Next::BiosStage => true,
        Next::Power(PowerGoal::On) => run.power.reached != Some(PowerGoal::Off) && run.power.intended.is_none(),
        Next::Power(PowerGoal::Off) => true,
        _ => false,
    }
}

fn step(plan: &ServerPlan, run: &ServerRun, control: Control) -> Next {
    if run.state.is_over() {
        return Next::Nothing;
    }
    if !plan.has_work() {
        return Next::End(ServerState::Skipped);
    }
    if run.owes() {
        return Next::GiveBack;
    }
    let is_over = || give_back(run).unwrap_or_else(|| Next::End(outcome(run)));
    // A phase that did not let go on ends the server, after what was borrowed has been given back.
    let is_open = |state: &State| matches!(state, State::Pending | State::Running);
    if run.phases.iter().any(|record| !record.state.lets_go_on() && !is_open(&record.state)) {
        return is_over();
    }
    let Some(phase) = run.current() else { return is_over() };
    let is_pending = *run.phase(phase) == State::Pending;
    match (run.called_off, control.called_off()) {
        (Some(how), _) => return called_off_step(plan, run, phase, how),
        // The last phase only reads: what is under way there is brought to its end, unless it is interrupted.
        (None, Some(how)) if phase != Phase::FinalValidation || is_pending || how == CalledOff::Aborted => {
            return Next::CallOff(how);
        }
        _ => {}
    }
    if is_pending {
        return Next::BeginPhase(phase);
    }
    match phase {
        Phase::PreFlight => Next::PreFlight,
        Phase::FirmwareAnalysis => Next::Analyse,
        Phase::FirmwareUpdate => update_phase(plan, run),
        Phase::SystemReboot => reboot_phase(plan, run),
        Phase::BiosConfiguration => bios_phase(plan, run),
        Phase::FinalValidation => give_back(run).unwrap_or(Next::Validate),
    }
}

/// The way to the end of a server that was called off: what has left is followed, what was borrowed is given back, and
/// of everything else is said that it was not begun.
fn called_off_step(plan: &ServerPlan, run: &ServerRun, phase: Phase, how: CalledOff) -> Next {
    match phase {
        Phase::FirmwareUpdate if *run.phase(phase) == State::Running => return update_phase(plan, run),
        Phase::SystemReboot if *run.phase(phase) == State::Running => return reboot_phase(plan, run),
        Phase::BiosConfiguration if *run.phase(phase) == State::Running => return bios_phase(plan, run),
        _ => {}
    }
    if let Some(update) = run.updates.iter().position(|record| record.settled.is_none()) {
        return Next::SettleAs { update, settled: not_begun(how) };
    }
    if let Some(home) = give_back(run) {
        return home;
    }
    let why = match phase {
        Phase::SystemReboot => staged_words(plan, run).unwrap_or_else(|| how.word().to_owned()),
        _ => how.word().to_owned(),
    };
    Next::EndPhase(phase, State::Skipped { why })
}

fn not_begun(how: CalledOff) -> Settled {
    Settled::Skipped { why: format!("{} before it was begun", how.word()) }
}

/// What is left staged, and what it takes to bring it in.
fn staged_words(plan: &ServerPlan, run: &ServerRun) -> Option<String> {
    let names: Vec<_> = run.staged().filter_map(|index| Some(plan.updates.get(index)?.name.as_str())).collect();
    let how = run.called_off.map_or("stopped", CalledOff::word);
    (!names.is_empty()).then(|| format!("{how}: {} is staged: takes effect at the next host reset", names.join(", ")))
}

/// Whether the last attempt has an end of its own yet to come: bytes may have left, or the BMC has said no.
fn is_followed(record: &UpdateRecord) -> bool {
    let last = record.attempts.last().map(|attempt| &attempt.outcome);
    let is_open = |outcome: &Option<Attempt>| {
        matches!(outcome, None | Some(Attempt::Accepted { .. } | Attempt::Unknown { .. } | Attempt::Refused { .. }))
    };
    last.is_some_and(is_open)
}

fn update_phase(plan: &ServerPlan, run: &ServerRun) -> Next {
    for (index, (update, record)) in plan.updates.iter().zip(&run.updates).enumerate() {
        match &record.settled {
            None if let Some(how) = run.called_off
                && !is_followed(record) =>
            {
                return Next::SettleAs { update: index, settled: not_begun(how) };
            }
            None => {
                if let Some(why) = not_any_more(plan, run, index) {
                    return Next::SettleAs { update: index, settled: Settled::Skipped { why } };
                }
                return stone_before(plan, run, index).unwrap_or_else(|| act(index, update, record, run));
            }
            Some(settled) if stops_server(update, settled) => break,
            Some(_) => {}
        }
    }
    // The host was off for a flash: it comes back before the phase ends, and that boot is what the flash waits for.
    give_back(run).unwrap_or_else(|| Next::EndPhase(Phase::FirmwareUpdate, update_state(plan, run)))
}

/// Why an update that has not begun is pointless now: its component's step before did not succeed.
fn not_any_more(plan: &ServerPlan, run: &ServerRun, index: usize) -> Option<String> {
    let component = &plan.updates[index].component;
    let mut before =
        plan.updates[..index].iter().zip(&run.updates).filter(|(update, _)| update.component == *component);
    let failed = before.any(|(_, record)| !matches!(record.settled, Some(Settled::Applied { .. } | Settled::Staged)));
    failed.then(|| "the step before it did not succeed".to_owned())
}

/// What must come first where the step before is only staged: a stepping stone is stepped on before it is left.
fn stone_before(plan: &ServerPlan, run: &ServerRun, index: usize) -> Option<Next> {
    let component = &plan.updates[index].component;
    let stone = run.staged().find(|stone| *stone < index && plan.updates[*stone].component == *component)?;
    Some(match &run.power.failed {
        _ if !run.waits_for_reset() => Next::Settle { update: stone },
        Some(why) => Next::SettleAs { update: index, settled: Settled::Blocked { why: why.clone() } },
        None => reset_step(run),
    })
}

/// The next step of a host reset: what was begun first, then off, then on.
pub(super) fn reset_step(run: &ServerRun) -> Next {
    match run.power.intended {
        Some(goal) => Next::Power(goal),
        None if host_is_off(run) => Next::Power(PowerGoal::On),
        None => Next::Power(PowerGoal::Off),
    }
}

fn stops_server(update: &Update, settled: &Settled) -> bool {
    match settled {
        Settled::Uncertain { .. } => true,
        Settled::Failed { .. } | Settled::Blocked { .. } => update.criticality == Criticality::Critical,
        Settled::Applied { .. } | Settled::Staged | Settled::Skipped { .. } => false,
    }
}

fn act(index: usize, update: &Update, record: &UpdateRecord, run: &ServerRun) -> Next {
    let settle = |settled| Next::SettleAs { update: index, settled };
    let failed = |why: String| settle(Settled::Failed { why, read_back: None });
    let push = |method| match (update.host_off && !host_is_off(run), &run.power.failed) {
        (true, Some(why)) => settle(Settled::Blocked { why: why.clone() }),
        (true, None) => Next::Power(PowerGoal::Off),
        (false, _) => Next::Push { update: index, method },
    };
    let Some(last) = record.attempts.last() else {
        return match update.methods.iter().find(|method| !record.passed_over.contains(method)) {
            Some(method) => push(*method),
            None => failed("the plan names no method".into()),
        };
    };
    match &last.outcome {
        None => Next::Reconcile { update: index },
        Some(Attempt::Accepted { .. } | Attempt::Unknown { .. }) => Next::Settle { update: index },
        Some(Attempt::Refused { why, .. }) => failed(why.clone()),
        Some(Attempt::Busy { .. }) => push(last.method),
        Some(Attempt::NotTaken { .. }) if record.attempts.len() < PUSHES => push(last.method),
        Some(Attempt::NotTaken { proof }) => failed(format!("pushed {PUSHES} times, and it did not take: {proof}")),
        Some(Attempt::NotStarted { why }) => {
            let tried = tried(record);
            match update.methods.iter().find(|method| !tried.contains(method)) {
                Some(method) => push(*method),
                None => failed(format!("no method was taken: {why}")),
            }
        }
    }
}

/// Whether the host is off now: by us, or since before.
fn host_is_off(run: &ServerRun) -> bool {
    let was_off = run.before.as_ref().is_some_and(|before| !before.host_on);
    run.power.intended.is_none() && run.power.reached.map_or(was_off, |reached| reached == PowerGoal::Off)
}

/// Brings the host back to what it was, where we took it elsewhere.
pub(super) fn give_back(run: &ServerRun) -> Option<Next> {
    let home = if run.before.as_ref()?.host_on { PowerGoal::On } else { PowerGoal::Off };
    let is_home = run.power.reached.is_none_or(|reached| reached == home);
    match (run.power.intended, &run.power.failed) {
        // What was begun is brought to its end, so that it is known where the host is.
        (Some(goal), _) => Some(Next::Power(goal)),
        // It was tried, and did not go.
        (None, Some(_)) => None,
        (None, None) => (!is_home).then_some(Next::Power(home)),
    }
}

fn reboot_phase(plan: &ServerPlan, run: &ServerRun) -> Next {
    let end = |state| Next::EndPhase(Phase::SystemReboot, state);
    let Some(first) = run.staged().next() else {
        return end(match run.power.boots {
            0 => State::Skipped { why: "nothing waits for a host reset".into() },
            _ => State::Done,
        });
    };
    if let Some(why) = &run.power.failed {
        return end(State::Blocked { why: why.clone() });
    }
    if !run.waits_for_reset() {
        // The reset was made: what is still staged is settled by reading.
        return Next::Settle { update: first };
    }
    // A reset that was begun is brought to its end: a host that is off comes back, and its boot brings in what is staged.
    match staged_words(plan, run).filter(|_| run.called_off.is_some() && !host_is_on_its_way(run)) {
        Some(why) => end(State::Skipped { why }),
        None => reset_step(run),
    }
}

/// Whether a reset of the host was begun and is not at its end.
pub(super) fn host_is_on_its_way(run: &ServerRun) -> bool {
    let was_on = run.before.as_ref().is_none_or(|before| before.host_on);
    run.power.intended.is_some() || (was_on && run.power.reached == Some(PowerGoal::Off))
}

fn update_state(plan: &ServerPlan, run: &ServerRun) -> State {
    let mut worst = State::Done;
    for (update, record) in plan.updates.iter().zip(&run.updates) {
        let Some(settled) = record.settled.as_ref().filter(|settled| stops_server(update, settled)) else { continue };
        let said = |why: &String| format!("{}: {why}", update.name);
        match settled {
            Settled::Uncertain { why } => return State::Uncertain { why: said(why) },
            Settled::Failed { why, .. } => worst = State::Failed { why: said(why) },
            Settled::Blocked { why } if worst == State::Done => worst = State::Blocked { why: said(why) },
            _ => {}
        }
    }
    let skipped = run.updates.iter().filter(|record| matches!(record.settled, Some(Settled::Skipped { .. }))).count();
    match run.called_off {
        Some(how) if worst == State::Done && skipped > 0 => {
            let why = format!("{}: {skipped} of {} updates were not begun", how.word(), plan.updates.len());
            State::Skipped { why }
        }
        _ => worst,
    }
}

/// How the server ends, as it stands.
fn outcome(run: &ServerRun) -> ServerState {
    let phases = run.phases.iter().map(|record| match record.state {
        State::Failed { .. } => ServerState::Failed,
        State::Uncertain { .. } => ServerState::Uncertain,
        State::Blocked { .. } => ServerState::Blocked,
        _ => ServerState::Succeeded,
    });
    let updates = run.updates.iter().map(|record| match &record.settled {
        Some(Settled::Failed { .. }) => ServerState::Failed,
        Some(Settled::Uncertain { .. }) => ServerState::Uncertain,
        Some(Settled::Blocked { .. }) => ServerState::Blocked,
        _ => ServerState::Succeeded,
    });
    let power = run.power.failed.as_ref().or(run.kept.as_ref()).map(|_| ServerState::Blocked);
    let called_off = run.called_off.map(|_| ServerState::Cancelled);
    phases.chain(updates).chain(power).chain(called_off).max().unwrap_or(ServerState::Succeeded)
}
