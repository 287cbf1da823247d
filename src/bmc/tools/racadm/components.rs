//! What racadm's inventory has and an iDRAC's Redfish does not, as components. Pure.

use jiff::Timestamp;

use super::{Software, State};
use crate::{
    bmc::fqdd::kind_of_fqdd,
    domain::{
        inventory::{Component, OtherVersion, Slot, Updateable},
        kind::Kind,
        reading::{Provenance, Reading, Source},
        running, version,
    },
};

/// The command, as a provenance names it.
pub const COMMAND: &str = "racadm swinventory";

/// The components of `listed` whose place is none of BIOS and iDRAC, which Redfish tells of every generation.
#[must_use]
pub fn components(listed: &[Software], brand: Option<&str>, at: Timestamp) -> Vec<Component> {
    let runs = listed.iter().filter(|one| one.state == State::Current);
    let mut found: Vec<Component> = Vec::new();
    for one in runs {
        let kind = kind_of_fqdd(&one.fqdd).unwrap_or(Kind::Other);
        if matches!(kind, Kind::Bios | Kind::Bmc) || found.iter().any(|known| known.id == one.fqdd) {
            continue;
        }
        let path = format!("{COMMAND}#{}", one.fqdd);
        let copies = listed.iter().filter(|copy| copy.fqdd == one.fqdd);
        let others = copies.filter_map(|copy| {
            let slot = match copy.state {
                State::Current => return None,
                State::Rollback => Slot::Previous,
                State::Available => Slot::Available,
            };
            Some(OtherVersion { slot, version: copy.version.clone(), uri: path.clone() })
        });
        let mut component = Component {
            id: one.fqdd.clone(),
            kind,
            name: one.name.clone(),
            version: Reading::Known {
                value: one.version.clone(),
                from: Provenance { source: Source::Racadm, path: path.clone(), at },
            },
            normalised: None,
            software_id: None,
            updateable: Updateable::Unknown,
            slot: Slot::Running,
            targets: Vec::new(),
            others: others.collect(),
        };
        let hint = running::hint(brand, &component);
        component.normalised = version::normalise_as_read(hint, &one.version);
        found.push(component);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redfish_tells_is_left_to_it_and_each_place_has_its_other_copies() {
        let software = |fqdd: &str, state, version: &str| Software {
            kind: "FIRMWARE".into(),
            name: format!("a part at {fqdd}"),
            fqdd: fqdd.into(),
            state,
            version: version.into(),
        };
        let listed = [
            software("BIOS.Setup.1-1", State::Current, "2.4.3"),
            software("NIC.Integrated.1-1-1", State::Current, "18.5.17"),
            software("NIC.Integrated.1-1-1", State::Rollback, "17.5.10"),
            software("NIC.Integrated.1-1-1", State::Current, "18.5.17"),
        ];
        let found = components(&listed, Some("Dell Inc."), Timestamp::UNIX_EPOCH);
        let [nic] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((nic.kind, nic.version.value().map(String::as_str)), (Kind::Nic, Some("18.5.17")));
        assert_eq!(nic.others.len(), 1);
        assert_eq!(nic.others[0].slot, Slot::Previous);
        let Reading::Known { from, .. } = &nic.version else { panic!() };
        assert_eq!((from.source, from.path.as_str()), (Source::Racadm, "racadm swinventory#NIC.Integrated.1-1-1"));
    }
}
