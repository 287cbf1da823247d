//! What vendors share in how they take images; what differs stands in each vendor's `update` file.

use std::time::Duration;

use serde_json::Value;

use super::{Trouble, Values};
use crate::lab::{
    image::{Flaw, Spec},
    model::{Apply, Course, Failure, Kind, Machine, Order, Payload, Post, Task, Then, Write},
    release,
    upload::Upload,
};

/// A vendor's way of taking images.
#[derive(Debug)]
pub struct Updates {
    /// Where images are pushed to.
    pub pushes: &'static [&'static str],
    /// Where an image is asked to be fetched from elsewhere.
    pub simple: Option<&'static str>,
    /// Where what was pushed is started.
    pub start: Option<&'static str>,
    /// Takes what was pushed.
    pub push: fn(&mut Machine, &Upload, Duration) -> Result<Accepted, Trouble>,
    /// Takes a request to fetch.
    pub pull: fn(&mut Machine, &Value, Duration) -> Result<Accepted, Trouble>,
    /// Starts what waits for it.
    pub begin: fn(&mut Machine, Duration) -> Result<Accepted, Trouble>,
    /// The way of an image through the machine.
    pub course: fn(&Machine, Kind, Order) -> Course,
    /// Changes settings of the service: all that a request names, or none.
    pub(in crate::lab) settings: Option<Settings>,
    /// A queue of what is to be installed.
    pub(in crate::lab) queue: Option<Queue>,
    /// What it does for its vendor's own tool.
    pub(in crate::lab) control: Option<super::control::Control>,
    /// A task in the vendor's words.
    pub speak: fn(&Machine, &Task) -> Spoken,
    /// What a monitor answers once the task is over.
    pub monitor: Monitor,
    /// The status of a task that is read while it works: iDRAC answers 202, the others 200.
    pub working: u16,
}

/// Changes settings by the body of a PATCH.
pub(in crate::lab) type Settings = fn(&mut Machine, &Value) -> Result<(), Trouble>;

/// A vendor's queue of what is to be installed.
#[derive(Debug, Clone, Copy)]
pub(in crate::lab) struct Queue {
    /// Its collection.
    pub(in crate::lab) uri: &'static str,
    /// Adds an entry.
    pub(in crate::lab) add: fn(&mut Machine, &Value, Duration) -> Result<Accepted, Trouble>,
    /// Deletes one; false where there is none.
    pub(in crate::lab) remove: fn(&mut Machine, &str) -> bool,
    /// One of them by its id.
    pub(in crate::lab) entry: fn(&Machine, &str) -> Option<Values>,
    /// A file that may be queued, by its id.
    pub(in crate::lab) component: fn(&Machine, &str) -> Option<Values>,
}

/// What a task's monitor answers once the task is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Monitor {
    /// 200 with the task.
    Task,
    /// 200 with the task, which is forgotten with that (XCC).
    Forgets,
    /// 204 once, then 404 (bmcweb's `gave204`).
    Once,
}

/// An accepted request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accepted {
    /// HTTP status.
    pub status: u16,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// Body.
    pub body: Option<Value>,
    /// What the BMC now fetches.
    pub pull: Option<Pull>,
}

/// An image that the BMC fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The task it is for.
    pub task: String,
    /// Where it is.
    pub uri: String,
}

/// A task in a vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Its name.
    pub name: String,
    /// `TaskState`.
    pub state: &'static str,
    /// `TaskStatus`.
    pub status: &'static str,
    /// `PercentComplete`, where it is told.
    pub percent: Option<u8>,
    /// The vendor's own word for where it is (Dell's `JobState`).
    pub job: &'static str,
    /// Messages, the last one last.
    pub messages: Vec<Line>,
}

/// One message of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whole message id.
    pub id: &'static str,
    /// The text.
    pub text: String,
    /// What the text was made from.
    pub args: Vec<String>,
    /// `OK`, `Warning` or `Critical`.
    pub severity: &'static str,
}

impl Line {
    /// A message.
    pub(super) fn new(id: &'static str, severity: &'static str, text: impl Into<String>) -> Self {
        Self { id, text: text.into(), args: Vec::new(), severity }
    }

    /// The same with what the text was made from.
    pub(super) fn with(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|&arg| arg.to_owned()).collect();
        self
    }
}

/// Whether an image can be used here, as the BMC finds out when it looks at it.
pub(in crate::lab) fn judge(
    machine: &Machine,
    image: &Result<Spec, Flaw>,
    target: Option<Kind>,
) -> Result<Payload, Failure> {
    let label = match image {
        Ok(label) => label,
        Err(Flaw::Corrupt) => return Err(Failure::Corrupt),
        Err(Flaw::NotOurs | Flaw::Truncated) => return Err(Failure::NotAnImage),
    };
    if !release::fits(machine, label) || target.is_some_and(|kind| kind != label.kind) {
        return Err(Failure::OtherHardware);
    }
    if let Some(least) = &label.min_from
        && release::order(machine.version(label.kind)) < release::order(least)
    {
        return Err(Failure::NeedsFirst(least.clone()));
    }
    Ok(Payload { kind: label.kind, version: label.version.clone(), released: Some(label.released.clone()) })
}

/// An image that was fetched, or what went wrong with that, goes to its update.
pub(in crate::lab) fn pulled(
    machine: &mut Machine,
    task: &str,
    image: Option<&Result<Spec, Flaw>>,
    now: Duration,
    updates: &Updates,
) {
    let Some(order) = machine.updates.iter().find(|one| one.task == task).map(|one| one.order) else { return };
    let payload = image.map_or(Err(Failure::Transfer), |image| judge(machine, image, order.target));
    let kind = payload.as_ref().map_or(Kind::Bmc, |payload| payload.kind);
    let course = (updates.course)(machine, kind, order);
    machine.receive(task, payload, course, now);
}

/// The apply time of `UpdateParameters` or of an action, by the vendor's default.
pub(super) fn apply_time(body: &Value, allowed: &[Apply], default: Apply) -> Result<Apply, Trouble> {
    let Some(value) = body.get("@Redfish.OperationApplyTime") else { return Ok(default) };
    let found = value.as_str().and_then(|word| allowed.iter().copied().find(|one| one.to_string() == word));
    let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    found.ok_or(Trouble::BadValue { name: "@Redfish.OperationApplyTime", value: given })
}

/// The URI of an action's image; only what a BMC of the lab can fetch.
pub(super) fn image_uri(body: &Value) -> Result<String, Trouble> {
    let uri = body.get("ImageURI").and_then(Value::as_str).ok_or(Trouble::Missing("ImageURI"))?;
    let protocol = body.get("TransferProtocol").and_then(Value::as_str);
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match (scheme.as_deref(), protocol) {
        (Some("http" | "https"), _) => Ok(uri.to_owned()),
        (None, Some(protocol @ ("HTTP" | "HTTPS"))) => Ok(format!("{}://{uri}", protocol.to_ascii_lowercase())),
        (None, Some(other)) => Err(Trouble::BadValue { name: "TransferProtocol", value: other.to_owned() }),
        _ => Err(Trouble::BadValue { name: "ImageURI", value: uri.to_owned() }),
    }
}

/// The URIs under `Targets`.
pub(super) fn targets(body: &Value) -> Vec<&str> {
    body.get("Targets")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

/// The JSON of a small part.
pub(super) fn parameters(upload: &Upload) -> Result<Value, Trouble> {
    let part = upload.part("UpdateParameters").ok_or(Trouble::BadPart("UpdateParameters"))?;
    serde_json::from_slice(&part.data).map_err(|_| Trouble::MalformedJson)
}

/// A course: looked at for a while, then written.
pub(super) fn course(verify: u64, write: Write, then: Then) -> Course {
    Course { verify: Duration::from_secs(verify), asks_to_start: false, write, then, restarts_host: false }
}

/// Whether the host is off or on its way there.
pub(super) fn host_is_off(machine: &Machine) -> bool {
    machine.post == Post::Off
}

/// A vendor that takes no images.
pub(super) fn none() -> Updates {
    Updates {
        pushes: &[],
        simple: None,
        start: None,
        push: |_, _, _| Err(Trouble::NoImages("push".to_owned())),
        pull: |_, _, _| Err(Trouble::NoImages("SimpleUpdate".to_owned())),
        begin: |_, _| Err(Trouble::NoImages("StartUpdate".to_owned())),
        course: |_, _, _| course(0, Write::Now(Duration::ZERO), Then::AtOnce),
        settings: None,
        queue: None,
        control: None,
        speak: |_, task| standard(task),
        monitor: Monitor::Task,
        working: 200,
    }
}

/// A task in the standard's words (DMTF Task, TaskEvent and Update registries).
pub(super) fn standard(task: &Task) -> Spoken {
    use crate::lab::model::Phase;
    let id = task.id.as_str();
    let (state, status, line) = match &task.phase {
        Phase::New => ("New", "OK", None),
        Phase::Transferring | Phase::Verifying | Phase::Writing => (
            "Running",
            "OK",
            Some(
                Line::new("TaskEvent.1.0.1.TaskStarted", "OK", format!("The task with Id '{id}' has started."))
                    .with(&[id]),
            ),
        ),
        Phase::WaitsForBmcReset | Phase::WaitsForHostReset => (
            "Stopping",
            "OK",
            Some(
                Line::new("TaskEvent.1.0.1.TaskPaused", "Warning", format!("The task with Id '{id}' has been paused."))
                    .with(&[id]),
            ),
        ),
        Phase::Done => (
            "Completed",
            "OK",
            Some(
                Line::new("TaskEvent.1.0.1.TaskCompletedOK", "OK", format!("The task with Id '{id}' has completed."))
                    .with(&[id]),
            ),
        ),
        Phase::DoneCritical => ("Completed", "Critical", Some(aborted(id))),
        Phase::Failed(_) => ("Exception", "Critical", Some(aborted(id))),
    };
    Spoken {
        name: format!("Task {id}"),
        state,
        status,
        percent: Some(task.percent),
        job: "",
        messages: line.into_iter().collect(),
    }
}

fn aborted(id: &str) -> Line {
    Line::new("TaskEvent.1.0.1.TaskAborted", "Critical", format!("The task with Id '{id}' has been aborted."))
        .with(&[id])
}
