//! Handing an image over by the vendor's own tool, where Redfish does not.

use super::RedfishPort;
use crate::domain::{attempt::Attempt, offers::Method, plan::Update};

impl RedfishPort {
    pub(super) async fn push_by_tool(&mut self, _: usize, _: &Update, method: Method) -> Attempt {
        Attempt::NotStarted { why: format!("{method} is not wired yet") }
    }
}
