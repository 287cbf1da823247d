//! Lenovo XClarity Controller (XCC).
//!
//! Source: a captured tree of a live SR670 V2 with XCC 2.83.

mod update;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Done, Etag, Expand, MINUTE, Profile, Said, SessionIds, Tree, Trouble, Values, values};
use crate::lab::{
    bios::LENOVO_STYLE,
    model::{Apply, Component, Habits, Kind, Machine, Post, Power, PowerTimes, SessionLimits, Stage},
};

pub(super) fn xcc() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile {
        user: "USERID",
        system: "/redfish/v1/Systems/1",
        manager: "/redfish/v1/Managers/1",
        nodes: &[],
        applies: Apply::Immediate,
        preserves: &[],
        host_resets: &["On", "Nmi", "GracefulShutdown", "GracefulRestart", "ForceOn", "ForceOff", "ForceRestart"],
        bmc_resets: &["GracefulRestart", "ForceRestart"],
        image_uris: &[],
        // XCC has several; none is emulated.
        log: None,
        updates: update::updates(),
        bios: Some(&LENOVO_STYLE),
        settings_taken: || Done { status: 204, body: None },
        tell: |_, _| None,
        message,
        // The captured root: everything, two levels.
        expand: Expand { all: true, no_links: true, links: true, max_levels: 2, refusal: Some(400) },
        // 300 s: the captured SessionService. The number is a guess: no source read gives XCC's limit.
        sessions: SessionLimits { open: 16, idle: SignedDuration::from_secs(300) },
        session_ids: SessionIds::Counting,
        etag: Etag::Strong19,
        server: None,
        directory: None,
        any_case: false,
        slow: &[("/redfish/v1/UpdateService/FirmwareInventory", 2.0)],
        power_refused: false,
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: MINUTE, post: Duration::from_secs(240) },
            bmc_away: Duration::from_secs(150),
            tasks_in_memory: true,
            first_task: 1,
            purge_after_boot: None,
            version_lag: Duration::ZERO,
            keeps_previous: &[Kind::Bmc],
        },
        largest_image: Some(250_000_000),
        tree: Tree::read(&[include_str!("lenovo.json")], true, false),
        values: own_values,
        firmware,
        say: own_words,
        error,
        done: || Done { status: 204, body: None },
        session_closed: || Done { status: 204, body: None },
    });
    &PROFILE
}

fn own_values(machine: &Machine, values: &mut Values) {
    let jobs = machine.tasks.iter().filter(|_| machine.standing.hands_to_jobs).map(|task| task.id.as_str());
    values.set("handed_jobs", values::links("/redfish/v1/JobService/Jobs", jobs));
    values.set("claimed", machine.service.claimed);
    values.set("push_targets", machine.service.targets.clone());
    values.set("apply_time", machine.service.apply.to_string());
    let sku = &machine.identity.sku;
    values.set("machine_type", sku.get(..4).unwrap_or(sku));
    // Manager: `TGBT42S 2.83 2023-07-05`; system: `U8E122J`; inventory: `42S-2.83` and `22J-1.51`.
    let bmc = machine.component(Kind::Bmc);
    let date = bmc.and_then(|one| one.released.as_deref()).unwrap_or_default();
    let (build, version) = machine.version(Kind::Bmc).split_once('-').unwrap_or_default();
    values.set("xcc_firmware", format!("TGBT{build} {version} {date}"));
    let (build, _) = machine.version(Kind::Bios).split_once('-').unwrap_or_default();
    values.set("bios_build", format!("U8E1{build}"));
    values.set("enabled", if machine.power == Power::Off { "StandbyOffline" } else { "Enabled" });
    values.set("boots", machine.counts.host_boots + 16);
    values.set(
        "system_status",
        match (machine.power, machine.post) {
            (Power::Off, _) | (_, Post::Off) => "SystemPowerOff/StateUnknown",
            (_, Post::Running) => "SystemRunningInUEFI",
            (_, Post::Finished) => "BootingOSOrInUndetectedOS",
        },
    );
}

/// `BMC-Primary`, `BMC-Backup` and the pending banks, which are listed without a version while nothing waits.
fn firmware(machine: &Machine) -> Vec<Values> {
    let mut members = Vec::new();
    let waits = machine.updates.iter().find(|one| one.stage == Stage::WaitsForBmcReset);
    let waits = waits.and_then(|one| one.payload.as_ref()).map(|payload| payload.version.clone());
    for component in &machine.components {
        let released = component.released.as_deref();
        match component.kind {
            Kind::Bmc => {
                members.push(member(component, "BMC-Primary", Some(&component.version), released, "Enabled"));
                members.push(pending(component, "BMC-Primary-Pending", waits.as_deref()));
                let backup = component.previous.as_deref().unwrap_or(&component.version);
                let released = component.previous_released.as_deref().or(released);
                members.push(member(component, "BMC-Backup", Some(backup), released, "StandbySpare"));
            }
            Kind::Bios => {
                members.push(member(component, "UEFI", Some(&component.version), released, "Enabled"));
                members.push(pending(component, "UEFI-Pending", None));
            }
            _ => members.push(member(component, &component.id, Some(&component.version), released, "Enabled")),
        }
    }
    members
}

/// Captured: a pending bank with nothing in it is `Disabled`, the BMC's with the version `-*`, the UEFI's with none.
fn pending(component: &Component, id: &str, staged: Option<&str>) -> Values {
    let staged = staged.or(component.staged.as_deref());
    let empty = (component.kind == Kind::Bmc).then_some("-*");
    let state = if staged.is_some() { "Enabled" } else { "Disabled" };
    let mut values = member(component, id, staged.or(empty), None, state);
    if staged.is_none() {
        values.set("software_id", if component.kind == Kind::Bmc { "BMC-*-10" } else { "" });
    }
    values
}

fn member(component: &Component, id: &str, version: Option<&str>, released: Option<&str>, state: &str) -> Values {
    let mut values = Values::default();
    values.set("id", id);
    values.set("name", component.name.as_str());
    values.set(
        "description",
        match id {
            "BMC-Backup" => "The information of BMC (Backup) firmware.".to_owned(),
            "BMC-Primary-Pending" => "The information of BMC (Primary) Pending firmware.".to_owned(),
            "UEFI-Pending" => "The information of UEFI Pending firmware.".to_owned(),
            _ => format!("The information of {} firmware.", component.class),
        },
    );
    values.set("version", version.map_or(Value::Null, Value::from));
    values.set("software_id", component.software_id.as_str());
    values.set("release_date", released.map_or(Value::Null, |date| Value::from(format!("{date}T00:00:00Z"))));
    values.set("manufacturer", component.manufacturer.as_str());
    values.set("updateable", component.updateable);
    values.set("image_state", state);
    if !id.ends_with("Pending") && component.kind != Kind::Psu {
        values.set("lowest", Value::Null);
    }
    let related = match component.kind {
        Kind::Bmc => "/redfish/v1/Managers/1",
        Kind::Bios => "/redfish/v1/Systems/1/Bios",
        Kind::Other => "/redfish/v1/Systems/1",
        _ => "/redfish/v1/Chassis/1",
    };
    values.set("related", json!([{ "@odata.id": related }]));
    values.set("related_count", 1);
    values
}

fn own_words(_: &Trouble) -> Option<Said> {
    None
}

fn error(said: &Said) -> Value {
    json!({"error": {
        "code": "Base.1.12.GeneralError",
        "message": "A general error has occurred. See ExtendedInfo for more information.",
        "@Message.ExtendedInfo": [message(said)],
    }})
}

fn message(said: &Said) -> Value {
    json!({
        "@odata.type": "#Message.v1_1_2.Message",
        "MessageId": said.full_id("Base.1.12"),
        "MessageSeverity": said.severity,
        "Severity": said.severity,
        "Resolution": said.resolution,
        "MessageArgs": said.args,
        "Message": said.message,
    })
}
