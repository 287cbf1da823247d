//! How an iDRAC9 6.x takes images.
//!
//! Sources: Dell's Redfish scripts (multipart and SimpleUpdate), OpenStack's sushy (job states), bmclib (no chunked
//! uploads), field reports of message ids: RED001, RED007, RED014, RED097, PR19, PR21, JCP001, JCP052.

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Accepted, Line, Monitor, Pull, Spoken, Trouble, Updates,
    update::{self, judge},
};
use crate::lab::{
    model::{Apply, Course, Failure, Kind, Machine, Order, Phase, Task, Then, Work, Write},
    upload::Upload,
};

const APPLY: [Apply; 3] = [Apply::Immediate, Apply::OnReset, Apply::OnStart];
/// What an iDRAC9 takes: Windows update packages and its own formats, never the Linux ones.
pub(super) const ENDS: [&str; 4] = [".exe", ".d9", ".pm", ".sc"];

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/redfish/v1/UpdateService/MultipartUpload"],
        simple: Some("/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"),
        start: None,
        push,
        pull,
        begin: update::none().begin,
        course,
        settings: None,
        queue: None,
        control: None,
        speak,
        monitor: Monitor::Task,
        working: 202,
    }
}

/// `UpdateParameters` first, then `UpdateFile` with the package's own name; with a length, never chunked. What is wrong
/// with the image itself shows in the job.
fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    if upload.chunked || upload.malformed {
        return Err(Trouble::BadPart("UpdateFile"));
    }
    let parameters = update::parameters(upload)?;
    let file = upload.file.as_ref().filter(|file| file.after > 0).ok_or(Trouble::BadPart("UpdateFile"))?;
    let name = file.file_name.as_deref().unwrap_or_default();
    let known = ENDS.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if !known || name.contains(['/', '\\']) {
        return Err(Trouble::FileName(name.to_owned()));
    }
    let order = Order { apply: update::apply_time(&parameters, &APPLY, Apply::Immediate)?, ..Order::default() };
    free(machine)?;
    let payload = judge(machine, &file.image, None);
    let course = course(machine, payload.as_ref().map_or(Kind::Bmc, |one| one.kind), order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, payload, course, now);
    Ok(accepted(&id))
}

pub(super) fn pull(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    let uri = update::image_uri(body)?;
    let order = Order { apply: update::apply_time(body, &APPLY, Apply::Immediate)?, pulled: true, target: None };
    free(machine)?;
    let course = course(machine, Kind::Bmc, order);
    let id = machine.next_task_id();
    let task = machine.begin_update(id, Work::Update, order, course, now);
    Ok(Accepted { pull: Some(Pull { task: task.clone(), uri }), ..accepted(&task) })
}

pub(super) fn accepted(id: &str) -> Accepted {
    Accepted { status: 202, location: Some(format!("/redfish/v1/TaskService/Tasks/{id}")), ..Accepted::default() }
}

pub(super) fn free(machine: &Machine) -> Result<(), Trouble> {
    machine.busy().map_or(Ok(()), |_| Err(Trouble::Busy { seconds: 30 }))
}

/// iDRAC: five to eight minutes with its own reset. BIOS: scheduled, applied inside the next boot; `Immediate` restarts
/// a running host for it (fwupd#8661, Dell's scripts#166).
pub(super) fn course(_: &Machine, kind: Kind, order: Order) -> Course {
    match kind {
        Kind::Bios => Course {
            restarts_host: order.apply == Apply::Immediate,
            ..update::course(40, Write::AtBoot(Duration::from_secs(420)), Then::AtOnce)
        },
        _ => update::course(40, Write::Now(Duration::from_secs(270)), Then::OwnReset),
    }
}

/// `UserIntervention` is a job's word that iDRAC uses for tasks that wait for a reset.
pub(super) fn speak(machine: &Machine, task: &Task) -> Spoken {
    let name = match task.kind {
        Some(Kind::Bios) => "Firmware Update: BIOS",
        Some(_) => "Firmware Update: iDRAC",
        None if task.work == Work::Configure => "Configure: BIOS.Setup.1-1",
        None if task.work == Work::Foreign => "Export: Server Configuration Profile",
        None => "Firmware Update",
    };
    let (state, status, job, line) = match &task.phase {
        Phase::New => ("New", "OK", "New", Line::new("IDRAC.2.7.JCP000", "OK", "New")),
        Phase::Transferring => {
            ("Running", "OK", "Downloading", Line::new("IDRAC.2.7.RED002", "OK", "Package successfully downloaded."))
        }
        Phase::Verifying | Phase::Writing => {
            ("Running", "OK", "Running", Line::new("IDRAC.2.7.RED001", "OK", "Job in progress."))
        }
        // Dell's scripts#266: packages that run at once and take effect at a reboot.
        Phase::WaitsForHostReset if machine.standing.completes_pending => (
            "Completed",
            "OK",
            "Completed",
            Line::new("IDRAC.2.7.PR20", "OK", "Job completed successfully, server reboot pending."),
        ),
        Phase::WaitsForBmcReset | Phase::WaitsForHostReset => (
            "UserIntervention",
            "OK",
            "Scheduled",
            Line::new("IDRAC.2.7.JCP001", "OK", "Task successfully scheduled. The server must be rebooted to run it."),
        ),
        Phase::Done => {
            ("Completed", "OK", "Completed", Line::new("IDRAC.2.7.PR19", "OK", "Job completed successfully."))
        }
        Phase::DoneCritical => (
            "Completed",
            "Critical",
            "Completed",
            Line::new(
                "IDRAC.2.7.JCP052",
                "Critical",
                "The job was stopped because it made no progress for the allocated time.",
            ),
        ),
        Phase::Failed(failure) => ("Exception", "Critical", "Failed", failed(failure)),
    };
    // A scheduled job begins anew at its boot.
    let percent = if job == "Scheduled" { 0 } else { task.percent };
    Spoken { name: name.to_owned(), state, status, percent: Some(percent), job, messages: vec![line] }
}

pub(super) fn failed(failure: &Failure) -> Line {
    match failure {
        Failure::Transfer => Line::new(
            "IDRAC.2.7.RED006",
            "Critical",
            "Unable to download Update Package: the file could not be read from the network share.",
        ),
        Failure::NotAnImage | Failure::Corrupt => {
            Line::new("IDRAC.2.7.RED007", "Critical", "Unable to verify Update Package signature.")
        }
        Failure::OtherHardware => Line::new(
            "IDRAC.2.7.RED097",
            "Critical",
            "The image is for a component that is not in the target system inventory.",
        ),
        Failure::NeedsFirst(version) => Line::new(
            "IDRAC.2.7.RED052",
            "Critical",
            format!("Unable to apply the Update Package: update to version {version} or later first."),
        )
        .with(&[version]),
        Failure::Interrupted | Failure::Measured => Line::new("IDRAC.2.7.PR21", "Critical", "Job failed."),
        Failure::Replaced => Line::new("IDRAC.2.7.JCP027", "Critical", "The job was replaced by a newer one."),
    }
}
