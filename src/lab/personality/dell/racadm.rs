//! What an iDRAC8 says to racadm, and does for it.
//!
//! Sources: published outputs of `getversion`, `swinventory` and `jobqueue view`, Dell's RACADM guide, reports of message ids (facts
//! 3.2). The way in which racadm brings a file is the lab's own.

use std::{fmt::Write as _, time::Duration};

use super::{
    super::{
        Updates,
        control::{Control, Printed, deliver},
        update::{course as timed, none},
    },
    racadm_bios,
    update::speak,
};
use crate::lab::model::{
    Component, Course, HostReset, Kind, Machine, Mishap, Order, Payload, Power, Then, Work, Write,
};

const CONTROL: Control = Control { commands: "/cgi-bin/exec/", carry_out };

/// What an iDRAC7 or 8 takes: Windows update packages and its own images.
const ENDS: [&str; 4] = [".exe", ".d7", ".pm", ".sc"];

const DASHES: &str = "-------------------------------------------------------------------\n";

pub(super) fn updates() -> Updates {
    Updates {
        pushes: &["/cgi-bin/putfile"],
        push: deliver,
        course,
        control: Some(CONTROL),
        speak,
        working: 202,
        ..none()
    }
}

/// As an iDRAC9, but that a scheduled BIOS waits for whoever restarts the host.
fn course(_: &Machine, kind: Kind, _: Order) -> Course {
    match kind {
        Kind::Bios => timed(40, Write::AtBoot(Duration::from_secs(420)), Then::AtOnce),
        _ => timed(40, Write::Now(Duration::from_secs(270)), Then::OwnReset),
    }
}

fn carry_out(machine: &mut Machine, command: &str, arguments: &[&str], now: Duration) -> Printed {
    match (command, arguments) {
        ("getversion", _) => versions(machine),
        ("swinventory", _) => inventory(machine),
        ("jobqueue", ["view"]) => jobs(machine, None),
        ("jobqueue", ["view", "-i", id]) => jobs(machine, Some(id)),
        ("jobqueue", ["create", fqdd]) => racadm_bios::commit(machine, fqdd, now),
        ("jobqueue", ["delete", "-i", id]) => racadm_bios::delete(machine, id),
        ("get", [object]) => racadm_bios::get(machine, object),
        ("set", [object, value]) => racadm_bios::set(machine, object, value),
        ("clearpending", [fqdd]) => racadm_bios::clear(machine, fqdd),
        ("update", [_]) => update(machine, now),
        ("rollback", [fqdd]) => rollback(machine, fqdd, now),
        ("serveraction", [action]) => power(machine, action, now),
        _ => Printed::ill(1, "ERROR: Invalid subcommand specified.\n"),
    }
}

fn versions(machine: &Machine) -> Printed {
    let lifecycle = machine.components.iter().find(|one| one.key == "lc").map_or("NA", |one| one.version.as_str());
    let (bios, bmc) = (machine.version(Kind::Bios), machine.version(Kind::Bmc));
    Printed::well(format!(
        "Bios Version                     = {bios}\n\n iDRAC Version                    = {bmc}\n\n \
         Lifecycle Controller Version     = {lifecycle}\n"
    ))
}

fn inventory(machine: &Machine) -> Printed {
    let mut text = "\n-------------------------SOFTWARE INVENTORY------------------------\n\n".to_owned();
    for component in &machine.components {
        if let Some(previous) = &component.previous {
            entry(&mut text, component, "Rollback", previous);
        }
        if let Some(staged) = &component.staged {
            entry(&mut text, component, "Available", staged);
        }
        entry(&mut text, component, "Current", &component.version);
    }
    Printed::well(text)
}

fn entry(text: &mut String, component: &Component, state: &str, version: &str) {
    let kind = if component.kind == Kind::Bios { "BIOS" } else { "FIRMWARE" };
    let installed = match (state, component.released.as_deref()) {
        ("Current", Some(date)) => format!("{date}T00:00:00Z"),
        _ => "NA".to_owned(),
    };
    let Component { name, id, .. } = component;
    // A string takes whatever is written to it.
    let _ = write!(
        text,
        "ComponentType = {kind}\nElementName = {name}\nFQDD = {id}\nInstallationDate = {installed}\n{state} Version = {version}\n\
         {DASHES}\n"
    );
}

fn jobs(machine: &Machine, id: Option<&str>) -> Printed {
    let mut text = match id {
        None => "-------------------------JOB QUEUE------------------------\n".to_owned(),
        Some(_) => "---------------------------- JOB -------------------------\n".to_owned(),
    };
    let listed = machine.tasks.iter().filter(|task| task.is_listed() && id.is_none_or(|id| id == task.id));
    let mut found = false;
    for task in listed {
        found = true;
        let spoken = speak(machine, task);
        let (message, code) = spoken.messages.last().map_or(("", ""), |line| (line.text.as_str(), line.id));
        let code = code.rsplit('.').next().unwrap_or_default();
        let start = if spoken.job == "Scheduled" { "Next Reboot" } else { "Not Applicable" };
        let percent = spoken.percent.map_or_else(|| "NA".to_owned(), |percent| percent.to_string());
        let _ = write!(
            text,
            "[Job ID={}]\nJob Name={}\nStatus={}\nStart Time=[{start}]\nExpiration Time=[Not Applicable]\n\
             Message=[{code}: {message}]\nPercent Complete=[{percent}]\n\
             ----------------------------------------------------------\n",
            task.id, spoken.name, spoken.job
        );
    }
    match id {
        Some(id) if !found => Printed::ill(1, format!("ERROR: There is no job {id}.\n")),
        _ => Printed::well(text),
    }
}

/// The file that was brought before. What is wrong with it shows in the job.
fn update(machine: &mut Machine, now: Duration) -> Printed {
    let Some(delivered) = machine.delivered.take() else {
        return Printed::ill(1, "ERROR: The file was not transferred.\n");
    };
    let name = delivered.file.to_ascii_lowercase();
    if !ENDS.iter().any(|end| name.ends_with(end)) {
        return Printed::ill(1, "ERROR: The file is of no type that can be installed.\n");
    }
    if machine.busy().is_some() {
        return Printed::ill(1, "ERROR: A firmware update operation is already in progress.\n");
    }
    let done = format!(
        "RAC987: Firmware update job for {} is initiated.\nIts progress is shown by \"racadm jobqueue view\". A job that is \
         scheduled waits for a reboot of the system.\n",
        delivered.file
    );
    if machine.strikes(Mishap::ToolFlashesNothing) {
        return Printed::well(done);
    }
    begin(machine, delivered.image, now);
    if machine.strikes(Mishap::ToolFailsLate) {
        return Printed::ill(1, "");
    }
    Printed::well(done)
}

fn begin(machine: &mut Machine, image: Result<Payload, crate::lab::model::Failure>, now: Duration) {
    let order = Order::default();
    let course = course(machine, image.as_ref().map_or(Kind::Bmc, |one| one.kind), order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, image, course, now);
}

fn rollback(machine: &mut Machine, fqdd: &str, now: Duration) -> Printed {
    let component = machine.components.iter().find(|one| one.id == fqdd);
    let Some((kind, version, released)) =
        component.and_then(|one| Some((one.kind, one.previous.clone()?, one.previous_released.clone())))
    else {
        return Printed::ill(1, "ERROR: There is no version to roll back to.\n");
    };
    if machine.busy().is_some() {
        return Printed::ill(1, "ERROR: A firmware update operation is already in progress.\n");
    }
    begin(machine, Ok(Payload { kind, version, released }), now);
    Printed::well("RAC1056: Rollback operation initiated successfully.\n")
}

fn power(machine: &mut Machine, action: &str, now: Duration) -> Printed {
    let ask = match action {
        "powerstatus" => {
            let word = if machine.power == Power::Off { "OFF" } else { "ON" };
            return Printed::well(format!("Server power status: {word}\n"));
        }
        "powerup" => HostReset::On,
        "powerdown" => HostReset::ForceOff,
        "powercycle" => HostReset::PowerCycle,
        "hardreset" => HostReset::ForceRestart,
        "graceshutdown" => HostReset::GracefulShutdown,
        _ => return Printed::ill(1, "ERROR: Invalid subcommand specified.\n"),
    };
    let times = machine.habits.power;
    match machine.reset_host(ask, now, &times) {
        Ok(()) => Printed::well("Server power operation successful\n"),
        Err(_) => Printed::ill(1, "ERROR: The server is in that power state already.\n"),
    }
}
