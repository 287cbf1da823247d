//! What will be done to which servers, bound to a digest. Pure: inventory x what is wanted x options -> plan.

mod bios;
mod chain;
mod digest;
mod make;
mod order;
mod why;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    digest::Sha256,
    inventory::{Inventory, ServerId},
    kind::Kind,
    ladder::Ladder,
    machine::Numbers,
    manifest::{Criticality, Signature},
    offers::{Method, Tier},
    target::Endpoint,
    toolbox::Toolbox,
};

pub use bios::{BiosPlan, with_profile};
pub use make::make;
pub use why::Why;

/// What may be done to a host's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerPolicy {
    /// Nothing: what needs a reset is left out.
    Never,
    /// Only hosts that are off already.
    IfOff,
    /// Ask the operating system; a host that does not follow blocks.
    #[default]
    Graceful,
    /// Ask first, then force.
    Forced,
}

impl fmt::Display for PowerPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Never => "never",
            Self::IfOff => "if_off",
            Self::Graceful => "graceful",
            Self::Forced => "forced",
        })
    }
}

/// How a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// What may be done to hosts' power.
    pub power: PowerPolicy,
    /// Whether an older version than the installed one may be flashed.
    pub downgrade: bool,
    /// Servers under way at the same time.
    pub servers_at_once: u32,
    /// Images being uploaded at the same time.
    pub uploads_at_once: u32,
    /// One server first, the others only after it has succeeded.
    pub canary: bool,
    /// No server is begun after so many have failed.
    pub stop_after: u32,
    /// The operator accepts that trusted platform modules measure another firmware afterwards: what is sealed to them
    /// must be suspended or recovered. Left out where it is not so, so that older plans keep their digest.
    #[serde(default, skip_serializing_if = "is_not")]
    pub tpm_override: bool,
}

/// For serde, which hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_not(set: &bool) -> bool {
    !*set
}

impl Default for Options {
    /// Four uploads at once, as NICo has it in the field; one failure stops what has not begun.
    fn default() -> Self {
        Self {
            power: PowerPolicy::default(),
            downgrade: false,
            servers_at_once: 64,
            uploads_at_once: 4,
            canary: true,
            stop_after: 1,
            tpm_override: false,
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The versions of a baseline.
    Baseline(String),
    /// One image, wherever it fits.
    Image(String),
    /// Nothing of the firmware: the BIOS profile alone.
    NoFirmware,
}

/// A server that is to be planned for.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Our id.
    pub id: ServerId,
    /// Where its BMC is.
    pub endpoint: &'a Endpoint,
    /// The operator's name for it.
    pub name: Option<&'a str>,
    /// What was read last.
    pub inventory: &'a Inventory,
    /// It is the machine that the engine runs on.
    pub here: bool,
    /// The tools that the engine has.
    pub tools: Toolbox,
    /// The tiers that may be used on it, in order.
    pub tiers: &'a [Tier],
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What is wanted.
    pub goal: Goal,
    /// The BIOS profile that is wanted besides, by name; what it says stands with each server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bios_profile: Option<String>,
    /// How it is carried out.
    pub options: Options,
    /// By server, in the order of the candidates.
    pub servers: Vec<ServerPlan>,
}

/// What will be done to one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerPlan {
    /// Our id.
    pub id: ServerId,
    /// Where its BMC is.
    pub endpoint: Endpoint,
    /// The operator's name for it.
    pub name: Option<String>,
    /// Who it must be, each time it is looked at.
    pub identity: Numbers,
    /// In this order.
    pub updates: Vec<Update>,
    /// Why in this order, where there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What will not be done, and why.
    pub left_out: Vec<LeftOut>,
    /// What is done to its BIOS, where a profile is for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bios: Option<BiosPlan>,
    /// Why nothing at all will be done, if so.
    pub refused: Option<Why>,
}

/// One flash of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The component's id in the inventory.
    pub component: String,
    /// What it is.
    pub kind: Kind,
    /// The vendor's name for it.
    pub name: String,
    /// Resources that can be named as the target, the inventory member first.
    pub targets: Vec<String>,
    /// The version that it must run before.
    pub from: String,
    /// The version that it must report after.
    pub to: String,
    /// The image.
    pub image: PlannedImage,
    /// The methods that may be used, in order.
    pub methods: Vec<Method>,
    /// Why these, and why not others that the BMC offers.
    #[serde(default)]
    pub ladder: Ladder,
    /// Whether its failure stops the server.
    pub criticality: Criticality,
    /// It takes effect when the host is reset.
    pub host_reset: bool,
    /// The BMC resets itself to take it.
    pub bmc_reset: bool,
    /// The host is off while it is written.
    pub host_off: bool,
    /// It is flashed in spite of an enabled trusted platform module, as the plan's option says.
    #[serde(default, skip_serializing_if = "is_not")]
    pub tpm_override: bool,
    /// How long it takes once uploaded, in minutes.
    pub minutes: u32,
    /// A word on why: what is wanted, or the stepping stone that it is.
    pub why: String,
}

/// The image of an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedImage {
    /// Its id in the manifests.
    pub id: String,
    /// The file's name.
    pub file: String,
    /// The file's digest.
    pub sha256: Sha256,
    /// The file's length in bytes.
    pub size: u64,
    /// The signature that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Plan {
    /// What is wanted, in words.
    #[must_use]
    pub fn wanted(&self) -> String {
        let firmware = match &self.goal {
            Goal::Baseline(name) => Some(format!("baseline {name}")),
            Goal::Image(id) => Some(format!("image {id}")),
            Goal::NoFirmware => None,
        };
        let bios = self.bios_profile.as_ref().map(|name| format!("BIOS profile {name}"));
        firmware.into_iter().chain(bios).collect::<Vec<_>>().join(" and ")
    }
}

/// A component that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The component's id in the inventory.
    pub component: String,
    /// The vendor's name for it.
    pub name: String,
    /// The version that it runs, where known.
    pub version: Option<String>,
    /// Why.
    pub why: Why,
}

impl ServerPlan {
    /// Minutes that the host will be off or booting, as far as the manifest tells.
    #[must_use]
    pub fn host_minutes(&self) -> u32 {
        let off: u32 = self.updates.iter().filter(|update| update.host_off).map(|update| update.minutes).sum();
        let of_bios = self.bios.iter().filter(|bios| bios.has_work() && bios.resets_host).count();
        let boots = self.updates.iter().filter(|update| update.host_reset || update.host_off).count() + of_bios;
        off + if boots > 0 { BOOT_MINUTES } else { 0 }
    }
}

/// A host's way through POST after a firmware change takes 3 to 15 minutes in field reports.
const BOOT_MINUTES: u32 = 10;
