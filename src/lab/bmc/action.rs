//! What a client may do: reset the host, reset the BMC, end a session.

use serde_json::Value;

use super::{Bmc, Reply, Request};
use crate::lab::{
    model::{HostReset, Machine, PowerRefusal},
    personality::{Done, Profile, Trouble, arguments},
};

impl Bmc {
    pub(super) fn post(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        let path = request.path.as_str();
        let profile = self.profile;
        if self.is(path, &format!("{}/Actions/ComputerSystem.Reset", profile.system)) {
            return self.reset_host(request, machine);
        }
        if self.is(path, &format!("{}/Actions/Manager.Reset", profile.manager)) {
            reset_type(request, profile.bmc_resets)?;
            let mut reply = done((profile.done)());
            reply.then_reset = true;
            return Ok(reply);
        }
        let node = profile.nodes.iter().position(|node| self.is(path, &format!("{node}/Actions/ComputerSystem.Reset")));
        if let Some(node) = node {
            return reset_node(request, machine, profile, node);
        }
        if let Some(body) = (profile.tell)(machine, path) {
            return Ok(Reply::json(200, &body));
        }
        if let Some(reply) = self.clear_settings(request, machine) {
            return reply;
        }
        if let Some(reply) = self.update(request, machine) {
            return reply;
        }
        if let Some(control) = self.profile.updates.control
            && let Some(command) = path.strip_prefix(control.commands)
        {
            let body = super::update::body(request)?;
            let printed = (control.carry_out)(machine, command, &arguments(&body), self.clock.elapsed());
            return Ok(Reply::json(200, &printed.body()));
        }
        if profile.image_uris.iter().any(|uri| self.is(path, uri)) {
            let what = path.rsplit('/').next().unwrap_or(path);
            return Err(Trouble::NoImages(what.to_owned()));
        }
        Err(self.not_here(request))
    }

    pub(super) fn delete(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        if let Some(reply) = self.delete_job(request, machine) {
            return Ok(reply);
        }
        if let (Some(queue), Some((collection, id))) = (self.profile.updates.queue, request.path.rsplit_once('/'))
            && self.is(collection, queue.uri)
            && (queue.remove)(machine, id)
        {
            return Ok(done((self.profile.done)()));
        }
        match request.path.rsplit_once('/') {
            Some(("/redfish/v1/SessionService/Sessions", id)) if machine.sessions.close(id) => {
                Ok(done((self.profile.session_closed)()))
            }
            _ => Err(self.not_here(request)),
        }
    }

    fn reset_host(&self, request: &Request, machine: &mut Machine) -> Result<Reply, Trouble> {
        let word = reset_type(request, self.profile.host_resets)?;
        let ask = HostReset::from_word(&word).ok_or(Trouble::BadValue { name: "ResetType", value: word })?;
        match machine.reset_host(ask, self.clock.elapsed(), &self.profile.habits.power) {
            Err(refusal) if self.profile.power_refused => Err(match refusal {
                PowerRefusal::AlreadyOn => Trouble::AlreadyOn,
                PowerRefusal::AlreadyOff => Trouble::AlreadyOff,
            }),
            Ok(()) | Err(_) => Ok(done((self.profile.done)())),
        }
    }

    /// Another method on a resource that is there, or no such resource.
    pub(super) fn not_here(&self, request: &Request) -> Trouble {
        match self.profile.tree.find(&request.path) {
            Some((_, None)) => Trouble::MethodNotAllowed(request.method.clone()),
            _ => Trouble::NotFound(request.path.clone()),
        }
    }

    pub(super) fn is(&self, path: &str, uri: &str) -> bool {
        if self.profile.any_case { path.eq_ignore_ascii_case(uri) } else { path == uri }
    }
}

/// A further host of an enclosure is on or off at once: nothing of what the lab flashes concerns it.
fn reset_node(request: &Request, machine: &mut Machine, profile: &Profile, node: usize) -> Result<Reply, Trouble> {
    let word = reset_type(request, profile.host_resets)?;
    let Some(on) = machine.nodes.get_mut(node) else { return Err(Trouble::NotFound(request.path.clone())) };
    let was_on = *on;
    *on = !matches!(word.as_str(), "ForceOff" | "GracefulShutdown");
    machine.counts.host_resets += u64::from(was_on);
    Ok(done((profile.done)()))
}

fn reset_type(request: &Request, allowed: &[&str]) -> Result<String, Trouble> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| Trouble::MalformedJson)?;
    let word = body.get("ResetType").and_then(Value::as_str).ok_or(Trouble::Missing("ResetType"))?;
    if allowed.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(Trouble::BadValue { name: "ResetType", value: word.to_owned() })
    }
}

pub(super) fn done(done: Done) -> Reply {
    match done.body {
        Some(body) => Reply::json(done.status, &body),
        None => Reply::empty(done.status),
    }
}
