//! The family that follows from vendor, component and the strings themselves.

use super::{
    Comparison, Family, Hint, LONGEST, Line, Order, Why, clipped, compare,
    makers::is_rom_family,
    numeric::{after_ignoring_case, plain_parts},
    read,
    reading::iso,
    sequence::{Natural, is_digits},
    unversioned::{is_name, is_placeholder},
};
use crate::domain::vendor::Vendor;

/// First numbers of Mellanox adapters and DPUs. Source: NVIDIA firmware release names; facts, peers 5.
const MELLANOX_DEVICES: [&str; 12] = ["10", "12", "14", "16", "18", "20", "22", "24", "26", "28", "32", "40"];

pub(super) fn infer(hint: Hint<'_>, a: &str, b: &str) -> Result<Family, Why> {
    if let Some(text) = [a, b].into_iter().find(|text| is_nothing(hint, text)) {
        return Err(Why::Placeholder { text: clipped(text) });
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return Err(Why::TooLong);
    }
    if is_name(a) || is_name(b) {
        return Ok(Family::Opaque);
    }
    if let Some(family) = marked(a).or_else(|| marked(b)) {
        return unless_unreadable(family, a, b);
    }
    let fitting = hint.families();
    for family in fitting {
        // a drive's code may be all digits; only dots make it a number
        let is_code = *family == Family::Dot && hint.is_kind("drive") && !(a.contains('.') && b.contains('.'));
        if *family == Family::Opaque || (!is_code && reads_both(*family, a, b)) {
            return Ok(*family);
        }
    }
    // a plain number that its own family refuses (HPE `2.6`) is not for another family to order
    if let Some(family) = fitting.first().filter(|_| is_plain(a) || is_plain(b)) {
        return unless_unreadable(*family, a, b).and(Err(Why::NoFamily));
    }
    agreed(hint, a, b)
}

pub(super) fn compare_as_read(hint: Hint<'_>, a: &str, b: &str) -> Comparison {
    let found = infer(hint, a, b);
    let is_version = !matches!(found, Err(Why::Placeholder { .. }));
    if is_version && a == b {
        return Comparison { order: Order::Equal, why: Why::SameText, family: found.ok() };
    }
    let comparison = match found {
        Ok(family) => compare(family, a, b),
        Err(why) => return Comparison { order: Order::Incomparable, why, family: None },
    };
    match doubt(hint, a, b, comparison.order) {
        Some(why) => Comparison { order: Order::Incomparable, why, ..comparison },
        None => comparison,
    }
}

/// A placeholder, or Dell's `0`: entries left after a Lifecycle Controller wipe (facts: vendors 2.3).
fn is_nothing(hint: Hint<'_>, text: &str) -> bool {
    is_placeholder(text) || (text == "0" && hint.maker() == Some(Vendor::Dell))
}

/// The family whose form is unmistakable, whatever the hint.
fn marked(text: &str) -> Option<Family> {
    let says_ilo = after_ignoring_case(text, "iLO").is_some();
    let is_ilo = || read(Family::Ilo, text).is_some_and(|reading| says_ilo || reading.date.is_some());
    let is_rom = || read(Family::Rom, text).is_some_and(|reading| !reading.lines.is_empty());
    let is_sfx = || after_ignoring_case(text, "BIOS Date:").is_some();
    let is_bld = || read(Family::Bld, text).is_some_and(|reading| reading.build.is_some());
    let is_len = || read(Family::Len, text).is_some_and(|r| !r.lines.is_empty() && r.number.is_some());
    match () {
        () if is_sfx() => Some(Family::Sfx),
        // `v2.60 (08/11/2022)` may be either of HPE's: no mark
        () if is_ilo() && !text.contains('/') => Some(Family::Ilo),
        () if is_rom() => Some(Family::Rom),
        () if is_bld() => Some(Family::Bld),
        () if is_len() => Some(Family::Len),
        () => None,
    }
}

fn unless_unreadable(family: Family, a: &str, b: &str) -> Result<Family, Why> {
    match [a, b].into_iter().find(|text| read(family, text).is_none()) {
        Some(text) => Err(Why::Unreadable { family, text: clipped(text) }),
        None => Ok(family),
    }
}

fn reads_both(family: Family, a: &str, b: &str) -> bool {
    read(family, a).is_some() && read(family, b).is_some()
}

fn is_plain(text: &str) -> bool {
    plain_parts(text).is_some()
}

/// Both strings are of one component, so of one family: the answer is known if all families that may be it agree.
fn agreed(hint: Hint<'_>, a: &str, b: &str) -> Result<Family, Why> {
    if [a, b].into_iter().any(|text| is_date(text) || is_number_or_id(text)) {
        return Err(Why::DateLike);
    }
    let mut found: Option<(Family, Order)> = None;
    for family in Family::ALL {
        if !reads_both(family, a, b) || !may_be(family, hint, a, b) {
            continue;
        }
        let order = compare(family, a, b).order;
        match found {
            None => found = Some((family, order)),
            Some((_, same)) if same == order => {}
            Some((one, says)) => return Err(Why::Ambiguous { one, says, other: family, other_says: order }),
        }
    }
    found.map(|(family, _)| family).ok_or(Why::NoFamily)
}

/// Whether strings that `family` can read look like it, nothing else being known.
fn may_be(family: Family, hint: Hint<'_>, a: &str, b: &str) -> bool {
    let either = |test: fn(&str) -> bool| test(a) || test(b);
    let both = |test: fn(&str) -> bool| test(a) && test(b);
    match family {
        Family::Dot => true,
        Family::Sfx => either(ends_in_letter) && matches!(hint.maker(), None | Some(Vendor::Supermicro)),
        // digits alone have one order in base 10 and 16, so only letters make a question
        Family::Hex => either(has_hex_letter) && both(looks_hex) && marked_hex(a) == marked_hex(b),
        Family::Mlx => both(is_mellanox),
        Family::Rev => both(is_short_rev),
        Family::Nv => either(looks_nv) && !reads_both(Family::Dot, a, b),
        Family::Len => either(has_build_number),
        Family::Rom | Family::Ilo | Family::Bld | Family::Opaque => false,
    }
}

fn ends_in_letter(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphabetic())
}

fn has_hex_letter(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `3F`, `0x31000030`, `00.1D.9C`: in one case, between dots, and not longer than a byte without dots or `0x`.
fn looks_hex(text: &str) -> bool {
    let digits = text.replace("0x", "");
    let mixed = digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    !mixed && !text.contains('-') && (text.contains('.') || marked_hex(text) || text.len() <= 2)
}

fn marked_hex(text: &str) -> bool {
    text.starts_with("0x") || text.starts_with("0X")
}

fn is_mellanox(text: &str) -> bool {
    text.split('.').next().is_some_and(|device| MELLANOX_DEVICES.contains(&device))
}

/// Dell's `A05` and Gigabyte's `F01`; another letter with two digits may be an HPE ROM family (`P89`, `A42`).
fn is_short_rev(text: &str) -> bool {
    match text.len() {
        2 => true,
        3 | 4 => text.starts_with(['A', 'F']) && !(is_rom_family(text) && text.starts_with("A4")),
        _ => false,
    }
}

/// A product word (`HGX-`, `ex235n.bios-`), a mark (`_n01`) or a revision; `F1.07` and `A6` are more likely hex.
fn looks_nv(text: &str) -> bool {
    let is_word = |token: &str| token.bytes().any(|b| b.is_ascii_alphabetic() && !b.is_ascii_hexdigit());
    let joined = text.find(['-', '_']).is_some_and(|at| text[..at].bytes().all(|b| b.is_ascii_alphabetic()));
    joined || text.split(['.', '-', '_', ':']).any(is_word)
}

/// Lenovo's `22J-1.51`.
fn has_build_number(text: &str) -> bool {
    read(Family::Len, text).is_some_and(|reading| reading.build_id.is_some() && reading.number.is_some())
}

/// `08/11/2022`, `11.08.2022`: day and month may stand in either order.
fn is_date(text: &str) -> bool {
    let fields: Vec<&str> = text.trim_matches(['(', ')']).split(['/', '.', '-']).collect();
    let [first, second, year] = fields.as_slice() else { return false };
    is_digits(year) && year.len() == 4 && (iso(year, first, second).is_some() || iso(year, second, first).is_some())
}

/// Four digits and more without a dot: a date, a drive's code or an id as likely as a version.
fn is_number_or_id(text: &str) -> bool {
    text.len() >= 4 && is_digits(text)
}

/// Why an order that the family gives is not to be trusted for this component.
fn doubt(hint: Hint<'_>, a: &str, b: &str, order: Order) -> Option<Why> {
    if marked_hex(a) != marked_hex(b) && [a, b].into_iter().any(|text| is_digits(text) && text.len() > 1) {
        return Some(Why::MixedNotation);
    }
    if !matches!(order, Order::Less | Order::Greater) {
        return None;
    }
    let differs = |line: Line, count: usize| {
        let (x, y) = (head(a, count)?, head(b, count)?);
        (x != y).then_some(Why::OtherLine { line, a: x, b: y })
    };
    let may_be_gpu = hint.is_kind("gpu") || hint.is_kind("other") || hint.kind.is_none();
    // the first two bytes of a VBIOS name the chip: 96.00 H100, 96.10 its NVSwitch, 97.00 GB200 (facts: peers 8)
    if may_be_gpu && fits(a, &[2, 2, 2, 2, 2]) && fits(b, &[2, 2, 2, 2, 2]) {
        return differs(Line::Device, 2);
    }
    // an InfoROM's first field names the board
    if may_be_gpu && fits(a, &[4, 4, 2, 2]) && fits(b, &[4, 4, 2, 2]) {
        return differs(Line::Device, 1);
    }
    let is_bmc = hint.is_kind("bmc") || hint.is_unnamed();
    let looks_supermicro = || is_plain(a) && is_plain(b) && fits(a, &[2, 2, 2]) && fits(b, &[2, 2, 2]);
    match hint.maker() {
        Some(Vendor::Supermicro) if hint.is_kind("bmc") => differs(Line::Branch, 1),
        Some(Vendor::Supermicro) | None if is_bmc && looks_supermicro() => differs(Line::Branch, 1),
        _ => None,
    }
}

/// Whether the text is fields of just these many hexadecimal digits.
fn fits(text: &str, widths: &[usize]) -> bool {
    let is_hex = |field: &str| field.bytes().all(|b| b.is_ascii_hexdigit());
    text.split('.').count() == widths.len()
        && text.split('.').zip(widths).all(|(field, width)| field.len() == *width && is_hex(field))
}

/// The first fields, without leading zeros.
fn head(text: &str, count: usize) -> Option<String> {
    let fields: Option<Vec<Natural>> = text.split('.').take(count).map(Natural::hex).collect();
    Some(fields?.iter().map(Natural::as_str).collect::<Vec<_>>().join("."))
}
