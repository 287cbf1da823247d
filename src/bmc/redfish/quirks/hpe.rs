//! HPE iLO.

use super::{Facts, Profile};
use crate::{
    bmc::redfish::doc::Doc,
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
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
    }
}
