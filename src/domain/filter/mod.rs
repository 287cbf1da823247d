//! The fleet query: `vendor=dell bios<2.5 rack=r12 !ok`.
//!
//! Terms stand between blanks and must all hold; `!` before a term turns it round.
//!
//! - `field=value`, also `!=` and `~` (contains, or a pattern where the value has `*` or `?`); `a,b` gives alternatives.
//!   Case never matters, and vendor, stack, generation, power, health and uuid are compared without blanks and dashes.
//! - `bios<2.5`, also `<= > >= = !=`: versions in the order of their vendor; `unit<20` by number.
//! - `nic<22`, and any other kind: some component of that kind. `component:mr416*<52` goes by name.
//!   `nic!=22` is "some NIC is not at 22"; `!nic=22` is "no NIC is at 22".
//! - `label.env=prod`, or `env=prod` where no field is called so.
//! - `ok`, `failed` (or `unreachable`), `warning`, `critical`, `on`, `off`, `new`.
//! - any other word, or text in quotes, is looked for in name, address, id, model, serial and host name.
//! - `"..."` holds blanks and commas; `\"` and `\\` stand for themselves inside.
//!
//! What was not read, and versions without a known order, are neither a match nor a mismatch: [`Verdict::LeftOut`].

mod facts;
mod field;
mod judge;
mod mistake;
mod parse;

#[cfg(test)]
mod tests;

pub use facts::{ComponentFacts, Facts};
pub use field::Field;
pub use judge::{LeftOut, Verdict};
pub use mistake::{Mistake, ParseError};

use std::fmt;

use super::kind::Kind;

/// A parsed query. Printed, it parses to itself again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// All of them must hold; none holds for every server.
    pub terms: Vec<Term>,
}

/// A test, perhaps turned round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// True where a `!` stands before it.
    pub negated: bool,
    /// What is asked.
    pub test: Test,
}

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// How the server is.
    State(State),
    /// Text to be found in name, address, id, model, serial or host name.
    Text(String),
    /// A property.
    Field {
        /// Which.
        field: Field,
        /// The comparison.
        operator: Operator,
        /// The alternatives.
        values: Vec<String>,
    },
    /// One of the operator's own labels.
    Label {
        /// Its key.
        key: String,
        /// The comparison: `=`, `!=` or `~`.
        operator: Operator,
        /// The alternatives.
        values: Vec<String>,
    },
    /// The version of some component.
    Component {
        /// Which components.
        which: Which,
        /// The comparison.
        operator: Operator,
        /// The alternatives.
        values: Vec<String>,
    },
}

/// Which components are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of a kind.
    Kind(Kind),
    /// Those whose name or id contains this, or is like it where it is a pattern.
    Named(String),
}

/// How a server is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The last reading succeeded and the server's health is OK.
    Ok,
    /// The last reading failed.
    Failed,
    /// Health as read is Warning.
    Warning,
    /// Health as read is Critical.
    Critical,
    /// The host is powered on.
    On,
    /// The host is powered off.
    Off,
    /// Read only once so far.
    New,
}

impl State {
    /// Words and what they mean; of two words for one state the first is printed.
    const WORDS: [(&'static str, Self); 8] = [
        ("ok", Self::Ok),
        ("failed", Self::Failed),
        ("unreachable", Self::Failed),
        ("warning", Self::Warning),
        ("critical", Self::Critical),
        ("on", Self::On),
        ("off", Self::Off),
        ("new", Self::New),
    ];

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, state)| *state)
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, state)| *state == self).map_or("", |(word, _)| word)
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `~`
    Like,
}

impl Operator {
    /// Longer signs stand before those that they begin with.
    const SIGNS: [(&'static str, Self); 7] = [
        ("!=", Self::IsNot),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Is),
        ("<", Self::Less),
        (">", Self::Greater),
        ("~", Self::Like),
    ];

    /// How it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }

    /// Whether it asks which of two is less, so that it needs one value with an order.
    #[must_use]
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::Greater | Self::AtLeast)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("!")?;
        }
        match &self.test {
            Test::State(state) => f.write_str(state.word()),
            Test::Text(text) if is_bare_text(text) => f.write_str(text),
            Test::Text(text) => quoted(f, text),
            Test::Field { field, operator, values } => {
                f.write_str(field.word())?;
                comparison(f, *operator, values)
            }
            Test::Label { key, operator, values } => {
                f.write_str("label.")?;
                name(f, key)?;
                comparison(f, *operator, values)
            }
            Test::Component { which, operator, values } => {
                match which {
                    // `bios` and `bmc` alone are the machine's own versions
                    Which::Kind(kind @ (Kind::Bios | Kind::Bmc)) => write!(f, "component:{kind}")?,
                    Which::Kind(kind) => write!(f, "{kind}")?,
                    Which::Named(pattern) => {
                        f.write_str("component:")?;
                        // in quotes a kind's word is a name
                        if pattern.parse::<Kind>().is_ok() { quoted(f, pattern)? } else { name(f, pattern)? }
                    }
                }
                comparison(f, *operator, values)
            }
        }
    }
}

fn comparison(f: &mut fmt::Formatter<'_>, operator: Operator, values: &[String]) -> fmt::Result {
    f.write_str(operator.sign())?;
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            f.write_str(",")?;
        }
        let asks_for_pattern = matches!(operator, Operator::Is | Operator::IsNot) && super::words::is_pattern(value);
        let needs_quotes = asks_for_pattern
            || value.is_empty()
            || value.contains([',', '"'])
            || value.contains(char::is_whitespace)
            || value.starts_with(['=', '<', '>', '~']);
        if needs_quotes { quoted(f, value)? } else { f.write_str(value)? }
    }
    Ok(())
}

/// A label's key or a component's name.
fn name(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    if is_bare_name(text) { f.write_str(text) } else { quoted(f, text) }
}

fn is_bare_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['"', '=', '<', '>', '~', '!']) && !text.contains(char::is_whitespace)
}

fn is_bare_text(text: &str) -> bool {
    is_bare_name(text) && State::from_word(text).is_none() && !matches!(text, "label." | "component:")
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
