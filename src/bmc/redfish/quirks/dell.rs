//! Dell iDRAC.

use serde_json::{Value, json};

use super::{Facts, Gate, Profile, Wanted};
use crate::{
    bmc::{
        fqdd::kind_of_fqdd,
        redfish::{conditions::gates::Ask, doc::Doc, update::UpdateRequest},
    },
    domain::{
        inventory::{Component, OtherVersion, Slot, Stack},
        kind::Kind,
        reading::Reading,
        verdict::Verdict,
    },
};

pub(super) struct Idrac;

impl Profile for Idrac {
    fn stack(&self) -> Stack {
        Stack::Idrac
    }

    /// iDRAC9 3.34 names no Vendor, only its product and an Oem object (captured tree of a PowerEdge M640).
    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.root().at(&["Oem"]).has("Dell")
            || facts.root().str("Product") == Some("Integrated Dell Remote Access Controller")
    }

    fn maker(&self) -> Option<&'static str> {
        Some("Dell")
    }

    /// The manager's Model carries the server generation: 12G and 13G have iDRAC7 and 8, 14G to 16G iDRAC9, 17G
    /// iDRAC10 (Dell's own scripts tell them apart the same way).
    fn generation(&self, facts: &Facts<'_>) -> Option<(String, String)> {
        let model = facts.manager().str("Model")?;
        let digits: String = model.chars().take_while(char::is_ascii_digit).collect();
        let generation: u32 = model[digits.len()..].starts_with('G').then(|| digits.parse().ok())??;
        let word = match generation {
            12 => "iDRAC7",
            13 => "iDRAC8",
            14..=16 => "iDRAC9",
            17.. => "iDRAC10",
            _ => return None,
        };
        Some((word.into(), "Managers#Model".into()))
    }

    /// SerialNumber is the board's; the service tag is in SKU, and in the root even without a login.
    fn service_tag(&self, facts: &Facts<'_>) -> Option<String> {
        let root = facts.root().at(&["Oem", "Dell"]).str("ServiceTag");
        root.or_else(|| facts.system().str("SKU")).map(str::to_owned)
    }

    /// The system id, as packages name the systems that they are for: four hexadecimal digits (captured trees of iDRAC9
    /// and 10; facts: formats 1.2).
    fn board(&self, facts: &Facts<'_>) -> Option<String> {
        let id = facts.system().at(&["Oem", "Dell", "DellSystem"]).raw().get("SystemID")?.as_u64()?;
        Some(format!("{id:04X}"))
    }

    /// Ids are `<State>-<ComponentID>-<Version>__<FQDD>`; before iDRAC9 4.x they have no FQDD. ComponentID and FQDD
    /// name the component, the rest is which copy (seen in captured trees of 3.34 and 6.00).
    fn refine(&self, member: Doc<'_>, component: &mut Component) {
        let raw_id = component.id.clone();
        let Some((state, rest)) = raw_id.split_once('-') else { return };
        let slot = match state {
            "Installed" => Slot::Running,
            "Current" => Slot::Current,
            "Previous" => Slot::Previous,
            "Available" => Slot::Available,
            _ => return,
        };
        component.slot = slot;
        let fqdd = rest.split_once("__").map(|(_, fqdd)| fqdd);
        let component_id = rest.split_once('-').map_or(rest, |(id, _)| id);
        component.id = match fqdd {
            Some(fqdd) => format!("{component_id}__{fqdd}"),
            None => component_id.to_owned(),
        };
        if let Some(kind) = fqdd.and_then(kind_of_fqdd).or_else(|| kind_of_component_id(component_id)) {
            component.kind = kind;
        }
        // After a wipe of the Lifecycle Controller an entry of version 0 stands for "none".
        if component_id == "104684" && component.version.value().is_some_and(|version| version == "0") {
            component.version = Reading::unknown("the iDRAC lists a placeholder of version 0");
        }
        if component.software_id.is_none() {
            component.software_id =
                member.at(&["Oem", "Dell", "DellSoftwareInventory"]).str("ComponentID").map(str::to_owned);
        }
    }

    /// Installed- is the truth; Current-, Previous- and Available- of the same component are its other versions.
    fn group(&self, components: Vec<Component>) -> Vec<Component> {
        let (heads, rest): (Vec<_>, Vec<_>) =
            components.into_iter().partition(|component| component.slot == Slot::Running);
        let mut grouped = heads;
        for component in rest {
            let of_same = |head: &&mut Component| head.id == component.id;
            // Without FQDDs two devices of one kind share their id: then nothing says whose version this is.
            let alone = grouped.iter().filter(|head| head.id == component.id).count() == 1;
            match grouped.iter_mut().find(of_same) {
                Some(head) if alone => {
                    if let Some(version) = component.version.value() {
                        head.others.push(OtherVersion {
                            slot: component.slot,
                            version: version.clone(),
                            uri: component.targets.first().cloned().unwrap_or_default(),
                        });
                    }
                }
                _ => grouped.push(component),
            }
        }
        grouped
    }

    /// The image says what it is for (Dell's own scripts; libredfish, dell.rs).
    fn targets(&self, _: &UpdateRequest<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Honoured from 5.00 on. Immediate resets a running host where the component needs it (fwupd #8661).
    fn apply_time(&self, request: &UpdateRequest<'_>) -> Option<&'static str> {
        Some(request.apply.word())
    }

    /// Expected, and empty (libredfish, dell.rs).
    fn oem_parameters(&self, _: &UpdateRequest<'_>) -> Option<Value> {
        Some(json!({}))
    }

    fn simple_update_parameters(&self, request: &UpdateRequest<'_>, image: &str, protocol: &str) -> Value {
        let time = request.apply.word();
        json!({ "ImageURI": image, "TransferProtocol": protocol, "@Redfish.OperationApplyTime": time })
    }

    /// The job queue knows a job longer than TaskService, which forgets it with a reset of the host. Before 4.x it stands
    /// right under the manager (captured tree of 3.34).
    fn task_elsewhere(&self, task: &str) -> Vec<String> {
        let id = task.trim_end_matches('/').rsplit('/').next().filter(|id| id.starts_with("JID_"));
        let queues = ["Oem/Dell/Jobs", "Jobs"].map(|queue| format!("/redfish/v1/Managers/iDRAC.Embedded.1/{queue}"));
        let place =
            |id| queues.iter().map(move |queue| format!("{queue}/{id}")).filter(|place| place != task).collect();
        id.map(place).unwrap_or_default()
    }

    fn has_jobs(&self) -> bool {
        true
    }

    fn has_gates(&self) -> bool {
        true
    }

    /// The Lifecycle Controller carries updates out, and a lockdown blocks them (facts: vendors 2.3; Dell's
    /// GetRemoteServicesAPIStatusREDFISH.py; the attribute stands in captured trees of 3.34 and 6.00).
    fn gates(&self, _: &str, manager: Doc<'_>, _: Wanted) -> Vec<Gate> {
        let links = manager.at(&["Links", "Oem", "Dell"]);
        let attributes = links.items("DellAttributes").filter_map(Doc::own_link).find(|uri| uri.contains("/iDRAC."));
        let lifecycle = links.link("DellLCService").map(|service| Gate {
            uri: format!("{}/Actions/DellLCService.GetRemoteServicesAPIStatus", service.trim_end_matches('/')),
            ask: Ask::Post,
            judge: lifecycle_status,
        });
        attributes.map(|uri| Gate::at(uri, lockdown)).into_iter().chain(lifecycle).collect()
    }

    /// The SEL; the Lifecycle log tells of every login besides.
    fn health_logs(&self) -> &'static [&'static str] {
        &["Sel"]
    }

    /// Settings come in by a job, which the settings object leads to (captured tree of a PowerEdge R750, iDRAC9 6.00).
    fn bios_jobs<'a>(&self, settings: Doc<'a>) -> Option<&'a str> {
        settings.at(&["Oem", "Dell"]).link("Jobs")
    }

    /// `DellManager.ClearPending`, under a name with its version (as above).
    fn bios_clear<'a>(&self, settings: Doc<'a>) -> Option<&'a str> {
        let actions = settings.at(&["Actions", "Oem"]).raw().as_object()?;
        let (_, action) = actions.iter().find(|(name, _)| name.ends_with("DellManager.ClearPending"))?;
        Doc::new(action).str("target")
    }

    /// Linked from the manager (captured tree of a PowerEdge R750, iDRAC9 6.00).
    fn jobs(&self, manager: Doc<'_>) -> Option<String> {
        manager.at(&["Links", "Oem", "Dell"]).link("Jobs").map(str::to_owned)
    }
}

fn lockdown(attributes: Doc<'_>) -> Verdict {
    match attributes.at(&["Attributes"]).str("Lockdown.1.SystemLockdown") {
        Some("Enabled") => Verdict::refuses(
            "the iDRAC is in system lockdown, which blocks updates",
            "end the lockdown (iDRAC settings, or `racadm set iDRAC.Lockdown.SystemLockdown Disabled`), then run again",
        ),
        Some(_) => Verdict::Holds,
        None => Verdict::Unknown("the iDRAC does not say whether it is locked down".into()),
    }
}

/// A host that is off has no runtime status to be ready.
fn lifecycle_status(answer: Doc<'_>) -> Verdict {
    let (lifecycle, status) = (answer.str("LCStatus"), answer.str("Status"));
    let is_off = answer.str("ServerStatus") == Some("PoweredOff");
    match (lifecycle, status) {
        (Some("Disabled"), _) => Verdict::refuses(
            "the Lifecycle Controller is disabled",
            "enable it in the iDRAC's settings, then run again",
        ),
        (Some("Ready"), Some("Ready")) => Verdict::Holds,
        (Some("Ready"), _) if is_off => Verdict::Holds,
        (None, None) => Verdict::Unknown("the iDRAC does not say whether its Lifecycle Controller is ready".into()),
        (lifecycle, _) => Verdict::NotYet(format!(
            "the Lifecycle Controller is not ready (LCStatus {}, server {})",
            lifecycle.unwrap_or("unknown"),
            answer.str("ServerStatus").unwrap_or("unknown")
        )),
    }
}

/// ComponentIDs that are the same on every machine, for builds whose ids have no FQDD.
fn kind_of_component_id(id: &str) -> Option<Kind> {
    Some(match id {
        "159" => Kind::Bios,
        "25227" => Kind::Bmc,
        "27763" | "28125" => Kind::Cpld,
        "28897" | "25806" | "18981" | "101734" | "104684" => Kind::Other,
        _ => return None,
    })
}
