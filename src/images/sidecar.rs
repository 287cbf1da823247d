//! What is kept beside each image: its names, and how its file looked when its digest was last found right.

use std::{fs::Metadata, os::unix::fs::MetadataExt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{digest::Sha256, inspected::Inspected};

/// How a file looked. While it looks the same its contents are taken to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Last write: seconds and nanoseconds since 1970.
    pub written: (i64, i64),
    /// Last change of the inode, which nobody can set back.
    pub changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

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
