//! The lab over its sockets, asked by a client that knows nothing of it.

mod expand;
mod faults;
mod keys;
mod power;
mod raw;
mod running;
mod sessions;
mod updates;
