//! How a machine stands towards its administrators: what it lets them do, and what it has written down.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Health, Machine};

/// What the administrator's account may do (Redfish's predefined roles).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Everything.
    #[default]
    Administrator,
    /// Everything but users and the BMC's own settings.
    Operator,
    /// Only read.
    ReadOnly,
}

impl Role {
    /// The Redfish spelling.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Operator => "Operator",
            Self::ReadOnly => "ReadOnly",
        }
    }
}

/// One entry of the machine's log of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number.
    pub id: u64,
    /// Device time.
    pub at: Duration,
    /// How grave it is.
    pub severity: Health,
    /// What happened.
    pub message: String,
}

/// What stands in the way of updates, and what was written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// How far the BMC's own clock is off.
    pub clock_off: SignedDuration,
    /// Whether the location light is lit.
    pub light: bool,
    /// What the account may do.
    pub role: Role,
    /// Whether changes are locked (Dell, Supermicro).
    pub locked_down: bool,
    /// Whether tasks hand their work to jobs (Lenovo's XCC3).
    pub hands_to_jobs: bool,
    /// Whether the Lifecycle Controller is at something of its own (Dell).
    pub lifecycle_in_use: bool,
    /// The log of events, oldest first.
    pub log: Vec<LogEntry>,
    /// How often the BMC has made itself a new certificate.
    pub certificates: u64,
    /// Whether a job that waits for a reboot calls itself completed (Dell).
    pub completes_pending: bool,
    /// Device time until which every login is refused.
    pub refuses_until: Option<Duration>,
    /// Whether the next login is refused even after that: on a fast lab the time may be over before anybody asks.
    pub refuses_next: bool,
}

impl Standing {
    /// Whether a login at `now` is refused, whoever asks.
    pub fn refuses(&self, now: Duration) -> bool {
        self.refuses_next || self.refuses_until.is_some_and(|until| now < until)
    }
}

impl Machine {
    /// Writes an entry into the log at `now`.
    pub fn log(&mut self, severity: Health, message: &str, now: Duration) {
        let log = &mut self.standing.log;
        let id = log.last().map_or(1, |last| last.id + 1);
        log.push(LogEntry { id, at: now, severity, message: message.to_owned() });
    }
}
