//! What firmdeck knows and decides. Pure: no runtime, no files, no network, no clock, no randomness.

pub mod attempt;
pub mod bios;
pub mod change;
pub mod diagnosis;
pub mod digest;
pub mod failure;
pub mod filter;
pub mod inspected;
pub mod inventory;
pub mod kind;
pub mod machine;
pub mod manifest;
pub mod offers;
pub mod phase;
pub mod plan;
pub mod reading;
pub mod run;
pub mod running;
pub mod target;
pub mod unfit;
pub mod vendor;
pub mod verdict;
pub mod version;
pub mod words;
