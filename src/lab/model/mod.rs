//! A machine as plain data and the pure steps it can take.
//!
//! Nothing here knows HTTP, Redfish or a vendor's spelling: a personality renders a [`Machine`] as its vendor would.
//! Time is an argument: device time, as [`crate::clock::Clock::elapsed`] gives it.

mod component;
mod delivered;
mod flow;
mod held;
mod ilo;
mod mishap;
mod power;
mod queue;
mod service;
mod session;
mod standing;
mod task;
mod update;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub use component::{Component, Kind};
pub use delivered::Delivered;
pub use held::Held;
pub use ilo::Ilo;
pub use mishap::Mishap;
pub use power::{HostReset, Post, Power, PowerRefusal, PowerTimes};
pub use queue::{Kept, QueueRefusal, QueueState, Queued};
use serde::Serialize;
pub use service::Service;
pub use session::{Session, SessionLimits, Sessions};
pub use standing::{LogEntry, Role, Standing};
pub use task::{Phase, Task, Work};
pub use update::{Apply, Course, Failure, Order, Payload, Stage, Then, Update, Write};

use crate::lab::{bios::Settings, personality::Personality};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Times a running host was interrupted (restart, power cycle, off).
    pub host_resets: u64,
    /// Times the host went through POST.
    pub host_boots: u64,
    /// Times the BMC went away for a reset.
    pub bmc_resets: u64,
    /// Times something made the machine useless (a reset while it flashed).
    pub bricks: u64,
    /// Images taken, by component key: whole, unchanged and for this machine. The same image twice counts twice.
    pub images_accepted: BTreeMap<String, u64>,
    /// Images written, by component key, whether they took or not.
    pub flashes: BTreeMap<String, u64>,
    /// Attempts to hand over an image: pushes that began and pulls that were asked for.
    pub pushes: u64,
    /// Addresses of images that the BMC was asked to fetch.
    pub fetches: Vec<String>,
    /// Logins that were refused, for whatever reason.
    pub logins_refused: u64,
    /// Times somebody asked for other BIOS settings.
    pub settings_asked: u64,
    /// Times such a request was taken.
    pub settings_taken: u64,
    /// Boots that brought BIOS settings in.
    pub settings_applied: u64,
}

impl Counts {
    /// Images taken, of all components.
    #[must_use]
    pub fn all_images_accepted(&self) -> u64 {
        self.images_accepted.values().sum()
    }
}

/// How a vendor's machine keeps time and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// The host's times.
    pub power: PowerTimes,
    /// How long the BMC is away for its own reset.
    pub bmc_away: Duration,
    /// Whether tasks live in the BMC's memory: a reset takes them, and numbers begin anew.
    pub tasks_in_memory: bool,
    /// The number of the first task.
    pub first_task: u64,
    /// How long after the end of a host's boot the finished tasks are removed (Dell).
    pub purge_after_boot: Option<Duration>,
    /// How long after a BMC's flash the inventory still shows the old version (Supermicro).
    pub version_lag: Duration,
    /// Of which parts the version before is kept for rollback.
    pub keeps_previous: &'static [Kind],
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
    /// Its BIOS settings.
    pub bios: Settings,
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
    /// How it keeps time and memory.
    pub habits: Habits,
    /// Updates in the making.
    pub updates: Vec<Update>,
    /// How many updates there ever were.
    pub updates_begun: u64,
    /// How many tasks there were since the numbers began.
    pub tasks_begun: u64,
    /// New versions that will show at a device time.
    pub arrivals: Vec<(Duration, Payload)>,
    /// What will go wrong.
    pub mishaps: BTreeSet<Mishap>,
    /// Whether the BMC waits for an image that never comes (Supermicro).
    pub stuck_in_update_mode: bool,
    /// Whether the licence for out-of-band updates is there (Supermicro).
    pub licensed: bool,
    /// The largest image the BMC takes, in bytes, where it says so.
    pub largest_image: Option<u64>,
    /// Whether the host is beyond help.
    pub host_bricked: bool,
    /// Whether the BMC is beyond help.
    pub bmc_bricked: bool,
    /// Device time at which finished tasks are removed.
    pub purge_at: Option<Duration>,
    /// What clients have set on the update service.
    pub service: Service,
    /// Power of the further hosts behind this BMC, where it has several; on is true.
    pub nodes: Vec<bool>,
    /// What stands in the way of updates, and what was written down.
    pub standing: Standing,
    /// Images that lie on the BMC until somebody starts them.
    pub held: Vec<Held>,
    /// The file that the vendor's own tool has brought for its next command.
    pub delivered: Option<Delivered>,
    /// What an iLO keeps of its uploads.
    pub ilo: Ilo,
    /// Whether IPMI over LAN is switched on.
    pub ipmi: bool,
    /// Device time of the last look at it.
    pub looked_at: Duration,
}

/// How long a BMC that is up again refuses logins: its web server answers before its accounts are there.
const REFUSES: Duration = Duration::from_secs(180);

/// Where a BMC that never comes back is until.
const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Machine {
    /// A machine whose host runs and whose BMC is idle.
    #[must_use]
    pub fn new(identity: Identity, components: Vec<Component>) -> Self {
        let profile = identity.personality.profile();
        let (habits, largest_image) = (profile.habits, profile.largest_image);
        let ipmi = crate::lab::ipmi::manners(identity.personality).on;
        Self {
            identity,
            power: Power::On,
            post: Post::Finished,
            coming: Vec::new(),
            health: Health::Ok,
            components,
            bios: Settings::factory(profile.bios),
            tasks: Vec::new(),
            sessions: Sessions::default(),
            bmc_away_until: None,
            bmc_started: Duration::ZERO,
            host_reset_at: Duration::ZERO,
            counts: Counts::default(),
            habits,
            updates: Vec::new(),
            updates_begun: 0,
            tasks_begun: 0,
            arrivals: Vec::new(),
            mishaps: BTreeSet::new(),
            stuck_in_update_mode: false,
            licensed: true,
            largest_image,
            host_bricked: false,
            bmc_bricked: false,
            purge_at: None,
            service: profile.service(),
            nodes: vec![true; profile.nodes.len()],
            standing: Standing::default(),
            held: Vec::new(),
            delivered: None,
            ilo: Ilo::default(),
            ipmi,
            looked_at: Duration::ZERO,
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

    /// Lets everything happen that is due at `now`, in the order of time.
    pub fn advance(&mut self, now: Duration) {
        if self.strikes(Mishap::ForeignTask) {
            self.foreign_task(now);
        }
        if self.strikes(Mishap::LicenceGone) {
            self.licensed = false;
        }
        if self.strikes(Mishap::ForeignSettings) {
            self.foreign_setting();
        }
        self.strike_standing(now);
        self.strike_ilo();
        while let Some(at) = self.next_due().filter(|at| *at <= now) {
            power::step(self, at);
            self.step_updates(at);
            self.step_bmc(at);
            if self.purge_at.is_some_and(|purge| purge <= at) {
                self.purge_at = None;
                self.tasks.retain(|task| !task.phase.is_over());
            }
        }
        self.show_progress(now);
        self.looked_at = now;
    }

    /// Device time of the next thing that happens by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let power = self.coming.first().map(power::Change::at);
        let updates = self.updates.iter().filter_map(|update| update.stage.due()).min();
        let arrivals = self.arrivals.iter().map(|(at, _)| *at).min();
        [power, updates, arrivals, self.bmc_away_until, self.purge_at].into_iter().flatten().min()
    }

    fn step_bmc(&mut self, now: Duration) {
        if self.bmc_away_until.is_some_and(|until| until <= now) {
            self.bmc_away_until = None;
            self.bmc_started = now;
            if self.strikes(Mishap::OtherSerial) {
                self.become_another();
            }
            if self.strikes(Mishap::NewCertificate) {
                self.standing.certificates += 1;
            }
            if self.strikes(Mishap::RefusesAfterReset) {
                self.standing.refuses_until = Some(now + REFUSES);
                self.standing.refuses_next = true;
            }
            if self.strikes(Mishap::FactoryAccounts) {
                self.standing.refuses_until = Some(NEVER);
            }
        }
        let (due, later) = std::mem::take(&mut self.arrivals).into_iter().partition(|(at, _)| *at <= now);
        self.arrivals = later;
        let due: Vec<(Duration, Payload)> = due;
        due.iter().for_each(|(_, payload)| self.install(payload));
    }

    /// Somebody resets the BMC at `now` for `away`. Sessions die with it; the host goes on running.
    pub fn reset_bmc(&mut self, now: Duration, away: Duration) {
        self.advance(now);
        self.bmc_away_until = Some(now + away);
        self.sessions.clear();
        self.delivered = None;
        self.counts.bmc_resets += 1;
        self.service.claimed = false;
        if self.strikes(Mishap::BmcStaysAway) || self.bmc_bricked {
            self.bmc_away_until = Some(NEVER);
        }
        self.interrupt_bmc(now);
    }

    /// The BMC resets itself.
    pub(self) fn restart_bmc(&mut self, now: Duration) {
        self.reset_bmc(now, self.habits.bmc_away);
    }

    /// A number for the next task.
    pub fn next_task_id(&mut self) -> String {
        let number = self.habits.first_task + self.tasks_begun;
        self.tasks_begun += 1;
        if self.identity.personality.vendor() == "dell" {
            // iDRAC makes its ids from the time: twelve digits that grow.
            let seconds = self.host_reset_at.as_secs() + number;
            return format!("JID_{:012}", 714_000_000_000 + seconds * 1000 + number);
        }
        number.to_string()
    }

    /// Whether a mishap strikes now; each does so once.
    pub(in crate::lab) fn strikes(&mut self, mishap: Mishap) -> bool {
        self.mishaps.remove(&mishap)
    }

    fn brick_host(&mut self) {
        if !self.host_bricked {
            self.counts.bricks += 1;
        }
        self.host_bricked = true;
        self.health = Health::Critical;
        power::never_finish(self);
    }

    fn brick_bmc(&mut self) {
        if !self.bmc_bricked {
            self.counts.bricks += 1;
        }
        self.bmc_bricked = true;
        self.bmc_away_until = Some(NEVER);
    }

    /// Another machine at the same address: cables were changed.
    fn become_another(&mut self) {
        let swap = |text: &mut String| *text = text.replacen("LAB", "LAX", 1);
        swap(&mut self.identity.serial);
        swap(&mut self.identity.board_serial);
        let tail = self.identity.uuid.get(1..).unwrap_or_default().to_owned();
        let first = if self.identity.uuid.starts_with('9') { '8' } else { '9' };
        self.identity.uuid = format!("{first}{tail}");
        // BMCs make UUIDs of their own from the tail of the system's.
        let last = self.identity.uuid.pop().unwrap_or_default();
        self.identity.uuid.push(if last == '9' { '8' } else { '9' });
    }

    /// What befalls the machine's standing as soon as it may.
    fn strike_standing(&mut self, now: Duration) {
        if self.strikes(Mishap::ReadOnlyAccount) {
            self.standing.role = Role::ReadOnly;
        }
        if self.strikes(Mishap::CompletesPending) {
            self.standing.completes_pending = true;
        }
        if self.strikes(Mishap::Lockdown) {
            self.standing.locked_down = true;
        }
        if self.strikes(Mishap::LifecycleInUse) {
            self.standing.lifecycle_in_use = true;
        }
        if self.strikes(Mishap::Claimed) {
            self.service.claimed = true;
        }
        if self.strikes(Mishap::HandsToJobs) {
            self.standing.hands_to_jobs = true;
        }
        if self.strikes(Mishap::InPost) {
            power::never_finish(self);
        }
        if self.strikes(Mishap::CriticalEvent) {
            self.log(Health::Critical, "Correctable memory error rate exceeded for DIMM_A3.", now);
        }
    }
}
