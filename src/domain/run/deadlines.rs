//! How long what is waited for. Device time: the lab's clock may run faster.

use std::time::Duration;

/// The table of waits (facts: field numbers of xCAT, Ironic, NICo, flasher and the vendors' own tools).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// A BMC that resets is back within this.
    pub bmc_back: Duration,
    /// Between looks at a task, a version or a power state.
    pub poll: Duration,
    /// A version may lag behind its flash for so long.
    pub version_refresh: Duration,
    /// A host follows a graceful shutdown within this.
    pub shutdown: Duration,
    /// A host that was switched on or forced off shows it within this.
    pub power: Duration,
    /// A host is through POST within this.
    pub post: Duration,
    /// Someone else's update is waited for this long.
    pub busy: Duration,
    /// A flash may take so many times its manifest's minutes, but no less than `flash_at_least`.
    pub flash_factor: u32,
    /// See `flash_factor`.
    pub flash_at_least: Duration,
    /// The looks, a poll apart, that prove a push did not take.
    pub proof_looks: u32,
    /// No deadline of a flash is over before so many looks: a process that was suspended finds all of them past at once,
    /// and has not seen yet what became of the BMC meanwhile.
    pub least_looks: u32,
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            bmc_back: minutes(15),
            poll: Duration::from_secs(10),
            version_refresh: minutes(10),
            shutdown: minutes(10),
            power: minutes(3),
            post: minutes(30),
            busy: minutes(30),
            flash_factor: 3,
            flash_at_least: minutes(40),
            proof_looks: 3,
            least_looks: 20,
        }
    }
}

impl Deadlines {
    /// How long a flash may take whose manifest says `said` minutes.
    #[must_use]
    pub fn flash(&self, said: u32) -> Duration {
        (minutes(said.into()) * self.flash_factor).max(self.flash_at_least)
    }
}
