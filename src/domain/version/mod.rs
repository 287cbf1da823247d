//! Firmware version strings: which family they are of, which of two is older, and their normal form.
//!
//! Vendors write versions in ways that no general rule orders: `96.00.A6.00.01` is hexadecimal, `24.40.10.00` and
//! `24.40.1000` are one firmware, `A43 v3.60` and `A42 v2.60` are for other boards. So each [`Family`] has its own
//! grammar; a string outside it is [`Order::Incomparable`], never a guess, and so is every pair that the strings
//! alone leave open. An update may only be decided on less or equal.
//!
//! What both strings say is compared; what only one says (HPE's date, Lenovo's build family) makes no difference. So
//! `A42 v2.60` equals `A42 v2.60 (08/11/2022)` and any other build of 2.60; among strings of the same detail the order
//! is transitive.

mod family;
mod hint;
mod infer;
mod makers;
mod numeric;
mod outcome;
mod product;
mod reading;
mod sequence;
mod unversioned;

#[cfg(test)]
mod tests;

pub use family::{Family, UnknownFamily};
pub use outcome::{By, Comparison, Line, Order, Why};

use reading::{Reading, Verdict};
use unversioned::{is_placeholder, tidy};

/// No version seen in the field is half as long (bytes). Longer text is not read, so work stays bounded.
const LONGEST: usize = 200;

/// What is known about the component a version string was read from. All of it may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hint<'a> {
    /// Maker of the server or of the component, as the BMC writes it: `HPE`, `Dell Inc.`, `Supermicro`.
    pub vendor: Option<&'a str>,
    /// bios, bmc, cpld, nic, storage, drive, psu, gpu, tpm or other; another word counts as absent.
    pub kind: Option<&'a str>,
    /// The inventory member's name or id: `System ROM`, `HGX_FW_ERoT_BMC_0`.
    pub name: Option<&'a str>,
}

/// The order of two versions as read, both of `family`.
///
/// Placeholders are incomparable with everything, themselves included; any other text equals itself.
#[must_use]
pub fn compare(family: Family, a: &str, b: &str) -> Comparison {
    let (a, b) = (tidy(a), tidy(b));
    let (order, why) = match compare_tidied(family, a, b) {
        Verdict::Same if a == b => (Order::Equal, Why::SameText),
        Verdict::Same => (Order::Equal, Why::SameVersion),
        Verdict::Decided(ordering, why) => (ordering.into(), why),
        Verdict::Unknown(why) => (Order::Incomparable, why),
    };
    Comparison { order, why, family: Some(family) }
}

/// The order of two versions as read from one component, in the family that [`infer()`] finds.
///
/// Where no single family follows and all that can read both agree, that is the answer; else incomparable.
#[must_use]
pub fn compare_as_read(hint: Hint<'_>, a: &str, b: &str) -> Comparison {
    infer::compare_as_read(hint, tidy(a), tidy(b))
}

/// The family two versions of one component are of.
///
/// # Errors
/// The reason why no family can be named: a placeholder, no family that reads both, or several that disagree.
pub fn infer(hint: Hint<'_>, a: &str, b: &str) -> Result<Family, Why> {
    infer::infer(hint, tidy(a), tidy(b))
}

/// Whether `text` is in the grammar of `family`. Any text but a placeholder is an opaque code.
#[must_use]
pub fn is_readable(family: Family, text: &str) -> bool {
    let text = tidy(text);
    !is_placeholder(text) && (family == Family::Opaque || read(family, text).is_some())
}

/// A version of `family` in canonical text; none for a placeholder.
///
/// Versions that compare equal have one text, except a Lenovo build id that is given without its number. A text that
/// the family cannot read comes back with the blanks around it removed.
#[must_use]
pub fn normalise(family: Family, text: &str) -> Option<String> {
    let text = tidy(text);
    if is_placeholder(text) {
        return None;
    }
    Some(read(family, text).map_or_else(|| text.to_owned(), |reading| reading.text))
}

/// A version as read from a component, in canonical text; none for a placeholder.
#[must_use]
pub fn normalise_as_read(hint: Hint<'_>, text: &str) -> Option<String> {
    match infer(hint, text, text) {
        Ok(family) => normalise(family, text),
        Err(Why::Placeholder { .. }) => None,
        Err(_) => Some(tidy(text).to_owned()),
    }
}

fn compare_tidied(family: Family, a: &str, b: &str) -> Verdict {
    if let Some(text) = [a, b].into_iter().find(|text| is_placeholder(text)) {
        return Verdict::Unknown(Why::Placeholder { text: clipped(text) });
    }
    if a == b {
        return Verdict::Same;
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return Verdict::Unknown(Why::TooLong);
    }
    if family == Family::Opaque {
        return Verdict::Unknown(Why::Codes);
    }
    match (read(family, a), read(family, b)) {
        (Some(a), Some(b)) => reading::order(family, &a, &b),
        (None, _) => Verdict::Unknown(Why::Unreadable { family, text: clipped(a) }),
        (_, None) => Verdict::Unknown(Why::Unreadable { family, text: clipped(b) }),
    }
}

/// Reads a tidied text; none if it is not in the family's grammar. An opaque code has no parts to read.
fn read(family: Family, text: &str) -> Option<Reading> {
    if text.is_empty() || text.len() > LONGEST || !text.is_ascii() || text.bytes().any(|b| b.is_ascii_control()) {
        return None;
    }
    match family {
        Family::Dot => numeric::dot(text),
        Family::Sfx => numeric::sfx(text),
        Family::Hex => numeric::hex(text),
        Family::Bld => numeric::bld(text),
        Family::Rev => numeric::rev(text),
        Family::Rom => makers::rom(text),
        Family::Ilo => makers::ilo(text),
        Family::Len => makers::len(text),
        Family::Mlx => makers::mlx(text),
        Family::Nv => product::nv(text),
        Family::Opaque => None,
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
