//! Talking to one BMC.

pub mod connection;
pub mod credentials;
pub mod error;
mod fqdd;
pub mod ipmi;
pub mod redfish;
pub mod tls;
pub mod tools;
pub mod transcript;
mod wire;

pub use credentials::Credentials;
pub use error::Error;
