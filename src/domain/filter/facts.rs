//! What a query is asked of.

use crate::domain::{
    inventory::{Inventory, ServerId, Slot, Stack},
    kind::Kind,
    target::Target,
};

/// What is known of one server. An absent value was not read, except for what the operator gives: that there is none.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// Our id, as it is shown.
    pub id: Option<String>,
    /// The operator's name.
    pub name: Option<&'a str>,
    /// The BMC's address.
    pub address: &'a str,
    /// The BMC's port.
    pub port: u16,
    /// Rack.
    pub rack: Option<&'a str>,
    /// Rack unit.
    pub unit: Option<&'a str>,
    /// Site.
    pub site: Option<&'a str>,
    /// Labels, key and value.
    pub labels: Vec<(&'a str, &'a str)>,
    /// The brand, as read.
    pub vendor: Option<&'a str>,
    /// The BMC software: `idrac`, `open_bmc` and so on.
    pub stack: Option<&'a str>,
    /// The vendor's generation word.
    pub generation: Option<&'a str>,
    /// The model.
    pub model: Option<&'a str>,
    /// The serial number.
    pub serial: Option<&'a str>,
    /// The service tag.
    pub tag: Option<&'a str>,
    /// The SMBIOS UUID.
    pub uuid: Option<&'a str>,
    /// The board.
    pub board: Option<&'a str>,
    /// The name of the operating system side.
    pub host: Option<&'a str>,
    /// Redfish PowerState.
    pub power: Option<&'a str>,
    /// Redfish Health.
    pub health: Option<&'a str>,
    /// The system firmware that the machine runs.
    pub bios: Option<&'a str>,
    /// The firmware that the BMC runs.
    pub bmc: Option<&'a str>,
    /// What runs on it; none where it was never read.
    pub components: Option<Vec<ComponentFacts<'a>>>,
    /// True where the last reading failed.
    pub failed: bool,
    /// True where it was read only once so far.
    pub new: bool,
}

/// One running firmware.
#[derive(Debug, Clone)]
pub struct ComponentFacts<'a> {
    /// The BMC's id for it.
    pub id: &'a str,
    /// The vendor's name.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The version as read.
    pub version: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// What the operator says of `target` and a reading of it says. `failed` and `new` are for the caller to set.
    #[must_use]
    pub fn of(id: Option<ServerId>, target: &'a Target, inventory: Option<&'a Inventory>) -> Self {
        let given = Self {
            id: id.map(|id| id.to_string()),
            name: target.name.as_deref(),
            address: &target.endpoint.host,
            port: target.endpoint.port,
            rack: target.rack.as_deref(),
            unit: target.unit.as_deref(),
            site: target.site.as_deref(),
            labels: target.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            ..Self::default()
        };
        let Some(inventory) = inventory else { return given };
        let identity = &inventory.identity;
        Self {
            vendor: identity.vendor.value().map(String::as_str),
            stack: Some(stack(identity.stack)),
            generation: identity.generation.value().map(String::as_str),
            model: identity.model.value().map(String::as_str),
            serial: identity.serial.value().map(String::as_str),
            tag: identity.service_tag.as_deref(),
            uuid: identity.uuid.value().map(String::as_str),
            board: identity.board.as_deref(),
            host: inventory.host_name.value().map(String::as_str),
            power: inventory.power.value().map(String::as_str),
            health: inventory.health.value().map(String::as_str),
            bios: inventory.bios.value().map(String::as_str),
            bmc: inventory.bmc.value().map(String::as_str),
            components: Some(
                inventory
                    .components
                    .iter()
                    .filter(|component| component.slot == Slot::Running)
                    .map(|component| ComponentFacts {
                        id: &component.id,
                        name: &component.name,
                        kind: component.kind,
                        version: component.version.value().map(String::as_str),
                    })
                    .collect(),
            ),
            ..given
        }
    }
}

/// The words of the inventory document.
const fn stack(stack: Stack) -> &'static str {
    match stack {
        Stack::Idrac => "idrac",
        Stack::Ilo => "ilo",
        Stack::Supermicro => "supermicro",
        Stack::Xcc => "xcc",
        Stack::OpenBmc => "open_bmc",
        Stack::MegaRac => "mega_rac",
        Stack::CrayEx => "cray_ex",
        Stack::Intel => "intel",
        Stack::Generic => "generic",
        Stack::Ipmi => "ipmi",
    }
}
