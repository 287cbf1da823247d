//! Whether an image is for a component of a machine, and by what that is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BaselineRule, Image, Machines, Match};
use crate::domain::{kind::Kind, vendor::Vendor, words};

/// A machine, as far as images are matched by it. Absent values were not read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hardware<'a> {
    /// The brand, as read.
    pub vendor: Option<&'a str>,
    /// The model.
    pub model: Option<&'a str>,
    /// Ids and names of its board, all that are known.
    pub boards: &'a [&'a str],
    /// The vendor's generation word.
    pub generation: Option<&'a str>,
}

/// A component, as far as images are matched by it.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What it is.
    pub kind: Kind,
    /// The BMC's id for it.
    pub id: &'a str,
    /// The vendor's name for it.
    pub name: &'a str,
    /// Redfish SoftwareId.
    pub software_id: Option<&'a str>,
}

/// What an image is matched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The brand.
    Vendor,
    /// The kind of component.
    Kind,
    /// The model.
    Model,
    /// The board.
    Board,
    /// The generation.
    Generation,
    /// The SoftwareId.
    SoftwareId,
    /// The component's name or id.
    Component,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vendor => "vendor",
            Self::Kind => "kind",
            Self::Model => "model",
            Self::Board => "board",
            Self::Generation => "generation",
            Self::SoftwareId => "SoftwareId",
            Self::Component => "component",
        })
    }
}

/// One key by which an image fits, or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which key.
    pub key: Key,
    /// What the manifest says, alternatives between commas.
    pub wanted: String,
    /// What the machine says; empty where it does not.
    pub found: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = if self.found.is_empty() { "unknown" } else { &self.found };
        write!(f, "{} is {found}, the manifest says {}", self.key, self.wanted)
    }
}

/// Whether an image is for a component. Only a match may be flashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fit")]
pub enum Fit {
    /// Every key of a rule fits.
    Match {
        /// The keys.
        by: Vec<Evidence>,
    },
    /// A key does not fit.
    Mismatch {
        /// Which.
        by: Evidence,
    },
    /// A key that a rule asks for is unknown on this machine.
    Unproven {
        /// Which.
        by: Evidence,
    },
}

impl Fit {
    /// Whether everything that is asked for fits.
    #[must_use]
    pub const fn is_match(&self) -> bool {
        matches!(self, Self::Match { .. })
    }

    /// How near to a match, so that of several rules the best speaks.
    const fn rank(&self) -> u8 {
        match self {
            Self::Match { .. } => 2,
            Self::Unproven { .. } => 1,
            Self::Mismatch { .. } => 0,
        }
    }
}

/// One key of a rule, looked up on a machine.
struct Asked<'a> {
    key: Key,
    wanted: &'a [String],
    found: Vec<&'a str>,
    fits: fn(&str, &str) -> bool,
}

fn decide(asked: &[Asked<'_>]) -> Fit {
    let mut by = Vec::new();
    let mut unproven = None;
    for Asked { key, wanted, found, fits } in asked.iter().filter(|asked| !asked.wanted.is_empty()) {
        let evidence = Evidence { key: *key, wanted: wanted.join(", "), found: found.join(", ") };
        if found.is_empty() {
            unproven.get_or_insert(evidence);
        } else if wanted.iter().any(|wanted| found.iter().any(|found| fits(wanted, found))) {
            by.push(evidence);
        } else {
            return Fit::Mismatch { by: evidence };
        }
    }
    match unproven {
        Some(by) => Fit::Unproven { by },
        None => Fit::Match { by },
    }
}

/// Board ids are written with and without `0x`, and in both cases: `0x1d14`, `1D14`.
fn same_board(wanted: &str, found: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        text.strip_prefix("0x").map_or(text.clone(), str::to_owned)
    };
    plain(wanted) == plain(found) || words::is_like(wanted, found)
}

fn same_vendor(wanted: &str, found: &str) -> bool {
    Vendor::from_text(found).is_some_and(|vendor| vendor.word() == wanted)
}

fn same_word(wanted: &str, found: &str) -> bool {
    words::folded(wanted) == words::folded(found)
}

fn same_id(wanted: &str, found: &str) -> bool {
    wanted.eq_ignore_ascii_case(found)
}

impl Machines {
    fn asked<'a>(&'a self, hardware: &Hardware<'a>, vendor: &'a [String]) -> Vec<Asked<'a>> {
        vec![
            Asked { key: Key::Vendor, wanted: vendor, found: hardware.vendor.into_iter().collect(), fits: same_vendor },
            Asked { key: Key::Board, wanted: &self.boards, found: hardware.boards.to_vec(), fits: same_board },
            Asked {
                key: Key::Model,
                wanted: &self.models,
                found: hardware.model.into_iter().collect(),
                fits: words::is_like,
            },
            Asked {
                key: Key::Generation,
                wanted: &self.generations,
                found: hardware.generation.into_iter().collect(),
                fits: same_word,
            },
        ]
    }

    /// Whether a machine is one of these.
    #[must_use]
    pub fn fit(&self, hardware: &Hardware<'_>) -> Fit {
        let vendor = [self.vendor.word().to_owned()];
        decide(&self.asked(hardware, &vendor))
    }
}

impl BaselineRule {
    /// Whether the rule is for a machine.
    #[must_use]
    pub fn fit(&self, hardware: &Hardware<'_>) -> Fit {
        self.machines.fit(hardware)
    }
}

impl Match {
    /// Whether the rule is for a component of a machine. The kind is the image's to compare.
    #[must_use]
    pub fn fit(&self, hardware: &Hardware<'_>, part: &Part<'_>) -> Fit {
        let vendor = [self.machines.vendor.word().to_owned()];
        let mut asked = self.machines.asked(hardware, &vendor);
        asked.push(Asked {
            key: Key::SoftwareId,
            wanted: &self.software_ids,
            found: part.software_id.into_iter().collect(),
            fits: same_id,
        });
        let component = Asked {
            key: Key::Component,
            wanted: &self.components,
            found: vec![part.name, part.id],
            fits: words::is_like,
        };
        asked.push(component);
        decide(&asked)
    }
}

impl Image {
    /// Whether the image is for a component of a machine: the best of its rules.
    #[must_use]
    pub fn fit(&self, hardware: &Hardware<'_>, part: &Part<'_>) -> Fit {
        if part.kind != self.kind {
            let (wanted, found) = (self.kind.word().into(), part.kind.word().into());
            return Fit::Mismatch { by: Evidence { key: Key::Kind, wanted, found } };
        }
        let fits = self.matches.iter().map(|rule| rule.fit(hardware, part));
        fits.max_by_key(Fit::rank).unwrap_or_else(|| Fit::Unproven {
            by: Evidence { key: Key::Model, wanted: "nothing: it has no match rule".into(), found: String::new() },
        })
    }
}
