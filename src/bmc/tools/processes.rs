//! Which processes belong to a call, by `/proc`.
//!
//! A number alone proves nothing, since numbers are used again: a process is known by its number and the time of its
//! start, and belongs to a call by its session or because its environment names the call's directory.

use std::{fs, os::unix::ffi::OsStrExt as _, path::Path};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// One process, told from a later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    /// Clock ticks since the machine's start.
    pub(super) began: u64,
    session: i32,
}

impl Process {
    /// The process of a number as it is now.
    pub(super) fn of(pid: i32) -> Option<Self> {
        parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The process that was noted under a number: the leader of a session.
    pub(super) const fn noted(pid: i32, began: u64) -> Self {
        Self { pid, began, session: pid }
    }

    /// Signals it, unless the number is another's by now.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        // The handle first: what it leads to can no longer become another.
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
        Self::of(self.pid).is_some_and(|now| now.began == self.began) && pidfd_send_signal(handle, signal).is_ok()
    }

    /// Whether it still runs.
    pub(super) fn is_there(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now.began == self.began)
    }
}

/// All processes of a call: those in the session of `leader`, and those whose environment names `directory`.
pub(super) fn of_call(leader: Option<Process>, directory: &Path) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let all = pids.filter_map(Process::of);
    // A number stays taken while a session bears it; one that began before the call bears it by chance.
    let in_session =
        |one: &Process| leader.is_some_and(|leader| one.session == leader.pid && one.began >= leader.began);
    all.filter(|one| in_session(one) || names(one.pid, directory)).collect()
}

/// Whether a process was given the directory as its home.
fn names(pid: i32, directory: &Path) -> bool {
    let wanted = [b"HOME=", directory.as_os_str().as_bytes()].concat();
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|setting| setting == wanted))
}

/// Which start of the machine this is: process numbers and times say nothing beyond it.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// `pid (name) state ppid pgrp session … starttime`: the name may hold blanks and brackets. A zombie is gone.
fn parse(stat: &str) -> Option<Process> {
    let (pid, rest) = stat.split_once(' ')?;
    let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split(' ').collect();
    if matches!(fields.first(), Some(&"Z" | &"X")) {
        return None;
    }
    // Counted from the state, which is the third field of proc(5).
    let session = fields.get(3)?.parse().ok()?;
    Some(Process { pid: pid.parse().ok()?, began: fields.get(19)?.parse().ok()?, session })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_confuses_nobody() {
        let stat = "41 (a) S (b) c) S 1 41 40 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0\n";
        assert_eq!(parse(stat), Some(Process { pid: 41, began: 777, session: 40 }));
        assert_eq!(parse("41 (a) Z 1 41 40 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0\n"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("x (y) S 1"), None);
    }

    #[test]
    fn we_are_there_and_another_of_our_number_is_not_us() {
        let ours = i32::try_from(std::process::id()).unwrap();
        let us = Process::of(ours).unwrap();
        assert!(us.is_there());
        let another = Process { began: us.began + 1, ..us };
        assert!(!another.is_there() && !another.signal(Signal::KILL));
    }
}
