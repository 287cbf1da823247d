//! Who listens to a tool and may call it off.

use tokio_util::sync::CancellationToken;

use super::{Gathered, Heard, Sink};

/// Who hears what a tool says, and may call it off.
#[derive(Clone, Copy)]
pub struct Ears<'a> {
    /// Gets every line for the transcript.
    pub sink: &'a dyn Sink,
    /// Ends the call.
    pub stop: &'a CancellationToken,
}

/// Hands on and keeps.
pub(super) struct Tee<'a> {
    pub(super) first: &'a dyn Sink,
    pub(super) kept: Gathered,
}

impl<'a> Tee<'a> {
    pub(super) fn to(first: &'a dyn Sink) -> Self {
        Self { first, kept: Gathered::default() }
    }
}

impl Sink for Tee<'_> {
    fn hear(&self, heard: Heard) {
        self.kept.hear(heard.clone());
        self.first.hear(heard);
    }
}
