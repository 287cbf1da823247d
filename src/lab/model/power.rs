//! The host's power and boot: what a reset action starts and what follows with time.

use std::time::Duration;

use super::{Machine, Mishap};

/// The host's power as Redfish's `PowerState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// Running.
    On,
    /// Standby only.
    Off,
    /// On its way up.
    PoweringOn,
    /// On its way down.
    PoweringOff,
}

impl Power {
    /// The Redfish spelling.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::On => "On",
            Self::Off => "Off",
            Self::PoweringOn => "PoweringOn",
            Self::PoweringOff => "PoweringOff",
        }
    }
}

/// Where the host is in its boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Host off.
    Off,
    /// Firmware runs.
    Running,
    /// An operating system runs.
    Finished,
}

/// What a reset action asks of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostReset {
    /// Power on.
    On,
    /// Pull the power.
    ForceOff,
    /// Ask the operating system to shut down.
    GracefulShutdown,
    /// Reset without asking.
    ForceRestart,
    /// Ask the operating system to restart.
    GracefulRestart,
    /// Off, then on.
    PowerCycle,
    /// Push the button: on when off, graceful shutdown when on.
    PushPowerButton,
    /// Interrupt; the lab's hosts ignore it.
    Nmi,
}

impl HostReset {
    /// Reads Redfish's `ResetType`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "On" | "ForceOn" => Self::On,
            "ForceOff" => Self::ForceOff,
            "GracefulShutdown" => Self::GracefulShutdown,
            "ForceRestart" => Self::ForceRestart,
            "GracefulRestart" => Self::GracefulRestart,
            "PowerCycle" => Self::PowerCycle,
            "PushPowerButton" => Self::PushPowerButton,
            "Nmi" => Self::Nmi,
            _ => return None,
        })
    }
}

/// Why the host's power cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerRefusal {
    /// It is on already.
    AlreadyOn,
    /// It is off already.
    AlreadyOff,
}

/// How long a host takes, in device time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerTimes {
    /// From the action to power off without asking, and from power to `On`.
    pub hard: Duration,
    /// Time an operating system takes to shut down.
    pub shutdown: Duration,
    /// POST until an operating system runs.
    pub post: Duration,
}

/// One coming change of power and boot state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    at: Duration,
    power: Power,
    post: Post,
}

impl Change {
    /// Device time of the change.
    pub(super) fn at(&self) -> Duration {
        self.at
    }
}

impl Machine {
    /// Starts what a reset action asks of the host at `now`; the rest follows in [`Machine::advance`].
    ///
    /// # Errors
    /// When the host is in the state already that was asked for.
    pub fn reset_host(&mut self, ask: HostReset, now: Duration, times: &PowerTimes) -> Result<(), PowerRefusal> {
        self.advance(now);
        let running = matches!(self.power, Power::On | Power::PoweringOn);
        let changes = match ask {
            HostReset::Nmi => false,
            HostReset::On => !running,
            HostReset::PushPowerButton => true,
            _ => running,
        };
        if changes {
            self.interrupt_host(now);
        }
        match ask {
            HostReset::Nmi => Ok(()),
            HostReset::PushPowerButton if running => {
                self.go_down(now, now + times.shutdown);
                Ok(())
            }
            HostReset::On if running => Err(PowerRefusal::AlreadyOn),
            HostReset::On | HostReset::PushPowerButton => {
                self.come_up(now, now + times.hard, times);
                Ok(())
            }
            _ if !running => Err(PowerRefusal::AlreadyOff),
            HostReset::ForceOff => {
                self.go_down(now, now + times.hard);
                Ok(())
            }
            HostReset::GracefulShutdown => {
                self.go_down(now, now + times.shutdown);
                Ok(())
            }
            HostReset::ForceRestart => {
                self.restart(now, now);
                self.boot_after(now, times);
                Ok(())
            }
            HostReset::GracefulRestart => {
                self.restart(now, now + times.shutdown);
                self.boot_after(now + times.shutdown, times);
                Ok(())
            }
            HostReset::PowerCycle => {
                let off = now + times.hard;
                self.go_down(now, off);
                let on = off + times.hard;
                self.counts.host_boots += 1;
                self.coming.push(Change { at: on, power: Power::On, post: Post::Running });
                self.boot_after(on, times);
                Ok(())
            }
        }
    }

    fn go_down(&mut self, now: Duration, off: Duration) {
        self.counts.host_resets += 1;
        self.host_reset_at = now;
        self.power = Power::PoweringOff;
        self.coming = vec![Change { at: off, power: Power::Off, post: Post::Off }];
    }

    fn come_up(&mut self, now: Duration, on: Duration, times: &PowerTimes) {
        self.counts.host_boots += 1;
        self.host_reset_at = now;
        self.power = Power::PoweringOn;
        self.coming = vec![Change { at: on, power: Power::On, post: Post::Running }];
        self.boot_after(on, times);
    }

    fn restart(&mut self, now: Duration, down: Duration) {
        self.counts.host_resets += 1;
        self.counts.host_boots += 1;
        self.host_reset_at = now;
        self.coming = vec![Change { at: down, power: Power::On, post: Post::Running }];
    }

    fn boot_after(&mut self, on: Duration, times: &PowerTimes) {
        self.coming.push(Change { at: on + times.post, power: Power::On, post: Post::Finished });
    }
}

/// Applies every change that is due, in order. A POST that begins applies what waits for it and takes longer for that.
pub(super) fn step(machine: &mut Machine, now: Duration) {
    while let Some(change) = machine.coming.first().copied().filter(|change| change.at <= now) {
        machine.coming.remove(0);
        // Asked for before the BIOS was being written, it strikes now.
        if change.post != Post::Finished {
            machine.interrupt_host(change.at);
        }
        machine.power = change.power;
        machine.post = change.post;
        match change.post {
            Post::Running => {
                let longer = machine.boot_updates(change.at) + machine.boot_bios(change.at);
                machine.coming.iter_mut().for_each(|later| later.at += longer);
                if machine.host_bricked || machine.strikes(Mishap::PostHangs) {
                    never_finish(machine);
                }
            }
            Post::Finished => {
                let wait = machine.habits.purge_after_boot;
                machine.purge_at = wait.map(|wait| change.at + wait).or(machine.purge_at);
            }
            Post::Off => {}
        }
    }
}

/// The host will not come out of its POST by itself.
pub(super) fn never_finish(machine: &mut Machine) {
    machine.coming.retain(|change| change.post != Post::Finished);
    if machine.post == Post::Finished {
        machine.post = Post::Running;
    }
}
