//! Families of one maker: HPE rom and ilo, Lenovo len, Mellanox mlx.

use super::{
    Line,
    numeric::{after_ignoring_case, two_digit_parts, two_digit_text},
    reading::{Reading, iso_date, month_date, us_date},
    sequence::{Natural, Sequence, is_digits},
};

/// `A42 v2.60 (08/11/2022)`, `P70 07/01/2015`, `v2.60`: family, number and date, the first and last may be absent.
pub(super) fn rom(text: &str) -> Option<Reading> {
    let mut words = text.split_whitespace().peekable();
    let family = words.next_if(|word| is_rom_family(word));
    let parts = words.peek().and_then(|word| two_digit_parts(word));
    if parts.is_some() {
        words.next();
    }
    let date = words.next().map(|word| us_date(word).ok_or(())).transpose().ok()?;
    if words.next().is_some() || (parts.is_none() && date.is_none()) {
        return None;
    }
    let lines = family.map(|family| (Line::RomFamily, family.to_owned())).into_iter().collect();
    let text = parts.as_deref().map(two_digit_text).or_else(|| date.clone())?;
    Some(Reading { lines, number: parts.map(Sequence::of), date, text, ..Reading::default() })
}

/// `A42`, `U46`, `P89`: what an HPE ROM is called after.
pub(super) fn is_rom_family(word: &str) -> bool {
    word.len() == 3
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().skip(1).all(|b| b.is_ascii_digit())
}

/// `iLO 5 v2.72`, `2.72 Sep 04 2022`, `1.14.00 May 28 2025`, `2.72`.
pub(super) fn ilo(text: &str) -> Option<Reading> {
    let mut lines = Vec::new();
    let mut rest = text;
    if let Some(named) = after_ignoring_case(text, "iLO") {
        let named = named.trim_start();
        let generation = named.split_whitespace().next()?;
        if is_digits(generation) {
            lines.push((Line::Generation, Natural::new(generation).as_str().to_owned()));
            rest = &named[generation.len()..];
        } else {
            rest = named;
        }
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (version, date) = match words.as_slice() {
        [version] => (version, None),
        [version, date] => (version, Some(us_date(date)?)),
        [version, month, day, year] => (version, Some(month_date(month, day, year)?)),
        _ => return None,
    };
    let parts = two_digit_parts(version)?;
    let text = two_digit_text(&parts);
    Some(Reading { lines, number: Some(Sequence::of(parts)), date, text, ..Reading::default() })
}

/// `TGBT42S 2.83 2023-07-05`, `TEE142M-2.41`, `42S-2.83`, `U8E122J`, `2.83`.
/// Build id = family (4), level (`00`..`99`, then `A0`..), letter. Source: XCC inventories; facts: peers 5, vendors 2.5.
pub(super) fn len(text: &str) -> Option<Reading> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, number, date) = match words.as_slice() {
        [first] => (*first, None, None),
        [first, number] => (*first, Some(*number), None),
        [first, number, date] => (*first, Some(*number), Some(iso_date(date)?)),
        _ => return None,
    };
    let (id, number) = match (first.split_once('-'), number) {
        (Some((id, joined)), None) => (Some(id), Some(joined)),
        (Some(_), Some(_)) => return None,
        (None, None) if first.contains('.') => (None, Some(first)),
        (None, number) => (Some(first), number),
    };
    let parts = number.map(|number| two_digit_parts(number).ok_or(())).transpose().ok()?;
    let mut lines = Vec::new();
    let mut build_id = None;
    let mut text = String::new();
    if let Some(id) = id {
        let id = id.to_ascii_uppercase();
        let (family, level) = id.split_at_checked(id.len().checked_sub(3)?)?;
        let is_family = family.len() == 4
            && family.bytes().all(|b| b.is_ascii_alphanumeric())
            && family.bytes().any(|b| b.is_ascii_uppercase());
        if !family.is_empty() && !is_family {
            return None;
        }
        let mut chars = level.chars();
        let (tens, ones, letter) = (chars.next()?, chars.next()?, chars.next()?);
        if !tens.is_ascii_alphanumeric() || !ones.is_ascii_digit() || !letter.is_ascii_uppercase() {
            return None;
        }
        let level = tens.to_digit(36)? * 10 + ones.to_digit(10)?;
        text = format!("{tens}{ones}{letter}");
        build_id = Some((Natural::new(&level.to_string()), letter));
        if is_family {
            lines.push((Line::BuildFamily, family.to_owned()));
        }
    }
    if let Some(parts) = &parts {
        text = two_digit_text(parts);
    }
    Some(Reading { lines, build_id, number: parts.map(Sequence::of), date, text, ..Reading::default() })
}

/// `24.40.1000`, or the same with the last number cut in two: `24.40.10.00`. The first number is the device:
/// 20 ConnectX-6, 24 BlueField-2, 28 ConnectX-7. Source: facts, peers 5.
pub(super) fn mlx(text: &str) -> Option<Reading> {
    let fields: Vec<&str> = text.split('.').collect();
    let short = |field: &str| field.len() <= 2 && is_digits(field);
    let (device, minor, last) = match fields.as_slice() {
        [device, minor, last] if last.len() == 4 && is_digits(last) => (device, minor, (*last).to_owned()),
        [device, minor, third, fourth] if short(third) && short(fourth) => {
            (device, minor, format!("{third:0>2}{fourth:0>2}"))
        }
        _ => return None,
    };
    if !short(device) || !short(minor) {
        return None;
    }
    let (device, minor) = (Natural::new(device), Natural::new(minor));
    let text = format!("{}.{}.{last}", device.as_str(), minor.as_str());
    let lines = vec![(Line::Device, device.as_str().to_owned())];
    let number = Sequence::of(vec![device, minor, Natural::new(&last)]);
    Some(Reading { lines, number: Some(number), text, ..Reading::default() })
}
