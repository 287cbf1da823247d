//! Which vendors' tools there are on the machine that the engine runs on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tool of a vendor's, or one for every vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// HPE's.
    Ilorest,
    /// Dell's.
    Racadm,
    /// Supermicro's Update Manager, or its successor SAA.
    Sum,
    /// For everything that speaks IPMI.
    Ipmitool,
}

impl ToolName {
    /// All.
    pub const ALL: [Self; 4] = [Self::Ilorest, Self::Racadm, Self::Sum, Self::Ipmitool];

    /// The program's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ilorest => "ilorest",
            Self::Racadm => "racadm",
            Self::Sum => "sum",
            Self::Ipmitool => "ipmitool",
        }
    }

    /// What firmdeck uses it for.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Ilorest => "HPE: packages that no Redfish way takes",
            Self::Racadm => "Dell: iDRACs whose Redfish takes no images, or has no BIOS settings",
            Self::Sum => "Supermicro: X11 and older, which take no images by Redfish",
            Self::Ipmitool => "boards that speak IPMI alone: identity, power and HPM.1 images",
        }
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The tools that were found and are what their names say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Toolbox {
    found: [bool; ToolName::ALL.len()],
}

impl Toolbox {
    /// A box with every tool in it.
    pub const FULL: Self = Self { found: [true; ToolName::ALL.len()] };

    /// Puts a tool in.
    #[must_use]
    pub fn with(mut self, tool: ToolName) -> Self {
        self.found.iter_mut().zip(ToolName::ALL).filter(|(_, one)| *one == tool).for_each(|(found, _)| *found = true);
        self
    }

    /// Whether it is there.
    #[must_use]
    pub fn has(self, tool: ToolName) -> bool {
        self.found.into_iter().zip(ToolName::ALL).any(|(found, one)| found && one == tool)
    }
}
