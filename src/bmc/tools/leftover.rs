//! What calls leave behind: processes and private directories, of a call that ended and of an engine that died.

use std::{fs, io, path::Path, time::Duration};

use rustix::process::Signal;
use tokio::task::spawn_blocking;

use super::{
    private::{PREFIX, noted, wipe},
    processes::{self, Process},
};
use crate::clock::Clock;

/// How long what was left behind may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);
/// A process may start another one while we look: so often is looked anew.
const ROUNDS: usize = 20;

/// What a sweep found and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Private directories of calls that nobody waits for any more.
    pub directories: usize,
    /// Processes that still ran for them.
    pub processes: usize,
}

/// Ends every process of a call that is still there. Returns how many there were.
pub(super) async fn end(leader: Option<Process>, directory: &Path, clock: &Clock) -> usize {
    let mut known: Vec<Process> = Vec::new();
    for round in 0..ROUNDS {
        let found = members(leader, directory).await;
        if found.is_empty() {
            break;
        }
        // First a word, so that it may clean up; what does not hear it, or is new since, is killed.
        let signal = if round == 0 { Signal::TERM } else { Signal::KILL };
        for process in found {
            process.signal(signal);
            if !known.iter().any(|one| (one.pid, one.began) == (process.pid, process.began)) {
                known.push(process);
            }
        }
        let mut waited = Duration::ZERO;
        while waited < GRACE && known.iter().any(Process::is_there) {
            clock.pause(LOOK).await;
            waited += LOOK;
        }
    }
    known.len()
}

/// Ends and removes everything that lies in `root`.
pub(super) async fn sweep(root: &Path, clock: &Clock) -> io::Result<Swept> {
    let mut swept = Swept::default();
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(swept),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours || !entry.file_type()?.is_dir() {
            continue;
        }
        // As it was handed to the tool.
        let path = entry.path().canonicalize()?;
        // Only while the leader itself is there is its session surely that of the call.
        let leader = noted(&path).filter(Process::is_there);
        swept.processes += end(leader, &path, clock).await;
        wipe(&path)?;
        swept.directories += 1;
    }
    Ok(swept)
}

/// `/proc` is read aside: on a machine with many processes that takes a while.
async fn members(leader: Option<Process>, directory: &Path) -> Vec<Process> {
    let directory = directory.to_owned();
    spawn_blocking(move || processes::of_call(leader, &directory)).await.unwrap_or_default()
}
