//! Settings that clients change.

use serde_json::Value;

use super::{Bmc, Reply, Request, View, update::body};
use crate::lab::{model::Machine, personality::Trouble};

const UPDATE_SERVICE: &str = "/redfish/v1/UpdateService";

impl Bmc {
    /// A PATCH, against the tag of what the client has seen where it names one.
    pub(super) fn patch(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        let Some(settings) = self.profile.updates.settings.filter(|_| self.is(&request.path, UPDATE_SERVICE)) else {
            return Err(self.not_here(request));
        };
        if let Some(tag) = request.header("if-match").filter(|tag| *tag != "*") {
            let view = View::new(machine, self.times());
            let now = view.document(&request.path).map(|body| view.tag(&body));
            if now.as_deref() != Some(tag) {
                return Err(Trouble::Silent(412));
            }
        }
        let body: Value = body(request)?;
        settings(machine, &body)?;
        Ok(Reply::empty(204))
    }
}
