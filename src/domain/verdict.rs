//! What a condition of an update came to, as read.

/// What a condition came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// The BMC does not say. That is no reason to refuse.
    Unknown(String),
    /// It does not hold now, and will by itself.
    NotYet(String),
    /// It does not hold until a person acts: what is so, and what to do.
    Refuses {
        /// What is so.
        what: String,
        /// What to do next.
        next: String,
    },
}

impl Verdict {
    /// One that needs a person.
    #[must_use]
    pub fn refuses(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Refuses { what: what.into(), next: next.into() }
    }
}

/// A critical entry of a BMC's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriticalEntry {
    /// Its resource and when it was made: a log that was cleared begins to count anew.
    pub key: String,
    /// What it says.
    pub message: String,
}
