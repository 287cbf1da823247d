//! File names in each vendor's manner.

use sha2::{Digest, Sha256};

use super::Spec;
use crate::lab::{hex::hex, model::Kind};

impl Spec {
    /// The name its vendor would give it. Supermicro's grammar names board, id, date and version; a DUP's name carries a
    /// release id, here `LAB` and two digits; HPE's family, version and date; OpenBMC's machine and date.
    #[must_use]
    pub fn file_name(&self) -> String {
        let date = self.released.replace('-', "");
        let first = self.fits.first().map(String::as_str).unwrap_or_default();
        match (self.personality.vendor(), self.kind) {
            ("dell", Kind::Bios) => format!("BIOS_{}_WN64_{}.EXE", self.release_id(), self.version),
            ("dell", _) => {
                format!("iDRAC-with-Lifecycle-Controller_Firmware_{}_WN64_{}_A00.EXE", self.release_id(), self.version)
            }
            // `U54 v2.30 (07/18/2024)` -> `U54_2.30_07_18_2024.fwpkg`
            ("hpe", Kind::Bios) => {
                let kept = self.version.replace(['(', ')'], "").replace(" v", "_").replace([' ', '/'], "_");
                format!("{kept}.fwpkg")
            }
            ("hpe", Kind::Tpm) => format!("TPM_{}_{}.fwpkg", self.personality, self.version),
            // A Smart Component has a number that says nothing.
            ("hpe", Kind::Storage) => format!("{}.zip", self.component_number()),
            // `2.72 Sep 04 2022` -> `ilo5_272.fwpkg`
            ("hpe", _) => {
                let number = self.version.split(' ').next().unwrap_or_default().replace('.', "");
                format!("{}_{number}.fwpkg", self.personality)
            }
            ("supermicro", kind) => {
                let kind = if kind == Kind::Bios { "BIOS" } else { "BMC" };
                format!("{kind}_{first}_{date}_{}_STDsp.bin", self.version)
            }
            // `22J-1.51` -> `lnvgy_fw_uefi_22j-1.51_anyos_noarch.uxz`, the machine's name before it.
            ("lenovo", kind) => {
                let kind = if kind == Kind::Bios { "uefi" } else { "xcc" };
                format!("lnvgy_fw_{kind}_{}_{first}_noarch.uxz", self.version.to_lowercase())
            }
            ("ami", Kind::Bios) => format!("{first}_{}.RBU", self.version),
            ("ami", _) => format!("{first}_{}.ima", self.version),
            ("hpm", Kind::Bios) => format!("lab-{}-boot-{}.hpm", first.to_lowercase(), self.version),
            ("hpm", _) => format!("lab-{}-bmc-{}.hpm", first.to_lowercase(), self.version),
            (_, Kind::Bios) => format!("{first}-bios-{date}.tar"),
            _ => format!("obmc-phosphor-image-{first}-{date}.static.mtd.tar"),
        }
    }

    /// Five characters, the same for the same component of the same hardware at the same version.
    pub(super) fn release_id(&self) -> String {
        let text = format!("{} {} {}", self.fits.join(","), self.file_kind(), self.version);
        let digest = hex(Sha256::digest(text.as_bytes()).get(..1).unwrap_or_default());
        format!("LAB{}", digest.to_uppercase())
    }

    /// `cp05` and four digits, the same for the same component at the same version.
    fn component_number(&self) -> String {
        let digest = Sha256::digest(format!("{} {}", self.fits.join(","), self.version).as_bytes());
        let number = digest.iter().take(2).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        format!("cp05{:04}", number % 10_000)
    }

    /// The signature that lies beside the file and has to be handed over with it, where the file has none in itself: name and
    /// bytes.
    #[must_use]
    pub fn signature(&self) -> Option<(String, Vec<u8>)> {
        if self.personality.vendor() != "hpe" || self.kind != Kind::Storage {
            return None;
        }
        let sum = hex(&Sha256::digest(self.label(0).as_bytes()));
        Some((format!("{}.compsig", self.component_number()), format!("firmdeck lab signature\n{sum}\n").into_bytes()))
    }

    fn file_kind(&self) -> &'static str {
        if self.kind == Kind::Bios { "BIOS" } else { "BMC" }
    }
}
