//! Firmware images on this machine: where they are kept, and what can be read from their files.

mod error;
pub mod inspect;
mod pour;
pub mod repository;
pub mod server;
mod sidecar;

pub use error::Error;
pub use pour::Progress;
pub use repository::Repository;
pub use server::{Grant, ImageServer, Scheme, ServerError};
