//! BMCs that speak IPMI and no Redfish: whether one is there, and what it says of itself.
//!
//! IPMI knows few things, and what it does not know is unknown here: a BMC's version has two numbers, and no version of a
//! BIOS stands anywhere (facts: vendors 4.1).

mod inventory;
mod ping;

pub use inventory::{Said, inventory};
pub use ping::ping;
