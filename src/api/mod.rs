//! What clients see of the engine: wire types, and the engine hosted in the client's own process.

pub mod filter;
pub mod images;
pub mod in_process;
pub mod live;
pub mod runs;
pub mod wire;

pub use crate::store::{Entry as JournalEntry, StoreError as EngineError};
