//! A run as a whole: its own events, and the word for how it stands.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::next::Control;
use crate::domain::phase::ServerState;

/// An engine that was away for longer goes on reading by itself, but begins nothing new without a person.
pub const ABSENCE: Duration = Duration::from_secs(600);

/// An entry of the journal that is of the run and not of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum RunEvent {
    /// An operator started it.
    Started {
        /// Who.
        actor: String,
    },
    /// An engine went on with it after another had ended.
    Resumed {
        /// Who.
        actor: String,
        /// Nobody asked for it: the engine did so by itself.
        #[serde(default)]
        unattended: bool,
    },
    /// An operator wants nothing new started.
    StopAsked {
        /// Who.
        actor: String,
    },
    /// An operator wants it to end as soon as it can.
    AbortAsked {
        /// Who.
        actor: String,
    },
    /// New pushes and resets wait for a person.
    Held {
        /// Why.
        why: String,
    },
    /// They do no longer.
    HoldReleased {
        /// Who.
        actor: String,
    },
    /// No further server is begun.
    Halted {
        /// Why.
        why: String,
    },
    /// Every server is over.
    Ended {
        /// The word for it.
        state: ServerState,
    },
}

/// The word for a run whose servers stand as `states`: the worst, and running while any is.
#[must_use]
pub fn state_of(states: &[ServerState]) -> ServerState {
    if states.iter().any(|state| !state.is_over()) {
        let begun = states.iter().any(|state| *state != ServerState::Pending);
        return if begun { ServerState::Running } else { ServerState::Pending };
    }
    let worst = states.iter().copied().filter(|state| *state != ServerState::Skipped).max();
    worst.unwrap_or(ServerState::Skipped)
}

/// Whether a run that goes on by itself at `now` waits for a person before it begins anything new: the engine's last
/// sign of life was `seen`.
#[must_use]
pub fn holds(seen: Timestamp, now: Timestamp) -> bool {
    now.duration_since(seen).unsigned_abs() > ABSENCE && now > seen
}

/// What operators have asked for that still stands: a stop or an abort outlives its engine, until a person resumes.
#[must_use]
pub fn asked<'a>(events: impl IntoIterator<Item = &'a RunEvent>) -> Control {
    let mut control = Control::default();
    for event in events {
        match event {
            RunEvent::StopAsked { .. } => control.stop = true,
            RunEvent::AbortAsked { .. } => control.abort = true,
            RunEvent::Held { .. } => control.hold = true,
            RunEvent::HoldReleased { .. } => control.hold = false,
            RunEvent::Started { .. } | RunEvent::Resumed { unattended: false, .. } => control = Control::default(),
            RunEvent::Resumed { .. } | RunEvent::Halted { .. } | RunEvent::Ended { .. } => {}
        }
    }
    control
}
