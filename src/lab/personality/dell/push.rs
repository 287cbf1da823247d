//! How an iDRAC9 3.2x takes images: a file into the firmware inventory, which SimpleUpdate starts.
//!
//! Source: Dell's DeviceFirmwareSimpleUpdateREDFISH.py (the form's part `file`, `If-Match`, `Available-`).

use std::time::Duration;

use serde_json::Value;

use super::{
    super::{
        Accepted, Times, Trouble, Updates,
        update::{judge, none},
    },
    INVENTORY, id,
    update::{self, ENDS, accepted, course, failed, free},
};
use crate::lab::{
    bmc::View,
    model::{Held, Machine, Order, Work},
    upload::Upload,
};

pub(super) fn updates() -> Updates {
    Updates { pushes: &[INVENTORY], push, pull, ..Updates { start: None, begin: none().begin, ..update::updates() } }
}

/// One part `file`, under the entity tag of the inventory as it is.
fn push(machine: &mut Machine, upload: &Upload, _: Duration) -> Result<Accepted, Trouble> {
    if upload.chunked || upload.malformed {
        return Err(Trouble::BadPart("file"));
    }
    let file = upload.file.as_ref().filter(|file| file.name == "file").ok_or(Trouble::BadPart("file"))?;
    let view = View::new(machine, Times::zero());
    let tag = view.document(INVENTORY).map(|body| view.tag(&body));
    if upload.header("if-match") != tag.as_deref() {
        return Err(Trouble::Changed);
    }
    let name = file.file_name.clone().unwrap_or_default();
    let known = ENDS.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if !known || name.contains(['/', '\\']) {
        return Err(Trouble::FileName(name));
    }
    free(machine)?;
    let payload = judge(machine, &file.image, None).map_err(|failure| {
        let line = failed(&failure);
        Trouble::BadImage(line.id, line.text)
    })?;
    let component = machine.component(payload.kind).ok_or(Trouble::Internal)?;
    let entry = format!("{INVENTORY}/{}", id(machine, "Available", component, &payload.version));
    machine.hold(Held { file: name, payload });
    Ok(Accepted { status: 201, location: Some(entry), ..Accepted::default() })
}

/// From the inventory where the URI names an entry of it, else as any iDRAC9. An apply time is not honoured yet.
fn pull(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    let uri = body.get("ImageURI").and_then(Value::as_str).ok_or(Trouble::Missing("ImageURI"))?;
    let Some(name) = uri.strip_prefix(INVENTORY).map(|rest| rest.trim_start_matches('/').to_owned()) else {
        let mut plain = body.clone();
        if let Some(map) = plain.as_object_mut() {
            map.insert("@Redfish.OperationApplyTime".to_owned(), "OnReset".into());
        }
        return update::pull(machine, &plain, now);
    };
    free(machine)?;
    let is_it = |held: &&Held| {
        let component = machine.component(held.payload.kind);
        component.is_some_and(|component| id(machine, "Available", component, &held.payload.version) == name)
    };
    let payload = machine.waiting().find(is_it).map(|held| held.payload.clone());
    let payload = payload.ok_or_else(|| Trouble::NotFound(uri.to_owned()))?;
    let order = Order { apply: crate::lab::model::Apply::OnReset, ..Order::default() };
    let course = course(machine, payload.kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, Ok(payload), course, now);
    Ok(accepted(&id))
}
