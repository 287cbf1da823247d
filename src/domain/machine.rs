//! Whether two readings are of one machine.

use serde::{Deserialize, Serialize};

use super::inventory::{Inventory, Stack};

/// The numbers that a machine is known by. A number may be absent, zeroed or shared, so no single one decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Numbers {
    /// The brand.
    pub vendor: Option<String>,
    /// The system's serial number.
    pub serial: Option<String>,
    /// The second number on the label.
    pub service_tag: Option<String>,
    /// SMBIOS UUID, in lower case.
    pub uuid: Option<String>,
    /// The main manager's own UUID, in lower case. Nodes of a chassis can share every other number.
    pub bmc_uuid: Option<String>,
}

impl Numbers {
    /// Those of `inventory`.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        let identity = &inventory.identity;
        let bmc_uuid = inventory.managers.first().and_then(|manager| manager.uuid.value());
        Self {
            bmc_uuid: bmc_uuid.map(|uuid| uuid.to_lowercase()),
            vendor: identity.vendor.value().cloned(),
            serial: identity.serial.value().cloned(),
            service_tag: identity.service_tag.clone(),
            uuid: identity.uuid.value().map(|uuid| uuid.to_lowercase()),
        }
    }

    /// True where at least one number agrees and none contradicts. A shared UUID with two serials is two machines.
    #[must_use]
    pub fn same_machine(&self, other: &Self) -> bool {
        let pairs = [(&self.serial, &other.serial), (&self.service_tag, &other.service_tag), (&self.uuid, &other.uuid)];
        let both = || pairs.iter().filter_map(|(a, b)| Some(a.as_ref()? == b.as_ref()?));
        let brands_differ = matches!((&self.vendor, &other.vendor), (Some(a), Some(b)) if a != b);
        !brands_differ && both().any(|agree| agree) && both().all(|agree| agree)
    }

    /// As [`Numbers::same_machine`], for a machine that answers at another address than before: there the BMC must not
    /// be another one either. At the same address it may have been replaced or reset to factory settings.
    #[must_use]
    pub fn same_machine_elsewhere(&self, other: &Self) -> bool {
        let other_bmc = matches!((&self.bmc_uuid, &other.bmc_uuid), (Some(a), Some(b)) if a != b);
        self.same_machine(other) && !other_bmc
    }

    /// True where nothing tells this machine from another of its brand.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.serial.is_none() && self.service_tag.is_none() && self.uuid.is_none()
    }
}

/// Who a BMC says that it is before anybody logs in: what its service root shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Front {
    /// The root's UUID, in lower case.
    pub uuid: Option<String>,
    /// The machine's tag, where the root shows it (Dell).
    pub tag: Option<String>,
    /// The stack that answers.
    pub stack: Stack,
}

impl Front {
    /// True where at least one number agrees, none contradicts, and the same stack answers.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let pairs = [(&self.uuid, &other.uuid), (&self.tag, &other.tag)];
        let both = || pairs.iter().filter_map(|(a, b)| Some(a.as_ref()? == b.as_ref()?));
        self.stack == other.stack && both().any(|agree| agree) && both().all(|agree| agree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(serial: &str, uuid: &str) -> Numbers {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Numbers { serial: some(serial), uuid: some(uuid), ..Numbers::default() }
    }

    #[test]
    fn a_shared_uuid_with_two_serials_is_two_machines() {
        assert!(!numbers("A", "u").same_machine(&numbers("B", "u")));
    }

    #[test]
    fn two_bmcs_with_one_chassis_serial_are_two_machines() {
        let node = |bmc: &str| Numbers { bmc_uuid: Some(bmc.into()), ..numbers("CHASSIS", "") };
        assert!(!node("a").same_machine_elsewhere(&node("b")));
        assert!(node("a").same_machine_elsewhere(&node("a")));
        assert!(node("a").same_machine(&node("b")), "a replaced BMC at the same address");
    }

    #[test]
    fn one_number_that_agrees_is_enough_where_none_contradicts() {
        assert!(numbers("A", "").same_machine(&numbers("A", "u")));
        assert!(!numbers("A", "").same_machine(&numbers("", "u")));
        assert!(!numbers("", "").same_machine(&numbers("", "")));
    }

    #[test]
    fn a_front_that_shows_no_number_is_nobodys() {
        let front = |uuid: &str, stack| Front { uuid: (!uuid.is_empty()).then(|| uuid.into()), tag: None, stack };
        assert!(front("u", Stack::Ilo).same(&front("u", Stack::Ilo)));
        assert!(!front("u", Stack::Ilo).same(&front("v", Stack::Ilo)));
        assert!(!front("u", Stack::Ilo).same(&front("u", Stack::OpenBmc)));
        assert!(!front("", Stack::Ilo).same(&front("", Stack::Ilo)));
    }
}
