//! Updates by PICMG HPM.1 through ipmitool.

mod capabilities;
mod components;
mod outcome;
mod percent;
mod upgrade;

pub use capabilities::{Capabilities, parse as parse_capabilities};
pub use components::{Component, parse as parse_components};
pub use outcome::upgrade_outcome;
pub use percent::{Percent, parse as parse_percent};
pub(super) use upgrade::SILENCE;
pub use upgrade::Upgrade;
