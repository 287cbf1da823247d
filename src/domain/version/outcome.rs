//! What a comparison says: the word first, then why.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

use super::Family;

/// Where the first version stands against the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The first is older.
    Less,
    /// The same firmware, perhaps written in two ways.
    Equal,
    /// The first is newer.
    Greater,
    /// Not known; a person or a manifest must say. Nothing is done automatically on it.
    Incomparable,
}

impl Order {
    /// The order seen from the second version.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::Greater => Self::Less,
            Self::Equal | Self::Incomparable => self,
        }
    }
}

impl From<Ordering> for Order {
    fn from(ordering: Ordering) -> Self {
        match ordering {
            Ordering::Less => Self::Less,
            Ordering::Equal => Self::Equal,
            Ordering::Greater => Self::Greater,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Less => "less",
            Self::Equal => "equal",
            Self::Greater => "greater",
            Self::Incomparable => "incomparable",
        })
    }
}

/// The order of two versions, why, and the family they were read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The word.
    pub order: Order,
    /// The reason, in terms of the two strings.
    pub why: Why,
    /// The family that was given or inferred; none where no single one fits.
    pub family: Option<Family>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.order, self.why)
    }
}

/// The first difference that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The number in this place, counted from 1.
    Part(usize),
    /// The number as a whole.
    Number,
    /// The letter after the number.
    Letter,
    /// Release candidate, beta, development build or release.
    Stage,
    /// The `revN` after the number, or the letter after a revision.
    Revision,
    /// Lenovo's build id: level and letter.
    BuildId,
    /// The build number.
    Build,
    /// The build date, where the numbers are the same.
    Date,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(place) => write!(f, "part {place}"),
            Self::Number => f.write_str("the number"),
            Self::Letter => f.write_str("the letter"),
            Self::Stage => f.write_str("the stage"),
            Self::Revision => f.write_str("the revision"),
            Self::BuildId => f.write_str("the build id"),
            Self::Build => f.write_str("the build"),
            Self::Date => f.write_str("the date"),
        }
    }
}

/// What must be the same before an order exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// HPE: the ROM family (`A42`, `U46`).
    RomFamily,
    /// HPE: the iLO generation.
    Generation,
    /// Lenovo: the first four characters of the build id.
    BuildFamily,
    /// Product or branch words around the numbers.
    Product,
    /// The device the firmware is for: ConnectX generation, GPU chip, InfoROM board.
    Device,
    /// Supermicro BMC: the first field may be a product branch (facts: peers 5, rule 7).
    Branch,
    /// The letter of a revision (`A`, `F`).
    RevisionLetter,
    /// One byte, several bytes or dotted numbers.
    Notation,
    /// The commit a build was made from.
    Commit,
    /// The vendor's id of the exact build.
    Track,
    /// A development build and a candidate of one number have no known order.
    Stage,
    /// A mark after the number that names a variant.
    Mark,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RomFamily => "ROM family",
            Self::Generation => "iLO generation",
            Self::BuildFamily => "build family",
            Self::Product => "product or branch",
            Self::Device => "device",
            Self::Branch => "product branch",
            Self::RevisionLetter => "revision letter",
            Self::Notation => "notation",
            Self::Commit => "commit",
            Self::Track => "track id",
            Self::Stage => "stage",
            Self::Mark => "variant",
        })
    }
}

/// Why two versions have the order they have, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Why {
    /// Equal: letter for letter.
    SameText,
    /// Equal: everything that both say agrees.
    SameVersion,
    /// Less or greater: the first difference.
    Decided {
        /// What differed.
        by: By,
        /// What the first version says there.
        a: String,
        /// What the second version says there.
        b: String,
    },
    /// A vendor's word for "nothing there".
    Placeholder {
        /// The text as read.
        text: String,
    },
    /// Longer than any version seen; not read.
    TooLong,
    /// The text is not in the family's grammar.
    Unreadable {
        /// The family it was read in.
        family: Family,
        /// The text as read.
        text: String,
    },
    /// Firmware of two lines: other ROM family, generation, product, device, commit.
    OtherLine {
        /// What differs.
        line: Line,
        /// What the first version says.
        a: String,
        /// What the second version says.
        b: String,
    },
    /// One gives only what the other does not give.
    NothingInCommon,
    /// Only one of the two says which build of the same number it is.
    OneSided,
    /// Two details of the strings order them in opposite ways.
    Disagree {
        /// The one detail.
        one: By,
        /// The other detail.
        other: By,
    },
    /// Two families can read both strings and do not agree.
    Ambiguous {
        /// The one family.
        one: Family,
        /// Its answer.
        says: Order,
        /// The other family.
        other: Family,
        /// The other answer.
        other_says: Order,
    },
    /// Codes have no order.
    Codes,
    /// No family is known to read both.
    NoFamily,
    /// One may be hexadecimal and the other decimal.
    MixedNotation,
    /// May be a date or an id, whose parts have another order or none.
    DateLike,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameText => f.write_str("the same text"),
            Self::SameVersion => f.write_str("the same version written in two ways"),
            Self::Decided { by, a, b } => write!(f, "{by} decides, {} against {}", shown(a), shown(b)),
            Self::Placeholder { text } => write!(f, "`{}` is a placeholder, not a version", shown(text)),
            Self::TooLong => f.write_str("too long for a version"),
            Self::Unreadable { family, text } => write!(f, "`{}` is no version of family {family}", shown(text)),
            Self::OtherLine { line, a, b } => write!(f, "{line} differs, {} against {}", shown(a), shown(b)),
            Self::NothingInCommon => f.write_str("one gives only what the other does not give"),
            Self::OneSided => f.write_str("the same number, but only one says which build"),
            Self::Disagree { one, other } => write!(f, "{one} and {other} say the opposite"),
            Self::Ambiguous { one, says, other, other_says } => {
                write!(f, "{says} if read as {one}, {other_says} if read as {other}; name the family")
            }
            Self::Codes => f.write_str("codes have no order, only the same text is the same firmware"),
            Self::NoFamily => f.write_str("no version family is known to read both"),
            Self::MixedNotation => f.write_str("one is hexadecimal, the other may be decimal"),
            Self::DateLike => f.write_str("one may be a date or an id; name the family"),
        }
    }
}

/// Foreign text in one short printable piece: escapes shown, cut after 48 characters.
fn shown(text: &str) -> String {
    const LONGEST: usize = 48;
    if text.is_empty() {
        return "none".to_owned();
    }
    let mut out: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
