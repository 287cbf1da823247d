//! How X12 and X13 take images: upload, verification, StartUpdate, update; SimpleUpdate with a licence.
//!
//! Sources: Supermicro Redfish Reference Guide 3.4 (bodies, options, licence), bmclib and flasher (flow, stuck update
//! mode, version that lags), libredfish (parameters that an X13 takes). Guesses: the state `ChassisPowerStateOffRequired`
//! for a BIOS on a running host, and the words of a failed verification.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    Accepted, Line, Monitor, Pull, Spoken, Trouble, Updates,
    update::{self, judge},
};
use crate::lab::{
    model::{Apply, Course, Failure, Kind, Machine, Order, Phase, Task, Then, Work, Write},
    personality::Personality,
    upload::Upload,
};

/// What may stand under `Oem.Supermicro.BMC` and `.BIOS`; the second list of the BIOS only on some boards.
const BMC: [&str; 4] = ["PreserveCfg", "PreserveSdr", "PreserveSsl", "BackupBMC"];
const BIOS: [&str; 4] = ["PreserveME", "PreserveNVRAM", "PreserveSMBIOS", "BackupBIOS"];

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/redfish/v1/UpdateService/upload"],
        simple: Some("/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"),
        start: Some("/redfish/v1/UpdateService/Actions/UpdateService.StartUpdate"),
        push,
        pull,
        begin,
        course,
        settings: None,
        queue: None,
        control: None,
        speak,
        monitor: Monitor::Task,
        working: 200,
    }
}

fn push(machine: &mut Machine, upload: &Upload, now: Duration) -> Result<Accepted, Trouble> {
    if upload.malformed || upload.raw {
        return Err(Trouble::BadPart("UpdateFile"));
    }
    let parameters = update::parameters(upload)?;
    let file = upload.file.as_ref().ok_or(Trouble::BadPart("UpdateFile"))?;
    let kind = target(&parameters, "/redfish/v1/Systems/1/Bios")?;
    check_options(&parameters, kind)?;
    let apply = update::apply_time(&parameters, apply_times(machine, kind), Apply::OnStart)?;
    let order = Order { apply, target: Some(kind), pulled: false };
    free(machine, kind, apply)?;
    let payload = judge(machine, &file.image, order.target);
    let course = course(machine, kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Verify, order, course, now);
    machine.receive(&id, payload, course, now);
    let task = format!("/redfish/v1/TaskService/Tasks/{id}");
    // An X13 names the task in a message, an X12 answers with the task; neither says `Location`.
    let x13 = machine.identity.personality == Personality::SupermicroX13;
    let body = if x13 { named_in_message(&task) } else { Value::from(task) };
    Ok(Accepted { status: 202, body: Some(body), ..Accepted::default() })
}

fn pull(machine: &mut Machine, body: &Value, now: Duration) -> Result<Accepted, Trouble> {
    if !machine.licensed {
        return Err(Trouble::Unlicensed);
    }
    let uri = update::image_uri(body)?;
    let kind = target(body, "/redfish/v1/Systems/1")?;
    free(machine, kind, Apply::Immediate)?;
    let order = Order { apply: Apply::Immediate, target: Some(kind), pulled: true };
    let course = course(machine, kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    let task = format!("/redfish/v1/TaskService/Tasks/{id}");
    Ok(Accepted {
        status: 202,
        location: Some(format!("/redfish/v1/TaskService/TaskMonitors/{id}")),
        body: Some(named_in_message(&task)),
        pull: Some(Pull { task: id, uri }),
        ..Accepted::default()
    })
}

fn begin(machine: &mut Machine, now: Duration) -> Result<Accepted, Trouble> {
    let id = machine.next_task_id();
    let Some(id) = machine.start_update(id, now) else { return Err(Trouble::NothingToStart) };
    let task = format!("/redfish/v1/TaskService/Tasks/{id}");
    Ok(Accepted { status: 202, body: Some(named_in_message(&task)), ..Accepted::default() })
}

/// The reply of the guide's examples: the task's URI is the message's only argument.
fn named_in_message(task: &str) -> Value {
    json!({"Accepted": {
        "code": "Base.v1_10_3.Accepted",
        "Message": "Successfully Accepted Request. Please see the location header and ExtendedInfo for more information.",
        "@Message.ExtendedInfo": [{
            "MessageId": "SMC.1.0.OemSimpleupdateAcceptedMessage",
            "Severity": "Ok",
            "Resolution": "No resolution was required.",
            "Message": format!("Please also check Task Resource {task} to see more information."),
            "MessageArgs": [task],
            "RelatedProperties": ["BiosVersionAccepted"],
        }],
    }})
}

/// One target: the BMC, or the BIOS by the name the method has for it.
fn target(body: &Value, bios: &str) -> Result<Kind, Trouble> {
    match update::targets(body).as_slice() {
        [] => Err(Trouble::Missing("Targets")),
        ["/redfish/v1/Managers/1"] => Ok(Kind::Bmc),
        [one] if *one == bios => Ok(Kind::Bios),
        other => Err(Trouble::BadValue { name: "Targets", value: other.join(", ") }),
    }
}

/// A property under `Oem.Supermicro` that this board does not have is refused by name.
fn check_options(parameters: &Value, kind: Kind) -> Result<(), Trouble> {
    let (name, known) = if kind == Kind::Bios { ("BIOS", BIOS) } else { ("BMC", BMC) };
    let options = parameters.pointer("/Oem/Supermicro").and_then(Value::as_object);
    for (key, value) in options.into_iter().flatten() {
        if key != name {
            return Err(Trouble::UnknownProperty(key.clone()));
        }
        let odd = value.as_object().and_then(|map| map.keys().find(|key| !known.contains(&key.as_str())));
        if let Some(odd) = odd {
            return Err(Trouble::UnknownProperty(odd.clone()));
        }
    }
    Ok(())
}

/// X12 also takes `OnReset` for a BIOS.
fn apply_times(machine: &Machine, kind: Kind) -> &'static [Apply] {
    if machine.identity.personality == Personality::SupermicroX12 && kind == Kind::Bios {
        &[Apply::Immediate, Apply::OnStart, Apply::OnReset]
    } else {
        &[Apply::Immediate, Apply::OnStart]
    }
}

fn free(machine: &Machine, kind: Kind, apply: Apply) -> Result<(), Trouble> {
    if let Some(update) = machine.busy() {
        let kind = update.payload.as_ref().map(|one| one.kind).or(update.order.target).unwrap_or(Kind::Bmc);
        return Err(Trouble::InUpdateMode(kind));
    }
    if machine.stuck_in_update_mode {
        return Err(Trouble::InUpdateMode(Kind::Bmc));
    }
    if kind == Kind::Bios && apply != Apply::OnReset && !update::host_is_off(machine) {
        return Err(Trouble::HostOn("1"));
    }
    Ok(())
}

/// The BMC is away two to five minutes after its flash; a BIOS takes about as long with the host off.
fn course(_: &Machine, kind: Kind, order: Order) -> Course {
    if order.apply == Apply::OnReset {
        return update::course(45, Write::AtBoot(Duration::from_secs(300)), Then::AtOnce);
    }
    let (verify, write, then) = match kind {
        Kind::Bios => (45, 300, Then::AtOnce),
        _ => (45, 240, Then::OwnReset),
    };
    Course { asks_to_start: !order.pulled, ..update::course(verify, Write::Now(Duration::from_secs(write)), then) }
}

fn speak(_: &Machine, task: &Task) -> Spoken {
    let part = if task.kind == Some(Kind::Bios) { "BIOS" } else { "BMC" };
    let name = match task.work {
        Work::Verify => format!("{part} Verify"),
        Work::Update | Work::Upload | Work::Flash => format!("{part} Update"),
        Work::Queued | Work::Configure | Work::Foreign => "CPLD Update".to_owned(),
    };
    let (state, status, line) = match &task.phase {
        Phase::New => ("New", "OK", None),
        Phase::WaitsForHostReset => ("Pending", "OK", None),
        Phase::Failed(failure) => ("Exception", "Critical", Some(failed(failure))),
        Phase::DoneCritical => {
            ("Completed", "Critical", Some(Line::new("Update.1.0.0.ApplyFailed", "Critical", "The update failed.")))
        }
        Phase::Done => {
            ("Completed", "OK", Some(Line::new("Base.1.10.3.Success", "OK", "Successfully Completed Request.")))
        }
        _ => ("Running", "OK", None),
    };
    Spoken { name, state, status, percent: Some(task.percent), job: "", messages: line.into_iter().collect() }
}

fn failed(failure: &Failure) -> Line {
    match failure {
        Failure::Transfer => {
            Line::new("Update.1.0.0.TransferFailed", "Critical", "Transfer of the image to the BMC failed.")
        }
        Failure::NotAnImage | Failure::Corrupt | Failure::OtherHardware | Failure::NeedsFirst(_) => {
            Line::new("Update.1.0.0.VerificationFailed", "Critical", "Verification of the image failed.")
        }
        Failure::Interrupted | Failure::Replaced | Failure::Measured => {
            Line::new("Update.1.0.0.ApplyFailed", "Critical", "The update failed.")
        }
    }
}
