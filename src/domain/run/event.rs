//! What happens to one server in a run. Everything with a side effect is intended on disk before it is attempted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{again::Again, bios::BiosSettled, loan::Loan};
use crate::domain::{
    attempt::{Attempt, Receipt},
    bios::{Attributes, BiosWay, Change, Sent},
    machine::Front,
    offers::Method,
    phase::{Phase, ServerState, State},
};

/// An entry of a server's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A phase begins.
    PhaseBegan {
        /// Which.
        phase: Phase,
    },
    /// A sub-step ended.
    StepEnded {
        /// Of which phase.
        phase: Phase,
        /// The step's word.
        step: String,
        /// How.
        state: State,
        /// The fixed word of the failure to read the BMC that it was, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
    },
    /// A phase ended.
    PhaseEnded {
        /// Which.
        phase: Phase,
        /// How.
        state: State,
    },
    /// What the server was before anything was done to it.
    Analysed {
        /// Versions by component id, for rollback.
        versions: BTreeMap<String, String>,
        /// Whether the host was on.
        host_on: bool,
        /// Its health.
        health: Option<String>,
        /// Who its BMC says that it is before a login.
        #[serde(default)]
        front: Option<Front>,
    },
    /// The critical entries that stood in the BMC's logs then.
    LogRead {
        /// Each by its place and time.
        critical: BTreeSet<String>,
    },
    /// Something of the BMC will be changed now for the time of an update.
    LoanIntended {
        /// For which update.
        update: usize,
        /// What, and how it is given back.
        loan: Loan,
    },
    /// It is as it was before.
    LoanReturned,
    /// It could not be set back.
    LoanKept {
        /// What, and why.
        why: String,
    },
    /// An image will be handed over now. Nothing of it has left yet.
    PushIntended {
        /// Which update of the plan, from 0.
        update: usize,
        /// By which method.
        method: Method,
    },
    /// How that ended.
    PushEnded {
        /// Which update.
        update: usize,
        /// How.
        attempt: Attempt,
    },
    /// An uploaded image will be told to start now (Supermicro's StartUpdate).
    StartIntended {
        /// Which update.
        update: usize,
    },
    /// It was; from here this receipt is followed.
    Started {
        /// Which update.
        update: usize,
        /// What to follow.
        receipt: Receipt,
    },
    /// The BMC will be reset now, since it runs what was written only after that.
    ActivationIntended {
        /// Which update.
        update: usize,
    },
    /// It took that reset.
    Activated {
        /// Which update.
        update: usize,
    },
    /// The BMC's own word on its progress changed.
    TaskSaid {
        /// Which update.
        update: usize,
        /// `Running`, `Verifying`, a message.
        word: String,
        /// Percent.
        percent: Option<u8>,
        /// Its MessageIds, once it says that it failed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        message_ids: Vec<String>,
    },
    /// Our flash of the BMC gave it a new certificate, and it still says that it is the same: that is pinned now.
    Repinned {
        /// The fingerprint that was pinned.
        from: String,
        /// The one that is.
        to: String,
    },
    /// It is known, by reading, what became of an update.
    UpdateSettled {
        /// Which update.
        update: usize,
        /// What.
        settled: Settled,
    },
    /// Every attribute of the BIOS as it was before anything was sent to it: the way back.
    BiosBackedUp {
        /// By name.
        attributes: Attributes,
    },
    /// These changes will be handed to the BMC now. Nothing has left yet.
    BiosIntended {
        /// What changes.
        changes: Vec<Change>,
        /// By which way.
        #[serde(default, skip_serializing_if = "BiosWay::is_usual")]
        way: BiosWay,
        /// What must not change by it.
        #[serde(default)]
        preserved: Attributes,
    },
    /// How that ended.
    BiosSent {
        /// How.
        sent: Sent,
    },
    /// The BMC was read to hold every one of them.
    BiosHeld,
    /// It is known, by reading, what became of the profile.
    BiosSettled {
        /// What.
        settled: BiosSettled,
    },
    /// The host's power will be changed now.
    PowerIntended {
        /// To what.
        goal: PowerGoal,
        /// By force, after a graceful try.
        forced: bool,
    },
    /// The host's power was read to be so.
    PowerReached {
        /// What.
        goal: PowerGoal,
    },
    /// The host did not get there.
    PowerFailed {
        /// Where.
        goal: PowerGoal,
        /// Why.
        why: String,
    },
    /// An operator called the rest off; from here nothing new is begun on the server.
    CalledOff {
        /// In which way.
        how: CalledOff,
    },
    /// What comes next waits for a person.
    Held {
        /// Why.
        why: String,
    },
    /// It does no longer.
    Released,
    /// The server's run is over.
    Ended {
        /// How.
        state: ServerState,
    },
    /// An operator wants it tried again from the start; what is settled well stays.
    RetryAsked {
        /// How.
        #[serde(flatten)]
        how: Again,
    },
}

/// How an operator called a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalledOff {
    /// The step under way was finished.
    Stopped,
    /// The step under way was interrupted, where it could be.
    Aborted,
}

impl CalledOff {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Aborted => "aborted",
        }
    }
}

/// What a host's power is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerGoal {
    /// Off.
    Off,
    /// On, and through POST.
    On,
}

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "settled")]
pub enum Settled {
    /// The new version was read back.
    Applied {
        /// As read.
        read_back: String,
    },
    /// The BMC holds the image until the host is reset.
    Staged,
    /// It did not take.
    Failed {
        /// Why.
        why: String,
        /// The version read after, where one was.
        read_back: Option<String>,
    },
    /// It waits for a person; nothing was done.
    Blocked {
        /// Why.
        why: String,
    },
    /// Nobody can tell.
    Uncertain {
        /// Why.
        why: String,
    },
    /// It was not begun.
    Skipped {
        /// Why.
        why: String,
    },
}

impl Settled {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Staged => "staged",
            Self::Failed { .. } => "failed",
            Self::Blocked { .. } => "blocked",
            Self::Uncertain { .. } => "uncertain",
            Self::Skipped { .. } => "skipped",
        }
    }
}
