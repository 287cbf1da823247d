//! How stock OpenBMC takes images: raw or as a form to one URI.
//!
//! Source: bmcweb's `update_service.hpp` and `task.hpp` (form members, one update at a time, task states, monitors told
//! once, numbers from 0 after each start); bmclib for the host that must be off.

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Accepted, Monitor, Spoken, Trouble, Updates,
    update::{self, judge, none},
};
use crate::lab::{
    model::{Apply, Course, Failure, Kind, Machine, Order, Task, Then, Work, Write},
    upload::Upload,
};

pub(super) fn updates() -> Updates {
    Updates { pushes: &["/redfish/v1/UpdateService/update"], push, course, speak, monitor: Monitor::Once, ..none() }
}

/// `application/octet-stream` is always the BMC's image and always immediate; a form names its target. The image is
/// looked at before the answer.
fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    let order = if upload.raw {
        Order { apply: Apply::Immediate, target: Some(Kind::Bmc), pulled: false }
    } else if upload.malformed {
        // bmcweb answers any other content type with 400 and no body.
        return Err(if upload.file.is_some() { Trouble::BadPart("UpdateFile") } else { Trouble::Silent(400) });
    } else {
        order(machine, upload)?
    };
    let file = upload.file.as_ref().ok_or(Trouble::BadPart("UpdateFile"))?;
    if machine.busy().is_some() {
        return Err(Trouble::Busy { seconds: 30 });
    }
    let payload = match judge(machine, &file.image, order.target) {
        Ok(payload) => payload,
        // What the image manager says of a bad tar, manifest, machine name or signature.
        Err(Failure::NotAnImage | Failure::Corrupt | Failure::OtherHardware) => {
            return Err(Trouble::BadPart("UpdateFile"));
        }
        Err(_) => return Err(Trouble::Internal),
    };
    if machine.version(payload.kind) == payload.version {
        return Err(Trouble::SameVersion(payload.version));
    }
    if payload.kind == Kind::Bios && order.apply == Apply::Immediate && !update::host_is_off(machine) {
        return Err(Trouble::HostOn("chassis"));
    }
    let course = course(machine, payload.kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, Ok(payload), course, now);
    Ok(Accepted {
        status: 202,
        location: Some(format!("/redfish/v1/TaskService/TaskMonitors/{id}")),
        retry_after: Some(30),
        body: Some(Value::from(format!("/redfish/v1/TaskService/Tasks/{id}"))),
        pull: None,
    })
}

/// `UpdateParameters` has exactly these members, and one target at most; without an apply time it is `OnReset`.
fn order(machine: &Machine, upload: &Upload) -> Result<Order, Trouble> {
    let parameters = update::parameters(upload)?;
    let known = ["Targets", "@Redfish.OperationApplyTime"];
    let members = parameters.as_object().ok_or(Trouble::MalformedJson)?;
    if let Some(name) = members.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(Trouble::UnknownProperty(name.clone()));
    }
    let apply = update::apply_time(&parameters, &[Apply::Immediate, Apply::OnReset], Apply::OnReset)?;
    let targets = update::targets(&parameters);
    let target = match targets.as_slice() {
        // Without a MultipartUpdate object on D-Bus nobody takes an upload without a target.
        [] => return Err(Trouble::Internal),
        ["/redfish/v1/Managers/bmc"] => Kind::Bmc,
        [one] => {
            by_image(machine, one).ok_or_else(|| Trouble::BadValue { name: "Targets", value: (*one).to_owned() })?
        }
        _ => return Err(Trouble::BadValue { name: "Targets", value: targets.join(", ") }),
    };
    Ok(Order { apply, target: Some(target), pulled: false })
}

/// A target named by the image that is there now.
fn by_image(machine: &Machine, uri: &str) -> Option<Kind> {
    let id = uri.strip_prefix(super::INVENTORY)?.strip_prefix('/')?;
    let parts = machine.components.iter().filter(|one| matches!(one.kind, Kind::Bios | Kind::Bmc));
    parts.into_iter().find(|one| super::version_id(&one.version) == id).map(|one| one.kind)
}

/// BMC: written to the other bank; `Immediate` resets the BMC, `OnReset` waits for somebody to do it. Host: written while
/// it is off, or kept for its next boot.
pub(super) fn course(_: &Machine, kind: Kind, order: Order) -> Course {
    match (kind, order.apply) {
        (Kind::Bios, Apply::Immediate) => update::course(20, Write::Now(Duration::from_secs(200)), Then::AtOnce),
        (Kind::Bios, _) => update::course(20, Write::AtBoot(Duration::from_secs(300)), Then::AtOnce),
        (_, Apply::Immediate) => update::course(20, Write::Now(Duration::from_secs(200)), Then::OwnReset),
        _ => update::course(20, Write::Now(Duration::from_secs(200)), Then::BmcReset),
    }
}

/// A task's id is its name's only number: `Task 0`.
fn speak(_: &Machine, task: &Task) -> Spoken {
    update::standard(task)
}
