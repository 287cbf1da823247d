//! What an update is: an image, what the client asked for, its way through the machine, and where it is on it.

use std::{fmt, time::Duration};

use super::Kind;

/// Why an update failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The image could not be fetched.
    Transfer,
    /// It is no image, or not a whole one.
    NotAnImage,
    /// Its sum is wrong.
    Corrupt,
    /// It is for other hardware.
    OtherHardware,
    /// It needs at least this version first.
    NeedsFirst(String),
    /// A reset came in between.
    Interrupted,
    /// A newer one took its place before it was applied.
    Replaced,
    /// A trusted platform module measures what it changes, and no override was given.
    Measured,
}

/// An image that a machine can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// What it is for.
    pub kind: Kind,
    /// Its version.
    pub version: String,
    /// Its release date.
    pub released: Option<String>,
}

/// When and by whom an image is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// By the BMC, at once, in this time.
    Now(Duration),
    /// During the host's next POST, which takes this much longer (Dell BIOS).
    AtBoot(Duration),
}

/// What makes a written image the running one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing more.
    AtOnce,
    /// The BMC resets itself.
    OwnReset,
    /// Somebody resets the BMC.
    BmcReset,
    /// Somebody resets the host.
    HostReset,
}

/// The way of one update through a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// Time to look at the image.
    pub verify: Duration,
    /// Whether it then waits to be started (Supermicro).
    pub asks_to_start: bool,
    /// How it is written.
    pub write: Write,
    /// How it becomes active.
    pub then: Then,
    /// Whether the BMC restarts a running host for it by itself (Dell, applied immediately).
    pub restarts_host: bool,
}

/// Where an update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The BMC fetches the image.
    Receiving,
    /// Nothing happens any more, until the BMC resets.
    Hung,
    /// The BMC looks at the image.
    Verifying {
        /// Begin in device time.
        since: Duration,
        /// End in device time.
        until: Duration,
    },
    /// Waits for StartUpdate.
    Verified,
    /// The BMC writes.
    Writing {
        /// Begin in device time.
        since: Duration,
        /// End in device time.
        until: Duration,
    },
    /// Written; the BMC resets itself at this time.
    Leaving {
        /// Device time of the reset.
        until: Duration,
    },
    /// Written, waits for the BMC's reset.
    WaitsForBmcReset,
    /// Stored or written, waits for the host's reset.
    WaitsForHostReset,
    /// Written during the host's POST.
    Applying {
        /// Begin in device time.
        since: Duration,
        /// End in device time.
        until: Duration,
    },
    /// Somebody else's work until this time.
    Foreign {
        /// End in device time.
        until: Duration,
    },
}

impl Stage {
    /// When it ends by itself.
    pub(super) fn due(&self) -> Option<Duration> {
        match self {
            Self::Verifying { until, .. }
            | Self::Writing { until, .. }
            | Self::Leaving { until }
            | Self::Applying { until, .. }
            | Self::Foreign { until } => Some(*until),
            _ => None,
        }
    }
}

/// One update in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Number of the update in this machine's life.
    pub number: u64,
    /// The task that tells of it.
    pub task: String,
    /// The image, once it is there and found to be usable.
    pub payload: Option<Payload>,
    /// What is wrong with it; told when it has been looked at.
    pub verdict: Option<Failure>,
    /// Its way.
    pub course: Course,
    /// Where it is.
    pub stage: Stage,
    /// When the client wants it applied, and other words of the vendor's that decide the course later.
    pub order: Order,
}

/// What the client asked for beside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// Apply time.
    pub apply: Apply,
    /// The component the client named.
    pub target: Option<Kind>,
    /// Whether the BMC fetches the image itself.
    pub pulled: bool,
}

/// Redfish's `OperationApplyTime`, as far as BMCs of the lab know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Apply {
    /// As soon as possible.
    #[default]
    Immediate,
    /// With the next reset.
    OnReset,
    /// When StartUpdate asks for it.
    OnStart,
}

impl fmt::Display for Apply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Immediate => "Immediate",
            Self::OnReset => "OnReset",
            Self::OnStart => "OnStartUpdateRequest",
        })
    }
}
