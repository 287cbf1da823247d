//! Death at a boundary of the journal, for tests of what comes after. Not in a release build.
//!
//! `FIRMDECK_CRASH=7:after` kills the engine right after its seventh entry is on disk, `7:before` right before it is
//! written; an engine after it lives. `push_ended:before` does so at the first entry of that event. `FIRMDECK_CRASH=chain` kills an engine once at each boundary that a run has, one in
//! each life.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::Value;

/// Which side of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

enum At {
    Entry(u64, Side),
    Event(String, Side),
    EachOnce,
}

/// Where to die, if anywhere.
pub(super) struct Crash {
    at: Option<At>,
    entries: AtomicU64,
    /// Where it is noted at which boundaries engines have died.
    died: PathBuf,
}

impl Crash {
    pub(super) fn of_environment(state_dir: &Path) -> Self {
        let word = std::env::var("FIRMDECK_CRASH").unwrap_or_default();
        let at = match word.split_once(':') {
            Some((number, side)) => {
                let side = if side == "before" { Side::Before } else { Side::After };
                Some(number.parse().map_or_else(|_| At::Event(number.into(), side), |number| At::Entry(number, side)))
            }
            None if word == "chain" => Some(At::EachOnce),
            None => None,
        };
        Self { at, entries: AtomicU64::new(0), died: state_dir.join("crashed-at") }
    }

    /// Dies where it is to be here.
    pub(super) fn boundary(&self, side: Side, server: &str, event: &str) {
        let number = match side {
            Side::Before => self.entries.fetch_add(1, Ordering::SeqCst) + 1,
            Side::After => self.entries.load(Ordering::SeqCst),
        };
        let is_here = match &self.at {
            None => false,
            Some(At::Entry(wanted, on)) => *wanted == number && *on == side && is_new(&self.died, "once"),
            Some(At::Event(wanted, on)) => {
                *on == side && name(event).contains(&format!("\"{wanted}\"")) && is_new(&self.died, "once")
            }
            Some(At::EachOnce) => is_new(&self.died, &format!("{side:?} {server} {}", name(event))),
        };
        if is_here {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

/// What makes one entry the same boundary as another.
fn name(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let parts = ["event", "phase", "step", "update", "goal", "forced"];
    parts.iter().filter_map(|part| Some(event.get(part)?.to_string())).collect::<Vec<_>>().join(" ")
}

/// Notes `boundary`; true where it was not noted before.
fn is_new(file: &Path, boundary: &str) -> bool {
    let known = std::fs::read_to_string(file).unwrap_or_default();
    if known.lines().any(|line| line == boundary) {
        return false;
    }
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.and_then(|mut file| writeln!(file, "{boundary}")).is_ok()
}
