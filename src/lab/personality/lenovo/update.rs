//! How an XCC takes images: a form or the bare image, claimed by a busy flag that is advice; or a fetch.
//!
//! Sources: python-redfish-lenovo (URIs, flag, task in the body, monitor that forgets), NVIDIA's infra controller (the
//! XCC runs what was written after a reset that the client makes), the captured SR670 V2 (pending banks).

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Accepted, Line, Monitor, Pull, Spoken, Trouble, Updates, service,
    update::{self, judge, none},
};
use crate::lab::{
    model::{Apply, Course, Failure, Kind, Machine, Order, Phase, Task, Then, Work, Write},
    upload::Upload,
};

/// The only target that may be named.
const BACKUP: &str = "/redfish/v1/UpdateService/FirmwareInventory/BMC-Backup";

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/fwupdate", "/mfwupdate"],
        simple: Some("/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"),
        push,
        pull,
        course,
        speak,
        settings: Some(|machine, body| service::standard(machine, body, &[BACKUP])),
        monitor: Monitor::Forgets,
        ..none()
    }
}

fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    if upload.malformed {
        return Err(Trouble::BadPart("UpdateFile"));
    }
    let apply = if upload.raw {
        machine.service.apply
    } else {
        let parameters = update::parameters(upload)?;
        only_backup(&parameters)?;
        update::apply_time(&parameters, &[Apply::Immediate, Apply::OnReset, Apply::OnStart], Apply::Immediate)?
    };
    let file = upload.file.as_ref().ok_or(Trouble::BadPart("UpdateFile"))?;
    free(machine)?;
    let order = Order { apply, target: None, pulled: false };
    let payload = judge(machine, &file.image, None);
    let kind = payload.as_ref().map_or(Kind::Bmc, |payload| payload.kind);
    let course = course(machine, kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, payload, course, now);
    Ok(accepted(&id, None))
}

fn pull(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    only_backup(body)?;
    let uri = update::image_uri(body)?;
    free(machine)?;
    let order = Order { apply: Apply::Immediate, target: None, pulled: true };
    let course = course(machine, Kind::Bmc, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    Ok(accepted(&id, Some(uri)))
}

/// The task stands in the body, and no `Location` says it.
fn accepted(id: &str, uri: Option<String>) -> Accepted {
    Accepted {
        status: 202,
        body: Some(Value::from(format!("/redfish/v1/TaskService/Tasks/{id}"))),
        pull: uri.map(|uri| Pull { task: id.to_owned(), uri }),
        ..Accepted::default()
    }
}

fn only_backup(body: &Value) -> Result<(), Trouble> {
    match update::targets(body).iter().find(|target| !target.ends_with(BACKUP)) {
        Some(other) => Err(Trouble::BadValue { name: "Targets", value: (*other).to_owned() }),
        None => Ok(()),
    }
}

fn free(machine: &Machine) -> Result<(), Trouble> {
    if machine.busy().is_some() { Err(Trouble::Busy { seconds: 30 }) } else { Ok(()) }
}

/// Both are written to their pending bank; the XCC's own reset or the host's makes it the running one.
fn course(_: &Machine, kind: Kind, _: Order) -> Course {
    let (write, then) = match kind {
        Kind::Bios => (120, Then::HostReset),
        Kind::Bmc => (200, Then::BmcReset),
        _ => (60, Then::AtOnce),
    };
    update::course(30, Write::Now(Duration::from_secs(write)), then)
}

fn speak(machine: &Machine, task: &Task) -> Spoken {
    let said = |id: &'static str, severity: &'static str, text: &str| Some(Line::new(id, severity, text));
    let (state, status, line) = match &task.phase {
        Phase::New => ("New", "OK", None),
        // An XCC3 hands the work to a job once it has the image.
        Phase::Verifying | Phase::Writing if machine.standing.hands_to_jobs => ("Completed", "OK", Some(to_job(task))),
        Phase::Transferring => (
            "Running",
            "OK",
            said("LenovoFirmwareUpdateRegistry.1.0.UpdateAssignment", "OK", "The update has been assigned."),
        ),
        Phase::Verifying => (
            "Running",
            "OK",
            said("LenovoFirmwareUpdateRegistry.1.0.UpdateVerifyInProgress", "OK", "The image is being verified."),
        ),
        Phase::Writing => (
            "Running",
            "OK",
            said("LenovoFirmwareUpdateRegistry.1.0.PayloadApplyInProgress", "OK", "The image is being applied."),
        ),
        Phase::WaitsForBmcReset | Phase::WaitsForHostReset | Phase::Done => (
            "Completed",
            "OK",
            if machine.standing.hands_to_jobs {
                Some(to_job(task))
            } else {
                said("LenovoFirmwareUpdateRegistry.1.0.PayloadApplyCompleted", "OK", "The image has been applied.")
            },
        ),
        Phase::DoneCritical | Phase::Failed(Failure::Interrupted | Failure::Replaced) => (
            "Exception",
            "Critical",
            said("LenovoFirmwareUpdateRegistry.1.0.PayloadApplyFailed", "Critical", "The image could not be applied."),
        ),
        Phase::Failed(Failure::Transfer) => (
            "Exception",
            "Critical",
            said("Update.1.0.TransferFailed", "Critical", "Transfer of the image to the XCC failed."),
        ),
        Phase::Failed(_) => (
            "Exception",
            "Critical",
            said(
                "LenovoFirmwareUpdateRegistry.1.0.UpdateVerifyFailed",
                "Critical",
                "The image is none for this system.",
            ),
        ),
    };
    let job = match &task.phase {
        Phase::Failed(_) | Phase::DoneCritical => "Exception",
        Phase::WaitsForBmcReset | Phase::WaitsForHostReset | Phase::Done => "Completed",
        _ => "Running",
    };
    Spoken {
        name: "Firmware Update".to_owned(),
        state,
        status,
        percent: Some(if state == "Completed" { 100 } else { task.percent }),
        job,
        messages: line.into_iter().collect(),
    }
}

/// DMTF's Update registry 1.1: the task is over, and a job goes on.
fn to_job(task: &Task) -> Line {
    let job = format!("/redfish/v1/JobService/Jobs/{}", task.id);
    Line::new(
        "Update.1.1.OperationTransitionedToJob",
        "OK",
        format!("The update operation has transitioned to the job at URI '{job}'."),
    )
    .with(&[&job])
}
