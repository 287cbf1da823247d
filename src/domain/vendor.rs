//! Who makes a machine or its firmware, from the words that BMCs use.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::words;

/// A maker that firmdeck knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// Dell.
    Dell,
    /// Hewlett Packard Enterprise, HP before it.
    Hpe,
    /// Super Micro Computer.
    Supermicro,
    /// Lenovo.
    Lenovo,
    /// NVIDIA: GPUs and their baseboards.
    Nvidia,
    /// Mellanox: adapters and DPUs, NVIDIA's since 2020.
    Mellanox,
    /// American Megatrends: MegaRAC on other makers' boards.
    Ami,
    /// Gigabyte and Giga Computing.
    Gigabyte,
    /// ASUS.
    Asus,
    /// Tyan.
    Tyan,
    /// Intel.
    Intel,
    /// HPE Cray.
    Cray,
    /// OpenBMC and OpenPOWER boards that name no other maker.
    OpenBmc,
    /// Makers of boards that take PICMG's HPM.1 images: Kontron, Radisys, Artesyn, ADLINK, and firmdeck's own lab.
    Hpm1,
}

/// Parts of the names that BMCs report, lower case; the first that is contained wins. Source: facts, vendors 2.1.
const NAMES: [(&str, Vendor); 24] = [
    ("cray", Vendor::Cray),
    ("hpe", Vendor::Hpe),
    ("hewlett", Vendor::Hpe),
    ("dell", Vendor::Dell),
    ("supermicro", Vendor::Supermicro),
    ("super micro", Vendor::Supermicro),
    ("smci", Vendor::Supermicro),
    ("lenovo", Vendor::Lenovo),
    ("nvidia", Vendor::Nvidia),
    ("mellanox", Vendor::Mellanox),
    ("mlnx", Vendor::Mellanox),
    ("american megatrends", Vendor::Ami),
    ("giga", Vendor::Gigabyte),
    ("asus", Vendor::Asus),
    ("tyan", Vendor::Tyan),
    ("intel", Vendor::Intel),
    ("openbmc", Vendor::OpenBmc),
    ("openpower", Vendor::OpenBmc),
    ("kontron", Vendor::Hpm1),
    ("radisys", Vendor::Hpm1),
    ("artesyn", Vendor::Hpm1),
    ("adlink", Vendor::Hpm1),
    ("firmdeck lab", Vendor::Hpm1),
    ("hpm.1", Vendor::Hpm1),
];

impl Vendor {
    /// Every vendor, in the order of messages.
    pub const ALL: [Self; 14] = [
        Self::Dell,
        Self::Hpe,
        Self::Supermicro,
        Self::Lenovo,
        Self::Nvidia,
        Self::Mellanox,
        Self::Ami,
        Self::Gigabyte,
        Self::Asus,
        Self::Tyan,
        Self::Intel,
        Self::Cray,
        Self::OpenBmc,
        Self::Hpm1,
    ];

    /// The word for it in files and queries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dell => "dell",
            Self::Hpe => "hpe",
            Self::Supermicro => "supermicro",
            Self::Lenovo => "lenovo",
            Self::Nvidia => "nvidia",
            Self::Mellanox => "mellanox",
            Self::Ami => "ami",
            Self::Gigabyte => "gigabyte",
            Self::Asus => "asus",
            Self::Tyan => "tyan",
            Self::Intel => "intel",
            Self::Cray => "cray",
            Self::OpenBmc => "openbmc",
            Self::Hpm1 => "hpm1",
        }
    }

    /// The vendor that a BMC's text names: `HPE`, `Dell Inc.`, `Super Micro Computer`.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            // too short to be looked for inside other words
            "ami" => Some(Self::Ami),
            "hp" => Some(Self::Hpe),
            _ => NAMES.into_iter().find(|(name, _)| text.contains(name)).map(|(_, vendor)| vendor),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no vendor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` is no vendor that firmdeck knows{}", words::did_you_mean(nearest.as_deref()))]
pub struct NoSuchVendor {
    /// The word.
    pub written: String,
    /// The known word nearest to it.
    pub nearest: Option<String>,
}

impl FromStr for Vendor {
    type Err = NoSuchVendor;

    fn from_str(word: &str) -> Result<Self, NoSuchVendor> {
        Self::ALL.into_iter().find(|vendor| vendor.word().eq_ignore_ascii_case(word)).ok_or_else(|| NoSuchVendor {
            written: word.into(),
            nearest: words::nearest(word, Self::ALL.iter().map(|vendor| vendor.word())).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_told_by_what_its_bmcs_report() {
        for (text, vendor) in [
            ("Dell Inc.", Some(Vendor::Dell)),
            ("HPE", Some(Vendor::Hpe)),
            ("hp", Some(Vendor::Hpe)),
            ("Cray HPE", Some(Vendor::Cray)),
            ("Super Micro Computer", Some(Vendor::Supermicro)),
            ("AMI", Some(Vendor::Ami)),
            ("Miami Servers", None),
            ("", None),
        ] {
            assert_eq!(Vendor::from_text(text), vendor, "{text}");
        }
    }

    #[test]
    fn a_vendor_is_read_back_from_its_word_and_a_misspelt_one_gets_the_nearest() {
        for vendor in Vendor::ALL {
            assert_eq!(vendor.word().parse(), Ok(vendor));
        }
        let mistake = "supermirco".parse::<Vendor>().unwrap_err().to_string();
        assert_eq!(mistake, "`supermirco` is no vendor that firmdeck knows; did you mean `supermicro`?");
    }
}
