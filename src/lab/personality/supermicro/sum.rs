//! What a Supermicro X11 says to Supermicro Update Manager, and does for it.
//!
//! Sources: published outputs of `GetBiosInfo` and of an error (facts 3.3), bmclib's notes on the X11 (the lock of another session),
//! go-hal (a BIOS is active after the host's restart). How SUM tells its progress is published nowhere: those lines are the lab's own.

use std::time::Duration;

use super::super::{
    Updates,
    control::{Control, Printed, deliver},
    update::{course as timed, none},
};
use crate::lab::model::{Course, Failure, HostReset, Kind, Machine, Mishap, Order, Phase, Task, Then, Work, Write};

const CONTROL: Control = Control { commands: "/cgi/lab.cgi/", carry_out };

pub(super) fn updates() -> Updates {
    Updates { pushes: &["/cgi/lab_upload.cgi"], push: deliver, course, control: Some(CONTROL), ..none() }
}

/// Written at once; a BIOS runs after the host's restart, a BMC after its own.
fn course(_: &Machine, kind: Kind, _: Order) -> Course {
    match kind {
        Kind::Bios => timed(20, Write::Now(Duration::from_secs(300)), Then::HostReset),
        _ => timed(20, Write::Now(Duration::from_secs(240)), Then::OwnReset),
    }
}

fn carry_out(machine: &mut Machine, command: &str, _: &[&str], now: Duration) -> Printed {
    // Their names are compared without case.
    match command.to_ascii_lowercase().as_str() {
        "getbiosinfo" => information(machine, Kind::Bios),
        "getbmcinfo" => information(machine, Kind::Bmc),
        "updatebios" => update(machine, Kind::Bios, now),
        "updatebmc" => update(machine, Kind::Bmc, now),
        "progress" => progress(machine),
        "reboot" => {
            let times = machine.habits.power;
            // A host that is off has nothing to restart.
            let _ = machine.reset_host(HostReset::GracefulRestart, now, &times);
            Printed::well("The system is restarted.\n")
        }
        other => error(36, "101.1", "Command is not supported", &format!("The command {other} is not supported.")),
    }
}

fn name(kind: Kind) -> &'static str {
    if kind == Kind::Bios { "BIOS" } else { "BMC" }
}

fn information(machine: &Machine, kind: Kind) -> Printed {
    let Some(component) = machine.component(kind) else {
        return error(36, "101.2", "Command is not supported", "There is nothing of this kind.");
    };
    let board = machine.identity.board_id.trim_start_matches("0x").to_uppercase();
    let built = component.released.as_deref().unwrap_or_default().replace('-', "/");
    let what = name(kind);
    let field = |key: String, value: &str| format!("    {key:.<36}{value}\n");
    Printed::well(
        [
            format!("Managed system..........................{}\n", machine.identity.bmc_name),
            field("Board ID".to_owned(), &board),
            field(format!("{what} build date"), &built),
            field(format!("{what} version"), &component.version),
        ]
        .concat(),
    )
}

fn update(machine: &mut Machine, kind: Kind, now: Duration) -> Printed {
    let Some(delivered) = machine.delivered.take() else {
        return error(60, "200.1", "Invalid image", "The image was not transferred.");
    };
    if kind == Kind::Bios && !machine.licensed {
        return error(
            149,
            "406.6",
            "IPMI execution failed",
            "Failed to send http GET.\n        HTTP code: 403 (Forbidden)\n        1. Not licensed to perform this request. The following \
             licenses DCMS\n    were needed",
        );
    }
    if machine.strikes(Mishap::UpdateModeStuck) {
        machine.stuck_in_update_mode = true;
    }
    if machine.busy().is_some() || machine.stuck_in_update_mode {
        return error(150, "407.1", "The BMC is busy", "The BMC is in update mode: another session holds the lock.");
    }
    let what = name(kind);
    match &delivered.image {
        Ok(payload) if payload.kind == kind => {}
        Err(Failure::NeedsFirst(version)) => {
            let text = format!("Invalid {what} image file: version {version} has to be installed first.");
            return error(60, "200.2", "Invalid image", &text);
        }
        Err(Failure::OtherHardware) => {
            return error(60, "200.3", "Invalid image", "The board ID does not match that of the image.");
        }
        _ => return error(60, "200.4", "Invalid image", &format!("Invalid {what} image file.")),
    }
    if machine.strikes(Mishap::ToolFlashesNothing) {
        return Printed::well(format!("Uploading {what} image .............. (100%)\n{what} is updated.\n"));
    }
    let order = Order { target: Some(kind), ..Order::default() };
    let course = course(machine, kind, order);
    let id = machine.next_task_id();
    let id = machine.begin_update(id, Work::Update, order, course, now);
    machine.receive(&id, delivered.image, course, now);
    if machine.strikes(Mishap::ToolFailsLate) {
        return Printed::ill(1, "");
    }
    Printed { goes_on: true, ..Printed::well(format!("Uploading {what} image .............. (100%)\n")) }
}

/// How far the newest update is.
fn progress(machine: &Machine) -> Printed {
    let Some(task) = machine.tasks.iter().rev().find(|task| task.work == Work::Update) else {
        return error(151, "407.2", "The update is gone", "The BMC does not know of it any more.");
    };
    let what = task.kind.map_or("BMC", name);
    match &task.phase {
        Phase::Done => Printed::well(format!("{what} is updated.\n")),
        Phase::WaitsForHostReset | Phase::WaitsForBmcReset => {
            Printed::well(format!("{what} is updated. It takes effect with the next start of the system.\n"))
        }
        Phase::DoneCritical => error(152, "407.3", "The update failed", "The flash could not be verified."),
        Phase::Failed(failure) => failed(task, failure),
        _ => Printed {
            goes_on: true,
            ..Printed::well(format!("Flashing {what} ................... ({}%)\n", task.percent))
        },
    }
}

fn failed(task: &Task, failure: &Failure) -> Printed {
    let what = task.kind.map_or("BMC", name);
    match failure {
        Failure::Interrupted => error(152, "407.4", "The update failed", "The update was interrupted."),
        _ => error(60, "200.4", "Invalid image", &format!("Invalid {what} image file.")),
    }
}

/// The block in which SUM tells of an error, with which its process ends too.
fn error(exit: i32, code: &str, description: &str, message: &str) -> Printed {
    Printed::ill(
        exit,
        format!(
            "********************************<<<<<ERROR>>>>>*********************************\n\nExitCode                = {exit}\n\
             Description             = {description}\nProgram Error Code      = {code}\nError message:\n        {message}\n\n\
             ********************************************************************************\n"
        ),
    )
}
