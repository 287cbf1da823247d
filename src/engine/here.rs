//! Which server is the machine that the engine runs on: it is never updated from itself.

use std::fs;

use crate::domain::inventory::Inventory;

/// This machine's own numbers, as its firmware tells the kernel (SMBIOS). Often readable by root alone.
#[derive(Debug, Clone, Default)]
pub struct Here {
    serial: Option<String>,
    uuid: Option<String>,
}

impl Here {
    /// Reads them.
    #[must_use]
    pub fn read() -> Self {
        let read = |name: &str| {
            let text = fs::read_to_string(format!("/sys/class/dmi/id/{name}")).ok()?;
            Some(text.trim().to_lowercase()).filter(|text| !text.is_empty())
        };
        Self { serial: read("product_serial"), uuid: read("product_uuid") }
    }

    /// Whether `inventory` is of this machine.
    #[must_use]
    pub fn is(&self, inventory: &Inventory) -> bool {
        let same = |own: &Option<String>, read: Option<&String>| matches!((own, read), (Some(own), Some(read)) if *own == read.to_lowercase());
        let identity = &inventory.identity;
        same(&self.uuid, identity.uuid.value())
            || same(&self.serial, identity.serial.value())
            || same(&self.serial, identity.service_tag.as_ref())
    }
}
