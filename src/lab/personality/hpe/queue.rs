//! iLO's update task queue and component repository.
//!
//! Source: HPE's Redfish documentation (HpeComponentUpdateTask, HpeComponent); what ilorest was seen to read.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{Accepted, Trouble, Values, update::Queue, values::links},
    update,
};
use crate::lab::model::{Machine, Order, QueueRefusal, Queued};

pub(super) const QUEUE: Queue =
    Queue { uri: "/redfish/v1/UpdateService/UpdateTaskQueue", add, remove: Machine::unqueue, entry, component };
const REPOSITORY: &str = "/redfish/v1/UpdateService/ComponentRepository";

const KNOWN: [&str; 9] = [
    "Name",
    "Command",
    "Filename",
    "UpdatableBy",
    "TPMOverride",
    "Targets",
    "StartAfter",
    "Expire",
    "ExecutionTimeoutMinutes",
];

fn add(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    if let Some(name) = body.as_object().and_then(|map| map.keys().find(|key| !KNOWN.contains(&key.as_str()))) {
        return Err(Trouble::UnknownProperty(name.clone()));
    }
    let text = |key: &'static str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("Name").ok_or(Trouble::Missing("Name"))?;
    match text("Command").ok_or(Trouble::Missing("Command"))? {
        "ApplyUpdate" => {}
        other => return Err(Trouble::BadValue { name: "Command", value: other.to_owned() }),
    }
    let file = text("Filename").ok_or(Trouble::Missing("Filename"))?;
    let course = |machine: &Machine, kind| update::course(machine, kind, Order::default());
    let id = machine.enqueue(name, file, course, now).map_err(|refusal| match refusal {
        QueueRefusal::NoSuchFile => Trouble::BadValue { name: "Filename", value: file.to_owned() },
        QueueRefusal::NameTaken => Trouble::BadValue { name: "Name", value: name.to_owned() },
        QueueRefusal::Busy => Trouble::Busy { seconds: 30 },
    })?;
    Ok(Accepted { status: 201, location: Some(format!("{}/{id}", QUEUE.uri)), ..Accepted::default() })
}

/// The members of both collections.
pub(super) fn values(machine: &Machine, values: &mut Values) {
    let queue = machine.ilo.queue.iter().map(|one| one.id.as_str());
    values.set("task_queue", links(QUEUE.uri, queue));
    let numbers: Vec<_> = (1..=machine.ilo.repository.len()).map(|number| number.to_string()).collect();
    values.set("repository", links(REPOSITORY, numbers.iter().map(String::as_str)));
    values.set("repository_count", numbers.len());
}

/// An entry of the queue.
fn entry(machine: &Machine, id: &str) -> Option<Values> {
    let one: &Queued = machine.ilo.queue.iter().find(|one| one.id == id)?;
    let mut values = Values::default();
    values.set("id", id);
    values.set("queue_name", one.name.as_str());
    values.set("queue_file", one.file.as_str());
    values.set("queue_state", one.state.word());
    let failed = one.state == crate::lab::model::QueueState::Exception;
    let result = json!({ "MessageId": "iLO.2.14.UpdateFailedInPOST" });
    values.set_some("queue_result", failed.then_some(result));
    Some(values)
}

/// A file of the repository, by its place.
fn component(machine: &Machine, id: &str) -> Option<Values> {
    let place = id.parse::<usize>().ok()?.checked_sub(1)?;
    let kept = machine.ilo.repository.get(place)?;
    let mut values = Values::default();
    values.set("id", id);
    values.set("component_file", kept.file.as_str());
    values.set("component_version", kept.payload.version.as_str());
    values.set("component_size", kept.length);
    Some(values)
}
