//! How each vendor's BMC speaks: its resources, ids, limits and refusals.
//!
//! A personality is a [`Profile`]: a tree of resource templates (JSON beside its Rust file), numbers, and the few
//! functions that turn a [`Machine`] into the values of those templates. What is true of one vendor only stands in that
//! vendor's files.

mod control;
mod dell;
mod hpe;
mod hpm;
mod lenovo;
mod megarac;
mod openbmc;
mod say;
mod service;
mod supermicro;
mod tree;
mod update;
mod values;

use std::{fmt, str::FromStr, time::Duration};

pub(in crate::lab) use control::arguments;
pub(in crate::lab) use hpm::course as hpm_course;
pub use say::{Said, Trouble};
use serde_json::Value;
pub(crate) use tree::merge;
pub use tree::{Template, Tree};
pub use update::{Accepted, Line, Monitor, Pull, Spoken, Updates};
pub(in crate::lab) use update::{judge, pulled};
pub use values::{Times, Values};
pub(crate) use values::{common, log_values, task_values, zulu};

use crate::lab::{
    bios::Style,
    model::{Apply, Habits, Machine, Service, SessionLimits},
};

/// A trouble in a vendor's words, or the standard's where it has none.
#[must_use]
pub fn words(profile: &Profile, trouble: &Trouble) -> Said {
    (profile.say)(trouble).unwrap_or_else(|| say::standard(trouble))
}

/// A vendor's BMC stack that the lab can emulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Personality {
    /// Dell iDRAC9 6.x.
    Idrac9,
    /// Dell iDRAC9 3.2x and 3.3x, which takes no multipart push.
    Idrac9Early,
    /// HPE iLO 5.
    Ilo5,
    /// HPE iLO 6.
    Ilo6,
    /// Supermicro X12.
    SupermicroX12,
    /// Supermicro X13.
    SupermicroX13,
    /// Stock OpenBMC (bmcweb).
    OpenBmc,
    /// Lenovo XClarity Controller.
    LenovoXcc,
    /// AMI MegaRAC SP-X.
    MegaRac,
    /// OpenBMC of before 2022: takes images bare alone.
    OpenBmcOld,
    /// OpenBMC in an enclosure: one BMC, four hosts.
    Chassis,
    /// A board that speaks IPMI alone and takes its firmware by PICMG HPM.1.
    HpmBoard,
    /// Dell iDRAC8 2.5x, whose Redfish knows no updates: racadm does.
    Idrac8,
    /// Supermicro X11, whose Redfish takes no images: Supermicro Update Manager brings them.
    SupermicroX11,
}

impl Personality {
    /// Every one that there is.
    pub const EVERY: [Self; 14] = [
        Self::Idrac9,
        Self::Ilo5,
        Self::SupermicroX13,
        Self::OpenBmc,
        Self::LenovoXcc,
        Self::Ilo6,
        Self::SupermicroX12,
        Self::MegaRac,
        Self::Idrac9Early,
        Self::Chassis,
        Self::OpenBmcOld,
        Self::HpmBoard,
        Self::Idrac8,
        Self::SupermicroX11,
    ];

    /// Those of a usual fleet, in the order in which it deals them out: each has a Redfish service, by which fleets are
    /// discovered, and takes its images by it.
    pub const ALL: [Self; 11] = [
        Self::Idrac9,
        Self::Ilo5,
        Self::SupermicroX13,
        Self::OpenBmc,
        Self::LenovoXcc,
        Self::Ilo6,
        Self::SupermicroX12,
        Self::MegaRac,
        Self::Idrac9Early,
        Self::Chassis,
        Self::OpenBmcOld,
    ];

    /// Its name on the command line and in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idrac9 => "idrac9",
            Self::Idrac9Early => "idrac9-3",
            Self::Ilo5 => "ilo5",
            Self::Ilo6 => "ilo6",
            Self::SupermicroX12 => "smc-x12",
            Self::SupermicroX13 => "smc-x13",
            Self::OpenBmc => "openbmc",
            Self::LenovoXcc => "xcc",
            Self::MegaRac => "megarac",
            Self::OpenBmcOld => "openbmc-old",
            Self::Chassis => "chassis",
            Self::HpmBoard => "hpm",
            Self::Idrac8 => "idrac8",
            Self::SupermicroX11 => "smc-x11",
        }
    }

    /// Whether it has a web service.
    #[must_use]
    pub fn has_https(self) -> bool {
        self != Self::HpmBoard
    }

    /// The vendor, as `firmdeck lab --json` prints it and rules select it.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Idrac9 | Self::Idrac9Early | Self::Idrac8 => "dell",
            Self::Ilo5 | Self::Ilo6 => "hpe",
            Self::SupermicroX11 | Self::SupermicroX12 | Self::SupermicroX13 => "supermicro",
            Self::OpenBmc | Self::OpenBmcOld | Self::Chassis => "openbmc",
            Self::LenovoXcc => "lenovo",
            Self::MegaRac => "ami",
            Self::HpmBoard => "hpm",
        }
    }

    /// What the vendor's stack does.
    #[must_use]
    pub fn profile(self) -> &'static Profile {
        match self {
            Self::Idrac9 => dell::idrac9(),
            Self::Idrac9Early => dell::idrac9_early(),
            Self::Ilo5 => hpe::ilo5(),
            Self::Ilo6 => hpe::ilo6(),
            Self::SupermicroX12 => supermicro::x12(),
            Self::SupermicroX13 => supermicro::x13(),
            Self::OpenBmc => openbmc::stock(),
            Self::LenovoXcc => lenovo::xcc(),
            Self::MegaRac => megarac::spx(),
            Self::OpenBmcOld => openbmc::old(),
            Self::Chassis => openbmc::chassis(),
            Self::HpmBoard => hpm::board(),
            Self::Idrac8 => dell::idrac8(),
            Self::SupermicroX11 => supermicro::x11(),
        }
    }
}

impl fmt::Display for Personality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Personality {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|one| one.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::EVERY.iter().map(|one| one.name()).collect();
            format!("no personality `{text}`; there are {}", names.join(", "))
        })
    }
}

/// What a BMC does with `$expand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expand {
    /// `*`: everything.
    pub all: bool,
    /// `.`: what is subordinate, not what stands under `Links`.
    pub no_links: bool,
    /// `~`: only what stands under `Links`.
    pub links: bool,
    /// Most levels.
    pub max_levels: u8,
    /// Status of the refusal when a query is not supported; `None` where the BMC ignores it.
    pub refusal: Option<u16>,
}

/// How a BMC makes entity tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etag {
    /// `W/"0A1B2C3D"`, also in the body (HPE).
    Weak8,
    /// `"…"` with 32 hexadecimal digits, also in the body (Supermicro).
    Strong32,
    /// `"…"` with 19 hexadecimal digits, also in the body (Lenovo).
    Strong19,
    /// `"0A1B2C3D"` in the header only (Dell, OpenBMC).
    Header8,
}

/// How a BMC names its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionIds {
    /// 1, 2, 3 …
    Counting,
    /// The user's name and 23 hexadecimal digits (HPE).
    UserAndHex,
    /// Ten letters and digits (bmcweb).
    Random,
}

/// An answer's status and body to something that went well.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// HTTP status.
    pub status: u16,
    /// Body, where the vendor sends one.
    pub body: Option<Value>,
}

/// Where a BMC keeps its log of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPlace {
    /// URI of the entries.
    pub entries: &'static str,
    /// Whether the collection holds the entries themselves, unasked.
    pub embedded: bool,
}

/// Everything that is one vendor's and not another's.
#[derive(Debug)]
pub struct Profile {
    /// The factory's administrator.
    pub user: &'static str,
    /// URI of the one system.
    pub system: &'static str,
    /// URI of the one manager.
    pub manager: &'static str,
    /// URIs of further systems behind the same BMC.
    pub nodes: &'static [&'static str],
    /// When a bare image takes effect unless somebody sets it otherwise.
    pub applies: Apply,
    /// What a flash of the BMC can leave as it is, where the BMC is told.
    pub preserves: &'static [&'static str],
    /// `ResetType`s the host takes.
    pub host_resets: &'static [&'static str],
    /// `ResetType`s the BMC takes.
    pub bmc_resets: &'static [&'static str],
    /// Where images would go too: ways that the lab does not know and refuses honestly.
    pub image_uris: &'static [&'static str],
    /// How it takes images.
    pub updates: Updates,
    /// Its log of events, where the lab knows it.
    pub log: Option<LogPlace>,
    /// Its BIOS settings, where the lab knows them.
    pub bios: Option<&'static Style>,
    /// Its answer to BIOS settings that were taken and get no job.
    pub settings_taken: fn() -> Done,
    /// What an action that changes nothing answers, where the vendor has such (Dell's lifecycle status).
    pub tell: fn(&Machine, &str) -> Option<Value>,
    /// One message in the vendor's form.
    pub message: fn(&Said) -> Value,
    /// `$expand`.
    pub expand: Expand,
    /// Sessions.
    pub sessions: SessionLimits,
    /// Names of sessions.
    pub session_ids: SessionIds,
    /// Entity tags.
    pub etag: Etag,
    /// `Server` header, where there is one.
    pub server: Option<&'static str>,
    /// The resource that lists all others with their types and tags, where the vendor has one; it gets the value
    /// `directory`.
    pub directory: Option<&'static str>,
    /// Whether URIs are compared without case (HPE).
    pub any_case: bool,
    /// How many times slower than the rest a URI with this beginning answers.
    pub slow: &'static [(&'static str, f64)],
    /// Whether a power action is refused in the state it leads to, or taken as done.
    pub power_refused: bool,
    /// How its machines keep time and memory.
    pub habits: Habits,
    /// The largest image in bytes, where the BMC says so.
    pub largest_image: Option<u64>,
    /// Its resources.
    pub tree: Tree,
    /// Adds the vendor's own values for the templates.
    pub values: fn(&Machine, &mut Values),
    /// The firmware inventory: values of each member, `id` among them.
    pub firmware: fn(&Machine) -> Vec<Values>,
    /// The vendor's own words for a trouble, where it does not use the standard's.
    pub say: fn(&Trouble) -> Option<Said>,
    /// The vendor's form of an error.
    pub error: fn(&Said) -> Value,
    /// Its answer to an action that was carried out.
    pub done: fn() -> Done,
    /// Its answer to the end of a session.
    pub session_closed: fn() -> Done,
}

impl Profile {
    /// The settings of a service that nobody has touched.
    #[must_use]
    pub fn service(&self) -> Service {
        Service {
            preserve: self.preserves.iter().map(|what| (*what, false)).collect(),
            apply: self.applies,
            ..Service::default()
        }
    }
}

/// What an operating system is given to shut down.
const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_personality_has_a_tree_without_unknown_values() {
        for personality in Personality::EVERY {
            let machine = crate::lab::fleet::machine(personality, 0, 1);
            let profile = personality.profile();
            assert!(profile.tree.problems().is_empty(), "{personality}: {:?}", profile.tree.problems());
            let mut values = common(&machine, &Times::zero(), profile);
            (profile.values)(&machine, &mut values);
            for (path, template) in profile.tree.documents() {
                if path.ends_with("{}") {
                    continue;
                }
                for name in template.names() {
                    let listed = profile.directory == Some(path) && name == "directory";
                    assert!(listed || values.contains(&name), "{personality}: {path} wants the unknown value `{name}`");
                }
            }
        }
    }

    #[test]
    fn every_link_leads_to_a_resource() {
        for personality in Personality::EVERY {
            let machine = crate::lab::fleet::machine(personality, 0, 1);
            let view = crate::lab::bmc::View::new(&machine, Times::zero());
            for (path, _) in personality.profile().tree.documents() {
                if path.ends_with("{}") {
                    continue;
                }
                let body = view.document(path).unwrap();
                let text = body.to_string().replace("\"$metadata\"", "");
                assert!(!text.contains("\"$") && !text.contains("${"), "{personality}: {path} has a gap: {text}");
                for link in links(&body) {
                    assert!(
                        view.document(&link).is_some(),
                        "{personality}: {path} links to {link}, which is not there"
                    );
                }
            }
        }
    }

    fn links(value: &Value) -> Vec<String> {
        match value {
            Value::Object(map) if map.len() == 1 && map.contains_key("@odata.id") => {
                map["@odata.id"].as_str().map(str::to_owned).into_iter().collect()
            }
            Value::Object(map) => map.values().flat_map(links).collect(),
            Value::Array(list) => list.iter().flat_map(links).collect(),
            _ => Vec::new(),
        }
    }
}
