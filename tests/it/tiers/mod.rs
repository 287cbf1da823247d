//! Vendors' tools through whole runs of the binary: which of them carries an update, what stops the ladder, what happens to a
//! secret, and what a tool may do wrong. The drivers alone are tested in `tools`.

mod bios;
mod demo;
mod faults;
mod hangs;
mod ilorest;
mod order;
mod passwords;
mod peers;
mod refusals;
mod secrets;
pub mod wrapped;
