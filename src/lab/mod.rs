//! The lab: a fleet of emulated BMCs behind real sockets.
//!
//! It shares no type and no code with the client side, so that it cannot hide a client's mistake; of the crate it uses
//! only [`crate::clock`]. A [`model::Machine`] is plain data, a [`personality::Profile`] renders it as its vendor would, a
//! [`fault::Rule`] makes it misbehave. Every BMC is a loopback address of its own with a certificate of its own.

pub mod bios;
pub mod bmc;
pub mod fault;
pub mod fleet;
mod handle;
mod hex;
pub mod image;
mod ipmi;
mod latency;
pub mod model;
pub mod personality;
mod random;
pub mod release;
mod run;
mod server;
pub mod stand_in;
pub mod stock;
pub mod upload;

pub use handle::{Builder, Lab, LabError};
pub use latency::Latency;
pub use release::release;
pub use run::{Options, run};
