//! AMI MegaRAC SP-X, the BMC software of ASUS, Gigabyte, Tyan, some Lenovo and NVIDIA's DGX.

use serde_json::{Map, Value, json};

use super::{Facts, Profile};
use crate::{
    bmc::redfish::{doc::Doc, update::UpdateRequest},
    domain::{inventory::Stack, kind::Kind},
};

/// Where builds keep what a flash preserves: the older name first.
const OEM: [&str; 2] = ["AMIUpdateService", "Ami"];

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

    /// What the image is: the image's own form where it is HPM.1, else the component (AMI's `ImageType`). Lenovo's SR635
    /// and SR655 have words of their own (python-redfish-lenovo).
    fn oem_part(&self, request: &UpdateRequest<'_>) -> Option<Value> {
        let is_bios = request.kind == Kind::Bios;
        if request.maker.is_some_and(|maker| maker.eq_ignore_ascii_case("lenovo")) {
            let flash = if is_bios { "UEFIUpdate" } else { "HPMFwUpdate" };
            return Some(json!({ "FlashType": flash, "UploadSelector": "Default" }));
        }
        let is_hpm = request.file.to_ascii_lowercase().ends_with(".hpm");
        let image = match request.kind {
            _ if is_hpm => "HPM",
            Kind::Bios => "BIOS",
            Kind::Bmc => "BMC",
            Kind::Cpld => "CPLD",
            _ => return None,
        };
        Some(json!({ "ImageType": image }))
    }

    /// `PreserveConfiguration`: all of it false unless it is told otherwise, and then a flash of the BMC takes its
    /// network and users away.
    fn preserves(&self, service: Doc<'_>, request: &UpdateRequest<'_>) -> Option<(String, Value, Value)> {
        if request.kind != Kind::Bmc {
            return None;
        }
        let (oem, before) = OEM.iter().find_map(|oem| {
            let part = service.at(&["Oem", *oem]).raw().get("PreserveConfiguration")?.as_object()?;
            Some((*oem, part))
        })?;
        let flags: Map<_, _> =
            before.iter().filter(|(_, value)| value.is_boolean()).map(|(k, v)| (k.clone(), v.clone())).collect();
        if flags.values().all(|flag| *flag == json!(true)) {
            return None;
        }
        let all: Map<_, _> = flags.keys().map(|key| (key.clone(), json!(true))).collect();
        let say = |flags: Map<String, Value>| json!({ "PreserveConfiguration": flags });
        Some((oem.into(), say(all), say(flags)))
    }

    /// Its settings object takes no other condition (facts: formats 4.2, a DGX H100).
    fn wants_any_etag(&self) -> bool {
        true
    }
}
