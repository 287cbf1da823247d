//! What is told of a failure: what happened, what state the server is in, what to do next.

use serde::{Deserialize, Serialize};

/// How a failure counts: a thing that went wrong, or a thing that a rule or a person must decide first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It went wrong.
    Failed,
    /// Nothing was tried, or it was stopped, until a person decides.
    Blocked,
}

/// The three things an error says, made once for screen, command line and API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A fixed word for scripts: `wrong_credentials`, `certificate_changed` and so on.
    pub kind: String,
    /// Failed or blocked.
    pub weight: Weight,
    /// What happened.
    pub what: String,
    /// What state the server is in.
    pub state: String,
    /// What to do next.
    pub next: String,
}
