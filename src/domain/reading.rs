//! A value that was read, with where it came from, or the reason why there is none.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What said so: the interface that a value was read through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The BMC's Redfish service.
    Redfish,
    /// IPMI, by ipmitool.
    Ipmitool,
    /// The iDRAC's own words, by racadm.
    Racadm,
    /// iLO's own words, by ilorest.
    Ilorest,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redfish => "redfish",
            Self::Ipmitool => "ipmitool",
            Self::Racadm => "racadm",
            Self::Ilorest => "ilorest",
        })
    }
}

/// Where a value came from and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The interface that answered.
    pub source: Source,
    /// The resource and property, for example `/redfish/v1/Systems/1#BiosVersion`.
    pub path: String,
    /// When the answer arrived.
    pub at: Timestamp,
}

/// A value read from a BMC, or why it is unknown. Never a guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reading")]
pub enum Reading<T> {
    /// The BMC said this.
    Known {
        /// As read, not normalised.
        value: T,
        /// Where and when.
        from: Provenance,
    },
    /// The BMC did not say.
    Unknown {
        /// A clause for the operator: "the BMC does not report SerialNumber".
        why: String,
    },
}

impl<T> Reading<T> {
    /// An unknown value with its reason.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// The value, if it was read.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// Why there is no value, if there is none.
    pub fn why_unknown(&self) -> Option<&str> {
        match self {
            Self::Known { .. } => None,
            Self::Unknown { why } => Some(why),
        }
    }

    /// Where the value came from, if it was read.
    pub const fn provenance(&self) -> Option<&Provenance> {
        match self {
            Self::Known { from, .. } => Some(from),
            Self::Unknown { .. } => None,
        }
    }

    /// This reading, or the other one where this is unknown; the reason of the last is kept.
    #[must_use]
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Known { .. } => self,
            Self::Unknown { .. } => other(),
        }
    }

    /// The same reading with its value turned into another; provenance and reason stay.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Known { value, from } => Reading::Known { value: turn(value), from },
            Self::Unknown { why } => Reading::Unknown { why },
        }
    }
}
