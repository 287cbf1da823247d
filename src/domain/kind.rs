//! What a component is, from the words its BMC uses for it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kind of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// System firmware (UEFI).
    Bios,
    /// A baseboard management controller.
    Bmc,
    /// Programmable logic of a board.
    Cpld,
    /// A network adapter.
    Nic,
    /// A storage controller, expander or backplane.
    Storage,
    /// A disk.
    Drive,
    /// A power supply.
    Psu,
    /// A graphics or compute accelerator.
    Gpu,
    /// A trusted platform module.
    Tpm,
    /// Anything else.
    Other,
}

impl Kind {
    const WORDS: [(Self, &'static str); 10] = [
        (Self::Bios, "bios"),
        (Self::Bmc, "bmc"),
        (Self::Cpld, "cpld"),
        (Self::Nic, "nic"),
        (Self::Storage, "storage"),
        (Self::Drive, "drive"),
        (Self::Psu, "psu"),
        (Self::Gpu, "gpu"),
        (Self::Tpm, "tpm"),
        (Self::Other, "other"),
    ];

    /// Every kind, in the order of messages.
    pub const ALL: [Self; 10] = [
        Self::Bios,
        Self::Bmc,
        Self::Cpld,
        Self::Nic,
        Self::Storage,
        Self::Drive,
        Self::Psu,
        Self::Gpu,
        Self::Tpm,
        Self::Other,
    ];

    /// The word for it on screens, in files and in queries.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, word)| word)
    }

    /// The kind that a component's id and name speak of, whatever the vendor. First match wins, so the words that
    /// qualify others (an ERoT *of* a BMC, a disk *in* a backplane) stand first.
    #[must_use]
    pub fn from_words(id: &str, name: &str) -> Self {
        let text = format!(" {} {} ", id, name).to_lowercase().replace(['_', '-', '.', ':', '/', '(', ')', ','], " ");
        let word = |wanted: &str| text.split_whitespace().any(|word| word == wanted);
        let stem = |wanted: &str| text.split_whitespace().any(|word| is_numbered(word, wanted));
        let part = |wanted: &str| text.contains(wanted);
        match () {
            () if part("erot") || stem("nvswitch") || part("inforom nvswitch") => Self::Other,
            () if stem("gpu") || part("vbios") || word("h100") || word("h200") || word("a100") || word("l40s") => {
                Self::Gpu
            }
            () if stem("psu") || part("power supply") => Self::Psu,
            () if stem("tpm") => Self::Tpm,
            () if stem("cpld") || part("programmable logic") => Self::Cpld,
            () if stem("disk") || part("ssd") || part("nvme drive") || stem("drive") || part("hdd") => Self::Drive,
            () if part("driver") || part("capsule") || part("bios me") => Self::Other,
            () if part("backplane")
                || part("raid")
                || word("perc")
                || word("hba")
                || word("bp")
                || word("boss")
                || part("nvmecontroller")
                || part("smart array")
                || is_hpe_controller(&text) =>
            {
                Self::Storage
            }
            () if stem("nic")
                || part("ethernet")
                || part("connectx")
                || part("mellanox")
                || part("network adapter")
                || part("networkadapter")
                || part("infiniband")
                || stem("hpcnet")
                || part("gigabit")
                || part("25gb") =>
            {
                Self::Nic
            }
            () if stem("bmc")
                || part("hostbmc")
                || part("remote access controller")
                || is_ilo(name)
                || part("xclarity controller") =>
            {
                Self::Bmc
            }
            () if stem("bios") || part("hostbios") || part("system rom") || word("uefi") => Self::Bios,
            () => Self::Other,
        }
    }
}

/// `gpu`, `gpu1` and `gpu12` are numbered forms of `gpu`; `gpus` and `gpuboard` are not.
fn is_numbered(word: &str, stem: &str) -> bool {
    word.strip_prefix(stem).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

/// "iLO 5", not the word inside another name.
fn is_ilo(name: &str) -> bool {
    name.strip_prefix("iLO ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// HPE names its controllers by letter, letter, three digits, `i` or `e`: MR416i-o, SR932i-p, P408i-a, E208i-a.
fn is_hpe_controller(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = word.len() - digits.len();
        (1..=2).contains(&letters)
            && word.starts_with(['m', 's', 'p', 'e'])
            && digits.len() == 4
            && digits[..3].chars().all(|c| c.is_ascii_digit())
            && digits.ends_with(['i', 'e'])
    })
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of component; the kinds are bios bmc cpld nic storage drive psu gpu tpm other")]
pub struct NoSuchKind(String);

impl FromStr for Kind {
    type Err = NoSuchKind;

    fn from_str(word: &str) -> Result<Self, NoSuchKind> {
        Self::WORDS
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(word))
            .map(|(kind, _)| *kind)
            .ok_or_else(|| NoSuchKind(word.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_told_by_the_words_its_bmc_uses() {
        for (id, name, kind) in [
            ("BIOS", "BIOS", Kind::Bios),
            ("2", "System ROM", Kind::Bios),
            ("8", "Redundant System ROM", Kind::Bios),
            ("UEFI", "Firmware:UEFI", Kind::Bios),
            ("HostBIOS_0", "HostBIOS_0", Kind::Bios),
            ("BIOS_ME", "BIOS ME", Kind::Other),
            ("Capsule_BIOS", "Capsule BIOS", Kind::Other),
            ("EROT_BIOS_0", "EROT_BIOS_0", Kind::Other),
            ("BMC-Primary", "Firmware:BMC", Kind::Bmc),
            ("1", "iLO 6", Kind::Bmc),
            ("HGX_FW_BMC_0", "Software Inventory", Kind::Bmc),
            ("HGX_FW_ERoT_BMC_0", "Software Inventory", Kind::Other),
            ("Golden_BMC", "BMC Golden", Kind::Bmc),
            ("4", "System Programmable Logic Device", Kind::Cpld),
            ("MB_CPLD1", "MB_CPLD1", Kind::Cpld),
            ("CPLD_Backplane_1", "CPLD1 Backplane 1", Kind::Cpld),
            ("5", "Power Supply Firmware", Kind::Psu),
            ("5", "Power Management Controller Firmware", Kind::Other),
            ("PSU_0", "PSU_0", Kind::Psu),
            ("9", "TPM Firmware", Kind::Tpm),
            ("11", "ConnectX-7 200GE 2P NIC", Kind::Nic),
            ("NIC1", "NIC1 System Slot1 MCX75310AAS-NEAT", Kind::Nic),
            ("18", "HPE MR416i-o Gen11", Kind::Storage),
            ("31", "8 SFF 24G x4NVMe/SAS UBM6 BC BP", Kind::Storage),
            ("x", "Disk 0 in Backplane 1 of Integrated RAID Controller 1", Kind::Drive),
            ("24", "6.40TB 64G NVMe SSD", Kind::Drive),
            ("HGX_InfoROM_NVSwitch_0", "HGX_InfoROM_NVSwitch_0", Kind::Other),
            ("Node0.Acc0.VBIOS", "Node0.Acc0.VBIOS", Kind::Gpu),
            ("LXPMLinuxDriver", "Firmware:LXPM-LinuxDrivers", Kind::Other),
            ("23", "Embedded Video Controller", Kind::Other),
        ] {
            assert_eq!(Kind::from_words(id, name), kind, "{id} {name}");
        }
    }

    #[test]
    fn a_kind_is_read_back_from_its_word() {
        for (kind, word) in Kind::WORDS {
            assert_eq!(word.parse(), Ok(kind));
        }
        assert!("firmware".parse::<Kind>().is_err());
    }
}
