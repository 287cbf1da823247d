//! OpenBMC's bmcweb, whichever brand is on the lid.

use super::{Facts, Profile};
use crate::{
    bmc::redfish::{
        doc::Doc,
        update::{ApplyTime, UpdateRequest},
    },
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
    },
};

pub(super) struct OpenBmc;

impl Profile for OpenBmc {
    fn stack(&self) -> Stack {
        Stack::OpenBmc
    }

    /// Upstream names no Vendor. Its manager's Model is "OpenBmc"; forks of it (Supermicro GB300, NVIDIA) keep that or
    /// the name of the manager. From the root alone: `Managers/bmc` provides the service.
    fn answers(&self, facts: &Facts<'_>) -> bool {
        let manager = facts.manager();
        let model = manager.str("Model").is_some_and(|model| model.eq_ignore_ascii_case("OpenBmc"));
        let name = manager.str("Name").is_some_and(|name| name.eq_ignore_ascii_case("OpenBmc Manager"));
        let provider = facts.root().at(&["Links"]).link("ManagerProvidingService");
        let alone = facts.managers.is_empty() && provider.is_some_and(|uri| uri.ends_with("/Managers/bmc"));
        model || name || alone
    }

    /// Members are all named "Software Inventory" and identified by a hash of the version: what they are stands in
    /// RelatedItem and Description, and the bank that does not run is StandbySpare (bmcweb, software inventory).
    fn refine(&self, member: Doc<'_>, component: &mut Component) {
        let related = |part: &str| member.items("RelatedItem").filter_map(Doc::own_link).any(|uri| uri.contains(part));
        let description = member.str("Description");
        if let Some(description) = description.filter(|_| component.name == component.id) {
            component.name = description.to_owned();
        }
        match description {
            Some("BMC image") => component.kind = Kind::Bmc,
            Some("Host image" | "BIOS image") => component.kind = Kind::Bios,
            _ if component.kind != Kind::Other => {}
            _ if related("/Managers/") => component.kind = Kind::Bmc,
            _ if related("/Bios") => component.kind = Kind::Bios,
            _ => {}
        }
        if component.slot == Slot::Backup && component.kind == Kind::Other {
            component.slot = Slot::Running;
        }
        // The hash goes with the version; the component stays.
        if component.id.len() == 8 && component.id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let bank = if component.slot == Slot::Backup { "-backup" } else { "" };
            component.id = format!("{}{bank}", component.kind.word());
        }
    }

    /// One target, and no member besides it and the apply time: any other is a 400 (bmcweb, update_service.hpp).
    fn targets(&self, request: &UpdateRequest<'_>) -> Vec<String> {
        let target = if request.kind == Kind::Bmc { Some(request.manager) } else { request.member() };
        target.map(str::to_owned).into_iter().collect()
    }

    /// OnReset is the default, and a BMC image would then wait for a reset of the BMC that nobody makes.
    fn apply_time(&self, request: &UpdateRequest<'_>) -> Option<&'static str> {
        let time = if request.kind == Kind::Bmc { ApplyTime::Immediate } else { request.apply };
        Some(time.word())
    }
}
