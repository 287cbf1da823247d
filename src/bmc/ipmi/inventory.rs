//! An inventory out of what ipmitool reads. Nothing is filled in: IPMI tells little.

use jiff::Timestamp;

use crate::{
    bmc::tools::ipmitool::{Component as HpmComponent, Fru},
    domain::{
        inventory::{Component, Identity, Inventory, Manager, Note, OtherVersion, Slot, Stack, System, Updateable},
        ipmi::Device,
        kind::Kind,
        offers::Offers,
        reading::{Provenance, Reading, Source},
        running, version,
    },
};

/// What was read of a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `mc info`
    pub device: Device,
    /// `fru print`, device 0; absent where there is none.
    pub fru: Option<Fru>,
    /// `chassis power status`; why not, where it cannot be read.
    pub power: Result<bool, String>,
    /// `hpm check`; absent where the controller takes no HPM.1 images.
    pub hpm: Option<Vec<HpmComponent>>,
}

/// The resource that stands for the host's power, and for the controller, where there is no URI.
const CHASSIS: &str = "ipmi:chassis";
const CONTROLLER: &str = "ipmi:mc";

/// The inventory that follows from `said`, which was read `at`.
#[must_use]
pub fn inventory(said: &Said, at: Timestamp) -> Inventory {
    let known = |value: String, command: &str| Reading::Known {
        value,
        from: Provenance { source: Source::Ipmitool, path: command.to_owned(), at },
    };
    let of_fru = |what: &str, field: fn(&Fru) -> Option<&String>| match said.fru.as_ref().and_then(field) {
        Some(text) => known(text.clone(), &format!("fru print#{what}")),
        None => Reading::unknown(format!("the FRU inventory does not tell its {what}")),
    };
    let vendor = of_fru("Product Manufacturer", |fru| fru.maker.as_ref().or(fru.board_maker.as_ref()));
    // Some leave the product's name empty, and the board has one.
    let model = of_fru("Product Name", |fru| fru.product.as_ref().or(fru.board.as_ref()));
    let serial = of_fru("Product Serial", |fru| fru.serial.as_ref().or(fru.board_serial.as_ref()));
    let firmware = known(said.device.firmware.clone(), "mc info#Firmware Revision");
    let no_ipmi = |what: &str| Reading::unknown(format!("IPMI does not tell {what}"));
    let power = match &said.power {
        Ok(on) => known(if *on { "On" } else { "Off" }.to_owned(), "chassis power status"),
        Err(why) => Reading::unknown(why.clone()),
    };
    let brand = vendor.value().cloned();
    let mut components = components(said, &firmware, &known);
    for component in &mut components {
        let read = component.version.value();
        component.normalised =
            read.and_then(|text| version::normalise_as_read(running::hint(brand.as_deref(), component), text));
    }
    let bios = components.iter().find(|one| one.kind == Kind::Bios).map(|one| one.version.clone());
    let bios = bios.unwrap_or_else(|| no_ipmi("which BIOS runs"));
    Inventory {
        identity: Identity {
            vendor: vendor.clone(),
            stack: Stack::Ipmi,
            generation: match &said.device.ids {
                Some(ids) => known(format!("product 0x{:04X}", ids.product), "mc info#Product ID"),
                None => Reading::unknown("`mc info` tells no product"),
            },
            model: model.clone(),
            serial: serial.clone(),
            service_tag: None,
            board: said.fru.as_ref().and_then(|fru| fru.board.clone()),
            uuid: no_ipmi("a UUID"),
        },
        power: power.clone(),
        health: no_ipmi("a health"),
        host_name: no_ipmi("the host's name"),
        bios: bios.clone(),
        bmc: firmware.clone(),
        systems: vec![System {
            id: "chassis".into(),
            uri: CHASSIS.into(),
            manufacturer: vendor,
            model,
            serial,
            uuid: no_ipmi("a UUID"),
            power,
            health: no_ipmi("a health"),
            host_name: no_ipmi("the host's name"),
            bios_version: bios,
        }],
        managers: vec![Manager {
            id: "mc".into(),
            uri: CONTROLLER.into(),
            manager_type: known("BMC".into(), "mc info"),
            model: match &said.device.product {
                Some(name) => known(name.clone(), "mc info#Product Name"),
                None => Reading::unknown("`mc info` tells no product name"),
            },
            firmware_version: firmware,
            uuid: no_ipmi("a UUID"),
        }],
        components,
        offers: Offers { hpm: said.hpm.is_some(), ..Offers::default() },
        notes: said
            .device
            .unavailable
            .then(|| Note { at: CONTROLLER.into(), what: "the controller is at its start or an update".into() })
            .into_iter()
            .collect(),
        read_at: at,
    }
}

/// Components of HPM.1 where there are some; else the controller itself.
fn components(
    said: &Said,
    firmware: &Reading<String>,
    known: &dyn Fn(String, &str) -> Reading<String>,
) -> Vec<Component> {
    let one = |id: String, kind, name: String, version, updateable, others| Component {
        id,
        kind,
        name,
        version,
        normalised: None,
        software_id: None,
        updateable,
        slot: Slot::Running,
        targets: Vec::new(),
        others,
    };
    let Some(parts) = said.hpm.as_ref().filter(|parts| !parts.is_empty()) else {
        return vec![one(
            "mc".into(),
            Kind::Bmc,
            "BMC firmware".into(),
            firmware.clone(),
            Updateable::Unknown,
            Vec::new(),
        )];
    };
    parts
        .iter()
        .map(|part| {
            let place = format!("hpm check#{}", part.id);
            let version = match &part.active {
                Some(version) => known(version.clone(), &place),
                None => Reading::unknown("the component tells no active version"),
            };
            let backup = part.backup.iter().map(|version| OtherVersion {
                slot: Slot::Backup,
                version: version.clone(),
                uri: place.clone(),
            });
            let kind = kind_of(&part.name);
            one(format!("hpm.{}", part.id), kind, part.name.clone(), version, Updateable::Yes, backup.collect())
        })
        .collect()
}

/// HPM.1 knows no kinds, only names of twelve letters.
fn kind_of(name: &str) -> Kind {
    let upper = name.to_ascii_uppercase();
    match () {
        () if ["BMC", "IPMC", "MMC", "APP", "FIRMWARE"].iter().any(|word| upper.contains(word)) => Kind::Bmc,
        () => Kind::from_words("", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ipmi::BoardIds;

    fn said() -> Said {
        let ids = BoardIds { device: 32, manufacturer: 12634, product: 0x1AB0 };
        Said {
            device: Device {
                ids: Some(ids),
                firmware: "1.10".into(),
                aux: Vec::new(),
                product: None,
                unavailable: false,
            },
            fru: Some(Fru { board: Some("ATCA-9405".into()), board_serial: Some("B1".into()), ..Fru::default() }),
            power: Ok(true),
            hpm: None,
        }
    }

    #[test]
    fn what_ipmi_does_not_tell_is_unknown_and_what_it_tells_names_its_command() {
        let read = inventory(&said(), Timestamp::UNIX_EPOCH);
        assert_eq!(read.bios.value(), None);
        assert_eq!(read.health.value(), None);
        assert_eq!(read.power.value().map(String::as_str), Some("On"));
        let Reading::Known { value, from } = &read.bmc else { panic!("{read:#?}") };
        assert_eq!(
            (value.as_str(), from.source, from.path.as_str()),
            ("1.10", Source::Ipmitool, "mc info#Firmware Revision")
        );
        // A board without a product's name is called by its own.
        assert_eq!(read.identity.model.value().map(String::as_str), Some("ATCA-9405"));
        assert!(!read.offers.hpm && read.components[0].updateable == Updateable::Unknown);
    }

    #[test]
    fn the_components_of_a_board_that_takes_hpm_images_stand_with_their_backups() {
        let part = |id, name: &str, active: &str| HpmComponent {
            id,
            name: name.into(),
            active: Some(active.into()),
            backup: Some("0.90".into()),
            third: None,
            needs_cold_reset: false,
        };
        let parts = vec![part(0, "IPMC", "1.10"), part(2, "BIOS", "3.02")];
        let read = inventory(&Said { hpm: Some(parts), ..said() }, Timestamp::UNIX_EPOCH);
        let kinds: Vec<_> = read.components.iter().map(|one| (one.id.as_str(), one.kind)).collect();
        assert_eq!(kinds, [("hpm.0", Kind::Bmc), ("hpm.2", Kind::Bios)]);
        assert_eq!(read.components[0].others[0].version, "0.90");
        assert_eq!(read.bios.value().map(String::as_str), Some("3.02"));
        assert!(read.offers.hpm);
    }
}
