//! Why a component, or a whole server, is left as it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::inventory::Stack;

/// A reason. Some are no more than good news, others wait for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Why {
    /// It runs what is wanted.
    AlreadyThere,
    /// It runs something newer.
    Newer {
        /// What is wanted.
        wanted: String,
    },
    /// The two versions have no known order.
    NotComparable {
        /// What is wanted.
        wanted: String,
        /// Why they cannot be compared.
        reason: String,
    },
    /// The version it runs is not known.
    VersionUnknown {
        /// Why not.
        reason: String,
    },
    /// No image brings the wanted version to this component.
    NoImage {
        /// What is wanted.
        wanted: String,
    },
    /// The BMC says that it cannot be updated.
    NotUpdateable,
    /// It is too old for the image, and no image leads between.
    NoSteppingStone {
        /// The oldest version that the image can be put on.
        min_from: String,
        /// The image.
        image: String,
    },
    /// Another component is too old, and nothing in the plan brings it up.
    Requirement {
        /// The other's kind and what it needs.
        needs: String,
    },
    /// The BMC offers no method that firmdeck knows for it.
    NoMethod {
        /// Its stack.
        stack: Stack,
        /// What there is, and why it is not used.
        #[serde(default)]
        left: String,
    },
    /// The image is larger than the BMC takes.
    TooLarge {
        /// Bytes of the image.
        size: u64,
        /// Bytes that the BMC takes.
        max: u64,
    },
    /// It needs the host reset or off, and the policy forbids that.
    PowerForbidden,
    /// It needs the host off, the host is on, and the policy leaves hosts on.
    HostIsOn,
    /// It takes effect only when the machine's power is cut, which no BMC does safely.
    NeedsAcCycle,
    /// Two rules of the baseline want different versions.
    Conflict {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// What would prove that the image is for it is unknown on this machine.
    Unproven {
        /// What is missing.
        evidence: String,
    },
    /// The image is for another machine.
    Mismatch {
        /// What differs.
        evidence: String,
    },
    /// Its BIOS cannot be read, so nobody can tell what the profile would change.
    BiosUnread {
        /// Why not.
        reason: String,
    },
    /// The BIOS profile wants what this BIOS does not take.
    BiosRefused {
        /// The first attribute, and why.
        first: String,
        /// So many more.
        more: usize,
    },
    /// Nothing in the baseline or of the image is for this machine.
    NothingForIt,
    /// The engine runs on it.
    Here,
    /// It cannot be told from another machine.
    Anonymous,
}

impl Why {
    /// True where nothing is wrong: the component needs nothing.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        matches!(self, Self::AlreadyThere | Self::Newer { .. } | Self::NothingForIt)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyThere => f.write_str("it runs what is wanted"),
            Self::Newer { wanted } => write!(f, "it runs something newer than {wanted}; a downgrade must be asked for"),
            Self::NotComparable { wanted, reason } => write!(f, "its version has no known order to {wanted}: {reason}"),
            Self::VersionUnknown { reason } => write!(f, "its version is unknown: {reason}"),
            Self::NoImage { wanted } => write!(f, "no image brings {wanted} to it"),
            Self::NotUpdateable => f.write_str("the BMC says that it cannot be updated"),
            Self::NoSteppingStone { min_from, image } => {
                write!(f, "image {image} needs {min_from} first, and no image in the manifests leads there")
            }
            Self::Requirement { needs } => write!(f, "it needs {needs} first"),
            Self::NoMethod { stack, left } if left.is_empty() => {
                write!(f, "this {stack} offers no update method that firmdeck knows")
            }
            Self::NoMethod { stack, left } => write!(f, "no update method is left on this {stack}: {left}"),
            Self::TooLarge { size, max } => write!(f, "the image has {size} bytes, and the BMC takes {max}"),
            Self::PowerForbidden => f.write_str("it needs a host reset, and the power policy is \"never\""),
            Self::HostIsOn => f.write_str("it needs the host off, the host is on, and the power policy is \"if_off\""),
            Self::NeedsAcCycle => f.write_str("it takes effect only when the machine's power is cut by hand"),
            Self::Conflict { one, other } => write!(f, "the baseline wants both {one} and {other}"),
            Self::Unproven { evidence } => write!(f, "nothing proves that the image is for it: {evidence}"),
            Self::Mismatch { evidence } => write!(f, "the image is for another machine: {evidence}"),
            Self::BiosUnread { reason } => write!(f, "its BIOS settings cannot be read: {reason}"),
            Self::BiosRefused { first, more: 0 } => write!(f, "the BIOS profile does not fit: {first}"),
            Self::BiosRefused { first, more } => write!(f, "the BIOS profile does not fit: {first} (and {more} more)"),
            Self::NothingForIt => f.write_str("nothing of what is wanted is for this machine"),
            Self::Here => f.write_str("firmdeck runs on this machine"),
            Self::Anonymous => {
                f.write_str("it reports neither serial number nor UUID, so it cannot be told from another")
            }
        }
    }
}
