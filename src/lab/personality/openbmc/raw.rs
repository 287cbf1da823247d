//! How OpenBMC of before 2022 takes images: bare, and when it takes effect is a setting of the service.
//!
//! Source: bmcweb at the time (`update_service.hpp`: `HttpPushUriApplyTime` is written to the settings on D-Bus, the
//! image's own MANIFEST says what it is for).

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Accepted, Trouble, Updates, service,
    update::{self, judge},
};
use crate::lab::{
    model::{Apply, Failure, Kind, Machine, Order, Work},
    upload::Upload,
};

pub(super) fn updates() -> Updates {
    Updates { settings: Some(|machine, body| service::standard(machine, body, &[])), push, ..super::update::updates() }
}

fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    let Some(file) = upload.file.as_ref().filter(|_| upload.raw) else { return Err(Trouble::Silent(400)) };
    if machine.busy().is_some() {
        return Err(Trouble::Busy { seconds: 30 });
    }
    let payload = match judge(machine, &file.image, None) {
        Ok(payload) => payload,
        Err(Failure::NotAnImage | Failure::Corrupt | Failure::OtherHardware) => {
            return Err(Trouble::BadPart("UpdateFile"));
        }
        Err(_) => return Err(Trouble::Internal),
    };
    if machine.version(payload.kind) == payload.version {
        return Err(Trouble::SameVersion(payload.version));
    }
    let order = Order { apply: machine.service.apply, target: Some(payload.kind), pulled: false };
    if payload.kind == Kind::Bios && order.apply == Apply::Immediate && !update::host_is_off(machine) {
        return Err(Trouble::HostOn("chassis"));
    }
    let course = super::update::course(machine, payload.kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, Ok(payload), course, now);
    Ok(Accepted {
        status: 202,
        location: Some(format!("/redfish/v1/TaskService/Tasks/{id}/Monitor")),
        retry_after: Some(30),
        body: Some(Value::from(format!("/redfish/v1/TaskService/Tasks/{id}"))),
        pull: None,
    })
}
