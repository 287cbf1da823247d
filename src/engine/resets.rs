//! BMCs that restart after a flash of ours: for a while they refuse the right password, and must not be asked too often.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::domain::target::Endpoint;

/// After the flash is over, a refusal may still be of its reset for so long (device time; facts: vendors 2.10).
const GRACE: Duration = Duration::from_secs(300);

/// Logins that may be refused, in all: an iDRAC locks an address out after three within a minute, others an account after
/// five (facts: vendors 5).
pub(super) const MOST: u32 = 5;

/// Between the first refusal and the next login; each time twice as long (device time).
const GAP: Duration = Duration::from_secs(30);

/// Which BMCs may be restarting, by their endpoints. Times are device time of the engine's clock.
#[derive(Debug, Default)]
pub(super) struct Resets(Mutex<HashMap<Endpoint, Grace>>);

#[derive(Debug, Default)]
struct Grace {
    /// Until when, once the flash is over.
    until: Option<Duration>,
    refused: u32,
    next: Duration,
}

impl Resets {
    fn open(&self) -> MutexGuard<'_, HashMap<Endpoint, Grace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether a flash of ours that leads to a reset of the BMC is under way.
    pub(super) fn flashing(&self, endpoint: &Endpoint, is_under_way: bool, now: Duration) {
        let mut all = self.open();
        if is_under_way {
            all.entry(endpoint.clone()).or_default().until = None;
        } else if let Some(grace) = all.get_mut(endpoint) {
            grace.until.get_or_insert(now + GRACE);
        }
    }

    /// Whether a login may be tried now; how long not yet, if not.
    pub(super) fn may_log_in(&self, endpoint: &Endpoint, now: Duration) -> Result<(), Duration> {
        let mut all = self.open();
        let Some(grace) = all.get(endpoint) else { return Ok(()) };
        if grace.until.is_some_and(|until| until <= now) {
            all.remove(endpoint);
            return Ok(());
        }
        match grace.next.checked_sub(now) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }

    /// A login was refused. Which refusal it is, where it may be of the reset: then it proves nothing of the password.
    pub(super) fn refused(&self, endpoint: &Endpoint, now: Duration) -> Option<u32> {
        let mut all = self.open();
        let grace = all.get_mut(endpoint).filter(|grace| grace.until.is_none_or(|until| until > now))?;
        grace.refused += 1;
        if grace.refused >= MOST {
            return None;
        }
        grace.next = now + GAP * 2_u32.saturating_pow(grace.refused - 1);
        Some(grace.refused)
    }

    /// How many refusals there were.
    pub(super) fn refusals(&self, endpoint: &Endpoint) -> u32 {
        self.open().get(endpoint).map_or(0, |grace| grace.refused)
    }

    /// A login was taken.
    pub(super) fn welcomed(&self, endpoint: &Endpoint) {
        if let Some(grace) = self.open().get_mut(endpoint) {
            (grace.refused, grace.next) = (0, Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bmc() -> Endpoint {
        Endpoint { host: "192.0.2.1".into(), port: 443 }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_refusal_without_a_flash_is_final() {
        let resets = Resets::default();
        assert_eq!((resets.may_log_in(&bmc(), at(0)), resets.refused(&bmc(), at(0))), (Ok(()), None));
        resets.flashing(&bmc(), false, at(0));
        assert_eq!(resets.refused(&bmc(), at(1)), None);
    }

    #[test]
    fn logins_while_a_bmc_restarts_are_rare_and_few() {
        let resets = Resets::default();
        resets.flashing(&bmc(), true, at(0));
        let mut tried = Vec::new();
        for second in 0..3600 {
            if resets.may_log_in(&bmc(), at(second)).is_ok() {
                tried.push(second);
                if resets.refused(&bmc(), at(second)).is_none() {
                    break;
                }
            }
        }
        assert_eq!(tried, [0, 30, 90, 210, 450]);
        // However often the flash is said to be under way, no further one is excused.
        resets.flashing(&bmc(), true, at(500));
        assert_eq!(resets.refused(&bmc(), at(500)), None);
    }

    #[test]
    fn the_grace_ends_a_while_after_the_flash() {
        let resets = Resets::default();
        resets.flashing(&bmc(), true, at(0));
        resets.flashing(&bmc(), false, at(100));
        resets.flashing(&bmc(), false, at(200));
        assert_eq!(resets.refused(&bmc(), at(399)), Some(1));
        resets.welcomed(&bmc());
        assert_eq!(resets.may_log_in(&bmc(), at(399)), Ok(()));
        assert_eq!(resets.refused(&bmc(), at(400)), None);
    }
}
