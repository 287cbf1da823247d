//! Images that come in, and the tasks that tell of them.

use serde_json::Value;

use super::{Bmc, Reply, Request, View};
use crate::lab::{
    image::{Flaw, Spec},
    model::{Machine, Task},
    personality::{self, Accepted, Monitor, Trouble},
};

const MONITORS: &str = "/redfish/v1/TaskService/TaskMonitors/";
const TASKS: &str = "/redfish/v1/TaskService/Tasks/";

impl Bmc {
    /// Whether a request pushes an image, so that its body is not held in memory.
    pub(in crate::lab) fn takes_push(&self, request: &Request) -> bool {
        request.method == "POST" && self.profile.updates.pushes.iter().any(|uri| self.is(&request.path, uri))
    }

    /// A push has begun; it counts whatever becomes of it.
    pub(in crate::lab) fn push_began(&self) {
        self.lock().counts.pushes += 1;
    }

    /// The largest image this BMC takes.
    pub(in crate::lab) fn largest_image(&self) -> Option<u64> {
        self.lock().largest_image
    }

    /// A request that hands over an image or starts one; `None` when it is none.
    pub(super) fn update(&self, request: &Request, machine: &mut Machine) -> Option<Result<Reply, Trouble>> {
        let updates = &self.profile.updates;
        let now = self.clock.elapsed();
        let is = |uri: Option<&str>| uri.is_some_and(|uri| self.is(&request.path, uri));
        let hands_over = request.upload.is_some() || is(updates.simple);
        let accepted = if machine.standing.locked_down && hands_over {
            machine.counts.pushes += u64::from(is(updates.simple));
            Err(Trouble::LockedDown)
        } else if let Some(upload) = &request.upload {
            if upload.too_large {
                Err(Trouble::TooLarge(machine.largest_image.unwrap_or_default()))
            } else {
                (updates.push)(machine, upload, now)
            }
        } else if is(updates.simple) {
            machine.counts.pushes += 1;
            body(request).and_then(|body| (updates.pull)(machine, &body, now))
        } else if is(updates.queue.map(|queue| queue.uri)) {
            let queue = updates.queue?;
            body(request).and_then(|body| (queue.add)(machine, &body, now))
        } else if is(updates.start) {
            (updates.begin)(machine, now)
        } else {
            return None;
        };
        Some(accepted.map(|accepted| self.accept(accepted, machine)))
    }

    fn accept(&self, accepted: Accepted, machine: &Machine) -> Reply {
        let Accepted { status, location, retry_after, body, pull } = accepted;
        // A vendor that answers with the task itself says so with its URI alone.
        let body = body.map(|body| match body.as_str() {
            Some(uri) => View::new(machine, self.times()).document(uri).unwrap_or(Value::Null),
            None => body,
        });
        let mut reply = match body {
            Some(body) => Reply::json(status, &body),
            None => Reply::empty(status),
        };
        if let Some(location) = location {
            reply.header("Location", &location);
        }
        if let Some(seconds) = retry_after {
            reply.header("Retry-After", &seconds.to_string());
        }
        reply.then_pull = pull;
        reply
    }

    /// What a GET of a task or its monitor answers where that is not simply the resource: 202 while it works, and a
    /// monitor's end.
    pub(super) fn task_status(&self, request: &Request, machine: &mut Machine) -> Option<Result<Reply, Trouble>> {
        let path = request.path.as_str();
        if let Some(id) = path.strip_prefix(TASKS) {
            let working = machine.tasks.iter().any(|task| task.id == id && !self.is_over(machine, task));
            let status = self.profile.updates.working;
            return (working && status != 200).then(|| self.task_reply(id, status, machine)).flatten().map(Ok);
        }
        let id = path.strip_prefix(MONITORS).map(|rest| rest.trim_end_matches("/Monitor"))?;
        let once = self.profile.updates.monitor == Monitor::Once;
        let task = machine.tasks.iter().find(|task| task.id == id && !(once && task.told));
        let Some(task) = task else { return Some(Err(Trouble::NotFound(path.to_owned()))) };
        if !self.is_over(machine, task) {
            return self.task_reply(id, 202, machine).map(Ok);
        }
        machine.tasks.iter_mut().filter(|task| task.id == id).for_each(|task| task.told = true);
        if self.profile.updates.monitor == Monitor::Forgets {
            let reply = self.task_reply(id, 200, machine);
            machine.tasks.retain(|task| task.id != id);
            return reply.map(Ok);
        }
        if once {
            return Some(Ok(Reply::empty(204)));
        }
        self.task_reply(id, 200, machine).map(Ok)
    }

    /// Whether the vendor calls a task ended: for iLO it is when the rest is the host's.
    fn is_over(&self, machine: &Machine, task: &Task) -> bool {
        matches!((self.profile.updates.speak)(machine, task).state, "Completed" | "Exception")
    }

    fn task_reply(&self, id: &str, status: u16, machine: &Machine) -> Option<Reply> {
        let view = View::new(machine, self.times());
        let body = view.document(&format!("{TASKS}{id}"))?;
        Some(Reply::json(status, &view.tagged(body)))
    }

    /// An image was fetched for a task, or could not be (`None`).
    pub(in crate::lab) fn pulled(&self, task: &str, image: Option<&Result<Spec, Flaw>>) {
        let now = self.clock.elapsed();
        personality::pulled(&mut self.enter(), task, image, now, &self.profile.updates);
        self.moved.notify_waiters();
    }
}

pub(super) fn body(request: &Request) -> Result<Value, Trouble> {
    match serde_json::from_slice(&request.body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        _ => Err(Trouble::MalformedJson),
    }
}
