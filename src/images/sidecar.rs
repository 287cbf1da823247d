//! What is kept beside each image: its names, and how its file looked when its digest was last found right.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{digest::Sha256, inspected::Inspected};
pub use crate::file_body::Stamp;

/// An image in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its digest, which is its name here.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
    /// The names that it was added under, the first first.
    pub names: Vec<String>,
    /// When it was added first.
    pub added_at: Timestamp,
    /// How its file looked when the digest was last found right; absent where that must be looked at anew.
    pub checked: Option<Stamp>,
    /// The vendor's metadata file that lay beside it (HPE Gen12).
    #[serde(default)]
    pub metadata: Option<String>,
    /// What the file says of itself; absent where it was not looked at yet.
    #[serde(default)]
    pub inspected: Option<Inspected>,
}

impl Entry {
    /// What it was called when it was added; its digest where nobody knows.
    #[must_use]
    pub fn name(&self) -> String {
        self.names.first().cloned().unwrap_or_else(|| self.sha256.to_string())
    }
}
