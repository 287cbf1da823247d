//! What ilorest's list has and an iLO's Redfish does not show, as components. Pure.

use jiff::Timestamp;

use super::Installed;
use crate::domain::{
    inventory::{Component, Slot, Updateable},
    kind::Kind,
    reading::{Provenance, Reading, Source},
    running, version,
};

/// The command, as a provenance names it.
pub const COMMAND: &str = "ilorest serverinfo --firmware";

/// The components of `listed` but the running ROM and iLO, which the system and the manager themselves tell. A name is all
/// that ilorest says of a component's place.
#[must_use]
pub fn components(listed: &[Installed], brand: Option<&str>, at: Timestamp) -> Vec<Component> {
    let mut found: Vec<_> = listed.iter().filter_map(|one| component(one, at)).collect();
    running::number_repeated_ids(&mut found);
    for component in &mut found {
        let read = component.version.value();
        component.normalised = read.and_then(|text| version::normalise_as_read(running::hint(brand, component), text));
    }
    found
}

fn component(listed: &Installed, at: Timestamp) -> Option<Component> {
    let name = &listed.name;
    let is_ilo = name.strip_prefix("iLO ").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let kind = if is_ilo { Kind::Bmc } else { Kind::from_words("", name) };
    let slot = if name.starts_with("Redundant System ROM") { Slot::Backup } else { Slot::Running };
    let is_told = matches!(kind, Kind::Bios | Kind::Bmc) && slot == Slot::Running;
    (!is_told).then(|| Component {
        id: name.clone(),
        kind,
        name: name.clone(),
        version: Reading::Known {
            value: listed.version.clone(),
            from: Provenance { source: Source::Ilorest, path: format!("{COMMAND}#{name}"), at },
        },
        normalised: None,
        software_id: None,
        updateable: Updateable::Unknown,
        slot,
        targets: Vec::new(),
        others: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redfish_tells_is_left_to_it_and_names_that_repeat_are_told_apart() {
        let rows = [
            ("iLO 6", "1.53 Oct 06 2023"),
            ("System ROM", "U54 v1.46 (10/05/2023)"),
            ("Redundant System ROM", "U54 v1.40 (06/01/2023)"),
            ("HPE Smart Array P408i-a SR Gen10", "5.00"),
            ("Power Supply Firmware", "1.02"),
            ("Power Supply Firmware", "2.00"),
        ];
        let listed: Vec<_> =
            rows.map(|(name, version)| Installed { name: name.into(), version: version.into() }).into();
        let found = components(&listed, Some("HPE"), Timestamp::UNIX_EPOCH);
        let seen: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.kind, one.slot)).collect();
        assert_eq!(
            seen,
            [
                ("Redundant System ROM", Kind::Bios, Slot::Backup),
                ("HPE Smart Array P408i-a SR Gen10", Kind::Storage, Slot::Running),
                ("Power Supply Firmware", Kind::Psu, Slot::Running),
                ("Power Supply Firmware~2", Kind::Psu, Slot::Running),
            ]
        );
        let from = found[1].version.provenance().unwrap();
        assert_eq!((from.source, found[1].version.value().unwrap().as_str()), (Source::Ilorest, "5.00"));
        assert!(found[1].normalised.is_some());
    }
}
