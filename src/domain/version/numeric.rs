//! Families that are numbers: dot, sfx, hex, bld, rev.

use super::{
    Line,
    reading::{Build, Reading, us_date},
    sequence::{Natural, Sequence, Tail, is_digits},
};

/// `1.13.2`, `51.10.0-3151`, `v2.14.0-rc1`, `2.15.0-dev-686-g100c36de90`: numbers, stages and commits, no words.
pub(super) fn dot(text: &str) -> Option<Reading> {
    let bare = unprefixed(text);
    let tokens: Vec<&str> = bare.split(['.', '-', '_']).collect();
    let number = super::product::sequence(&tokens)?;
    (number.is_numbers_and_stages() && tokens.first().is_some_and(|first| is_digits(first)))
        .then(|| Reading::plain(number))
}

/// `1.0b`, `3.10`, `BIOS Date: 08/04/2023 Ver 1.4`: a letter follows two numbers only.
pub(super) fn sfx(text: &str) -> Option<Reading> {
    let (date, bare) = match after_ignoring_case(text, "BIOS Date:") {
        None => (None, text),
        Some(rest) => {
            let mut words = rest.split_whitespace();
            let date = us_date(words.next()?)?;
            let label = words.next()?.trim_end_matches([':', '.']).to_ascii_lowercase();
            let version = words.next()?;
            if words.next().is_some() || !["ver", "version", "rev"].contains(&label.as_str()) {
                return None;
            }
            (Some(date), version)
        }
    };
    let bare = unprefixed(bare);
    let letter = bare.chars().last().filter(char::is_ascii_alphabetic);
    let digits = letter.map_or(bare, |_| &bare[..bare.len() - 1]);
    let parts: Vec<Natural> = digits.split('.').map(Natural::decimal).collect::<Option<_>>()?;
    if parts.len() > 4 || (letter.is_some() && parts.len() != 2) {
        return None;
    }
    let mut number = Sequence::of(parts);
    if let Some(letter) = letter {
        number.tail(Tail::Letter(letter.to_ascii_lowercase()));
    }
    Some(Reading { date, ..Reading::plain(number) })
}

/// `F1.07.55`, `0x11`, `3F`, `0x00 0x0b`: one byte, dotted numbers and byte lists are three notations.
pub(super) fn hex(text: &str) -> Option<Reading> {
    let is_list = text.contains(char::is_whitespace);
    let tokens: Vec<&str> = if is_list { text.split_whitespace().collect() } else { text.split(['.', '-']).collect() };
    let mut parts = Vec::with_capacity(tokens.len());
    for token in &tokens {
        let marked = token.strip_prefix("0x").or_else(|| token.strip_prefix("0X"));
        if is_list && marked.is_none() {
            return None;
        }
        parts.push(Natural::hex(marked.unwrap_or(token)).filter(|number| number.as_str().len() <= 16)?);
    }
    let (notation, whole) = match parts.len() {
        1 => ("one number".to_owned(), true),
        count if is_list => (format!("{count} bytes"), true),
        _ => ("dotted".to_owned(), false),
    };
    let joined = parts.iter().map(Natural::as_str).collect::<Vec<_>>().join(" ");
    let number = Sequence::of(parts);
    let text = if whole { joined } else { number.text() };
    Some(Reading { lines: vec![(Line::Notation, notation)], number: Some(number), text, ..Reading::default() })
}

/// `2.3.0 Build 17`, `3.50 0x800016DC`, Intel's `9.20 0x8000d95f 22.0.9`; a number alone names no build.
pub(super) fn bld(text: &str) -> Option<Reading> {
    let mut words = text.split_whitespace();
    let number = plain_parts(unprefixed(words.next()?))?;
    let number = Sequence::of(number);
    let (build, written) = match words.next() {
        None => (None, String::new()),
        Some(word) if word.trim_start_matches('(').eq_ignore_ascii_case("build") => {
            let count = Natural::decimal(words.next()?.trim_end_matches(')'))?;
            let written = format!(" Build {}", count.as_str());
            (Some(Build::Count(count)), written)
        }
        Some(word) => {
            let track = Natural::hex(word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?)?;
            let written = format!(" 0x{}", track.as_str());
            // Intel's third field is the option ROM packed into the same image: the track id says it all
            if let Some(option_rom) = words.next() {
                plain_parts(option_rom)?;
            }
            (Some(Build::Track(track)), written)
        }
    };
    if words.next().is_some() {
        return None;
    }
    let text = format!("{}{written}", number.text());
    Some(Reading { number: Some(number), build, text, ..Reading::default() })
}

/// `A05`, `F01b`, Dell diagnostics `4301A56`: the letter must match; a letter after the number is a variant of it.
pub(super) fn rev(text: &str) -> Option<Reading> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (base, rest) = text.split_at(at);
    let mut rest = rest.chars();
    let letter = rest.next()?.to_ascii_uppercase();
    let rest = rest.as_str();
    let variant = rest.chars().last().filter(char::is_ascii_lowercase);
    let digits = rest.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_shape = (base.is_empty() || is_digits(base)) && digits.len() <= 4 && rest.len() - digits.len() <= 1;
    let number = Natural::decimal(digits).filter(|_| is_shape)?;
    let shown = format!("{letter}{:0>2}{}", number.as_str(), variant.map(String::from).unwrap_or_default());
    let mut parts = Vec::new();
    let mut lines = vec![(Line::RevisionLetter, letter.to_string())];
    let mut text = shown;
    if let Some(base) = Natural::decimal(base) {
        text = format!("{}{text}", base.as_str());
        parts.push(base);
    }
    lines.push((Line::Notation, if parts.is_empty() { "letter first" } else { "number first" }.to_owned()));
    parts.push(number);
    let mut number = Sequence::of(parts);
    if let Some(variant) = variant {
        number.tail(Tail::Variant(variant));
    }
    Some(Reading { lines, number: Some(number), text, ..Reading::default() })
}

/// Digits between dots.
pub(super) fn plain_parts(text: &str) -> Option<Vec<Natural>> {
    text.split('.').map(Natural::decimal).collect()
}

/// Digits between dots, every part after the first written with two digits or more, as HPE and Lenovo do:
/// `2.6` may be meant as 2.06 or as 2.60, so it is not read.
pub(super) fn two_digit_parts(text: &str) -> Option<Vec<Natural>> {
    let wide = text.split('.').skip(1).all(|part| part.len() >= 2);
    let parts = plain_parts(unprefixed(text)).filter(|parts| wide && (2..=4).contains(&parts.len()))?;
    Some(parts)
}

/// The canonical text of [`two_digit_parts`]: `2.72`, `2.05`, `1.14` for `1.14.00`.
pub(super) fn two_digit_text(parts: &[Natural]) -> String {
    let meant = parts.iter().rposition(|part| !part.is_zero()).map_or(0, |last| last + 1).max(2);
    let mut out = String::new();
    for (place, part) in parts.iter().take(meant).enumerate() {
        if place == 0 {
            out.push_str(part.as_str());
        } else {
            out.push_str(&format!(".{:0>2}", part.as_str()));
        }
    }
    out
}

/// Without a leading `v` before a digit.
pub(super) fn unprefixed(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

/// What follows `prefix`, whatever its case.
pub(super) fn after_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}
