//! A version string taken apart, and the one rule by which two readings are ordered.

use std::cmp::Ordering;

use super::{
    By, Family, Line, Why,
    sequence::{Natural, Sequence},
};

/// Which of two is older, or why nobody can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    Decided(Ordering, Why),
    Unknown(Why),
}

impl Verdict {
    pub(super) fn decided(ordering: Ordering, by: By, a: &str, b: &str) -> Self {
        Self::Decided(ordering, Why::Decided { by, a: a.to_owned(), b: b.to_owned() })
    }

    pub(super) fn of(ordering: Ordering, by: By, a: &str, b: &str) -> Self {
        if ordering.is_eq() { Self::Same } else { Self::decided(ordering, by, a, b) }
    }

    pub(super) fn other_line(line: Line, a: &str, b: &str) -> Self {
        Self::Unknown(Why::OtherLine { line, a: a.to_owned(), b: b.to_owned() })
    }

    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Decided(ordering, Why::Decided { by, a, b }) => {
                Self::Decided(ordering.reverse(), Why::Decided { by, a: b, b: a })
            }
            Self::Decided(ordering, why) => Self::Decided(ordering.reverse(), why),
            Self::Unknown(Why::OtherLine { line, a, b }) => Self::Unknown(Why::OtherLine { line, a: b, b: a }),
            other => other,
        }
    }

    fn ordering(&self) -> Option<Ordering> {
        match self {
            Self::Same => Some(Ordering::Equal),
            Self::Decided(ordering, _) => Some(*ordering),
            Self::Unknown(_) => None,
        }
    }
}

/// Which build of a number this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Build {
    /// Counted up: `Build 17`.
    Count(Natural),
    /// An id that identifies and does not count: Intel's eTrack. Boards with other settings have other ids of one number.
    Track(Natural),
}

/// What a version string says. What both say is compared; what only one says makes no difference.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Must be the same where both give it.
    pub(super) lines: Vec<(Line, String)>,
    /// Lenovo: level and letter.
    pub(super) build_id: Option<(Natural, char)>,
    pub(super) number: Option<Sequence>,
    pub(super) build: Option<Build>,
    /// ISO 8601, so that text order is time order.
    pub(super) date: Option<String>,
    /// Canonical text.
    pub(super) text: String,
}

impl Reading {
    /// A reading that is its numbers and no more.
    pub(super) fn plain(number: Sequence) -> Self {
        Self { text: number.text(), number: Some(number), ..Self::default() }
    }

    fn line(&self, line: Line) -> Option<&str> {
        self.lines.iter().find(|(own, _)| *own == line).map(|(_, text)| text.as_str())
    }
}

/// The order of two readings of one family.
pub(super) fn order(family: Family, a: &Reading, b: &Reading) -> Verdict {
    let mut all_lines_known = a.lines.len() == b.lines.len();
    for (line, ours) in &a.lines {
        match b.line(*line) {
            Some(theirs) if theirs != ours => return Verdict::other_line(*line, ours, theirs),
            Some(_) => {}
            None => all_lines_known = false,
        }
    }
    let date = both(&a.date, &b.date).map(|(x, y)| Verdict::of(x.cmp(y), By::Date, x, y));
    let main = match (main_order(a, b), &date) {
        // neither gives a number: HPE ROMs before Gen9 are named by date alone
        (None, Some(date)) if a.number.is_none() && b.number.is_none() => return date.clone(),
        (None, _) => return Verdict::Unknown(Why::NothingInCommon),
        (Some(main), _) => main,
    };
    if main != Verdict::Same {
        // two numbers of which one does not say its line: dates that run the other way mean two lines
        let by_date = date.as_ref().and_then(Verdict::ordering).filter(|ordering| ordering.is_ne());
        let opposite = by_date.is_some() && main.ordering().is_some() && by_date != main.ordering();
        if matches!(family, Family::Ilo | Family::Rom) && opposite && (!all_lines_known || a.lines.is_empty()) {
            return Verdict::Unknown(Why::Disagree { one: By::Number, other: By::Date });
        }
        return main;
    }
    match builds(a.build.as_ref(), b.build.as_ref()) {
        Verdict::Same => date.unwrap_or(Verdict::Same),
        decided => decided,
    }
}

/// Build id and number: each decides where only it is given by both; together they must not contradict.
fn main_order(a: &Reading, b: &Reading) -> Option<Verdict> {
    let number = both(&a.number, &b.number).map(|(x, y)| x.order(y));
    let build_id = both(&a.build_id, &b.build_id).map(|(x, y)| {
        let text = |(level, letter): &(Natural, char)| format!("{:0>2}{letter}", level.as_str());
        Verdict::of(x.cmp(y), By::BuildId, &text(x), &text(y))
    });
    Some(match (build_id, number) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => one,
        (Some(id), Some(Verdict::Same)) => id,
        (Some(id), Some(number)) if id.ordering() == number.ordering() => id,
        (Some(_), Some(_)) => Verdict::Unknown(Why::Disagree { one: By::BuildId, other: By::Number }),
    })
}

fn builds(a: Option<&Build>, b: Option<&Build>) -> Verdict {
    match (a, b) {
        (None, None) => Verdict::Same,
        (Some(Build::Count(x)), Some(Build::Count(y))) => Verdict::of(x.cmp(y), By::Build, x.as_str(), y.as_str()),
        (Some(Build::Track(x)), Some(Build::Track(y))) if x == y => Verdict::Same,
        (Some(Build::Track(x)), Some(Build::Track(y))) => Verdict::other_line(Line::Track, x.as_str(), y.as_str()),
        (Some(_), Some(_)) => Verdict::Unknown(Why::NothingInCommon),
        (Some(_), None) | (None, Some(_)) => Verdict::Unknown(Why::OneSided),
    }
}

fn both<'a, T>(a: &'a Option<T>, b: &'a Option<T>) -> Option<(&'a T, &'a T)> {
    a.as_ref().zip(b.as_ref())
}

/// `MM/DD/YYYY` (brackets allowed) as ISO 8601.
pub(super) fn us_date(text: &str) -> Option<String> {
    let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    let mut fields = bare.split(['/', '-']);
    let (month, day, year) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    iso(year, month, day)
}

/// `YYYY-MM-DD`, checked.
pub(super) fn iso_date(text: &str) -> Option<String> {
    let mut fields = text.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    iso(year, month, day)
}

/// `Sep 04 2022` in three words.
pub(super) fn month_date(month: &str, day: &str, year: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = month.to_ascii_lowercase();
    let place = MONTHS.iter().position(|name| *name == month)? + 1;
    iso(year, &place.to_string(), day.trim_end_matches(','))
}

/// ISO 8601 text of a date whose fields are digits in their ranges.
pub(super) fn iso(year: &str, month: &str, day: &str) -> Option<String> {
    let field = |text: &str, range: std::ops::RangeInclusive<u16>| {
        let digits = text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|value| digits && range.contains(value))
    };
    let (year, month, day) = (field(year, 1980..=2199)?, field(month, 1..=12)?, field(day, 1..=31)?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}
