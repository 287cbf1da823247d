//! What the operator writes: `firmdeck.toml`, targets files and credentials.

pub mod addresses;
pub mod credentials;
pub mod diagnoses;
mod file;
pub mod manifests;
pub mod scope;
pub mod targets;
pub mod vault;

pub use file::{Config, FirstContact, LadderOrder, LadderRange, Screen, Tls, TlsRange, Tools, Verify};

use std::{fmt, path::Path};

use crate::domain::words;

/// A mistake in a file, where it is, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistake {
    /// The file, as the operator named it.
    pub file: String,
    /// Line and column from 1, where known.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl Mistake {
    pub(crate) fn of_file(path: &Path, what: impl fmt::Display) -> Self {
        Self { file: path.display().to_string(), at: None, what: what.to_string() }
    }

    pub(crate) fn at_offset(file: &str, text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { file: file.into(), at: Some((line, column)), what: what.into() }
    }

    /// A TOML error in the words of its place, with a suggestion for a key that nobody knows.
    pub(crate) fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let what = match suggestion(error.message()) {
            Some(better) => format!("{}; did you mean `{better}`?", error.message()),
            None => error.message().to_owned(),
        };
        match error.span() {
            Some(span) => Self::at_offset(file, text, span.start, what),
            None => Self { file: file.into(), at: None, what },
        }
    }
}

/// From serde's "unknown field `a`, expected one of `b`, `c`" the expected word nearest to the one that was written.
fn suggestion(message: &str) -> Option<String> {
    let rest = message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant "))?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    let written = quoted.next()?;
    words::nearest(written, quoted).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_gets_the_nearest_known_one() {
        let message = "unknown field `verfy`, expected one of `verify`, `first_contact`, `lowest`";
        assert_eq!(suggestion(message).as_deref(), Some("verify"));
        assert_eq!(suggestion("unknown field `zzzzzz`, expected one of `verify`, `lowest`"), None);
        assert_eq!(suggestion("expected a string"), None);
    }
}
