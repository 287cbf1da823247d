//! What clients may set on an update service.

use std::collections::BTreeMap;

use super::Apply;

/// The settings of an update service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// `HttpPushUriTargetsBusy`: somebody has claimed it. A reset of the BMC forgets that.
    pub claimed: bool,
    /// `HttpPushUriTargets`.
    pub targets: Vec<String>,
    /// `HttpPushUriApplyTime`.
    pub apply: Apply,
    /// What a flash of the BMC leaves as it is (AMI's `PreserveConfiguration`).
    pub preserve: BTreeMap<&'static str, bool>,
}
