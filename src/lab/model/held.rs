//! Images that lie on a BMC until somebody starts them.

use super::{Kind, Machine, Mishap, Payload};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The file's name as it was sent.
    pub file: String,
    /// The image.
    pub payload: Payload,
}

impl Machine {
    /// Keeps an uploaded image, in the place of one of the same kind and version.
    pub fn hold(&mut self, held: Held) {
        let is_same =
            |one: &Held| (one.payload.kind, &one.payload.version) == (held.payload.kind, &held.payload.version);
        self.held.retain(|one| !is_same(one));
        if !self.strikes(Mishap::UploadLost) {
            self.held.push(held);
        }
    }

    /// What lies there and does not run yet.
    pub fn waiting(&self) -> impl Iterator<Item = &Held> {
        let runs = |kind: Kind, version: &str| self.version(kind) == version;
        self.held.iter().filter(move |held| !runs(held.payload.kind, &held.payload.version))
    }
}
