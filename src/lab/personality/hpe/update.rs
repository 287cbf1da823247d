//! How iLO 5 and iLO 6 take images: SimpleUpdate of a `.fwpkg` (or a bare iLO or ROM file); uploads stand in `upload`.
//!
//! Sources: HPE's Redfish documentation (states of `Oem.Hpe`, message ids, timing samples), sushy's notes on what iLO
//! answers (the body's `@odata.id` names the task, a power change is followed by 400), ilorest's component classes.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    Accepted, Line, Monitor, Pull, Spoken, Trouble, Updates, Values,
    update::{self, none},
};
use crate::lab::model::{Course, Failure, Kind, Machine, Order, Phase, Task, Then, Work, Write};

/// What iLO can flash by itself: packages, and the bare files that are in them.
const ENDS: [&str; 3] = [".fwpkg", ".bin", ".signed.flash"];

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/cgi-bin/uploadFile"],
        push: super::upload::push,
        simple: Some("/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"),
        pull,
        course,
        speak,
        queue: Some(super::queue::QUEUE),
        monitor: Monitor::Task,
        ..none()
    }
}

fn pull(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    let known = ["ImageURI", "TransferProtocol", "Targets", "Username", "Password", "@Redfish.OperationApplyTime"];
    if let Some(name) = body.as_object().and_then(|map| map.keys().find(|key| !known.contains(&key.as_str()))) {
        return Err(Trouble::UnknownProperty(name.clone()));
    }
    let uri = update::image_uri(body)?;
    let path = uri.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if !ENDS.iter().any(|end| path.ends_with(end)) {
        return Err(Trouble::FileName(uri));
    }
    if machine.in_post() {
        return Err(Trouble::InPost);
    }
    if machine.busy().is_some() {
        return Err(Trouble::Busy { seconds: 30 });
    }
    let order = Order { pulled: true, ..Order::default() };
    let course = course(machine, Kind::Bmc, order);
    let id = machine.next_task_id();
    let task = machine.begin_update(id, Work::Update, order, course, now);
    machine.ilo.mark = None;
    Ok(Accepted {
        status: 202,
        location: Some(format!("/redfish/v1/TaskService/TaskMonitors/{task}")),
        body: Some(Value::from(format!("/redfish/v1/TaskService/Tasks/{task}"))),
        pull: Some(Pull { task, uri }),
        ..Accepted::default()
    })
}

/// iLO: 55 s to two minutes and its own reset. ROM: a minute and a half, active after the host's reset.
pub(super) fn course(_: &Machine, kind: Kind, _: Order) -> Course {
    match kind {
        Kind::Bios => update::course(20, Write::Now(Duration::from_secs(100)), Then::HostReset),
        Kind::Storage => update::course(10, Write::Now(Duration::from_secs(60)), Then::HostReset),
        // The module is the UEFI's: it is written in the next POST.
        Kind::Tpm => update::course(5, Write::AtBoot(Duration::from_secs(60)), Then::AtOnce),
        _ => update::course(20, Write::Now(Duration::from_secs(180)), Then::OwnReset),
    }
}

fn speak(_: &Machine, task: &Task) -> Spoken {
    let (state, status, line) = match &task.phase {
        Phase::New => ("New", "OK", None),
        Phase::Transferring | Phase::Verifying | Phase::Writing => ("Running", "OK", None),
        // iLO's part is done; the rest is the host's.
        Phase::WaitsForHostReset | Phase::WaitsForBmcReset => {
            ("Completed", "OK", Some(Line::new("iLO.2.14.SystemResetRequired", "Warning", "")))
        }
        Phase::Done => ("Completed", "OK", Some(Line::new("iLO.2.14.Success", "OK", ""))),
        Phase::DoneCritical => ("Completed", "Critical", Some(Line::new("iLO.2.14.UpdateFailed", "Critical", ""))),
        Phase::Failed(failure) => ("Exception", "Critical", Some(failed(failure))),
    };
    let name = if task.work == Work::Foreign { "Component Update Task" } else { "Firmware Update" };
    let waits = matches!(task.phase, Phase::WaitsForHostReset | Phase::WaitsForBmcReset);
    let percent = Some(if waits { 100 } else { task.percent });
    Spoken { name: name.to_owned(), state, status, percent, job: "", messages: line.into_iter().collect() }
}

fn failed(failure: &Failure) -> Line {
    let id = match failure {
        Failure::Transfer => "iLO.2.14.ComponentUploadFailed",
        Failure::NotAnImage => "iLO.2.14.UpdateInvalidFile",
        Failure::Corrupt => "iLO.2.14.UpdateSignatureValidationFailed",
        Failure::OtherHardware => "iLO.2.14.NoMatchingTargetDeviceFound",
        Failure::NeedsFirst(_) => "iLO.2.14.MinimumFirmwareVersionRequirementNotMet",
        Failure::Interrupted => "iLO.2.14.UpdateInterrupted",
        Failure::Replaced => "iLO.2.14.UpdateCancelled",
        Failure::Measured => "iLO.2.14.FWFlashTPMOverrideFlagRequired",
    };
    let line = Line::new(id, "Critical", "");
    match failure {
        Failure::NeedsFirst(version) => line.with(&[version]),
        _ => line,
    }
}

/// `UpdateService.Oem.Hpe`: where the newest update is. It rests at `Complete` or `Error` until iLO resets.
pub(super) fn values(machine: &Machine, values: &mut Values) {
    super::queue::values(machine, values);
    values.set_some("upload_mark", machine.ilo.mark.as_deref().or(machine.ilo.rests_at.as_deref()));
    if machine.rests(machine.looked_at) {
        values.set("flash_state", "Complete");
        values.set("flash_result", json!({"MessageId": "iLO.2.14.Success", "MessageArgs": []}));
        return;
    }
    let task = machine.tasks.iter().rev().find(|task| matches!(task.work, Work::Update | Work::Upload));
    let state = match task.map(|task| &task.phase) {
        None | Some(Phase::New) => "Idle",
        Some(Phase::Transferring) => "Uploading",
        Some(Phase::Verifying) => "Verifying",
        Some(Phase::Writing) => "Updating",
        Some(Phase::Done | Phase::WaitsForHostReset | Phase::WaitsForBmcReset) => "Complete",
        Some(Phase::DoneCritical | Phase::Failed(_)) => "Error",
    };
    values.set("flash_state", state);
    let Some(task) = task else { return };
    if state == "Updating" {
        // The task's percentage counts from 20, iLO's own from 0.
        values.set("flash_percent", u64::from(task.percent.saturating_sub(20)) * 100 / 80);
    }
    let result = match (&task.phase, state) {
        (Phase::Failed(failure), _) => Some(failed(failure)),
        (Phase::DoneCritical, _) => Some(Line::new("iLO.2.14.UpdateFailed", "Critical", "")),
        (_, "Complete") => Some(Line::new("iLO.2.14.Success", "OK", "")),
        _ => None,
    };
    values.set_some("flash_result", result.map(|line| json!({"MessageId": line.id, "MessageArgs": line.args})));
}
