//! Numbers between words, with what may follow a number: stage, letter, revision, mark, commit.

use std::cmp::Ordering;

use super::{By, Line, Why, reading::Verdict};

/// A natural number of any size, as digits of base 10 or 16 without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Natural(String);

impl Natural {
    /// From digits; the caller has checked that they are digits of the base it means.
    pub(super) fn new(digits: &str) -> Self {
        let bare = digits.trim_start_matches('0');
        Self(if bare.is_empty() { "0".to_owned() } else { bare.to_ascii_uppercase() })
    }

    pub(super) fn decimal(digits: &str) -> Option<Self> {
        is_digits(digits).then(|| Self::new(digits))
    }

    pub(super) fn hex(digits: &str) -> Option<Self> {
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Self::new(digits))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0 == "0"
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A build before its release. `Dev` has no known place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Dev,
    Alpha,
    Beta,
    Candidate,
}

impl Stage {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Alpha => "alpha",
            Self::Beta => "beta",
            Self::Candidate => "rc",
        }
    }
}

/// What may follow the numbers of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tail {
    Before(Stage, Natural),
    Number(Natural),
    Letter(char),
    Revision(Natural),
    /// Where one has it and the other has not, no order is known.
    Variant(char),
    Mark(String),
    Commit(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Segment {
    parts: Vec<Natural>,
    tail: Vec<Tail>,
}

/// Words and the numbers around them: segment, word, segment, word, ... segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sequence {
    words: Vec<String>,
    done: Vec<Segment>,
    last: Segment,
}

impl Sequence {
    pub(super) fn new() -> Self {
        Self { words: Vec::new(), done: Vec::new(), last: Segment::default() }
    }

    pub(super) fn of(parts: Vec<Natural>) -> Self {
        Self { words: Vec::new(), done: Vec::new(), last: Segment { parts, tail: Vec::new() } }
    }

    pub(super) fn word(&mut self, word: &str) {
        self.done.push(std::mem::take(&mut self.last));
        self.words.push(word.to_owned());
    }

    pub(super) fn number(&mut self, number: Natural) {
        if self.last.tail.is_empty() {
            self.last.parts.push(number);
        } else {
            self.last.tail.push(Tail::Number(number));
        }
    }

    pub(super) fn tail(&mut self, tail: Tail) {
        // `git describe --long` writes 0 for "at the tag itself"
        while matches!(self.last.tail.last(), Some(Tail::Number(number)) if number.is_zero()) {
            self.last.tail.pop();
        }
        self.last.tail.push(tail);
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.done.iter().chain(std::iter::once(&self.last))
    }

    pub(super) fn has_numbers(&self) -> bool {
        self.segments().any(|segment| !segment.parts.is_empty())
    }

    /// No words, letters, revisions or marks: what family dot takes.
    pub(super) fn is_numbers_and_stages(&self) -> bool {
        let plain = |tail: &Tail| matches!(tail, Tail::Before(..) | Tail::Number(_) | Tail::Commit(_));
        self.words.is_empty() && self.last.tail.iter().all(plain)
    }

    /// The order of two sequences whose words are the same.
    pub(super) fn order(&self, other: &Self) -> Verdict {
        if self.words != other.words {
            return Verdict::other_line(Line::Product, &self.words.join("-"), &other.words.join("-"));
        }
        let mut place = 0;
        for (a, b) in self.segments().zip(other.segments()) {
            match a.order(b, place) {
                Verdict::Same => place += a.parts.len().max(b.parts.len()),
                decided => return decided,
            }
        }
        Verdict::Same
    }

    /// Canonical text: no leading zeros, no trailing zero parts past the second, no commits.
    pub(super) fn text(&self) -> String {
        let mut pieces = Vec::new();
        let mut words = self.words.iter();
        for segment in self.segments() {
            let text = segment.text();
            if !text.is_empty() {
                pieces.push(text);
            }
            pieces.extend(words.next().cloned());
        }
        pieces.join("-")
    }
}

impl Segment {
    fn order(&self, other: &Self, before: usize) -> Verdict {
        let zero = Natural::new("0");
        for place in 0..self.parts.len().max(other.parts.len()) {
            let (a, b) = (self.parts.get(place).unwrap_or(&zero), other.parts.get(place).unwrap_or(&zero));
            let ordering = a.cmp(b);
            if ordering.is_ne() {
                // `1.3a` against `1.3.1`: which of the two comes first is not known
                let lettered = |s: &Self| place >= s.parts.len() && matches!(s.tail.first(), Some(Tail::Letter(_)));
                if lettered(self) {
                    return Verdict::other_line(Line::Notation, "a letter", "another number");
                }
                if lettered(other) {
                    return Verdict::other_line(Line::Notation, "another number", "a letter");
                }
                return Verdict::decided(ordering, By::Part(before + place + 1), a.as_str(), b.as_str());
            }
        }
        for place in 0..self.tail.len().max(other.tail.len()) {
            match tails(self.tail.get(place), other.tail.get(place)) {
                Verdict::Same => {}
                decided => return decided,
            }
        }
        Verdict::Same
    }

    fn text(&self) -> String {
        let meant = self.parts.iter().rposition(|part| !part.is_zero()).map_or(0, |last| last + 1);
        let parts: Vec<&str> = match self.parts.len() {
            0 => Vec::new(),
            _ => (0..meant.max(2)).map(|place| self.parts.get(place).map_or("0", Natural::as_str)).collect(),
        };
        let mut out = parts.join(".");
        for (place, tail) in self.tail.iter().enumerate() {
            match tail {
                Tail::Before(stage, number) if number.is_zero() => out.push_str(&format!("-{}", stage.word())),
                Tail::Before(stage, number) => out.push_str(&format!("-{}{}", stage.word(), number.as_str())),
                // a last zero says nothing: `tails` reads it as absent
                Tail::Number(number) if number.is_zero() && place + 1 == self.tail.len() => {}
                Tail::Number(number) => out.push_str(&format!("-{}", number.as_str())),
                Tail::Letter(letter) | Tail::Variant(letter) => out.push(*letter),
                Tail::Revision(number) => out.push_str(&format!("-rev{}", number.as_str())),
                Tail::Mark(mark) => out.push_str(&format!("_{mark}")),
                Tail::Commit(_) => {}
            }
        }
        out
    }
}

fn tails(a: Option<&Tail>, b: Option<&Tail>) -> Verdict {
    let (a, b) = match (a, b) {
        (None, None) => return Verdict::Same,
        (Some(a), Some(b)) => (a, b),
        (Some(a), None) => return alone(a),
        (None, Some(b)) => return alone(b).mirrored(),
    };
    match (a, b) {
        (Tail::Before(x, m), Tail::Before(y, n)) => stages((*x, m), (*y, n)),
        (Tail::Before(x, _), _) => Verdict::decided(Ordering::Less, By::Stage, x.word(), "release"),
        (_, Tail::Before(y, _)) => Verdict::decided(Ordering::Greater, By::Stage, "release", y.word()),
        (Tail::Number(m), Tail::Number(n)) => Verdict::of(m.cmp(n), By::Build, m.as_str(), n.as_str()),
        (Tail::Revision(m), Tail::Revision(n)) => Verdict::of(m.cmp(n), By::Revision, m.as_str(), n.as_str()),
        (Tail::Letter(x), Tail::Letter(y)) => Verdict::of(x.cmp(y), By::Letter, &x.to_string(), &y.to_string()),
        (Tail::Variant(x), Tail::Variant(y)) => Verdict::of(x.cmp(y), By::Revision, &x.to_string(), &y.to_string()),
        (Tail::Mark(x), Tail::Mark(y)) if x == y => Verdict::Same,
        (Tail::Mark(x), Tail::Mark(y)) => Verdict::other_line(Line::Mark, x, y),
        // an abbreviated commit is the commit
        (Tail::Commit(x), Tail::Commit(y)) if x.starts_with(y.as_str()) || y.starts_with(x.as_str()) => Verdict::Same,
        (Tail::Commit(x), Tail::Commit(y)) => Verdict::other_line(Line::Commit, x, y),
        _ => Verdict::Unknown(Why::NothingInCommon),
    }
}

/// `a` stands where the other version has ended.
fn alone(a: &Tail) -> Verdict {
    match a {
        Tail::Before(stage, _) => Verdict::decided(Ordering::Less, By::Stage, stage.word(), "release"),
        Tail::Number(number) if number.is_zero() => Verdict::Same,
        Tail::Number(number) => Verdict::decided(Ordering::Greater, By::Build, number.as_str(), ""),
        Tail::Letter(letter) => Verdict::decided(Ordering::Greater, By::Letter, &letter.to_string(), ""),
        Tail::Commit(_) => Verdict::Same,
        Tail::Revision(_) | Tail::Variant(_) | Tail::Mark(_) => Verdict::Unknown(Why::OneSided),
    }
}

fn stages((x, m): (Stage, &Natural), (y, n): (Stage, &Natural)) -> Verdict {
    if x != y && (x == Stage::Dev || y == Stage::Dev) {
        return Verdict::other_line(Line::Stage, x.word(), y.word());
    }
    let (a, b) = (format!("{}{}", x.word(), m.as_str()), format!("{}{}", y.word(), n.as_str()));
    Verdict::of(x.cmp(&y).then_with(|| m.cmp(n)), By::Stage, &a, &b)
}
