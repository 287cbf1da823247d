//! Settings that clients change.

use serde_json::Value;

use super::{Bmc, Reply, Request, update::body};
use crate::lab::{model::Machine, personality::Trouble};

const UPDATE_SERVICE: &str = "/redfish/v1/UpdateService";

/// The location light: all that a system lets be changed here.
fn light(machine: &mut Machine, body: &Value) -> Result<Reply, Trouble> {
    let map = body.as_object().ok_or(Trouble::MalformedJson)?;
    for (key, value) in map {
        machine.standing.light = match (key.as_str(), value.as_bool(), value.as_str()) {
            ("LocationIndicatorActive", Some(on), _) => on,
            ("IndicatorLED", _, Some("Blinking" | "Lit")) => true,
            ("IndicatorLED", _, Some("Off")) => false,
            ("LocationIndicatorActive" | "IndicatorLED", ..) => {
                return Err(Trouble::BadValue { name: "IndicatorLED", value: value.to_string() });
            }
            _ => return Err(Trouble::UnknownProperty(key.clone())),
        };
    }
    Ok(Reply::empty(204))
}

impl Bmc {
    /// A PATCH: of BIOS settings, of the update service, or of nothing that the lab lets be changed.
    pub(super) fn patch(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        if let Some(reply) = self.patch_bios(request, machine) {
            return reply;
        }
        if self.is(&request.path, self.profile.system) {
            return light(machine, &body(request)?);
        }
        let Some(settings) = self.profile.updates.settings.filter(|_| self.is(&request.path, UPDATE_SERVICE)) else {
            return Err(self.not_here(request));
        };
        self.matches(request, machine)?;
        settings(machine, &body(request)?)?;
        Ok(Reply::empty(204))
    }
}
