//! Handing images to a BMC over real sockets: each way in which an attempt can end.

mod bench;
mod following;
mod push;
mod serving;
