//! How many connections the process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Handles for everything but BMCs: database, transcripts, terminal, names.
const RESERVED: u64 = 64;

/// Raises the limit of open files as far as the system allows without asking, and says how many connections then fit.
pub(super) fn room_for_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let room = limit.current.unwrap_or(u64::MAX).saturating_sub(RESERVED).max(1);
    usize::try_from(room).unwrap_or(usize::MAX).min(tokio::sync::Semaphore::MAX_PERMITS)
}
