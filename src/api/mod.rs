//! What clients see of the engine: wire types, the engine's answers (`session`), and the socket between them.

pub mod board;
pub mod bundle;
pub mod client;
pub mod compare;
pub mod error;
pub mod explore;
pub mod filter;
pub mod images;
pub mod live;
mod offered;
pub mod repair;
pub mod requests;
pub mod runs;
pub mod server;
pub mod session;
pub mod socket;
pub mod tools;
pub mod wire;
pub mod words;

pub use crate::store::StoreError as EngineError;
