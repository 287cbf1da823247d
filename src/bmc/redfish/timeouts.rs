//! How long each kind of request may take.

use std::time::Duration;

use crate::bmc::connection::Reach;

/// Deadlines of the wall clock, by kind of request.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// TCP and TLS.
    pub reach: Reach,
    /// The service root, which needs no credential and no work from the BMC.
    pub root: Duration,
    /// Opening and closing a session.
    pub session: Duration,
    /// A resource or a small collection. A drive of an XCC was seen to take 11 s.
    pub read: Duration,
    /// The firmware inventory, which takes 2 to 3 minutes on a DGX H100.
    pub inventory: Duration,
    /// From one request's start to the next, at least.
    pub gap: Duration,
    /// The longest that a `Retry-After` is waited for.
    pub retry_after: Duration,
    /// A request that changes something and carries no image: resets, SimpleUpdate, StartUpdate.
    pub change: Duration,
    /// Uploads of images.
    pub upload: UploadLimits,
}

/// How long an upload may take: wall clock.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// Not one byte is taken for so long: the BMC has stalled.
    pub stall: Duration,
    /// From the first byte to the answer, at least.
    pub least: Duration,
    /// From the first byte to the answer, for an image of [`UploadLimits::small`].
    pub base: Duration,
    /// More for each MiB above that.
    pub per_mib: Duration,
    /// The size that `base` is for, in bytes.
    pub small: u64,
}

impl Default for UploadLimits {
    /// 120 s plus 2 s a MiB above 60 MiB (DMTF Redfish-Tacklebox), at least 600 s (field reports: facts, vendors 5.1).
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(60),
            least: Duration::from_secs(600),
            base: Duration::from_secs(120),
            per_mib: Duration::from_secs(2),
            small: 60 << 20,
        }
    }
}

impl UploadLimits {
    /// The deadline of an upload of `bytes`.
    #[must_use]
    pub fn deadline(&self, bytes: u64) -> Duration {
        let more = bytes.saturating_sub(self.small).div_ceil(1 << 20);
        let more = self.per_mib.saturating_mul(u32::try_from(more).unwrap_or(u32::MAX));
        self.base.saturating_add(more).max(self.least)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            root: Duration::from_secs(20),
            session: Duration::from_secs(45),
            read: Duration::from_secs(60),
            inventory: Duration::from_secs(240),
            gap: Duration::from_millis(20),
            retry_after: Duration::from_secs(30),
            change: Duration::from_secs(120),
            upload: UploadLimits::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_has_two_seconds_more_for_each_mib_and_never_under_ten_minutes() {
        let limits = UploadLimits::default();
        for (mib, seconds) in [(0, 600), (60, 600), (300, 600), (301, 602), (1024, 120 + 2 * 964)] {
            assert_eq!(limits.deadline(mib << 20), Duration::from_secs(seconds), "{mib} MiB");
        }
        assert!(limits.deadline(u64::MAX) > Duration::from_secs(1 << 20));
    }
}
