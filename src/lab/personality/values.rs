//! The values that fill a personality's templates.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;

use super::{Line, Profile, Said, Trouble, words};
use crate::lab::{
    bios::Complaint,
    model::{Kind, LogEntry, Machine, Post, Role, Task, Work},
};

/// Named values.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Sets a value.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Sets a value if there is one.
    pub fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// A value by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A value as text, empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether there is such a value.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes over all values of another set.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// The device's clock when a resource is rendered.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The device's time of day.
    pub now: Timestamp,
    /// Device time since the lab began.
    pub elapsed: Duration,
}

impl Times {
    /// The beginning of time, for tests.
    #[must_use]
    pub fn zero() -> Self {
        Self { now: Timestamp::UNIX_EPOCH, elapsed: Duration::ZERO }
    }

    /// Time of day at a point of device time.
    fn at(&self, elapsed: Duration) -> Timestamp {
        let ago = SignedDuration::try_from(self.elapsed.saturating_sub(elapsed)).unwrap_or(SignedDuration::ZERO);
        self.now.checked_sub(ago).unwrap_or(self.now)
    }
}

/// `2026-03-01T10:20:30Z`
pub(crate) fn zulu(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-03-01T10:20:30+00:00`
pub(super) fn offset(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Links to members of a collection.
pub(super) fn links<'a>(collection: &str, ids: impl Iterator<Item = &'a str>) -> Value {
    ids.map(|id| serde_json::json!({ "@odata.id": format!("{collection}/{id}") })).collect()
}

/// The values every vendor uses.
pub(crate) fn common(machine: &Machine, times: &Times, profile: &Profile) -> Values {
    let mut values = Values::default();
    let identity = &machine.identity;
    let on = machine.power.word();
    values.set("model", identity.model.as_str());
    values.set("sku", identity.sku.as_str());
    values.set("serial", identity.serial.as_str());
    values.set("board_serial", identity.board_serial.as_str());
    values.set("board", identity.board.as_str());
    values.set("board_id", identity.board_id.as_str());
    values.set("uuid", identity.uuid.as_str());
    values.set("uuid_upper", identity.uuid.to_uppercase());
    values.set("mac", identity.mac.as_str());
    values.set("bmc_name", identity.bmc_name.as_str());
    values.set("host_name", if machine.post == Post::Finished { identity.host_name.as_str() } else { "" });
    values.set("processor", identity.processor.as_str());
    values.set("memory_gib", identity.memory_gib);
    values.set("user", profile.user);
    values.set("power", on);
    values.set("health", machine.health.word());
    values.set("bios_version", machine.version(Kind::Bios));
    values.set("bmc_version", machine.version(Kind::Bmc));
    values.set("cpld_version", machine.version(Kind::Cpld));
    values.set("host_resets", profile.host_resets.to_vec());
    values.set("bmc_resets", profile.bmc_resets.to_vec());
    values.set("now", zulu(times.now));
    values.set("now_offset", offset(times.now));
    values.set("host_reset_at", zulu(times.at(machine.host_reset_at)));
    values.set("host_reset_at_offset", offset(times.at(machine.host_reset_at)));
    values.set("bmc_started", zulu(times.at(machine.bmc_started)));
    values.set("bmc_started_offset", offset(times.at(machine.bmc_started)));
    let firmware = (profile.firmware)(machine);
    values.set(
        "firmware",
        links("/redfish/v1/UpdateService/FirmwareInventory", firmware.iter().map(|one| one.text("id"))),
    );
    let sessions = machine.sessions.list().iter().map(|session| session.id.as_str());
    values.set("sessions", links("/redfish/v1/SessionService/Sessions", sessions));
    if let Some(style) = profile.bios {
        values.set("bios_attributes", style.current(machine));
        values.set_some("bios_waiting", style.waiting(machine));
        let (uri, name) = (style.registry)(machine);
        values.set("bios_registry", name.as_str());
        values.set("bios_registry_uri", uri.as_str());
        values.set("bios_registries", links("/redfish/v1/Registries", std::iter::once(name.as_str())));
        values.set(
            "bios_applied",
            machine.bios.applied_at.map_or_else(|| offset(times.at(machine.bmc_started)), |at| offset(times.at(at))),
        );
        values.set("bios_complaints", complaints(machine, profile));
    }
    let standing = &machine.standing;
    values.set("light", standing.light);
    values.set("led", if standing.light { "Blinking" } else { "Off" });
    // An iDRAC shows that it is on.
    values.set("led_dell", if standing.light { "Blinking" } else { "Lit" });
    values.set("role", standing.role.word());
    values.set("administers", standing.role == Role::Administrator);
    values.set("operates", standing.role != Role::ReadOnly);
    values.set("locked_down", standing.locked_down);
    values.set("lockdown", if standing.locked_down { "Enabled" } else { "Disabled" });
    let entries: Vec<_> = standing.log.iter().map(|entry| entry.id.to_string()).collect();
    let log = profile.log.map_or("", |log| log.entries);
    values.set("log_entries", links(log, entries.iter().map(String::as_str)));
    let tasks = || machine.tasks.iter().filter(|task| task.is_listed()).map(|task| task.id.as_str());
    values.set("tasks", links("/redfish/v1/TaskService/Tasks", tasks()));
    values.set("jobs", links("/redfish/v1/JobService/Jobs", tasks()));
    values.set("dell_jobs", links("/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs", tasks()));
    values
}

/// What is said of the settings that the last boot brought in.
fn complaints(machine: &Machine, profile: &Profile) -> Vec<Value> {
    let said = |one: &Complaint| (profile.message)(&words(profile, &Trouble::Setting(one.clone())));
    machine.bios.complaints.iter().map(said).collect()
}

/// The values of one entry of the log.
pub(crate) fn log_values(entry: &LogEntry, times: &Times) -> Values {
    let mut values = Values::default();
    values.set("id", entry.id.to_string());
    values.set("created", offset(times.at(entry.at)));
    values.set("severity", entry.severity.word());
    values.set("message", entry.message.as_str());
    values
}

/// The values of one task.
pub(crate) fn task_values(machine: &Machine, task: &Task, times: &Times, profile: &Profile) -> Values {
    let spoken = (profile.updates.speak)(machine, task);
    let mut values = Values::default();
    values.set("id", task.id.as_str());
    values.set("task_name", spoken.name);
    values.set("task_state", spoken.state);
    values.set("task_status", spoken.status);
    values.set_some("task_percent", spoken.percent);
    values.set("job_percent", task.percent);
    values.set("task_job", spoken.job);
    values.set("job_type", if task.work == Work::Configure { "BIOSConfiguration" } else { "FirmwareUpdate" });
    // Redfish's Job has no `Scheduled` nor `Failed`.
    let job = match spoken.job {
        "Scheduled" => "Pending",
        "Failed" => "Exception",
        "Downloading" => "Running",
        other => other,
    };
    values.set("job_state", job);
    let said = |line: &Line| Said {
        status: 200,
        id: line.id.to_owned(),
        message: line.text.clone(),
        args: line.args.clone(),
        severity: line.severity,
        resolution: "None.",
    };
    values.set("task_messages", spoken.messages.iter().map(|line| (profile.message)(&said(line))).collect::<Vec<_>>());
    let last = spoken.messages.last();
    values.set("task_message", last.map_or("", |line| line.text.as_str()));
    values.set("task_message_id", last.map_or("", |line| line.id.rsplit('.').next().unwrap_or_default()));
    values.set("task_args", last.map(|line| line.args.clone()).unwrap_or_default());
    values.set("task_start", offset(times.at(task.since)));
    values.set_some("task_end", task.ended.map(|at| offset(times.at(at))));
    values.set("task_end_or_none", task.ended.map_or_else(|| "TIME_NA".to_owned(), |at| offset(times.at(at))));
    values.set("task_monitor", format!("/redfish/v1/TaskService/TaskMonitors/{}", task.id));
    values
}
