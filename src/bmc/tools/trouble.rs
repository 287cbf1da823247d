//! Why a command of a vendor's tool came to nothing.

use std::io;

use super::{Ended, Unsayable};
use crate::domain::attempt::Attempt;

/// Why a command of a vendor's tool came to nothing. Each driver tells these apart by its tool's codes and words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The BMC refused the login.
    #[error("the BMC refused user name or password to {tool}: {said}; next: correct the credential")]
    WrongCredentials {
        /// Which tool.
        tool: &'static str,
        /// What it said last.
        said: String,
    },
    /// There is no way to the BMC, or nothing there that the tool knows.
    #[error("{tool} does not reach the BMC: {said}")]
    Unreachable {
        /// Which tool.
        tool: &'static str,
        /// What it said last.
        said: String,
    },
    /// The BMC is at something, or not ready yet.
    #[error("the BMC is busy, says {tool}: {said}")]
    Busy {
        /// Which tool.
        tool: &'static str,
        /// What it said last.
        said: String,
    },
    /// The BMC wants a licence.
    #[error("the BMC wants a licence for this: {licence}; next: activate it on the BMC, then retry")]
    Unlicensed {
        /// Which one, as far as the tool says.
        licence: String,
    },
    /// The BMC said no.
    #[error("the BMC refused: {said}")]
    Refused {
        /// What the tool said.
        said: String,
        /// The vendor's codes in it.
        codes: Vec<String>,
    },
    /// The tool, or this version of it, does not do it here.
    #[error("{tool} does not do this here: {said}")]
    NotOffered {
        /// Which tool.
        tool: &'static str,
        /// What it said last.
        said: String,
    },
    /// Anything else that the tool calls an error.
    #[error("{tool} ended with status {status}: {said}")]
    Failed {
        /// Which tool.
        tool: &'static str,
        /// Its exit status.
        status: i32,
        /// What it said last.
        said: String,
    },
    /// It ended well and what it says cannot be read.
    #[error("the answer of {tool} to `{what}` cannot be read: {said}")]
    Unreadable {
        /// Which tool.
        tool: &'static str,
        /// The command.
        what: &'static str,
        /// What it said last.
        said: String,
    },
    /// It cannot be told what it should do.
    #[error("it cannot be given to {tool}: {why}")]
    Unsayable {
        /// Which tool.
        tool: &'static str,
        /// Why.
        why: String,
    },
    /// The tool itself did not come to its end.
    #[error("{tool} {ended}")]
    Tool {
        /// Which tool.
        tool: &'static str,
        /// How it ended.
        ended: Ended,
    },
}

impl Trouble {
    /// What cannot be said on `tool`'s command line.
    pub(super) fn unsayable(tool: &'static str) -> impl Fn(Unsayable) -> Self {
        move |why| Self::Unsayable { tool, why: why.to_string() }
    }

    /// What cannot be put into the private directory.
    pub(super) fn unwritten(tool: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Tool { tool, ended: Ended::NotRun(error.to_string()) }
    }

    /// How an attempt ended that came to this before a byte of its image left.
    #[must_use]
    pub fn before_a_byte(&self) -> Attempt {
        let why = self.to_string();
        match self {
            Self::Busy { .. } => Attempt::Busy { why, retry_after: None },
            Self::Refused { codes, .. } => Attempt::Refused { why, message_ids: codes.clone() },
            Self::WrongCredentials { .. } | Self::Unlicensed { .. } => {
                Attempt::Refused { why, message_ids: Vec::new() }
            }
            Self::Tool { ended: Ended::Asked(_), .. } => Attempt::Refused { why, message_ids: Vec::new() },
            _ => Attempt::NotStarted { why },
        }
    }
}

/// The last line that says something, for a sentence.
pub(super) fn last(said: &str) -> String {
    said.lines()
        .map(str::trim)
        .rfind(|line| line.chars().any(char::is_alphanumeric))
        .unwrap_or("it said nothing")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_never_began_lets_another_method_be_tried() {
        let (tool, said) = ("sum", String::new());
        let unreachable = Trouble::Unreachable { tool, said: said.clone() };
        assert!(matches!(unreachable.before_a_byte(), Attempt::NotStarted { .. }));
        let busy = Trouble::Busy { tool, said: said.clone() };
        assert!(matches!(busy.before_a_byte(), Attempt::Busy { .. }));
        for refused in [
            Trouble::WrongCredentials { tool, said },
            Trouble::Unlicensed { licence: "DCMS".into() },
            Trouble::Refused { said: "no".into(), codes: vec!["RED007".into()] },
            Trouble::Tool { tool, ended: Ended::Asked("Continue? (y/n)".into()) },
        ] {
            assert!(matches!(refused.before_a_byte(), Attempt::Refused { .. }), "{refused}");
        }
    }
}
