//! How far images have left. Lossy on purpose: for screens, never for the journal.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::{domain::inventory::ServerId, engine::Engine, images::server::GrantWatch};

/// Between two words on one upload: at most two a second.
const GAP: Duration = Duration::from_millis(500);

/// Words that a listener may lag behind before it loses some.
pub(super) const LAG: usize = 256;

/// How far an image has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadProgress {
    /// The run.
    pub run: i64,
    /// The server.
    pub server: ServerId,
    /// Which update of the plan, from 0.
    pub update: usize,
    /// Bytes handed over; monotonic within one attempt.
    pub sent: u64,
    /// All of them.
    pub total: u64,
}

impl UploadProgress {
    /// Percent, at most 99: 100 is for what was verified.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let percent = u128::from(self.sent) * 100 / u128::from(self.total.max(1));
        u8::try_from(percent).unwrap_or(99).min(99)
    }
}

impl Engine {
    /// How far uploads are, from now on: at most two words a second and server. Who is slow loses some.
    #[must_use]
    pub fn progress(&self) -> broadcast::Receiver<UploadProgress> {
        self.0.runs.progress.subscribe()
    }
}

/// Lets a word through if the one before is long enough ago.
#[derive(Debug, Default)]
struct Pace(Mutex<Option<Timestamp>>);

impl Pace {
    fn lets(&self, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|last| now.duration_since(last).unsigned_abs() < GAP) {
            return false;
        }
        *told = Some(now);
        true
    }
}

/// Tells how far one image is.
pub(super) struct Meter {
    engine: Engine,
    upload: UploadProgress,
    pace: Pace,
}

impl Meter {
    pub(super) fn new(engine: Engine, upload: UploadProgress) -> Self {
        Self { engine, upload, pace: Pace::default() }
    }

    /// `sent` bytes have left.
    pub(super) fn tell(&self, sent: u64) {
        if self.pace.lets(self.engine.clock().now()) {
            // Nobody need listen.
            let _ = self.engine.0.runs.progress.send(UploadProgress { sent, ..self.upload });
        }
    }

    /// Tells how far a BMC is that fetches, until it has all of it or may no longer.
    pub(super) async fn follow(self, fetched: GrantWatch) {
        let mut before = 0;
        while !fetched.is_over() {
            let reached = fetched.reached();
            if reached > before {
                before = reached;
                self.tell(reached);
            }
            if reached >= self.upload.total {
                return;
            }
            self.engine.clock().pause(GAP).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_two_words_a_second_are_said() {
        let pace = Pace::default();
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        let said = (0..3000).step_by(100).filter(|ms| pace.lets(at(*ms))).count();
        assert_eq!(said, 6);
    }

    #[test]
    fn an_upload_that_has_left_is_not_done() {
        let at = |sent, total| UploadProgress { run: 1, server: ServerId(1), update: 0, sent, total }.percent();
        assert_eq!([at(0, 10), at(5, 10), at(10, 10), at(0, 0), at(u64::MAX, u64::MAX)], [0, 50, 99, 0, 99]);
    }
}
