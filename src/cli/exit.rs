//! How a command ends.

use std::{io, process::ExitCode};

use super::output;
use crate::api::error::{ApiError, Class};

/// Exit codes, the same for every verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Well = 0,
    /// An error of firmdeck's own surroundings: database, files, terminal.
    Error = 1,
    /// The command line or a file of the operator's is wrong.
    Usage = 2,
    /// Some servers failed.
    SomeFailed = 3,
    /// Something waits for a person's decision, or a plan is stale.
    Blocked = 4,
    /// Stopped by a signal before it was done.
    Stopped = 6,
    /// Nobody can tell what became of some servers.
    Uncertain = 7,
    /// The terminal went away: 128 and SIGHUP's number, as shells count.
    HungUp = 129,
    /// Ended by SIGTERM: 128 and its number.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An end before the work was done, with what to say of it.
#[derive(Debug)]
pub(super) struct Stop {
    exit: Exit,
    words: String,
}

impl Stop {
    pub(super) fn error(words: impl Into<String>) -> Self {
        Self { exit: Exit::Error, words: words.into() }
    }

    pub(super) fn usage(words: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, words: words.into() }
    }

    pub(super) fn blocked(words: impl Into<String>) -> Self {
        Self { exit: Exit::Blocked, words: words.into() }
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn report(self) -> Exit {
        if !self.words.is_empty() {
            output::complain(&format!("error: {}", self.words));
        }
        self.exit
    }
}

impl From<io::Error> for Stop {
    /// A reader that has gone away (`| head`) is no error of ours.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Well, words: String::new() },
            _ => Self::error(format!("the output cannot be written: {error}")),
        }
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        let words = output::safe_lines(&error.message);
        match error.class {
            Class::Usage => Self::usage(words),
            Class::Blocked => Self::blocked(words),
            Class::Error | Class::Away => Self::error(words),
        }
    }
}
