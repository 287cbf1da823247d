//! Why a wanted value is refused before anything is sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AttributeValue;
use crate::domain::words::did_you_mean;

/// Values that are listed in words; the rest is counted.
const LISTED: usize = 8;

/// Why a wanted value cannot be set on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Reason {
    /// The registry has no such attribute.
    Unknown {
        /// The nearest that it has.
        nearest: Option<String>,
    },
    /// The registry knows it, and this machine shows no value of it: its part is not there, or its menu is closed.
    NotHere,
    /// Several attributes could be meant.
    Ambiguous {
        /// Which, each with its menu.
        candidates: Vec<String>,
    },
    /// Two wanted names are one attribute.
    Twice {
        /// The other name.
        other: String,
    },
    /// A password never stands in a profile.
    Secret,
    /// It shows what the machine is, or is this one machine's alone.
    OfTheMachine,
    /// It cannot be changed.
    ReadOnly,
    /// Other attributes make it read-only, grayed out or hidden, with the values that they will have.
    Locked {
        /// `read-only`, `grayed out`, `hidden`.
        word: String,
        /// By which, with their values.
        by: Vec<String>,
    },
    /// It is inactive, and nothing says why.
    Inactive {
        /// `grayed out`, `hidden`.
        word: String,
    },
    /// Another wanted value brings a value of its own for it.
    Forced {
        /// By which, with their values.
        by: Vec<String>,
        /// The value.
        value: AttributeValue,
    },
    /// It is of another type.
    WrongType {
        /// What it can be.
        wanted: String,
    },
    /// It is not among the values of an enumeration.
    NotAllowed {
        /// Which are.
        allowed: Vec<String>,
    },
    /// A number out of bounds.
    OutOfBounds {
        /// The least.
        lower: Option<i64>,
        /// The most.
        upper: Option<i64>,
    },
    /// A number between two that can be had.
    BetweenSteps {
        /// From one to the next.
        step: i64,
        /// Counted from here.
        lower: i64,
    },
    /// A text that is too short or too long.
    Length {
        /// Fewest characters.
        min: Option<u64>,
        /// Most characters.
        max: Option<u64>,
    },
    /// The profile itself says that it must not be changed.
    Preserved {
        /// By this pattern.
        pattern: String,
    },
}

impl Reason {
    /// True where the machine simply has no such attribute, which an optional wish may meet.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::NotHere)
    }
}

fn bound<T: fmt::Display>(lower: Option<T>, upper: Option<T>) -> String {
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("from {lower} to {upper}"),
        (Some(lower), None) => format!("at least {lower}"),
        (None, Some(upper)) => format!("at most {upper}"),
        (None, None) => "other".into(),
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { nearest } => {
                write!(f, "this BIOS has no such attribute{}", did_you_mean(nearest.as_deref()))
            }
            Self::NotHere => f.write_str("this machine shows no value of it: its part or its menu is not there"),
            Self::Ambiguous { candidates } => {
                write!(f, "several are called so ({}); write one of these in full", candidates.join("; "))
            }
            Self::Twice { other } => write!(f, "the profile wants it a second time, as {other}"),
            Self::Secret => f.write_str("it is a password; passwords are never set by a profile"),
            Self::OfTheMachine => f.write_str("it is this one machine's own and never taken from a profile"),
            Self::ReadOnly => f.write_str("it is read-only"),
            Self::Locked { word, by } => {
                write!(f, "it is {word} because of {}; set what controls it in the same profile", by.join(" and "))
            }
            Self::Inactive { word } => write!(f, "it is {word}"),
            Self::Forced { by, value } => write!(f, "{} makes it {value}", by.join(" and ")),
            Self::WrongType { wanted } => write!(f, "it must be {wanted}"),
            Self::NotAllowed { allowed } => {
                let listed = allowed.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
                let more = allowed.len().saturating_sub(LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                write!(f, "it must be one of {listed}{more}")
            }
            Self::OutOfBounds { lower, upper } => write!(f, "it must be {}", bound(*lower, *upper)),
            Self::BetweenSteps { step, lower } => write!(f, "it must be {lower} and so many times {step}"),
            Self::Length { min, max } => write!(f, "it must have {} characters", bound(*min, *max)),
            Self::Preserved { pattern } => write!(f, "the profile preserves it by \"{pattern}\""),
        }
    }
}
