//! Whether two readings are of one machine.

use super::inventory::{Identity, Inventory};

/// The numbers that a machine is known by. A number may be absent, zeroed or shared, so no single one decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The brand.
    pub vendor: Option<String>,
    /// The system's serial number.
    pub serial: Option<String>,
    /// The second number on the label.
    pub service_tag: Option<String>,
    /// SMBIOS UUID, in lower case.
    pub uuid: Option<String>,
}

impl Numbers {
    /// Those of `identity`.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        Self {
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

    /// True where nothing tells this machine from another of its brand.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.serial.is_none() && self.service_tag.is_none() && self.uuid.is_none()
    }
}

impl From<&Inventory> for Numbers {
    fn from(inventory: &Inventory) -> Self {
        Self::of(&inventory.identity)
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
    fn one_number_that_agrees_is_enough_where_none_contradicts() {
        assert!(numbers("A", "").same_machine(&numbers("A", "u")));
        assert!(!numbers("A", "").same_machine(&numbers("", "u")));
        assert!(!numbers("", "").same_machine(&numbers("", "")));
    }
}
