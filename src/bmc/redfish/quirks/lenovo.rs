//! Lenovo XClarity Controller.

use serde_json::{Value, json};

use super::{Facts, Profile};
use crate::{
    bmc::redfish::{doc::Doc, update::UpdateRequest},
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
    },
};

pub(super) struct Xcc;

impl Profile for Xcc {
    fn stack(&self) -> Stack {
        Stack::Xcc
    }

    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.root().str("Vendor") == Some("Lenovo") || facts.root().at(&["Oem"]).has("Lenovo")
    }

    fn maker(&self) -> Option<&'static str> {
        Some("Lenovo")
    }

    /// "Lenovo XClarity Controller", then 2 or 3.
    fn generation(&self, facts: &Facts<'_>) -> Option<(String, String)> {
        let rest = facts.manager().str("Model")?.strip_prefix("Lenovo XClarity Controller")?;
        Some((format!("XCC{}", rest.trim()), "Managers#Model".into()))
    }

    /// A push names no targets, which lets the XCC find out from the image; the only one that it takes by name is its
    /// own backup bank (Lenovo's python-redfish-lenovo).
    fn targets(&self, _: &UpdateRequest<'_>) -> Vec<String> {
        Vec::new()
    }

    fn push_targets(&self, _: &UpdateRequest<'_>) -> Vec<String> {
        Vec::new()
    }

    fn apply_time(&self, request: &UpdateRequest<'_>) -> Option<&'static str> {
        Some(request.apply.word())
    }

    /// Form or raw, the service is claimed by its busy flag and released after (python-redfish-lenovo).
    fn claims_every_push(&self) -> bool {
        true
    }

    /// A written XCC waits in `BMC-Primary-Pending` until it is reset (NVIDIA's infra controller does it after each).
    fn wants_bmc_reset(&self) -> bool {
        true
    }

    /// Without `Targets`, which may only name the backup bank.
    fn simple_update_parameters(&self, request: &UpdateRequest<'_>, image: &str, protocol: &str) -> Value {
        json!({ "ImageURI": image, "TransferProtocol": protocol, "@Redfish.OperationApplyTime": request.apply.word() })
    }

    fn refine(&self, _: Doc<'_>, component: &mut Component) {
        if component.id.ends_with("-Pending") {
            component.slot = Slot::Staged;
        } else if component.id.ends_with("-Backup") {
            component.slot = Slot::Backup;
        }
        if component.kind == Kind::Other
            && let Some(kind) = component.software_id.as_deref().and_then(kind_of_software_id)
        {
            component.kind = kind;
        }
    }
}

/// Adapters' SoftwareIds carry PCI vendor and device, `DEVICE-15B30128-10`, and a last part that tells firmware (10)
/// from drivers and bundles (captured tree of an SR670 V2). Vendors are of the PCI id list.
fn kind_of_software_id(id: &str) -> Option<Kind> {
    let pci = id.strip_prefix("DEVICE-")?;
    match pci.get(..4)? {
        "15B3" | "14E4" => Some(Kind::Nic),
        "10DE" => Some(Kind::Gpu),
        "1D49" | "1000" => Some(Kind::Storage),
        _ => None,
    }
}
