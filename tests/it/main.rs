//! The one integration test binary: each extra one links for long.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod architecture;
mod bad_input;
mod bios;
mod console;
mod discovery;
mod engine;
mod field;
mod history;
mod lab;
mod matrix;
mod mockups;
mod never;
mod repair;
mod runs;
mod screen;
mod secrets;
mod support;
mod sushy;
mod tiers;
mod tls;
mod tools;
mod update;
mod vault;
mod versions;
