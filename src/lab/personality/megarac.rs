//! AMI MegaRAC SP-X, as ASUS, Gigabyte and others build it in.
//!
//! Sources: captured trees of a Gigabyte H262 (12.84) and of a DGX H100; clients of SP-X boards where a line says so.

mod update;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{Done, Etag, Expand, LogPlace, MINUTE, Profile, Said, SessionIds, Tree, Trouble, Values, openbmc};
use crate::lab::model::{Apply, Component, Habits, Kind, Machine, Phase, Power, PowerTimes, SessionLimits};

/// What a flash of the BMC can leave as it is. None of it, unless it is told so.
pub(super) const PRESERVE: [&str; 14] = [
    "Authentication",
    "EXTLOG",
    "FRU",
    "IPMI",
    "KVM",
    "NTP",
    "Network",
    "REDFISH",
    "SDR",
    "SEL",
    "SNMP",
    "SSH",
    "Syslog",
    "WEB",
];

pub(super) fn spx() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile {
        user: "admin",
        system: "/redfish/v1/Systems/Self",
        manager: "/redfish/v1/Managers/Self",
        nodes: &[],
        applies: Apply::Immediate,
        preserves: &PRESERVE,
        host_resets: &["On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart"],
        bmc_resets: &["GracefulRestart", "ForceRestart"],
        image_uris: &[],
        log: Some(LogPlace { entries: "/redfish/v1/Systems/Self/LogServices/EventLog/Entries", embedded: true }),
        updates: update::updates(),
        bios: None,
        settings_taken: || Done { status: 204, body: None },
        tell: |_, _| None,
        message,
        // The captured DGX's root.
        expand: Expand { all: true, no_links: true, links: true, max_levels: 5, refusal: Some(400) },
        sessions: SessionLimits { open: 16, idle: SignedDuration::from_secs(1800) },
        session_ids: SessionIds::Random,
        etag: Etag::Strong19,
        server: None,
        directory: None,
        any_case: false,
        slow: &[],
        power_refused: false,
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: MINUTE, post: Duration::from_secs(240) },
            // Two to four minutes (field reports).
            bmc_away: Duration::from_secs(180),
            tasks_in_memory: true,
            first_task: 1,
            purge_after_boot: None,
            version_lag: Duration::ZERO,
            keeps_previous: &[],
        },
        largest_image: Some(419_627_008),
        tree: Tree::read(&[include_str!("megarac.json")], true, false),
        values: own_values,
        firmware,
        say: |_: &Trouble| -> Option<Said> { None },
        error,
        done: || Done { status: 204, body: None },
        session_closed: || Done { status: 204, body: None },
    });
    &PROFILE
}

fn own_values(machine: &Machine, values: &mut Values) {
    openbmc::shared_values(machine, values);
    let preserve: Map<_, _> =
        machine.service.preserve.iter().map(|(key, flag)| ((*key).to_owned(), json!(flag))).collect();
    values.set("preserve", Value::Object(preserve));
    let at_work = machine.tasks.iter().find(|task| matches!(task.phase, Phase::Verifying | Phase::Writing));
    let status = at_work.map(|task| if task.phase == Phase::Writing { "Flashing" } else { "VerifyingFirmware" });
    values.set("flash_status", status.map_or(Value::Null, Value::from));
    values.set("flash_percentage", at_work.map_or(Value::Null, |task| Value::from(task.percent.to_string())));
    let target = at_work.and_then(|task| task.kind).map(|kind| if kind == Kind::Bios { "BIOS" } else { "BMC" });
    values.set("flash_target", target.map_or(Value::Null, Value::from));
    values.set("enabled", if machine.power == Power::On { "Enabled" } else { "Disabled" });
}

fn firmware(machine: &Machine) -> Vec<Values> {
    machine.components.iter().map(member).collect()
}

fn member(component: &Component) -> Values {
    let mut values = Values::default();
    values.set("id", component.id.as_str());
    values.set("name", component.name.as_str());
    values.set("description", component.name.as_str());
    values.set("version", component.version.as_str());
    values.set("software_id", component.software_id.as_str());
    values.set("updateable", component.updateable);
    values.set("image_state", "Enabled");
    let related = match component.kind {
        Kind::Bmc => Some("/redfish/v1/Managers/Self"),
        Kind::Bios => Some("/redfish/v1/Systems/Self"),
        _ => None,
    };
    if let Some(uri) = related {
        values.set("related", json!([{ "@odata.id": uri }]));
        values.set("related_count", 1);
    }
    values
}

fn error(said: &Said) -> Value {
    json!({"error": {
        "@Message.ExtendedInfo": [message(said)],
        "code": said.full_id("Base.1.12.0"),
        "message": said.message,
    }})
}

fn message(said: &Said) -> Value {
    json!({
        "@odata.type": "#Message.v1_0_8.Message",
        "Message": said.message,
        "MessageArgs": said.args,
        "MessageId": said.full_id("Base.1.12.0"),
        "MessageSeverity": said.severity,
        "Resolution": said.resolution,
    })
}
