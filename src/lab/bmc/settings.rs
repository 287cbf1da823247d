//! Settings that clients change.

use super::{Bmc, Reply, Request, update::body};
use crate::lab::{model::Machine, personality::Trouble};

const UPDATE_SERVICE: &str = "/redfish/v1/UpdateService";

impl Bmc {
    /// A PATCH: of BIOS settings, of the update service, or of nothing that the lab lets be changed.
    pub(super) fn patch(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        if let Some(reply) = self.patch_bios(request, machine) {
            return reply;
        }
        let Some(settings) = self.profile.updates.settings.filter(|_| self.is(&request.path, UPDATE_SERVICE)) else {
            return Err(self.not_here(request));
        };
        self.matches(request, machine)?;
        settings(machine, &body(request)?)?;
        Ok(Reply::empty(204))
    }
}
