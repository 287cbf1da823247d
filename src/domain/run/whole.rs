//! A run as a whole: its own events, and the word for how it stands.

use serde::{Deserialize, Serialize};

use crate::domain::phase::ServerState;

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
    },
    /// An operator wants nothing new started.
    StopAsked {
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
