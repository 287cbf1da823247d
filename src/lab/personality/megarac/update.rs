//! How a MegaRAC SP-X takes images: a form with `OemParameters`, which say what the image is.
//!
//! Sources: AMI's multipart form as clients of SP-X boards send it (`ImageType`, `PreserveConfiguration`), field reports (a BMC
//! flashed without it comes back with factory accounts; the BIOS only while the host is off).

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Accepted, Monitor, Spoken, Trouble, Updates, service,
    update::{self, judge, none},
};
use crate::lab::{
    model::{Apply, Course, Kind, Machine, Order, Task, Then, Work, Write},
    upload::Upload,
};

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/redfish/v1/UpdateService/upload"],
        push,
        course,
        speak,
        settings: Some(settings),
        monitor: Monitor::Task,
        ..none()
    }
}

fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    if upload.malformed || upload.raw {
        return Err(Trouble::BadPart("UpdateFile"));
    }
    update::parameters(upload)?;
    let kind = image_type(upload)?;
    let file = upload.file.as_ref().ok_or(Trouble::BadPart("UpdateFile"))?;
    if machine.busy().is_some() {
        return Err(Trouble::Busy { seconds: 30 });
    }
    if kind == Kind::Bios && !update::host_is_off(machine) {
        return Err(Trouble::HostOn("Self"));
    }
    let order = Order { apply: Apply::Immediate, target: Some(kind), pulled: false };
    let payload = judge(machine, &file.image, order.target);
    let course = course(machine, kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, payload, course, now);
    let task = format!("/redfish/v1/TaskService/Tasks/{id}");
    Ok(Accepted { status: 202, location: Some(task.clone()), body: Some(Value::from(task)), ..Accepted::default() })
}

fn image_type(upload: &Upload) -> Result<Kind, Trouble> {
    let part = upload.part("OemParameters").ok_or(Trouble::BadPart("OemParameters"))?;
    let parameters: Value = serde_json::from_slice(&part.data).map_err(|_| Trouble::MalformedJson)?;
    match parameters.get("ImageType").and_then(Value::as_str) {
        Some("BMC") => Ok(Kind::Bmc),
        Some("BIOS") => Ok(Kind::Bios),
        other => Err(Trouble::BadValue { name: "ImageType", value: other.unwrap_or_default().to_owned() }),
    }
}

fn course(_: &Machine, kind: Kind, _: Order) -> Course {
    match kind {
        Kind::Bios => update::course(30, Write::Now(Duration::from_secs(240)), Then::AtOnce),
        _ => update::course(30, Write::Now(Duration::from_secs(240)), Then::OwnReset),
    }
}

fn speak(_: &Machine, task: &Task) -> Spoken {
    update::standard(task)
}

/// `PreserveConfiguration` besides the standard's own.
fn settings(machine: &mut Machine, body: &Value) -> Result<(), Trouble> {
    let wanted = body.pointer("/Oem/AMIUpdateService/PreserveConfiguration").and_then(Value::as_object);
    let mut preserve = machine.service.preserve.clone();
    for (key, value) in wanted.into_iter().flatten() {
        let flag = preserve.iter_mut().find(|(known, _)| *known == key).map(|(_, flag)| flag);
        let flag = flag.ok_or_else(|| Trouble::UnknownProperty(key.clone()))?;
        *flag = value.as_bool().ok_or_else(|| service::bad("PreserveConfiguration", value))?;
    }
    let mut rest = body.clone();
    if let Some(members) = rest.as_object_mut() {
        members.remove("Oem");
    }
    service::standard(machine, &rest, &[])?;
    machine.service.preserve = preserve;
    Ok(())
}
