//! What firmdeck knows and decides. Pure: no runtime, no files, no network, no clock, no randomness.

pub mod version;
