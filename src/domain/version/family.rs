//! The families a version string can belong to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How a component's vendor writes and orders versions. Follows from vendor, component and the strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Numbers between `.`, `-` or `_`; a missing number is 0. Dell, Broadcom, AMI, Supermicro BMC.
    Dot,
    /// Two numbers and perhaps a letter, which sorts later: `1.3a`. Supermicro BIOS.
    Sfx,
    /// Numbers in base 16: `F1.07.55`, `0x11`. CPLD, FPGA, NVIDIA VBIOS, Dell PSU.
    Hex,
    /// HPE system ROM: `A42 v2.60 (08/11/2022)`. The ROM family must match.
    Rom,
    /// HPE iLO: `iLO 5 v2.72`, `2.72 Sep 04 2022`. The generation must match where both give it.
    Ilo,
    /// Lenovo build id and number: `TGBT42S 2.83 2023-07-05`, `42S-2.83`, `U8E122J`.
    Len,
    /// Product prefix, numbers, `-rcN`, git describe: NVIDIA, OpenBMC, Cray, Intel.
    Nv,
    /// Mellanox adapters: `24.40.1000`, printed by Dell and Supermicro as `24.40.10.00`.
    Mlx,
    /// Number and `Build N`, or number and Intel's track id: `3.50 0x800016DC`.
    Bld,
    /// Letter and number: Dell `A05`, Gigabyte `F01b`.
    Rev,
    /// A code without an order: drive firmware, PSID, GUID. Only the same text is the same firmware.
    Opaque,
}

/// A word that names no [`Family`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version family (dot sfx hex rom ilo len nv mlx bld rev opaque)")]
pub struct UnknownFamily(pub String);

impl Family {
    /// Every family, in the order of the help text.
    pub const ALL: [Self; 11] = [
        Self::Dot,
        Self::Sfx,
        Self::Hex,
        Self::Rom,
        Self::Ilo,
        Self::Len,
        Self::Nv,
        Self::Mlx,
        Self::Bld,
        Self::Rev,
        Self::Opaque,
    ];

    /// The family's word on screen, in manifests and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Sfx => "sfx",
            Self::Hex => "hex",
            Self::Rom => "rom",
            Self::Ilo => "ilo",
            Self::Len => "len",
            Self::Nv => "nv",
            Self::Mlx => "mlx",
            Self::Bld => "bld",
            Self::Rev => "rev",
            Self::Opaque => "opaque",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Family {
    type Err = UnknownFamily;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|family| family.word() == word).ok_or_else(|| UnknownFamily(word.to_owned()))
    }
}
