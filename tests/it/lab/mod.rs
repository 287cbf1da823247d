//! The lab over its sockets, asked by a client that knows nothing of it.

mod expand;
mod faults;
mod keys;
mod power;
pub(crate) mod raw;
mod running;
mod sessions;
mod updates;
