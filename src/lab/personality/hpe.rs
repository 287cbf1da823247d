//! HPE iLO 5 and iLO 6.
//!
//! Sources: captured trees of a DL385 Gen10 Plus v2 (iLO 5 2.72) and a DL380a Gen11 (iLO 6 1.66), a session of an iLO 7,
//! HPE's Redfish documentation, and what ilorest was seen to need.

mod queue;
mod update;
mod upload;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Done, Etag, Expand, LogPlace, Profile, Said, SessionIds, Tree, Trouble, Values, say};
use crate::lab::{
    bios::HPE_STYLE,
    model::{Apply, Component, Habits, Kind, Machine, Post, Power, PowerTimes, SessionLimits},
};

/// iLO compares URIs without case and its own links differ in case (`/redfish/v1/systems/1/bios`).
const ANY_CASE: bool = true;

pub(super) fn ilo5() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        profile(Tree::read(&[include_str!("hpe.json")], true, ANY_CASE), |machine, values| {
            own_values(machine, values, "5");
        })
    });
    &PROFILE
}

pub(super) fn ilo6() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        let tree = Tree::read(&[include_str!("hpe.json"), include_str!("hpe_ilo6.json")], true, ANY_CASE);
        profile(tree, |machine, values| own_values(machine, values, "6"))
    });
    &PROFILE
}

fn profile(tree: Tree, values: fn(&Machine, &mut Values)) -> Profile {
    Profile {
        user: "Administrator",
        system: "/redfish/v1/Systems/1",
        manager: "/redfish/v1/Managers/1",
        nodes: &[],
        applies: Apply::Immediate,
        preserves: &[],
        host_resets: &[
            "On",
            "ForceOff",
            "GracefulShutdown",
            "ForceRestart",
            "Nmi",
            "PushPowerButton",
            "GracefulRestart",
        ],
        bmc_resets: &["ForceRestart", "GracefulRestart"],
        image_uris: &["/redfish/v1/UpdateService/Actions/Oem/Hpe/HpeiLOUpdateServiceExt.AddFromUri"],
        // The Integrated Management Log (HPE's Redfish documentation).
        log: Some(LogPlace { entries: "/redfish/v1/Systems/1/LogServices/IML/Entries", embedded: false }),
        updates: update::updates(),
        bios: Some(&HPE_STYLE),
        settings_taken: || Done {
            status: 200,
            body: Some(error(&Said::new(200, "iLO.2.14.SystemResetRequired", "", &[]))),
        },
        tell: |_, _| None,
        message,
        // The captured roots: `.` only, one level.
        expand: Expand { all: false, no_links: true, links: false, max_levels: 1, refusal: Some(400) },
        // The number is a guess: no source read gives iLO's limit. Idle time: `UserExpires` of a captured session lies
        // 30 minutes after its last access, so the `SessionTimeout` of 30 that every iLO shows counts minutes.
        sessions: SessionLimits { open: 10, idle: SignedDuration::from_secs(30 * 60) },
        session_ids: SessionIds::UserAndHex,
        etag: Etag::Weak8,
        server: None,
        // ilorest reads it instead of walking the tree. Its own id ends in a slash, and so must the link to it, or ilorest
        // walks after all (seen with ilorest 7.4).
        directory: Some("/redfish/v1/ResourceDirectory"),
        any_case: ANY_CASE,
        slow: &[("/redfish/v1/UpdateService/FirmwareInventory", 2.0)],
        power_refused: true,
        // 60 to 180 s (estimates from the field).
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: super::MINUTE, post: Duration::from_secs(180) },
            bmc_away: Duration::from_secs(100),
            tasks_in_memory: true,
            first_task: 1,
            purge_after_boot: None,
            version_lag: Duration::ZERO,
            keeps_previous: &[Kind::Bios],
        },
        largest_image: None,
        tree,
        values,
        firmware,
        say: own_words,
        error,
        done: || Done { status: 200, body: Some(error(&say::standard_success())) },
        session_closed: || Done { status: 200, body: Some(error(&say::standard_success())) },
    }
}

fn own_values(machine: &Machine, values: &mut Values, generation: &str) {
    // `2.72 Sep 04 2022`
    let version = machine.version(Kind::Bmc);
    let (short, date) = version.split_once(' ').unwrap_or((version, ""));
    let (major, minor) = short.split_once('.').unwrap_or((short, "0"));
    values.set("ilo", format!("iLO {generation}"));
    values.set("ilo_number", generation);
    values.set("ilo_short", short);
    values.set("ilo_date", date);
    values.set("ilo_major", major.parse::<u64>().unwrap_or_default());
    values.set("ilo_minor", minor.parse::<u64>().unwrap_or_default());
    values.set("ilo_firmware", format!("iLO {generation} v{short}"));
    let identity = &machine.identity;
    // The manager has a UUID of its own, made from the system's.
    values.set("bmc_uuid", format!("{}{}", "5f2a", identity.uuid.get(4..).unwrap_or_default()));
    values.set("rom_date", rom_date(machine.version(Kind::Bios)));
    let backup = machine.component(Kind::Bios).and_then(|rom| rom.previous.as_deref()).unwrap_or_default();
    values.set("backup_rom", backup);
    values.set("backup_rom_date", rom_date(backup));
    values.set("tpm_version", machine.version(Kind::Tpm));
    values.set("tpm_state", if machine.ilo.tpm_enabled { "Enabled" } else { "Disabled" });
    let by_key =
        |key: &str| machine.components.iter().find(|one| one.key == key).map_or("", |one| one.version.as_str());
    values.set("ip_version", by_key("ip"));
    values.set("ipad_version", by_key("ipad"));
    update::values(machine, values);
    let off = machine.power == Power::Off;
    values.set("enabled", if off { "Disabled" } else { "Enabled" });
    values.set(
        "post_state",
        match machine.post {
            Post::Off => "PowerOff",
            Post::Running => "InPost",
            Post::Finished => "FinishedPost",
        },
    );
    values.set("boot_progress", if machine.post == Post::Finished { "OSRunning" } else { "None" });
    // Devices are discovered anew in each POST; with the host off iLO knows nothing of them.
    let found = machine.post == Post::Finished;
    values.set("discovery", if found { "vMainDeviceDiscoveryComplete" } else { "vAuxDeviceDiscoveryComplete" });
    values.set("array_discovery", if found { "Complete" } else { "Initializing" });
    values.set("inventory_complete", found);
}

/// `A42 v2.60 (08/11/2022)` -> `08/11/2022`
fn rom_date(version: &str) -> &str {
    version.split_once('(').map_or("", |(_, date)| date.trim_end_matches(')'))
}

/// Members are numbered in order; what a number stands for differs from machine to machine. The redundant ROM is a
/// member of its own, without targets.
fn firmware(machine: &Machine) -> Vec<Values> {
    let mut members: Vec<Values> = Vec::new();
    for component in &machine.components {
        members.push(member(component, members.len() + 1));
        if component.kind == Kind::Bios
            && let Some(previous) = &component.previous
        {
            let mut values = Values::default();
            values.set("id", (members.len() + 1).to_string());
            values.set("name", "Redundant System ROM");
            values.set("description", "SystemRomBackup");
            values.set("version", previous.as_str());
            values.set("updateable", true);
            values.set("device_class", Value::Null);
            values.set("device_context", "System Board");
            members.push(values);
        }
    }
    members
}

fn member(component: &Component, number: usize) -> Values {
    let mut values = Values::default();
    values.set("id", number.to_string());
    values.set("name", component.name.as_str());
    values.set("description", component.class.as_str());
    values.set("version", component.version.as_str());
    values.set("updateable", component.updateable);
    values.set("device_context", component.slot.as_str());
    let (class, target) = component.software_id.split_once('/').unwrap_or((&component.software_id, ""));
    values.set("device_class", if class.is_empty() { Value::Null } else { Value::from(class) });
    if !target.is_empty() {
        values.set("targets", vec![target]);
    }
    // Captured: iLO, ROM and drives carry a status, the rest none; only drives a SoftwareId, `<class>:<target>`.
    if component.kind == Kind::Drive {
        values.set("software_id", format!("{class}:{target}"));
    }
    if matches!(component.kind, Kind::Bmc | Kind::Bios | Kind::Drive) {
        values.set("status", json!({"Health": "OK", "State": "Enabled"}));
        values.set("lowest", if component.kind == Kind::Bmc { Value::from("1.10") } else { Value::Null });
    }
    values
}

/// HPE's message ids: refused login and wrong power state (HPE's iLO message registry; a power change in the wrong
/// state answers 400, seen in OpenStack's sushy notes).
fn own_words(trouble: &Trouble) -> Option<Said> {
    let said = match trouble {
        Trouble::WrongCredentials => Said::new(401, "iLO.2.14.UnauthorizedLoginAttempt", "", &[]),
        Trouble::AlreadyOn | Trouble::AlreadyOff | Trouble::InPost => {
            Said::new(400, "iLO.2.14.InvalidOperationForSystemState", "", &[])
        }
        Trouble::Busy { .. } => Said::new(400, "iLO.2.14.FirmwareFlashAlreadyInProgress", "", &[]),
        Trouble::FileName(_) => Said::new(400, "iLO.2.14.UpdateInvalidFile", "", &[]),
        _ => return None,
    };
    Some(said)
}

/// The captured form: ids and arguments only, no text, and always the same code.
fn error(said: &Said) -> Value {
    json!({"error": {
        "code": "iLO.0.10.ExtendedInfo",
        "message": "See @Message.ExtendedInfo for more information.",
        "@Message.ExtendedInfo": [message(said)],
    }})
}

fn message(said: &Said) -> Value {
    let mut message = json!({ "MessageId": said.full_id("Base.1.4") });
    if !said.args.is_empty() {
        message["MessageArgs"] = json!(said.args);
    }
    message
}
