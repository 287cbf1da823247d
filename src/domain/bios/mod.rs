//! BIOS profiles: which attributes a machine should have, held against the attribute registry of that machine.
//!
//! Pure: a [`Profile`] and what was read of a BIOS go in, what would change and what is refused comes out. Nothing is
//! sent that was not checked here first.

mod check;
mod dependency;
mod profile;
mod reading;
mod reason;
mod registry;
mod resolve;
mod untold;
mod value;
mod way;

#[cfg(test)]
mod tests;

pub use check::{Change, Checked, Refused, check, preserved};
pub(in crate::domain) use profile::Says;
pub use profile::{Profile, ProfileRule, Wish, Wishes};
pub use reading::{BiosReading, ConfigJob, Sent};
pub use reason::Reason;
pub use registry::{Attribute, Choice, Form, Registry, WireForm};
pub use resolve::{is_secret_name, without_suffix};
pub use untold::Told;
pub use value::{AttributeValue, Attributes};
pub use way::BiosWay;
