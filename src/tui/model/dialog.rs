//! What lies over a screen, and what is asked there.

use super::field::{Field, Hidden};
use crate::domain::run::Again;

/// What a person is asked to confirm by typing a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Start the plan on the screen; the word is the beginning of its digest.
    Start {
        /// The digest, whole.
        digest: String,
    },
    /// Let a run begin nothing new.
    Stop {
        /// The run.
        run: i64,
    },
    /// Interrupt what a run is doing.
    Abort {
        /// The run.
        run: i64,
    },
    /// Go on with a run.
    Resume {
        /// The run.
        run: i64,
    },
    /// Try one server of a run again.
    Retry {
        /// The run.
        run: i64,
        /// The server.
        server: String,
        /// What it is called.
        name: String,
    },
}

impl Ask {
    /// What must be typed.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Start { digest } => digest.chars().take(4).collect(),
            Self::Stop { .. } => "stop".into(),
            Self::Abort { .. } => "abort".into(),
            Self::Resume { .. } => "resume".into(),
            Self::Retry { .. } => "retry".into(),
        }
    }

    /// Whether `typed` confirms it.
    #[must_use]
    pub fn is_confirmed_by(&self, typed: &str) -> bool {
        let typed = typed.trim();
        let again = matches!(self, Self::Retry { .. }) && again(typed).is_some();
        again || typed.eq_ignore_ascii_case(&self.word())
    }
}

/// How a server is tried again, by the word for it.
#[must_use]
pub fn again(typed: &str) -> Option<Again> {
    match typed.trim().to_ascii_lowercase().as_str() {
        "retry" => Some(Again::default()),
        "next" => Some(Again { next_method: true, skip: false }),
        "skip" => Some(Again { next_method: false, skip: true }),
        _ => None,
    }
}

/// What lies over the screen and takes the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Every key of the screen below, and why it is of no use now.
    Help {
        /// The first line shown.
        top: usize,
        /// Only what holds this is shown.
        find: String,
        /// The same while it is being typed.
        search: Option<Field>,
    },
    /// A command is being typed.
    Palette {
        /// As it is so far.
        field: Field,
        /// Which of those that fit.
        choice: usize,
        /// How far back among those that were typed before, where it is one of them.
        recalled: Option<usize>,
    },
    /// Which columns the fleet table has.
    Columns {
        /// The line of the cursor.
        index: usize,
    },
    /// The fleet query is being typed.
    Filter {
        /// As it is so far.
        field: Field,
        /// As it was, for Esc.
        before: String,
        /// What is wrong with it.
        mistake: Option<String>,
    },
    /// Addresses to search for BMCs are being typed.
    Discover {
        /// As they are so far.
        field: Field,
        /// What is wrong with them.
        mistake: Option<String>,
    },
    /// The path of a resource is being typed.
    Go {
        /// As it is so far.
        field: Field,
        /// What is wrong with it.
        mistake: Option<String>,
    },
    /// The name of a server is being typed, to hold another against it.
    Other {
        /// As it is so far.
        field: Field,
        /// What is wrong with it.
        mistake: Option<String>,
    },
    /// What is looked for in a transcript or a resource is being typed.
    Search {
        /// As it is so far.
        field: Field,
    },
    /// The vault's passphrase is being typed, unseen.
    Unlock {
        /// As it is so far.
        field: Hidden,
    },
    /// A word is being typed to confirm something.
    Confirm {
        /// What.
        ask: Ask,
        /// As it is so far.
        field: Field,
    },
}
