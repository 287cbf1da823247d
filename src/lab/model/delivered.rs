//! A file that a vendor's own tool has brought to a BMC, for the command that follows.

use super::{Failure, Payload};

/// The file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its name.
    pub file: String,
    /// The image in it, or what is wrong with it.
    pub image: Result<Payload, Failure>,
}
