//! Rules as TOML (`assets/diagnoses.toml` says how one is written).

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{
    rule::{Rule, When},
    text,
};
use crate::domain::words;

/// A mistake in a file of rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{}:{}: {}", .at.0, .at.1, self.words())]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Line and column, from 1.
    pub at: (usize, usize),
    /// The field of a rule, where it is one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub what: String,
}

impl Mistake {
    /// What is wrong, and with which field.
    #[must_use]
    pub fn words(&self) -> String {
        match self.field {
            Some(field) => format!("{field}: {}", self.what),
            None => self.what.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    when: Spanned<When>,
    cause: Spanned<String>,
    state: Option<Spanned<String>>,
    next: Spanned<String>,
    source: Spanned<String>,
}

/// Reads a file of rules; `file` is its name in messages.
///
/// # Errors
/// The first mistake: no TOML, a key that no rule has, an id that stands twice, a rule without a sign, an empty text or
/// one with a place that nobody can fill.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Rule>, Mistake> {
    let at = |span: Range<usize>, field, what: String| {
        let before = text.get(..span.start).unwrap_or(text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Mistake { file: file.to_owned(), at: (before.matches('\n').count() + 1, column), field, what }
    };
    let parsed: File =
        toml::from_str(text).map_err(|error| at(error.span().unwrap_or(0..0), None, suggested(error.message())))?;
    let mut rules: Vec<Rule> = Vec::new();
    for spanned in parsed.rule {
        let Raw { id, when, cause, state, next, source } = spanned.into_inner();
        if id.get_ref().is_empty()
            || !id.get_ref().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            return Err(at(id.span(), Some("id"), "an id is lower-case letters, digits and `_`".into()));
        }
        if id.get_ref() == super::UNKNOWN {
            return Err(at(id.span(), Some("id"), "`unknown` is what is said where no rule holds".into()));
        }
        if rules.iter().any(|rule| rule.id == *id.get_ref()) {
            return Err(at(id.span(), Some("id"), format!("`{}` stands twice", id.get_ref())));
        }
        if when.get_ref().signs() == 0 {
            return Err(at(when.span(), Some("when"), "without a sign it would hold of everything".into()));
        }
        let texts =
            [("cause", Some(&cause)), ("state", state.as_ref()), ("next", Some(&next)), ("source", Some(&source))];
        for (field, text) in texts {
            let Some(text) = text else { continue };
            if text.get_ref().trim().is_empty() {
                return Err(at(text.span(), Some(field), "says nothing".into()));
            }
            if let Some(place) = text::unknown_places(text.get_ref()).next() {
                let known = text::PLACES.join(", ");
                return Err(at(text.span(), Some(field), format!("nothing fills `{{{place}}}`; there are {known}")));
            }
        }
        rules.push(Rule {
            id: id.into_inner(),
            when: when.into_inner(),
            cause: cause.into_inner(),
            state: state.map(Spanned::into_inner),
            next: next.into_inner(),
            source: source.into_inner(),
        });
    }
    Ok(rules)
}

/// An error of the parser, with the known word that is nearest to an unknown one.
fn suggested(message: &str) -> String {
    let rest = message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant "));
    let mut quoted = rest.unwrap_or_default().split('`').skip(1).step_by(2);
    let nearest = quoted.next().and_then(|written| words::nearest(written, quoted));
    format!("{message}{}", words::did_you_mean(nearest))
}
