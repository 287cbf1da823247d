//! What the tests share: a scriptable HTTPS server, captured trees, and the binary itself.

pub mod binary;
pub mod certificate;
pub mod http;
pub mod site;
pub mod terminal;
pub mod tools;
pub mod tree;
