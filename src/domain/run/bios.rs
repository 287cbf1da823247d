//! The BIOS phase: what is known of it, and what comes next in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    event::{CalledOff, Event, PowerGoal},
    fold::ServerRun,
    next::{Next, give_back, host_is_on_its_way, reset_step},
};
use crate::domain::{
    bios::{AttributeValue, Attributes, Change, Sent},
    phase::{Phase, State},
    plan::ServerPlan,
};

/// Settings that did not take are sent so often, in all.
const SENDS: usize = 3;

/// How the BIOS of a server stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BiosRecord {
    /// Attributes that were kept as they were before anything was sent; none while nothing was.
    pub backed_up: Option<usize>,
    /// Every attempt to stage the changes, in order.
    pub attempts: Vec<BiosAttempt>,
    /// What the last attempt changes.
    pub changes: Vec<Change>,
    /// What must not change by it.
    pub preserved: Attributes,
    /// The BMC was read to hold all of it.
    pub held: bool,
    /// How often we had booted the host when it was sent.
    pub at_boot: u32,
    /// What became of it.
    pub settled: Option<BiosSettled>,
    /// Values and jobs of ours that a try before this one left waiting.
    pub left: Attributes,
    /// See `left`.
    pub left_jobs: Vec<String>,
}

/// An attempt to stage changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiosAttempt {
    /// When it was intended.
    pub at: Timestamp,
    /// How it ended; absent while it is under way, or where a crash cut it.
    pub sent: Option<Sent>,
}

/// What became of a BIOS profile on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "settled")]
pub enum BiosSettled {
    /// Each changed value was read back after the host's reset.
    Applied {
        /// As read.
        read_back: Attributes,
    },
    /// It had all wanted values already: nothing was sent, nothing reset.
    AsWanted,
    /// The BMC holds the values until the host is reset, which the power policy leaves to others.
    Staged,
    /// It was called off before the reset, and what was staged was taken back.
    GivenBack,
    /// It was called off before the reset, and what was staged stays so.
    Left {
        /// What waits, and for what.
        why: String,
    },
    /// It was not begun.
    Skipped {
        /// Why.
        why: String,
    },
    /// Values did not stick, or were not taken.
    Failed {
        /// Why.
        why: String,
        /// What was read instead of what was wanted, by attribute.
        #[serde(default)]
        instead: BTreeMap<String, Option<AttributeValue>>,
    },
    /// It waits for a person.
    Blocked {
        /// Why.
        why: String,
    },
    /// Nobody can tell.
    Uncertain {
        /// Why.
        why: String,
    },
}

impl BiosSettled {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::AsWanted => "as_wanted",
            Self::Staged => "staged",
            Self::GivenBack => "given_back",
            Self::Left { .. } => "left_pending",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "failed",
            Self::Blocked { .. } => "blocked",
            Self::Uncertain { .. } => "uncertain",
        }
    }

    /// Why, where there is a reason.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Applied { .. } | Self::AsWanted | Self::Staged | Self::GivenBack => None,
            Self::Left { why }
            | Self::Skipped { why }
            | Self::Failed { why, .. }
            | Self::Blocked { why }
            | Self::Uncertain { why } => Some(why),
        }
    }

    /// What it makes of its phase.
    fn state(&self, changes: usize) -> State {
        let skipped = |why: String| State::Skipped { why };
        match self {
            Self::Applied { .. } | Self::AsWanted => State::Done,
            Self::Staged => skipped(format!("{changes} values are staged: they take effect at the host's next reset")),
            Self::GivenBack => skipped("called off: what was staged was taken back".into()),
            Self::Left { why } | Self::Skipped { why } => skipped(why.clone()),
            Self::Failed { why, .. } => State::Failed { why: why.clone() },
            Self::Blocked { why } => State::Blocked { why: why.clone() },
            Self::Uncertain { why } => State::Uncertain { why: why.clone() },
        }
    }
}

impl BiosRecord {
    /// Changes the record by `event`, which happened at `at` after `boots` boots by us.
    pub(super) fn apply(&mut self, at: Timestamp, event: &Event, boots: u32) {
        match event {
            Event::BiosBackedUp { attributes } => self.backed_up = Some(attributes.len()),
            Event::BiosIntended { changes, preserved, .. } => {
                self.attempts.push(BiosAttempt { at, sent: None });
                self.changes.clone_from(changes);
                self.preserved.clone_from(preserved);
                self.held = false;
                self.at_boot = boots;
            }
            Event::BiosSent { sent } => {
                if let Some(last) = self.attempts.last_mut() {
                    last.sent = Some(sent.clone());
                }
            }
            Event::BiosHeld => self.held = true,
            Event::BiosSettled { settled } => self.settled = Some(settled.clone()),
            _ => {}
        }
    }

    /// The new values, by attribute.
    #[must_use]
    pub fn values(&self) -> Attributes {
        self.changes.iter().map(|change| (change.attribute.clone(), change.to.clone())).collect()
    }

    /// Whether a value that waits is one that we have handed over, in this try or one before.
    #[must_use]
    pub fn is_our_value(&self, name: &str, value: &AttributeValue) -> bool {
        let change = self.changes.iter().find(|change| change.attribute == name);
        let ours = self.left.get(name).into_iter().chain(change.map(|change| &change.to));
        ours.into_iter().any(|ours| ours.is(value))
    }

    /// The job of the BMC that brings them in, where it named one.
    #[must_use]
    pub fn job(&self) -> Option<&str> {
        match self.attempts.last()?.sent.as_ref()? {
            Sent::Taken { job } => job.as_deref(),
            _ => None,
        }
    }

    /// Whether `job` is one of ours, whichever collection it stands in.
    #[must_use]
    pub fn is_ours(&self, job: &str) -> bool {
        let last = |uri: &str| uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        self.jobs().any(|one| last(one) == last(job))
    }

    /// The jobs that are ours.
    pub fn jobs(&self) -> impl Iterator<Item = &str> {
        self.job().into_iter().chain(self.left_jobs.iter().map(String::as_str))
    }

    /// Values are with the BMC, and wait for a reset that we have not made.
    #[must_use]
    pub fn waits_for_reset(&self, boots: u32) -> bool {
        let taken = matches!(self.attempts.last().map(|last| &last.sent), Some(Some(Sent::Taken { .. })));
        taken && self.settled.is_none() && self.at_boot == boots
    }

    /// What must not be interrupted of it, if anything.
    #[must_use]
    pub(super) fn under_way(&self, boots: u32) -> Option<&'static str> {
        let last = self.attempts.last()?;
        match (&self.settled, &last.sent) {
            (None, None) => Some("the BIOS settings are being handed over"),
            (None, Some(Sent::Taken { .. })) if boots > self.at_boot => {
                Some("the host was reset for its BIOS settings, which are being read back")
            }
            _ => None,
        }
    }

    /// How often values were found to wait without their job.
    fn uncommitted(&self) -> usize {
        self.attempts.iter().filter(|one| matches!(one.sent, Some(Sent::Uncommitted { .. }))).count()
    }

    /// What is left of it for another try: what may still wait at the BMC stays ours.
    pub(super) fn retried(&self) -> Self {
        let may_wait = self.attempts.iter().any(|attempt| {
            let may =
                |sent: &Sent| matches!(sent, Sent::Taken { .. } | Sent::Unknown { .. } | Sent::Uncommitted { .. });
            attempt.sent.as_ref().is_none_or(may)
        }) && !matches!(self.settled, Some(BiosSettled::Applied { .. } | BiosSettled::GivenBack));
        let mut left = Self { left: self.left.clone(), left_jobs: self.left_jobs.clone(), ..Self::default() };
        if may_wait {
            left.left.extend(self.values());
            left.left_jobs.extend(self.job().map(str::to_owned));
        }
        left
    }
}

/// What comes next in the phase.
pub(super) fn bios_phase(plan: &ServerPlan, run: &ServerRun) -> Next {
    let end = |state| Next::EndPhase(Phase::BiosConfiguration, state);
    let Some(bios) = &plan.bios else {
        return end(State::Skipped { why: "the plan names no BIOS profile for it".into() });
    };
    let record = &run.bios;
    if let Some(settled) = &record.settled {
        return give_back(run).unwrap_or_else(|| end(settled.state(record.changes.len())));
    }
    let skipped = |how: CalledOff| {
        Next::BiosSettleAs(BiosSettled::Skipped { why: format!("{} before it was begun", how.word()) })
    };
    let begin = || match (run.called_off, &run.power.failed) {
        (Some(how), _) => skipped(how),
        (None, Some(why)) if bios.resets_host => Next::BiosSettleAs(BiosSettled::Blocked { why: why.clone() }),
        (None, _) => Next::BiosStage,
    };
    let Some(last) = record.attempts.last() else { return begin() };
    match &last.sent {
        // A crash cut it, or nobody answered: only reading decides.
        None | Some(Sent::Unknown { .. }) => Next::BiosReconcile,
        Some(Sent::Taken { .. }) => staged(plan, run, bios.resets_host),
        Some(Sent::Refused { why, .. }) => {
            Next::BiosSettleAs(BiosSettled::Failed { why: why.clone(), instead: BTreeMap::new() })
        }
        Some(Sent::Busy { .. }) => begin(),
        Some(Sent::Uncommitted { .. }) if run.called_off.is_some() => Next::BiosGiveBack,
        // That look finds no job for them, and has them taken back.
        Some(Sent::Uncommitted { .. }) if record.uncommitted() >= SENDS => Next::BiosConfirm,
        Some(Sent::Uncommitted { .. }) => begin(),
        Some(Sent::NotTaken { why }) => {
            let sends = record.attempts.iter().filter(|one| matches!(one.sent, Some(Sent::NotTaken { .. }))).count();
            if sends < SENDS {
                return begin();
            }
            let why = format!("sent {SENDS} times, and it did not take: {why}");
            Next::BiosSettleAs(BiosSettled::Failed { why, instead: BTreeMap::new() })
        }
    }
}

/// The values are with the BMC.
fn staged(plan: &ServerPlan, run: &ServerRun, resets_host: bool) -> Next {
    let record = &run.bios;
    if run.power.boots > record.at_boot {
        return Next::BiosVerify;
    }
    if !record.held {
        return Next::BiosConfirm;
    }
    // A reset that was begun is brought to its end.
    if run.called_off.is_some() && !host_is_on_its_way(run) {
        return Next::BiosGiveBack;
    }
    if !resets_host {
        return Next::BiosSettleAs(BiosSettled::Staged);
    }
    match &run.power.failed {
        Some(why) => {
            let count = record.changes.len();
            let state = format!("{count} BIOS values stay staged and take effect at the host's next reset");
            let next = format!("reset the host, then `firmdeck runs retry` reads them back on {}", plan.endpoint);
            Next::BiosSettleAs(BiosSettled::Blocked { why: format!("{why}; {state}; next: {next}") })
        }
        None => reset_step(run),
    }
}

/// Whether the host was taken down by us and is not back yet.
pub(super) fn is_down(run: &ServerRun) -> bool {
    let was_on = run.before.as_ref().is_some_and(|before| before.host_on);
    was_on && run.power.reached == Some(PowerGoal::Off)
}
