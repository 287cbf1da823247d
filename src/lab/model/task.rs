//! The BMC's tasks as plain facts; a personality gives them their words.

use std::time::Duration;

use super::{Failure, Kind};

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Everything about one image, from transfer to activation.
    Update,
    /// HPE's upload, of which the update service alone tells: no task resource does.
    Upload,
    /// HPE: an entry of the update task queue.
    Queued,
    /// Supermicro's first half: looking at what was uploaded.
    Verify,
    /// Supermicro's second half, after StartUpdate.
    Flash,
    /// BIOS settings that wait for a boot (Dell).
    Configure,
    /// Somebody else's, which only occupies the BMC.
    Foreign,
}

/// Where a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Created, nothing done.
    New,
    /// The BMC fetches the image.
    Transferring,
    /// The BMC looks at the image.
    Verifying,
    /// The image is being written.
    Writing,
    /// Written or stored; becomes active with the BMC's next reset.
    WaitsForBmcReset,
    /// Written or stored; becomes active with the host's next reset.
    WaitsForHostReset,
    /// Done.
    Done,
    /// Says that it is done, and that this went badly (iDRAC's JCP052: completed, critical).
    DoneCritical,
    /// Failed.
    Failed(Failure),
}

impl Phase {
    /// Whether nothing will follow.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::DoneCritical | Self::Failed(_))
    }
}

/// One task of a BMC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Name in the task's URI (Dell `JID_…`, others a number).
    pub id: String,
    /// What it does.
    pub work: Work,
    /// What it is about, as soon as that is known.
    pub kind: Option<Kind>,
    /// The version of the image, as soon as that is known.
    pub version: Option<String>,
    /// Where it is.
    pub phase: Phase,
    /// Progress in percent; never goes back.
    pub percent: u8,
    /// Device time of its beginning.
    pub since: Duration,
    /// Device time of its end.
    pub ended: Option<Duration>,
    /// Whether the end was read from its monitor (bmcweb tells it once).
    pub told: bool,
}

impl Task {
    /// A task that begins.
    #[must_use]
    pub fn new(id: String, work: Work, kind: Option<Kind>, since: Duration) -> Self {
        Self { id, work, kind, version: None, phase: Phase::New, percent: 0, since, ended: None, told: false }
    }

    /// Whether there is a resource of it.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        !matches!(self.work, Work::Upload | Work::Queued)
    }

    /// Goes to another phase.
    pub(super) fn enter(&mut self, phase: Phase, now: Duration) {
        if phase.is_over() {
            self.ended = Some(now);
            self.percent = 100;
        }
        self.phase = phase;
    }
}
