//! Vendors' command-line tools as other processes: found, run, watched and ended.
//!
//! A tool is foreign: it may hang, flood, ask, die, or leave children behind, and whatever it says it says in text. So a
//! [`Call`] has a deadline and a private directory, its output is cut and cleaned, an unexpected question ends it, and
//! nothing of it outlives it. An [`Argument`] cannot hold a secret, so that a command line is free of them by construction.

mod access;
mod argument;
mod call;
mod ears;
pub mod ilorest;
pub mod ipmitool;
mod leftover;
mod lines;
mod private;
mod processes;
mod program;
mod pump;
pub mod racadm;
mod room;
mod run;
mod spawn;
pub mod sum;
mod trouble;

pub use access::Access;
pub use argument::{Argument, Unsayable};
pub use call::{Answer, Call, Ended, Input, Reply, Report, Setting};
pub use ears::Ears;
pub use leftover::Swept;
pub use lines::{Lines, Piece};
pub use program::{Missing, Program, Tool};
pub use pump::{Gathered, Heard, Line, Sink, Stream};
pub use room::{Lent, Room};
pub use run::Runner;
pub use trouble::Trouble;
