//! firmdeck: firmware-first workflows on many servers, through their BMCs.
//!
//! ARCHITECTURE.md draws the map of these modules and says who may use whom; `tests/it/architecture.rs` holds it.

pub mod api;
pub mod bmc;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod engine;
pub mod file_body;
pub mod images;
pub mod lab;
pub mod open_files;
pub mod store;
pub mod tui;
