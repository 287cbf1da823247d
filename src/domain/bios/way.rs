//! By which way settings are read and set.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{inventory::Stack, offers::Tier, toolbox::ToolName, toolbox::Toolbox};

/// A way of reading and setting a BIOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BiosWay {
    /// Redfish, which brings a registry: what is wanted is checked before anything is sent.
    #[default]
    Redfish,
    /// Dell's racadm, one setting after another. It tells no allowed values.
    Racadm,
}

impl BiosWay {
    /// The way of a BMC whose Redfish has no BIOS settings.
    ///
    /// # Errors
    /// Why it may not be taken, where there would be one; nothing where there is none.
    pub fn beside_redfish(stack: Stack, tools: Toolbox, tiers: &[Tier]) -> Result<Self, Option<String>> {
        if stack != Stack::Idrac {
            return Err(None);
        }
        if !tiers.contains(&Tier::Tool) {
            return Err(Some("racadm would do it, and the configuration's [ladder] leaves vendors' tools out".into()));
        }
        if !tools.has(ToolName::Racadm) {
            return Err(Some("racadm would do it, and is not there (`firmdeck doctor` says why)".into()));
        }
        Ok(Self::Racadm)
    }

    /// Whether it is the usual one. For serde, which hands over a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::Redfish)
    }

    /// Whether values that wait come in only by a job that is made for them besides.
    #[must_use]
    pub const fn wants_job(self) -> bool {
        matches!(self, Self::Racadm)
    }

    /// Why it is taken and what it cannot do, where it is not the usual one.
    #[must_use]
    pub const fn why(self) -> Option<&'static str> {
        match self {
            Self::Redfish => None,
            Self::Racadm => Some(
                "the BMC shows no BIOS settings over Redfish; racadm tells no allowed values, so a value is checked by its \
                 answer when it is set, before anything is committed, and by reading it back",
            ),
        }
    }
}

impl fmt::Display for BiosWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Redfish => "redfish",
            Self::Racadm => "racadm",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idrac_without_settings_in_redfish_goes_by_racadm_where_that_is_there_and_allowed() {
        let of = |stack, tools, tiers| BiosWay::beside_redfish(stack, tools, tiers);
        assert_eq!(of(Stack::Idrac, Toolbox::FULL, &Tier::ALL), Ok(BiosWay::Racadm));
        assert_eq!(of(Stack::Ilo, Toolbox::FULL, &Tier::ALL), Err(None));
        let said = |tools, tiers| of(Stack::Idrac, tools, tiers).unwrap_err().unwrap();
        assert!(said(Toolbox::default(), &Tier::ALL).contains("firmdeck doctor"));
        assert!(said(Toolbox::FULL, &[Tier::Redfish]).contains("[ladder]"));
    }
}
