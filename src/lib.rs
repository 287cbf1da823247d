//! firmdeck: firmware-first workflows on many servers, through their BMCs.
//!
//! ARCHITECTURE.md draws the map of these modules and says who may use whom; `tests/it/architecture.rs` holds it.

pub mod clock;
pub mod domain;
pub mod lab;
