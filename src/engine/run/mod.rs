//! Carrying plans out: a worker a server, and what watches over them.

mod bios;
mod bios_verify;
mod borrowing;
mod check;
mod checks;
mod control;
#[cfg(debug_assertions)]
mod crash;
pub(super) mod handed;
mod ipmi;
pub(super) mod lock;
mod look;
mod port;
mod power;
mod progress;
mod pushing;
mod reading;
mod redfish;
mod seat;
mod supervisor;
mod worker;

pub use check::Checked;
pub use control::{AbortOne, AbortOutcome};
pub use progress::UploadProgress;
pub use supervisor::{Carries, RunError, RunState, Runs, Times};

#[cfg(test)]
mod tests;
