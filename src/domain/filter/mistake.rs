//! What can be wrong with a query.

use super::{Field, Operator};
use crate::domain::words::did_you_mean;

/// A mistake in a query, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {mistake}")]
pub struct ParseError {
    /// The character it begins at, from 1.
    pub column: usize,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No field, kind or label is called so.
    #[error("there is no field or label `{written}`{}", did_you_mean(nearest.as_deref()))]
    UnknownField {
        /// The word.
        written: String,
        /// The known word nearest to it.
        nearest: Option<String>,
    },
    /// Nothing stands after the operator.
    #[error("a value is missing after `{}`; write no blanks around it, and \"\" for an empty text", operator.sign())]
    MissingValue {
        /// The operator.
        operator: Operator,
    },
    /// Nothing stands before the operator.
    #[error("a field is missing before `{}`; write no blanks around it: `bios<2.5`", operator.sign())]
    MissingField {
        /// The operator.
        operator: Operator,
    },
    /// `==`, `=>` and the like.
    #[error("there is no such operator; they are = != < <= > >= ~ (a value that begins so needs quotes)")]
    NoSuchOperator,
    /// `label.` or `component:` without what should follow.
    #[error("{0}")]
    Unfinished(&'static str),
    /// A quote that never ends.
    #[error("this quote is not closed")]
    UnclosedQuote,
    /// A quote in the middle of a word, or more text right after one.
    #[error("a quoted text stands alone: a blank, or a comma between values, is missing here")]
    StrayQuote,
    /// `<` on a field of text.
    #[error("{} has no order; use = != or ~", field.word())]
    NoOrder {
        /// The field.
        field: Field,
    },
    /// `<` on a label.
    #[error("labels have no order; use = != or ~")]
    LabelOrder,
    /// `bios<2.5,3.0`.
    #[error("`{}` takes one value; alternatives go with = != and ~", operator.sign())]
    OneValue {
        /// The operator.
        operator: Operator,
    },
    /// `model=R7*`.
    #[error("= and != compare the whole text; use ~ for a pattern, or quotes for a real * or ?")]
    Pattern,
    /// `unit<abc`.
    #[error("`{written}` is no rack unit: write a number")]
    NotANumber {
        /// The text.
        written: String,
    },
    /// `address=10.0.0.0/99`.
    #[error("`{written}` is no network such as 10.0.0.0/24")]
    NotANetwork {
        /// The text.
        written: String,
    },
    /// `!` before nothing.
    #[error("nothing stands after `!`")]
    LoneNot,
    /// `!!`.
    #[error("one `!` is enough")]
    DoubleNot,
}

impl ParseError {
    /// The query, and below it a caret at the column.
    #[must_use]
    pub fn pointed(&self, query: &str) -> String {
        let line: String = query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{line}\n{}^", " ".repeat(self.column.saturating_sub(1)))
    }
}
