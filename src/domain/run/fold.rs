//! A server's state: the fold of its events. Live, after a crash and in `runs show` it is the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    again::{Again, tried, unwell},
    bios::BiosRecord,
    event::{CalledOff, Event, PowerGoal, Settled},
    loan::OpenLoan,
};
use crate::domain::{
    attempt::{Attempt, Receipt},
    machine::Front,
    offers::Method,
    phase::{Phase, ServerState, State},
    plan::ServerPlan,
};

/// How one server stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerRun {
    /// The server as a whole.
    pub state: ServerState,
    /// Its phases, in order.
    pub phases: Vec<PhaseRecord>,
    /// Its updates, in the plan's order.
    pub updates: Vec<UpdateRecord>,
    /// What it was before.
    pub before: Option<Before>,
    /// What was done to its power.
    pub power: Power,
    /// What was done to its BIOS settings.
    #[serde(default)]
    pub bios: BiosRecord,
    /// The critical log entries from before; absent where the BMC showed none.
    #[serde(default)]
    pub log_before: Option<BTreeSet<String>>,
    /// What is changed on the BMC for the time of an update.
    #[serde(default)]
    pub loan: Option<OpenLoan>,
    /// What could not be set back, and why.
    #[serde(default)]
    pub kept: Option<String>,
    /// An operator called the rest off.
    #[serde(default)]
    pub called_off: Option<CalledOff>,
    /// Why it waits for a person, while it does.
    #[serde(default)]
    pub held: Option<String>,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// Which.
    pub phase: Phase,
    /// How it stands.
    pub state: State,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Its sub-steps, as they ended.
    pub steps: Vec<StepRecord>,
}

/// A sub-step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its word.
    pub step: String,
    /// How it ended.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// The fixed word of the failure to read the BMC that it was, if it was one.
    #[serde(default)]
    pub kind: Option<String>,
}

/// An update.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UpdateRecord {
    /// Every attempt, in order.
    pub attempts: Vec<AttemptRecord>,
    /// StartUpdate was intended.
    pub start_intended: bool,
    /// StartUpdate's own receipt, which takes the place of the push's.
    pub started: Option<Receipt>,
    /// How often the BMC was to be reset, so that it runs what was written.
    #[serde(default)]
    pub activations: u32,
    /// How often it took that.
    #[serde(default)]
    pub activated: u32,
    /// What the BMC said last.
    pub word: Option<String>,
    /// Percent, as the BMC said at most; 100 is for what was verified.
    pub percent: Option<u8>,
    /// What became of it.
    pub settled: Option<Settled>,
    /// How often we had booted the host when it was staged.
    pub staged_at_boot: u32,
    /// MessageIds of tasks that failed.
    #[serde(default)]
    pub message_ids: Vec<String>,
    /// Methods that an operator does not want any more.
    #[serde(default)]
    pub passed_over: Vec<Method>,
    /// When it was known what became of it.
    #[serde(default)]
    pub settled_at: Option<Timestamp>,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// By which method.
    pub method: Method,
    /// When it was intended.
    pub at: Timestamp,
    /// How it ended; absent while it is under way, or where a crash cut it.
    pub outcome: Option<Attempt>,
}

/// What a server was before anything was done to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Versions by component id.
    pub versions: BTreeMap<String, String>,
    /// Whether the host was on.
    pub host_on: bool,
    /// Its health.
    pub health: Option<String>,
    /// Who its BMC said that it is before a login.
    #[serde(default)]
    pub front: Option<Front>,
}

/// What was done to a host's power.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Power {
    /// Where it is being taken, while it is not there yet.
    pub intended: Option<PowerGoal>,
    /// A forced change was intended.
    pub forced: bool,
    /// Where it was read to be, once we changed it.
    pub reached: Option<PowerGoal>,
    /// How often it was read on after we had switched it on.
    pub boots: u32,
    /// Why it did not get somewhere.
    pub failed: Option<String>,
}

impl ServerRun {
    /// A server that is about to begin `plan`.
    #[must_use]
    pub fn of(plan: &ServerPlan) -> Self {
        Self {
            phases: Phase::ALL.map(PhaseRecord::pending).into(),
            updates: vec![UpdateRecord::default(); plan.updates.len()],
            ..Self::default()
        }
    }

    /// Changes the state by `event`, which happened at `at`. An event that speaks of something unknown changes nothing:
    /// one odd line never makes a journal unreadable.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::PhaseBegan { phase } => {
                self.state = ServerState::Running;
                if let Some(record) = self.phase_mut(*phase) {
                    record.state = State::Running;
                    record.began = record.began.or(Some(at));
                }
            }
            Event::StepEnded { phase, step, state, kind } => {
                if let Some(record) = self.phase_mut(*phase) {
                    record.steps.push(StepRecord { step: step.clone(), state: state.clone(), at, kind: kind.clone() });
                }
            }
            Event::PhaseEnded { phase, state } => {
                if let Some(record) = self.phase_mut(*phase) {
                    record.state = state.clone();
                    record.ended = Some(at);
                }
            }
            Event::Analysed { versions, host_on, health, front } => {
                // A retry must not take a half-done server for what it was before.
                self.before.get_or_insert_with(|| Before {
                    versions: versions.clone(),
                    host_on: *host_on,
                    health: health.clone(),
                    front: front.clone(),
                });
            }
            Event::LogRead { critical } => {
                self.log_before.get_or_insert_with(|| critical.clone());
            }
            Event::PowerIntended { .. } | Event::PowerReached { .. } | Event::PowerFailed { .. } => {
                self.power.apply(event);
            }
            Event::LoanIntended { update, loan } => {
                self.loan = Some(OpenLoan { update: *update, loan: loan.clone() });
                self.kept = None;
            }
            Event::LoanReturned => self.loan = None,
            Event::LoanKept { why } => {
                self.loan = None;
                self.kept = Some(why.clone());
            }
            Event::BiosBackedUp { .. }
            | Event::BiosIntended { .. }
            | Event::BiosSent { .. }
            | Event::BiosHeld
            | Event::BiosSettled { .. } => self.bios.apply(at, event, self.power.boots),
            // The store of pins holds it.
            Event::Repinned { .. } => {}
            Event::CalledOff { how } => self.called_off = self.called_off.or(Some(*how)),
            Event::Held { why } => self.held = Some(why.clone()),
            Event::Released => self.held = None,
            Event::Ended { state } => {
                self.state = *state;
                self.held = None;
            }
            Event::RetryAsked { how } => self.retry(*how),
            Event::PushIntended { update, .. }
            | Event::PushEnded { update, .. }
            | Event::StartIntended { update }
            | Event::Started { update, .. }
            | Event::ActivationIntended { update }
            | Event::Activated { update }
            | Event::TaskSaid { update, .. }
            | Event::UpdateSettled { update, .. } => {
                let boots = self.power.boots;
                if let Some(record) = self.updates.get_mut(*update) {
                    record.apply(at, event, boots);
                }
            }
        }
    }

    fn phase_mut(&mut self, phase: Phase) -> Option<&mut PhaseRecord> {
        self.phases.iter_mut().find(|record| record.phase == phase)
    }

    /// How a phase stands.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> &State {
        static PENDING: State = State::Pending;
        self.phases.iter().find(|record| record.phase == phase).map_or(&PENDING, |record| &record.state)
    }

    /// The phase that is under way, or the first that has not begun.
    #[must_use]
    pub fn current(&self) -> Option<Phase> {
        let open = |record: &&PhaseRecord| matches!(record.state, State::Pending | State::Running);
        self.phases.iter().find(open).map(|record| record.phase)
    }

    /// Updates that are staged, whether or not the reset was made.
    pub fn staged(&self) -> impl Iterator<Item = usize> {
        let is_staged =
            |(index, update): (usize, &UpdateRecord)| (update.settled == Some(Settled::Staged)).then_some(index);
        self.updates.iter().enumerate().filter_map(is_staged)
    }

    /// Updates that the BMC holds until a host reset which we have not made yet.
    #[must_use]
    pub fn waits_for_reset(&self) -> bool {
        self.staged().any(|index| self.updates[index].staged_at_boot == self.power.boots)
    }

    /// Whether what was borrowed is to be given back now: the update that it is for is over, or the phase is.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.loan.as_ref().is_some_and(|open| {
            let is_settled = self.updates.get(open.update).is_none_or(|record| record.settled.is_some());
            is_settled || *self.phase(Phase::FirmwareUpdate) != State::Running
        })
    }

    fn retry(&mut self, how: Again) {
        let chosen = unwell(self);
        self.state = ServerState::Pending;
        self.phases = Phase::ALL.map(PhaseRecord::pending).into();
        self.bios = self.bios.retried();
        self.power.failed = None;
        self.kept = None;
        self.called_off = None;
        self.held = None;
        for (index, update) in self.updates.iter_mut().enumerate() {
            let is_chosen = chosen == Some(index);
            if is_chosen && how.skip {
                let why = "an operator left it out".to_owned();
                *update = UpdateRecord { settled: Some(Settled::Skipped { why }), ..UpdateRecord::default() };
            } else if !matches!(update.settled, Some(Settled::Applied { .. } | Settled::Staged)) {
                // Its attempts stay in the journal; a new one begins as if there had been none.
                let passed_over = if is_chosen && how.next_method { tried(update) } else { Vec::new() };
                *update = UpdateRecord { passed_over, ..UpdateRecord::default() };
            }
        }
    }
}

impl PhaseRecord {
    const fn pending(phase: Phase) -> Self {
        Self { phase, state: State::Pending, began: None, ended: None, steps: Vec::new() }
    }
}

impl Power {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::PowerIntended { goal, forced } => {
                self.intended = Some(*goal);
                self.forced = *forced;
                self.failed = None;
            }
            Event::PowerReached { goal } => {
                let by_us = self.intended.take() == Some(PowerGoal::On) && *goal == PowerGoal::On;
                self.boots += u32::from(by_us);
                self.reached = Some(*goal);
                self.forced = false;
            }
            Event::PowerFailed { why, .. } => {
                self.intended = None;
                self.failed = Some(why.clone());
            }
            _ => {}
        }
    }
}

impl UpdateRecord {
    fn apply(&mut self, at: Timestamp, event: &Event, boots: u32) {
        match event {
            Event::PushIntended { method, .. } => {
                self.attempts.push(AttemptRecord { method: *method, at, outcome: None });
                self.start_intended = false;
                self.started = None;
                (self.activations, self.activated) = (0, 0);
            }
            Event::PushEnded { attempt, .. } => {
                if let Some(last) = self.attempts.last_mut() {
                    last.outcome = Some(attempt.clone());
                }
            }
            Event::StartIntended { .. } => self.start_intended = true,
            Event::ActivationIntended { .. } => self.activations += 1,
            Event::Activated { .. } => self.activated += 1,
            Event::Started { receipt, .. } => self.started = Some(receipt.clone()),
            Event::TaskSaid { word, percent, message_ids, .. } => {
                self.word = Some(word.clone());
                self.message_ids.extend(
                    message_ids.iter().filter(|id| !self.message_ids.contains(id)).cloned().collect::<Vec<_>>(),
                );
                self.percent = self.percent.max(percent.map(|percent| percent.min(99)));
            }
            Event::UpdateSettled { settled, .. } => {
                if *settled == Settled::Staged {
                    self.staged_at_boot = boots;
                }
                self.settled = Some(settled.clone());
                self.settled_at = Some(at);
            }
            _ => {}
        }
    }

    /// What is followed now.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        self.started.as_ref().or_else(|| match self.attempts.last()?.outcome.as_ref()? {
            Attempt::Accepted { receipt } => Some(receipt),
            _ => None,
        })
    }
}
