//! A part of a machine that carries firmware.

/// What sort of part a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// System ROM, UEFI.
    Bios,
    /// The management controller itself.
    Bmc,
    /// Programmable logic.
    Cpld,
    /// Network adapter.
    Nic,
    /// Storage controller or backplane.
    Storage,
    /// Disk or SSD.
    Drive,
    /// Power supply.
    Psu,
    /// Accelerator.
    Gpu,
    /// Trusted platform module.
    Tpm,
    /// Anything else.
    Other,
}

impl Kind {
    /// Those that the lab has images for, with their words.
    const IMAGES: [(Self, &'static str); 4] =
        [(Self::Bios, "bios"), (Self::Bmc, "bmc"), (Self::Tpm, "tpm"), (Self::Storage, "storage")];

    /// The word for it on an image.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::IMAGES.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, word)| word)
    }

    /// The kind of an image by its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::IMAGES.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

impl super::Machine {
    /// Makes the version that was kept the running one, and keeps the one that ran; false where none was kept.
    pub fn swap_bank(&mut self, kind: Kind) -> bool {
        let Some(component) = self.components.iter_mut().find(|one| one.kind == kind) else { return false };
        let Some(previous) = component.previous.take() else { return false };
        component.previous = Some(std::mem::replace(&mut component.version, previous));
        std::mem::swap(&mut component.released, &mut component.previous_released);
        true
    }
}

/// One firmware, as the machine holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The lab's own name for it, stable over updates (`bios`, `nic1`).
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// The vendor's place for it: Dell FQDD, HPE number, Supermicro and Lenovo inventory id.
    pub id: String,
    /// Name as the inventory prints it.
    pub name: String,
    /// The vendor's description or class of it, where it has one (HPE `SystemRomActive`).
    pub class: String,
    /// Where it sits (HPE `System Board`, `PCI-E Slot 2`).
    pub slot: String,
    /// Running version.
    pub version: String,
    /// Release date of the running version, `YYYY-MM-DD`.
    pub released: Option<String>,
    /// Version that waits for a reset to become the running one.
    pub staged: Option<String>,
    /// Version kept for rollback (Dell `Previous-`, HPE redundant ROM, Supermicro backup, XCC backup bank).
    pub previous: Option<String>,
    /// Release date of `previous`.
    pub previous_released: Option<String>,
    /// Which hardware an image must be for (Dell ComponentID, HPE target GUID, Lenovo SoftwareId).
    pub software_id: String,
    /// Whether the BMC can flash it.
    pub updateable: bool,
    /// Who made it.
    pub manufacturer: String,
}
