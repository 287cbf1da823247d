//! A mistake or a doubt, and where it is.

use std::fmt;

use serde::Serialize;

use super::Problem;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The manifest cannot be used.
    Error,
    /// It can, but is probably not what was meant.
    Warning,
}

/// Something that [`read`](super::read) found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The field, such as `image[2].sha256`; counted from 1. Empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, file, line, column, field, problem } = self;
        let word = if *severity == Severity::Error { "error" } else { "warning" };
        write!(f, "{file}:{line}:{column}: {word}: ")?;
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        write!(f, "{problem}")
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) field: String,
}

impl Place {
    pub(super) fn finding(&self, problem: Problem) -> Finding {
        let Self { file, line, column, field } = self.clone();
        Finding { severity: problem.severity(), file, line, column, field, problem }
    }
}
