//! Who a BMC's machine is: brand, stack, generation, model and numbers, each from where it was read.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    collection::Member,
    doc::{Doc, Text, excerpt},
    quirks::{self, Facts, Profile},
};
use crate::domain::{
    inventory::{Identity, Manager, System},
    machine::Front,
    reading::{Provenance, Reading, Source},
};

/// Values that vendors ship where a board was never programmed. Compared in lower case.
const PLACEHOLDERS: [&str; 14] = [
    "to be filled by o.e.m.",
    "default string",
    "system serial number",
    "system product name",
    "not specified",
    "not available",
    "not present",
    "unknown",
    "none",
    "null",
    "n/a",
    "na",
    "0123456789",
    "123456789",
];

/// Reads member `key` of `doc`, a resource at `uri`.
#[must_use]
pub fn reading(doc: Doc<'_>, uri: &str, key: &str, at: Timestamp) -> Reading<String> {
    match doc.text(key) {
        Text::Value(text) => Reading::Known {
            value: text.to_owned(),
            from: Provenance { source: Source::Redfish, path: format!("{uri}#{key}"), at },
        },
        Text::Missing => Reading::unknown(format!("the BMC does not report {key}")),
        Text::Odd(odd) => Reading::unknown(format!("{key} is no text: {}", excerpt(odd))),
    }
}

/// As [`reading`], for numbers that a factory should have programmed: placeholders are unknown.
fn number(doc: Doc<'_>, uri: &str, key: &str, at: Timestamp) -> Reading<String> {
    let read = reading(doc, uri, key, at);
    match read.value() {
        Some(value) if is_placeholder(value) => {
            Reading::unknown(format!("the BMC reports the placeholder \"{value}\" as {key}"))
        }
        _ => read,
    }
}

fn is_placeholder(value: &str) -> bool {
    let value = value.to_lowercase();
    let filler = value.chars().all(|c| matches!(c, '.' | '0' | '-' | '_' | '*' | 'x' | ' '));
    // Counting up from the first digit, as on boards that were never programmed: 01234567890123456789AB.
    let counting = value.len() > 9 && "012345678901234567890123456789ab".contains(value.as_str())
        || value.starts_with("0123456789012");
    filler || counting || PLACEHOLDERS.contains(&value.as_str())
}

/// A UUID of zeros or ones is a placeholder; a shared one cannot be told from here.
fn uuid(doc: Doc<'_>, uri: &str, at: Timestamp) -> Reading<String> {
    let read = number(doc, uri, "UUID", at);
    match read.value() {
        Some(value) if value.chars().all(|c| matches!(c, 'f' | 'F' | '-')) => {
            Reading::unknown(format!("the BMC reports the placeholder \"{value}\" as UUID"))
        }
        _ => read,
    }
}

/// Who a BMC says that it is in its service root, which it shows without a login.
#[must_use]
pub fn front(root: &Value) -> Front {
    let facts = Facts { root, systems: &[], managers: &[], chassis: None };
    let profile = quirks::profile(&facts);
    let uuid = uuid(facts.root(), "/redfish/v1/", Timestamp::UNIX_EPOCH);
    Front {
        uuid: uuid.value().map(|uuid| uuid.to_lowercase()),
        tag: profile.service_tag(&facts),
        stack: profile.stack(),
    }
}

/// A system as its resource says.
#[must_use]
pub fn system(member: &Member, at: Timestamp) -> System {
    let doc = Doc::new(&member.value);
    let uri = &member.uri;
    let status = doc.at(&["Status"]);
    System {
        id: id_of(member),
        uri: uri.clone(),
        manufacturer: number(doc, uri, "Manufacturer", at),
        model: number(doc, uri, "Model", at),
        serial: number(doc, uri, "SerialNumber", at),
        uuid: uuid(doc, uri, at),
        power: reading(doc, uri, "PowerState", at),
        health: reading(status, uri, "HealthRollup", at).or_else(|| reading(status, uri, "Health", at)),
        host_name: reading(doc, uri, "HostName", at),
        bios_version: reading(doc, uri, "BiosVersion", at),
    }
}

/// A manager as its resource says.
#[must_use]
pub fn manager(member: &Member, at: Timestamp) -> Manager {
    let doc = Doc::new(&member.value);
    let uri = &member.uri;
    Manager {
        id: id_of(member),
        uri: uri.clone(),
        manager_type: reading(doc, uri, "ManagerType", at),
        model: reading(doc, uri, "Model", at),
        firmware_version: reading(doc, uri, "FirmwareVersion", at),
        uuid: uuid(doc, uri, at),
    }
}

/// The last part of the link: a member's own Id can differ from it, and the link is what works.
#[must_use]
pub fn id_of(member: &Member) -> String {
    member.uri.trim_end_matches('/').rsplit('/').next().unwrap_or(&member.uri).to_owned()
}

/// Puts the main system first: the one that says what it is. An accelerator baseboard is listed as a system too.
pub fn order_systems(systems: &mut [Member]) {
    systems.sort_by_key(|member| {
        let doc = Doc::new(&member.value);
        let says = |key| usize::from(doc.str(key).is_none_or(is_placeholder));
        says("Model") + says("Manufacturer")
    });
}

/// Puts the main manager first: the BMC itself, before enclosure, auxiliary and service managers.
pub fn order_managers(managers: &mut [Member], main_system: Option<&Value>) {
    let of_system: Vec<&str> = main_system
        .map(|system| Doc::new(system).at(&["Links"]).items("ManagedBy").filter_map(Doc::own_link).collect())
        .unwrap_or_default();
    managers.sort_by_key(|member| {
        let doc = Doc::new(&member.value);
        let is_bmc = doc.str("ManagerType") == Some("BMC");
        let linked = of_system.iter().any(|uri| uri.trim_end_matches('/') == member.uri.trim_end_matches('/'));
        let named = id_of(member).eq_ignore_ascii_case("bmc");
        (!is_bmc, !linked, !named, doc.str("FirmwareVersion").is_none())
    });
}

/// The identity of the machine behind the BMC.
#[must_use]
pub fn identity(facts: &Facts<'_>, profile: &dyn Profile, systems: &[System], at: Timestamp) -> Identity {
    let missing = || Reading::unknown("the BMC lists no system");
    let main = systems.first();
    let from = |path: &str| Provenance { source: Source::Redfish, path: path.into(), at };
    let generation = match profile.generation(facts) {
        Some((value, path)) => Reading::Known { value, from: from(&path) },
        None => Reading::unknown(format!("{} names no generation that firmdeck can read", profile.stack())),
    };
    Identity {
        vendor: vendor(facts, profile, main, at),
        stack: profile.stack(),
        generation,
        model: main.map_or_else(missing, |system| system.model.clone()),
        serial: main.map_or_else(missing, |system| system.serial.clone()),
        service_tag: profile.service_tag(facts),
        board: profile.board(facts),
        uuid: main.map_or_else(missing, |system| system.uuid.clone()),
    }
}

/// The brand: the system's maker first, since the root often names who wrote the BMC.
fn vendor(facts: &Facts<'_>, profile: &dyn Profile, main: Option<&System>, at: Timestamp) -> Reading<String> {
    const ROOT: &str = "/redfish/v1/";
    let of_system = main.map_or_else(|| Reading::unknown("no system"), |system| system.manufacturer.clone());
    let of_stack = || match profile.maker() {
        Some(maker) => Reading::Known {
            value: maker.into(),
            from: Provenance { source: Source::Redfish, path: format!("{ROOT}#Oem, Product or Model"), at },
        },
        None => reading(facts.root(), ROOT, "Vendor", at),
    };
    of_system.or_else(of_stack).map(|name| brand(&name))
}

/// One spelling a brand.
fn brand(name: &str) -> String {
    const BRANDS: [(&str, &str); 14] = [
        ("dell", "Dell"),
        ("hpe", "HPE"),
        ("hewlett", "HPE"),
        ("supermicro", "Supermicro"),
        ("super micro", "Supermicro"),
        ("smci", "Supermicro"),
        ("lenovo", "Lenovo"),
        ("nvidia", "NVIDIA"),
        ("gigabyte", "Gigabyte"),
        ("giga computing", "Gigabyte"),
        ("intel", "Intel"),
        ("asus", "ASUS"),
        ("quanta", "Quanta"),
        ("ami", "AMI"),
    ];
    let lower = name.to_lowercase();
    let is = |known: &str| {
        lower
            .strip_prefix(known)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()) || known.len() > 4)
    };
    BRANDS.iter().find(|(known, _)| is(known)).map_or_else(|| name.to_owned(), |(_, brand)| (*brand).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_no_factory_programmed_is_a_placeholder() {
        for text in ["To Be Filled By O.E.M.", "....................", "0000000", "01234567890123456789AB", "N/A"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["LAB0001", "QSBP74100021", "7Z23CTO1WW", "100", "X13DEG-OAD"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn one_brand_has_one_spelling() {
        for (read, shown) in [
            ("Dell Inc.", "Dell"),
            ("GIGABYTE", "Gigabyte"),
            ("Intel Corporation", "Intel"),
            ("HPE", "HPE"),
            ("Amiga Works", "Amiga Works"),
            ("Super Micro Computer, Inc.", "Supermicro"),
        ] {
            assert_eq!(brand(read), shown);
        }
    }
}
