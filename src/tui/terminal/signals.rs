//! Signals that concern a terminal.

use std::io;

use rustix::process::{Signal as Number, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// End: SIGTERM.
    End,
    /// Leave: SIGINT.
    Leave,
    /// The terminal is gone: SIGHUP.
    HungUp,
    /// It has another size: SIGWINCH.
    Resized,
    /// Stop, as Ctrl-Z does: SIGTSTP.
    Suspend,
    /// Go on: SIGCONT.
    GoOn,
}

/// The signals, as they come.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    resize: Signal,
    suspend: Signal,
    go_on: Signal,
}

impl Signals {
    /// Takes them over from their defaults.
    pub fn take() -> io::Result<Self> {
        let of = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            resize: signal(SignalKind::window_change())?,
            suspend: of(Number::TSTP)?,
            go_on: of(Number::CONT)?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            biased;
            _ = self.hang_up.recv() => Asked::HungUp,
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::Leave,
            _ = self.go_on.recv() => Asked::GoOn,
            _ = self.suspend.recv() => Asked::Suspend,
            _ = self.resize.recv() => Asked::Resized,
        }
    }
}

/// Stops this process and those that a shell started with it, until SIGCONT.
pub fn stop_here() -> io::Result<()> {
    // The whole job, as Ctrl-Z does: a parent that waits for us alone would leave the shell without its prompt.
    kill_current_process_group(Number::STOP).map_err(io::Error::from)
}
