//! Handing images to a BMC, following what it does with them, and what goes with that: power, and whether it is idle.
//!
//! Nothing here waits for a device or tries a second way: each call is one step whose end is told.

pub mod busy;
pub mod claim;
pub mod dell_push;
mod form;
mod http_push;
pub mod ilo_queue;
mod ilo_state;
pub mod ilo_upload;
pub(in crate::bmc::redfish) mod ilo_words;
mod messages;
pub mod multipart;
mod outcome;
pub mod parameters;
pub mod power;
pub mod receipt;
pub mod service;
pub mod simple;
pub mod start;
pub mod task;
pub mod uploaded;
pub mod watch;

pub use dell_push::dell_push;
pub use http_push::http_push;
pub use ilo_upload::{UploadOrder, ilo_upload};
pub use multipart::{ImageFile, push, push_with};
pub use parameters::{ApplyTime, UpdateRequest};
pub use simple::simple_update;
pub use start::start_update;
pub use watch::Watch;

/// Where the UpdateService is. The standard leaves it to the root, and every captured BMC has it here.
pub(crate) const UPDATE_SERVICE: &str = "/redfish/v1/UpdateService";
