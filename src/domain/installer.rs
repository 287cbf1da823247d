//! Who on a server writes an image that its BMC was given.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Who writes it (HPE's `UpdatableBy`; the classes A and B, and C, of HPE's component types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installer {
    /// The BMC itself.
    #[default]
    Bmc,
    /// The host's UEFI in its next POST, from the BMC's queue.
    Uefi,
}

impl Installer {
    /// All.
    pub const ALL: [Self; 2] = [Self::Bmc, Self::Uefi];

    /// The word for it in manifests.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bmc => "bmc",
            Self::Uefi => "uefi",
        }
    }
}

impl fmt::Display for Installer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Installer {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|one| one.word() == word).ok_or(())
    }
}
