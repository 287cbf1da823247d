//! The engine's client: what the screen and the command line ask, over the socket.

mod calls;
mod events;
mod start;
mod transport;

use std::path::PathBuf;

pub use events::Events;
pub use start::{Starting, attach, reattach};

/// A client of the engine of one state directory. Clones share nothing but the address.
#[derive(Debug, Clone)]
pub struct Client {
    state_dir: PathBuf,
}
