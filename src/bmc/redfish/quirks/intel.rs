//! Intel's own server BMC software.

use super::{Facts, Profile};
use crate::domain::inventory::Stack;

pub(super) struct Intel;

impl Profile for Intel {
    fn stack(&self) -> Stack {
        Stack::Intel
    }

    /// No Vendor, and SoftwareInventory instead of FirmwareInventory (captured tree of an S2600BPB).
    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.system().at(&["Oem"]).has("Intel_RackScale") || facts.root().at(&["Oem"]).has("Intel_RackScale")
    }

    fn maker(&self) -> Option<&'static str> {
        Some("Intel")
    }
}
