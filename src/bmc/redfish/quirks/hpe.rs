//! HPE iLO.

use serde_json::{Value, json};

use super::{Facts, Gate, Profile, Wanted};
use crate::{
    bmc::redfish::{
        doc::Doc,
        update::{UpdateRequest, ilo_words, service::ServiceState},
    },
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
        verdict::Verdict,
    },
};

pub(super) struct Ilo;

impl Profile for Ilo {
    fn stack(&self) -> Stack {
        Stack::Ilo
    }

    /// Gen9 has `Oem.Hp`, later ones `Oem.Hpe`.
    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.root().at(&["Oem"]).has("Hpe") || facts.root().at(&["Oem"]).has("Hp")
    }

    fn maker(&self) -> Option<&'static str> {
        Some("HPE")
    }

    /// The root names "iLO 5" without a login; an early iLO 5 leaves the manager's Model null (BL460c, iLO 5 1.45).
    fn generation(&self, facts: &Facts<'_>) -> Option<(String, String)> {
        let oem = facts.root().at(&["Oem", "Hpe"]);
        let in_root = oem.items("Manager").find_map(|manager| manager.str("ManagerType"));
        in_root
            .map(|word| (word.to_owned(), "/redfish/v1/#Oem.Hpe.Manager.ManagerType".to_owned()))
            .or_else(|| Some((facts.manager().str("Model")?.to_owned(), "Managers#Model".into())))
    }

    /// System ROMs are for a family, which begins their version: `A42 v2.60 (08/11/2022)`.
    fn board(&self, facts: &Facts<'_>) -> Option<String> {
        let (family, version) = facts.system().str("BiosVersion")?.split_once(' ')?;
        let is_family = family.len() == 3 && family.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_family && version.starts_with('v')).then(|| family.to_owned())
    }

    /// iLO expands `.` alone and takes no `$levels` with it on every build.
    fn expand_query(&self) -> Option<&'static str> {
        Some("$expand=.")
    }

    /// The Description says what the Name does not (captured tree of an iLO 6): SystemBMC, SystemRomActive and so on.
    fn refine(&self, member: Doc<'_>, component: &mut Component) {
        match member.str("Description") {
            Some("SystemBMC") => component.kind = Kind::Bmc,
            Some("SystemRomActive") => component.kind = Kind::Bios,
            _ => {}
        }
        if component.name.starts_with("Redundant System ROM") {
            component.slot = Slot::Backup;
        }
        // iLO counts its members: another ROM in the redundant bank or a new device, and every number after it is another's.
        component.id = match member.at(&["Oem", "Hpe"]).str("DeviceContext").filter(|place| !place.is_empty()) {
            Some(place) => format!("{}@{place}", component.name),
            None => component.name.clone(),
        };
    }

    /// Targets are for PLDM devices only (iLO registry: NonPLDMUpdateableTargetURI); the URL carries its protocol.
    fn simple_update_parameters(&self, _: &UpdateRequest<'_>, image: &str, _: &str) -> Value {
        json!({ "ImageURI": image })
    }

    fn has_service_state(&self) -> bool {
        true
    }

    /// `Oem.Hpe.State` and its neighbours (HPE redfish docs, HpeiLOUpdateServiceExt).
    fn service_state(&self, service: Doc<'_>) -> Option<ServiceState> {
        let oem = service.at(&["Oem", "Hpe"]);
        let result = oem.at(&["Result"]);
        let arguments = result.raw().get("MessageArgs").and_then(Value::as_array);
        let arguments: Vec<_> = arguments.into_iter().flatten().filter_map(Value::as_str).collect();
        let words = result.str("MessageId").and_then(|id| ilo_words::of(id, &arguments));
        Some(ServiceState {
            word: oem.str("State")?.to_owned(),
            percent: oem.raw().get("FlashProgressPercent").and_then(Value::as_u64).and_then(|n| u8::try_from(n).ok()),
            etag: oem.str("UploadCurrentEtag").map(str::to_owned),
            result: result.str("MessageId").map(str::to_owned),
            result_words: words.or_else(|| (!arguments.is_empty()).then(|| arguments.join(", "))),
        })
    }

    fn task_queue<'a>(&self, service: Doc<'a>) -> Option<&'a str> {
        service.at(&["Oem", "Hpe"]).link("UpdateTaskQueue")
    }

    /// An upload without it gets a 400 with an empty body (ilorest #77; HPE's Redfish documentation).
    fn lacks(&self, account: Doc<'_>) -> Option<&'static str> {
        let may = account.at(&["Oem", "Hpe", "Privileges"]).bool("iLOConfigPriv");
        (may == Some(false)).then_some("the privilege to configure iLO (iLOConfigPriv)")
    }

    fn has_gates(&self) -> bool {
        true
    }

    /// The system says where POST and the discovery of devices are, and whether a module measures the firmware.
    fn gates(&self, system: &str, _: Doc<'_>, wanted: Wanted) -> Vec<Gate> {
        let module = wanted.minds_tpm.then(|| Gate::at(system, unmeasured));
        module.into_iter().chain([Gate::at(system, discovered)]).collect()
    }

    /// The Integrated Management Log; the iLO event log tells of every login besides.
    fn health_logs(&self) -> &'static [&'static str] {
        &["IML"]
    }

    /// `Oem.Hpe.PostState`; Off says nothing of POST (captured trees of iLO 5, 6 and 7).
    fn boot(&self, system: Doc<'_>) -> Option<(String, Option<bool>)> {
        let word = system.at(&["Oem", "Hpe"]).str("PostState")?;
        let finished = match word {
            "FinishedPost" | "InPostDiscoveryComplete" => Some(true),
            "InPost" | "Reset" => Some(false),
            _ => None,
        };
        Some((word.to_owned(), finished))
    }
}

/// With an enabled module iLO refuses ROM and iLO without an override (iLO registry: FWFlashTPMOverrideFlagRequired), and
/// what is sealed to its measurements opens no more afterwards.
fn unmeasured(system: Doc<'_>) -> Verdict {
    let is_enabled = |module: Doc<'_>| module.at(&["Status"]).str("State") == Some("Enabled");
    if system.items("TrustedModules").any(is_enabled) {
        return Verdict::refuses(
            "a trusted platform module is enabled, which measures the ROM and the iLO",
            "suspend what is sealed to it (BitLocker and the like) on the host, then plan again with --tpm-override",
        );
    }
    Verdict::Holds
}

/// Before POST is over and devices are discovered, entries are missing and writes get a 400. Off is fine for iLO and ROM
/// (HPE's Redfish documentation; facts: vendors 2.2).
fn discovered(system: Doc<'_>) -> Verdict {
    let hpe = system.at(&["Oem", "Hpe"]);
    let discovery = hpe.at(&["DeviceDiscoveryComplete"]).str("DeviceDiscovery");
    match (hpe.str("PostState"), discovery) {
        (Some("Off" | "PowerOff"), _) => Verdict::Holds,
        _ if system.str("PowerState") == Some("Off") => Verdict::Holds,
        (Some("FinishedPost" | "InPostDiscoveryComplete"), None | Some("vMainDeviceDiscoveryComplete")) => {
            Verdict::Holds
        }
        (Some("Unknown") | None, _) => Verdict::Unknown("iLO does not say where POST is".into()),
        (Some(post), discovery) => {
            let discovery = discovery.unwrap_or("unknown");
            Verdict::NotYet(format!("the host is not through POST (PostState {post}, discovery {discovery})"))
        }
    }
}
