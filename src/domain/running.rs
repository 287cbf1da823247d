//! Which firmware a machine runs, where inventory, system and manager each say something.

use super::{
    inventory::{Component, Manager, Note, Slot, System, Updateable},
    kind::Kind,
    reading::Reading,
    version::{self, Hint, Order},
};

/// What the version module needs to know of a component.
#[must_use]
pub fn hint<'a>(vendor: Option<&'a str>, component: &'a Component) -> Hint<'a> {
    Hint { vendor, kind: Some(component.kind.word()), name: Some(&component.name) }
}

/// Adds what systems and managers say they run, where the inventory has no member for it.
pub fn add_missing(components: &mut Vec<Component>, systems: &[System], managers: &[Manager]) {
    let lacks = |components: &[Component], kind| {
        !components.iter().any(|component| component.kind == kind && component.slot == Slot::Running)
    };
    let said = |id: String, kind, name: &str, uri: &String, version: &Reading<String>| Component {
        id,
        kind,
        name: name.into(),
        version: version.clone(),
        normalised: None,
        software_id: None,
        updateable: Updateable::Unknown,
        slot: Slot::Running,
        targets: vec![uri.clone()],
        others: Vec::new(),
    };
    if lacks(components, Kind::Bios) {
        let known = systems.iter().filter(|system| system.bios_version.value().is_some());
        components.extend(known.map(|system| {
            said(format!("{}.bios", system.id), Kind::Bios, "System firmware", &system.uri, &system.bios_version)
        }));
    }
    if lacks(components, Kind::Bmc) {
        let known = managers.iter().filter(|manager| manager.firmware_version.value().is_some());
        components.extend(known.map(|manager| {
            said(format!("{}.bmc", manager.id), Kind::Bmc, "BMC firmware", &manager.uri, &manager.firmware_version)
        }));
    }
}

/// Makes every id one component's alone: the second of a name is `NAME~2`.
pub fn number_repeated_ids(components: &mut [Component]) {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for component in components {
        let count = seen.entry(component.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            component.id = format!("{}~{count}", component.id);
        }
    }
}

/// The system firmware that the machine runs, and a note where two places disagree.
#[must_use]
pub fn bios(vendor: Option<&str>, components: &[Component], main: Option<&System>) -> (Reading<String>, Option<Note>) {
    let Some(system) = main else { return (Reading::unknown("the BMC lists no system"), None) };
    resolve(vendor, listed(components, Kind::Bios, &system.id), &system.bios_version)
}

/// The firmware that the BMC runs, and a note where two places disagree.
#[must_use]
pub fn bmc(vendor: Option<&str>, components: &[Component], main: Option<&Manager>) -> (Reading<String>, Option<Note>) {
    let Some(manager) = main else { return (Reading::unknown("the BMC lists no manager"), None) };
    resolve(vendor, listed(components, Kind::Bmc, &manager.id), &manager.firmware_version)
}

/// The inventory's running member of that kind; of several, the one that names the system or manager, else the first.
fn listed<'a>(components: &'a [Component], kind: Kind, id: &str) -> Option<&'a Component> {
    let running = || components.iter().filter(|component| component.kind == kind && component.slot == Slot::Running);
    let names_it = |component: &&Component| {
        component.id.split('.').any(|part| part == id)
            || component.targets.iter().any(|uri| uri.split('/').any(|part| part == id) && !uri.contains("Inventory/"))
    };
    running().find(names_it).or_else(|| running().next())
}

/// What the resource itself says it runs wins over the inventory, which may lag or list what is staged.
fn resolve(
    vendor: Option<&str>,
    listed: Option<&Component>,
    said: &Reading<String>,
) -> (Reading<String>, Option<Note>) {
    let Some(component) = listed else { return (said.clone(), None) };
    let (Some(runs), Some(lists)) = (said.value(), component.version.value()) else {
        return (said.clone().or_else(|| component.version.clone()), None);
    };
    let order = version::compare_as_read(hint(vendor, component), runs, lists).order;
    let note = matches!(order, Order::Less | Order::Greater).then(|| Note {
        at: component.targets.first().cloned().unwrap_or_default(),
        what: format!("lists {lists}, but the machine says that it runs {runs}"),
    });
    (said.clone(), note)
}
