//! BIOS settings: what runs, what waits, what the registry says of it, and the one request that changes it.

mod outcome;
mod read;
mod registry;
mod stage;

pub use read::{Place, read};
pub use registry::Registries;
pub use stage::{give_back, stage};
