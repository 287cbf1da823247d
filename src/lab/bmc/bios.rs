//! Changes of BIOS settings, and what takes them back.

use serde_json::{Map, Value};

use super::{Bmc, Reply, Request, View, action::done};
use crate::lab::{
    bios::{Complaint, Style},
    model::Machine,
    personality::{self, Trouble},
};

/// What may stand in a change besides the attributes.
const APPLY_TIME: &str = "@Redfish.SettingsApplyTime";

impl Bmc {
    /// A PATCH of BIOS settings; `None` when it is none.
    pub(super) fn patch_bios(&self, request: &Request, machine: &mut Machine) -> Option<Result<Reply, Trouble>> {
        let is = |uri: &&&str| self.is(&request.path, uri);
        let style = self.profile.bios.filter(|style| style.writes.iter().any(|uri| is(&uri)))?;
        Some(self.set_bios(style, request, machine))
    }

    fn set_bios(&self, style: &Style, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        machine.counts.settings_asked += 1;
        self.matches(request, machine)?;
        let wanted = wanted(request)?;
        if machine.standing.locked_down {
            return Err(Trouble::LockedDown);
        }
        if style.licensed && !machine.licensed {
            return Err(Trouble::Unlicensed);
        }
        if machine.bios.job.is_some() {
            return Err(Trouble::SettingsCommitted);
        }
        if let Err(complaints) = style.stage(machine, &wanted) {
            return Ok(self.complain(&complaints));
        }
        Ok(if style.by_job { self.schedule(machine) } else { done((self.profile.settings_taken)()) })
    }

    /// `If-Match` names the state that is there, or any.
    pub(super) fn matches(&self, request: &Request, machine: &Machine) -> Result<(), Trouble> {
        let Some(wanted) = request.header("if-match").filter(|wanted| *wanted != "*") else { return Ok(()) };
        let view = View::new(machine, self.times());
        let tag = view.document(&request.path).map(|body| view.tag(&body)).unwrap_or_default();
        if wanted == tag { Ok(()) } else { Err(Trouble::OtherState) }
    }

    /// Dell: the settings get a job, which waits for the host's next boot.
    fn schedule(&self, machine: &mut Machine) -> Reply {
        let id = machine.schedule_settings(self.clock.elapsed());
        let mut reply = Reply::empty(202);
        reply.header("Location", &format!("/redfish/v1/TaskService/Tasks/{id}"));
        reply
    }

    fn complain(&self, complaints: &[Complaint]) -> Reply {
        let said: Vec<_> =
            complaints.iter().map(|one| personality::words(self.profile, &Trouble::Setting(one.clone()))).collect();
        let mut body = said.first().map(self.profile.error).unwrap_or_default();
        if let Some(list) = body.pointer_mut("/error/@Message.ExtendedInfo").and_then(Value::as_array_mut) {
            list.extend(said.iter().skip(1).map(self.profile.message));
        }
        Reply::json(said.first().map_or(400, |said| said.status), &body)
    }

    /// Deletes the job that would bring settings in; its values stay, and wait for a job that does not come (Dell).
    pub(super) fn delete_job(&self, request: &Request, machine: &mut Machine) -> Option<Reply> {
        let (jobs, _) = self.profile.bios?.jobs?;
        let id = request.path.strip_prefix(jobs)?;
        machine.delete_settings_job(id).then(|| Reply::empty(200))
    }

    /// `DellManager.ClearPending`: not while a job has them.
    pub(super) fn clear_settings(&self, request: &Request, machine: &mut Machine) -> Option<Result<Reply, Trouble>> {
        let (_, clear) = self.profile.bios?.jobs?;
        if !self.is(&request.path, clear) {
            return None;
        }
        Some(if machine.clear_settings() { Ok(Reply::empty(200)) } else { Err(Trouble::SettingsCommitted) })
    }

    /// The registry as iLO sends it: packed.
    pub(super) fn packed(style: Option<&Style>, machine: &Machine, uri: &str, reply: &mut Reply) {
        use std::io::Write as _;
        let Some(style) = style.filter(|style| style.packed && style.registry_at(machine, uri).is_some()) else {
            return;
        };
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        // Into memory: it cannot fail.
        if style.packed
            && packer.write_all(&reply.body).is_ok()
            && let Ok(packed) = packer.finish()
        {
            reply.body = packed;
            reply.header("Content-Encoding", "gzip");
        }
    }
}

fn wanted(request: &Request) -> Result<Map<String, Value>, Trouble> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| Trouble::MalformedJson)?;
    let body = body.as_object().ok_or(Trouble::MalformedJson)?;
    if let Some(other) = body.keys().find(|key| *key != "Attributes" && *key != APPLY_TIME) {
        return Err(Trouble::UnknownProperty(other.clone()));
    }
    body.get("Attributes").and_then(Value::as_object).cloned().ok_or(Trouble::Missing("Attributes"))
}
