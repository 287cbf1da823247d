//! A machine as plain data and the pure steps it can take.
//!
//! Nothing here knows HTTP, Redfish or a vendor's spelling: a personality renders a [`Machine`] as its vendor would.
//! Time is an argument: device time, as [`crate::clock::Clock::elapsed`] gives it.

mod component;
mod power;
mod session;
mod task;

use std::{collections::BTreeMap, time::Duration};

pub use component::{Component, Kind};
pub use power::{HostReset, Post, Power, PowerRefusal, PowerTimes};
pub use session::{Session, SessionLimits, Sessions};
pub use task::{Task, TaskState};

use crate::lab::personality::Personality;

/// Who a machine is; nothing here changes while the lab runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Position in the fleet, from 0.
    pub index: usize,
    /// Which vendor's BMC it has.
    pub personality: Personality,
    /// Model name as the vendor prints it, for example `PowerEdge R750`.
    pub model: String,
    /// The vendor's product number of this model (HPE `P…-B21`, Lenovo machine type, Supermicro SKU).
    pub sku: String,
    /// Serial number of the system in the vendor's form; always recognisable as invented by `LAB`.
    pub serial: String,
    /// Serial number of the board (Dell keeps the service tag apart from it).
    pub board_serial: String,
    /// Board name (Supermicro `X13DEM`, HPE ROM family `U54`).
    pub board: String,
    /// Board id where the vendor has one (Supermicro `0x1d14`, Dell's decimal system id).
    pub board_id: String,
    /// System UUID, lower case, unique in the fleet.
    pub uuid: String,
    /// Locally administered MAC address of the BMC, lower case with colons.
    pub mac: String,
    /// The BMC's own host name.
    pub bmc_name: String,
    /// The host's name as its operating system reports it.
    pub host_name: String,
    /// Processor as the vendor prints it.
    pub processor: String,
    /// Installed memory in GiB.
    pub memory_gib: u64,
}

/// Overall health in Redfish's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing to report.
    Ok,
    /// Degraded.
    Warning,
    /// Failed.
    Critical,
}

impl Health {
    /// The Redfish spelling.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        }
    }
}

/// What really happened to a machine, for tests to count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Times a running host was interrupted (restart, power cycle, off).
    pub host_resets: u64,
    /// Times the host went through POST.
    pub host_boots: u64,
    /// Times the BMC went away for a reset.
    pub bmc_resets: u64,
    /// Times something made the machine useless (a reset while it flashed).
    pub bricks: u64,
    /// Images taken, by component key.
    pub images_accepted: BTreeMap<String, u64>,
}

/// One emulated machine: host, components and BMC.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Who it is.
    pub identity: Identity,
    /// The host's power.
    pub power: Power,
    /// Where the host is in its boot.
    pub post: Post,
    /// What is about to change in `power` and `post`, in order of time.
    pub coming: Vec<power::Change>,
    /// Overall health.
    pub health: Health,
    /// Everything with a firmware version.
    pub components: Vec<Component>,
    /// The BMC's tasks.
    pub tasks: Vec<Task>,
    /// The BMC's open sessions.
    pub sessions: Sessions,
    /// Device time at which a BMC that is away comes back.
    pub bmc_away_until: Option<Duration>,
    /// Device time of the BMC's last start.
    pub bmc_started: Duration,
    /// Device time of the host's last reset or boot.
    pub host_reset_at: Duration,
    /// What tests count.
    pub counts: Counts,
}

impl Machine {
    /// A machine whose host runs and whose BMC is idle.
    #[must_use]
    pub fn new(identity: Identity, components: Vec<Component>) -> Self {
        Self {
            identity,
            power: Power::On,
            post: Post::Finished,
            coming: Vec::new(),
            health: Health::Ok,
            components,
            tasks: Vec::new(),
            sessions: Sessions::default(),
            bmc_away_until: None,
            bmc_started: Duration::ZERO,
            host_reset_at: Duration::ZERO,
            counts: Counts::default(),
        }
    }

    /// The first component of a kind.
    #[must_use]
    pub fn component(&self, kind: Kind) -> Option<&Component> {
        self.components.iter().find(|component| component.kind == kind)
    }

    /// Version of the first component of a kind, empty where there is none.
    #[must_use]
    pub fn version(&self, kind: Kind) -> &str {
        self.component(kind).map_or("", |component| &component.version)
    }

    /// Lets everything happen that is due at `now`.
    pub fn advance(&mut self, now: Duration) {
        power::advance(self, now);
        if self.bmc_away_until.is_some_and(|until| until <= now) {
            self.bmc_away_until = None;
            self.bmc_started = now;
        }
    }

    /// Takes the BMC away at `now` for `away`. Sessions die with it; the host goes on running.
    pub fn reset_bmc(&mut self, now: Duration, away: Duration) {
        self.bmc_away_until = Some(now + away);
        self.sessions.clear();
        self.counts.bmc_resets += 1;
    }
}
