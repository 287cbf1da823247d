//! AMI MegaRAC SP-X, the BMC software of ASUS, Gigabyte, Tyan, some Lenovo and NVIDIA's DGX.

use super::{Facts, Profile};
use crate::domain::inventory::Stack;

pub(super) struct MegaRac;

impl Profile for MegaRac {
    fn stack(&self) -> Stack {
        Stack::MegaRac
    }

    /// The root says "AMI": that is who wrote the BMC, never who made the machine (captured trees of a Gigabyte
    /// H262-Z63 and of a DGX H100).
    fn answers(&self, facts: &Facts<'_>) -> bool {
        let oem = facts.root().at(&["Oem"]);
        facts.root().str("Vendor") == Some("AMI") || oem.has("Ami") || oem.has("AMIUpdateService")
    }

    /// Its settings object takes no other condition (facts: formats 4.2, a DGX H100).
    fn wants_any_etag(&self) -> bool {
        true
    }
}
