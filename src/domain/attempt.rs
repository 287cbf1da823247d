//! How an attempt to hand an image to a BMC ended, and what is known of the BMC's own task.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// How an attempt ended. Decides whether another method may be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Attempt {
    /// Not one image byte was taken: unsupported here, or gone. The next method may be tried.
    NotStarted {
        /// Why.
        why: String,
    },
    /// Someone else is at it, or the BMC has no room: wait within the deadline, try nothing else.
    Busy {
        /// What the BMC says.
        why: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The BMC understood and said no. No other method would be right; a person must act.
    Refused {
        /// What the BMC says.
        why: String,
        /// Its MessageIds, for the diagnosis.
        message_ids: Vec<String>,
    },
    /// Bytes left and no clear answer came back. Only reading decides.
    Unknown {
        /// What happened.
        why: String,
        /// Image bytes handed to the socket.
        sent: u64,
    },
    /// The BMC has the image. From here only reading decides; nothing is pushed again.
    Accepted {
        /// What to follow.
        receipt: Receipt,
    },
    /// The attempt did not take: a re-read proved that the version is old, the BMC idle, and no task of it; or the BMC
    /// refused one of our options, and is read anew before the next attempt goes without that.
    NotTaken {
        /// What proves it.
        proof: String,
    },
}

/// What an accepting BMC gave us to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// The task or job resource, if it named one.
    pub task: Option<String>,
    /// The task monitor, if it named one besides.
    pub monitor: Option<String>,
    /// The task's StartTime as read first: ids restart after a BMC reset (OpenBMC), and then another task has this one.
    pub started: Option<String>,
    /// The mark that we gave the upload, where the update service says by it whose upload it speaks of (iLO's ETag).
    #[serde(default)]
    pub mark: Option<String>,
    /// Where the uploaded image lies until it is started: its resource (iDRAC), or its name in the repository (iLO).
    #[serde(default)]
    pub image: Option<String>,
}

impl Receipt {
    /// Whether there is anything in it that can be looked at.
    #[must_use]
    pub const fn is_followed(&self) -> bool {
        self.task.is_some() || self.monitor.is_some() || self.mark.is_some() || self.image.is_some()
    }
}

/// What a task says of its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "task")]
pub enum TaskState {
    /// Not at its end, whatever its word.
    Running,
    /// Waits for a reset of the host, or says that one is needed.
    AwaitsReset,
    /// Says that it succeeded. A hint: only the version proves it.
    Succeeded,
    /// Says that it failed.
    Failed {
        /// Its last words.
        why: String,
        /// Its MessageIds.
        message_ids: Vec<String>,
    },
    /// The BMC knows no such task (any more), or another one has its id: nothing can be told from it.
    Gone,
}

/// A task as read once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskReading {
    /// At its end, and how.
    pub state: TaskState,
    /// The BMC's own word: `Running`, `Downloading`, `UserIntervention`.
    pub word: String,
    /// Percent, where it says so.
    pub percent: Option<u8>,
    /// The last message, in the BMC's words.
    pub message: Option<String>,
    /// How long the BMC asks to wait before the next look.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { why } => write!(f, "not started: {why}"),
            Self::Busy { why, .. } => write!(f, "busy: {why}"),
            Self::Refused { why, .. } => write!(f, "refused: {why}"),
            Self::Unknown { why, sent } => write!(f, "unknown after {sent} bytes: {why}"),
            Self::Accepted { .. } => f.write_str("accepted"),
            Self::NotTaken { proof } => write!(f, "did not take: {proof}"),
        }
    }
}
