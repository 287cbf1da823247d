//! What is changed on a BMC for the time of an update, and set back afterwards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change of a resource and its opposite, both as they are sent: busy flags, push targets, apply times, what a flash
/// is to preserve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// What it is, for people.
    pub what: String,
    /// The resource.
    pub uri: String,
    /// What is sent to take it.
    pub take: Value,
    /// What is sent to give it back: the values from before.
    pub back: Value,
}

/// A loan that has not been given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLoan {
    /// The update that it was taken for.
    pub update: usize,
    /// What was taken.
    pub loan: Loan,
}
