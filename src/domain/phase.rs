//! The six phases of a run on one server, and the words for how each stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phase. Every server goes through all of them, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// May anything be done at all.
    PreFlight,
    /// Does the plan still hold.
    FirmwareAnalysis,
    /// Every planned update, in order.
    FirmwareUpdate,
    /// The host reset that staged updates need.
    SystemReboot,
    /// The BIOS profile.
    BiosConfiguration,
    /// Is every target reached, and nothing worse than before.
    FinalValidation,
}

impl Phase {
    /// All, in their order.
    pub const ALL: [Self; 6] = [
        Self::PreFlight,
        Self::FirmwareAnalysis,
        Self::FirmwareUpdate,
        Self::SystemReboot,
        Self::BiosConfiguration,
        Self::FinalValidation,
    ];

    /// The word for it in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PreFlight => "pre_flight",
            Self::FirmwareAnalysis => "firmware_analysis",
            Self::FirmwareUpdate => "firmware_update",
            Self::SystemReboot => "system_reboot",
            Self::BiosConfiguration => "bios_configuration",
            Self::FinalValidation => "final_validation",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a phase, or an update, stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// Not begun.
    #[default]
    Pending,
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Not needed, or not wanted.
    Skipped {
        /// Why.
        why: String,
    },
    /// Waits for a person; nothing was done to the server.
    Blocked {
        /// Why.
        why: String,
    },
    /// Went wrong.
    Failed {
        /// Why.
        why: String,
    },
    /// Nobody can tell: a person must look.
    Uncertain {
        /// Why.
        why: String,
    },
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Skipped { .. } => "skipped",
            Self::Blocked { .. } => "blocked",
            Self::Failed { .. } => "failed",
            Self::Uncertain { .. } => "uncertain",
        }
    }

    /// Why, where the state has a reason.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Pending | Self::Running | Self::Done => None,
            Self::Skipped { why } | Self::Blocked { why } | Self::Failed { why } | Self::Uncertain { why } => Some(why),
        }
    }

    /// True where the server may go on to the next phase.
    #[must_use]
    pub const fn lets_go_on(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped { .. })
    }
}

/// How a server's run ended, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// Not begun.
    #[default]
    Pending,
    /// Under way.
    Running,
    /// Every target was read back.
    Succeeded,
    /// Nothing was to be done.
    Skipped,
    /// Stopped by an operator before it was done.
    Cancelled,
    /// Waits for a person.
    Blocked,
    /// Nobody can tell.
    Uncertain,
    /// Something went wrong.
    Failed,
}

impl ServerState {
    /// True where nothing more will happen by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// True where a person must look at it.
    #[must_use]
    pub const fn went_wrong(self) -> bool {
        matches!(self, Self::Blocked | Self::Uncertain | Self::Failed)
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
