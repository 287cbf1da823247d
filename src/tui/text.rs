//! Text on its way to the screen: cleaned, cut to columns, and the words for ages, sizes and times.

use jiff::{SignedDuration, Timestamp};
use unicode_width::UnicodeWidthChar;

use super::glyphs::Glyphs;
use crate::api::live::Listener;

/// What may be drawn for one character of a text that others wrote: itself where it is one column wide, a blank for white
/// space, and `?` for everything that would move the cursor, change colours, or take more or less room than a column.
#[must_use]
pub fn clean(character: char, glyphs: Glyphs) -> char {
    match character {
        ' '..='~' => character,
        '\t' | '\n' | '\r' | '\u{a0}' => ' ',
        _ if character.is_control() => '?',
        _ if glyphs.utf8 && character.width() == Some(1) => character,
        // our own arrows and boxes have their ASCII forms; what is left is a vendor's
        _ => '?',
    }
}

/// How many columns `text` takes once cleaned: one a character.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// How long ago, in the largest whole unit, and never finer than a minute: an age that counts seconds would have to be
/// drawn every second.
#[must_use]
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    match minutes {
        ..1 => "now".into(),
        1..60 => format!("{minutes}m"),
        60..1440 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}

/// As [`age`], from the RFC 3339 text of a wire document; `?` where that is none.
#[must_use]
pub fn age_of(then: &str, now: Timestamp) -> String {
    then.parse().map_or_else(|_| "?".into(), |then| age(then, now))
}

/// The minutes and seconds between two RFC 3339 texts: "4:09", "1:02:33". Empty where one is none.
#[must_use]
pub fn took(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (from.parse::<Timestamp>(), to.parse::<Timestamp>()) else { return String::new() };
    let seconds = to.duration_since(from).max(SignedDuration::ZERO).as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The UTC time of day of an RFC 3339 text: "14:02:31Z"; the text itself where it is none.
#[must_use]
pub fn time_of(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%H:%M:%SZ").to_string())
}

/// The UTC day and minute of an RFC 3339 text: "2026-08-23 13:51".
#[must_use]
pub fn day_of(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Bytes in the unit that a person reads: "33.5 MB", "412 kB", "9 B".
#[must_use]
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} kB", count / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", count / 1_000_000, count / 100_000 % 10),
        _ => format!("{}.{} GB", count / 1_000_000_000, count / 100_000_000 % 10),
    }
}

/// Who looks on: "ana from 10.0.0.5 (pts/3)".
#[must_use]
pub fn listener(one: &Listener) -> String {
    let terminal = one.terminal.as_ref().map_or_else(String::new, |terminal| format!(" ({terminal})"));
    format!("{}{terminal}", one.who)
}

/// "1 server", "3 servers".
#[must_use]
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// `text` in lines of at most `columns`, broken between words where there are any; a longer word is cut in two.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            if used > 0 && used + 1 + word.len() > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            while word.len() > columns {
                lines.push(word.drain(..columns).collect());
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            used += word.len();
            line.extend(word);
        }
        lines.push(line);
    }
    lines
}

/// Compares as people count: digits by their value, "r2" before "r12"; whatever the case.
#[must_use]
pub fn natural(one: &str, other: &str) -> std::cmp::Ordering {
    let (mut one, mut other) = (one.bytes().peekable(), other.bytes().peekable());
    loop {
        match (one.peek().copied(), other.peek().copied()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let order = number(&mut one).cmp(&number(&mut other));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(a), Some(b)) => {
                let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
                if order.is_ne() {
                    return order;
                }
                one.next();
                other.next();
            }
        }
    }
}

fn number(digits: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> u128 {
    let mut value = 0_u128;
    while let Some(digit) = digits.next_if(u8::is_ascii_digit) {
        value = value.saturating_mul(10).saturating_add(u128::from(digit - b'0'));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bmcs_escape_sequences_and_wide_letters_never_reach_the_terminal() {
        let drawn = |text: &str, utf8| text.chars().map(|c| clean(c, Glyphs { utf8 })).collect::<String>();
        assert_eq!(drawn("a\x1b[31mb\u{9b}2J\tc\u{202e}d", true), "a?[31mb?2J c?d");
        assert_eq!(drawn("服 é", true), "? é");
        assert_eq!(drawn("é→", false), "??");
    }

    #[test]
    fn ages_are_whole_minutes_hours_and_days() {
        let now: Timestamp = "2026-08-23T14:00:00Z".parse().unwrap();
        let at = |seconds| age(now - SignedDuration::from_secs(seconds), now);
        assert_eq!([at(0), at(59), at(60), at(3_599), at(3_600), at(90_000)], ["now", "now", "1m", "59m", "1h", "1d"]);
        assert_eq!(at(-500), "now", "a clock that runs ahead is no age");
    }

    #[test]
    fn names_sort_as_people_count() {
        let mut names = ["r12u10", "R2u1", "r12u9", "a", "r2"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "r2", "R2u1", "r12u9", "r12u10"]);
    }

    #[test]
    fn text_breaks_between_words_and_a_long_word_is_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("0123456789ab", 5), ["01234", "56789", "ab"]);
        assert_eq!(wrap("a\nb", 5), ["a", "b"]);
        assert!(wrap("a", 0).is_empty());
    }

    #[test]
    fn sizes_and_times_read_well() {
        assert_eq!([bytes(9), bytes(412_000), bytes(33_554_432)], ["9 B", "412 kB", "33.5 MB"]);
        assert_eq!(took("2026-08-23T14:00:00Z", "2026-08-23T15:02:33Z"), "1:02:33");
        assert_eq!(took("2026-08-23T14:00:00Z", "2026-08-23T14:04:09Z"), "4:09");
        assert_eq!(time_of("2026-08-23T14:02:31.5Z"), "14:02:31Z");
        assert_eq!(time_of("yesterday"), "yesterday");
    }
}
