//! Dell iDRAC9 6.x, and what differs on 3.2x and 3.3x and on iDRAC8.
//!
//! Sources: captured trees of a live R750 with iDRAC9 6.00 and of an M640 with 3.34 (keys, ids, types), Dell's Redfish
//! scripts, and field reports where a line says so.

mod push;
mod racadm;
mod racadm_bios;
mod update;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Done, Etag, Expand, LogPlace, MINUTE, Personality, Profile, Said, SessionIds, Tree, Trouble, Updates, Values, say,
    values,
};
use crate::lab::{
    bios::{Complaint, DELL_BY_RACADM, DELL_STYLE, Wrong},
    model::{Apply, Component, Habits, Kind, Machine, Post, PowerTimes, SessionLimits, Stage},
};

const INVENTORY: &str = "/redfish/v1/UpdateService/FirmwareInventory";
const EARLY_JOBS: &str = "/redfish/v1/Managers/iDRAC.Embedded.1/Jobs";

pub(super) fn idrac9() -> &'static Profile {
    static PROFILE: LazyLock<Profile> =
        LazyLock::new(|| profile(&[include_str!("dell.json")], update::updates(), &RESETS, &OTHER_WAYS));
    &PROFILE
}

pub(super) fn idrac9_early() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        let files = [include_str!("dell.json"), include_str!("dell_early.json")];
        profile(&files, push::updates(), &EARLY_RESETS, OTHER_WAYS.get(..2).unwrap_or_default())
    });
    &PROFILE
}

/// iDRAC8 2.5x: before 2.60 its Redfish has no firmware inventory and takes no update (Dell's scripts#4, #118); all of that is
/// racadm's, and BIOS settings too. No tree of one was to be had: what is left is an early iDRAC9 with the oldest schemas.
pub(super) fn idrac8() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        let files = [include_str!("dell.json"), include_str!("dell_early.json"), include_str!("dell_idrac8.json")];
        Profile {
            expand: Expand { all: false, no_links: false, links: false, max_levels: 0, refusal: None },
            slow: &[],
            firmware: |_| Vec::new(),
            bios: Some(&DELL_BY_RACADM),
            ..profile(&files, racadm::updates(), &EARLY_RESETS, &[])
        }
    });
    &PROFILE
}

const RESETS: [&str; 8] =
    ["On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown", "PushPowerButton", "Nmi", "PowerCycle"];

/// The captured system of an M640.
const EARLY_RESETS: [&str; 6] = ["On", "ForceOff", "ForceRestart", "GracefulShutdown", "PushPowerButton", "Nmi"];

/// Ways of an image that the lab does not know on any iDRAC9; 6.x has a push besides that the early ones live by.
const OTHER_WAYS: [&str; 3] = [
    "/redfish/v1/UpdateService/Actions/UpdateService.StartUpdate",
    "/redfish/v1/UpdateService/Actions/Oem/DellUpdateService.Install",
    INVENTORY,
];

fn profile(
    files: &[&str],
    updates: Updates,
    host_resets: &'static [&'static str],
    image_uris: &'static [&'static str],
) -> Profile {
    Profile {
        user: "root",
        system: "/redfish/v1/Systems/System.Embedded.1",
        manager: "/redfish/v1/Managers/iDRAC.Embedded.1",
        nodes: &[],
        applies: Apply::Immediate,
        preserves: &[],
        host_resets,
        bmc_resets: &["GracefulRestart"],
        image_uris,
        // The SEL holds its entries (Dell's GetIdracSelLogsREDFISH.py reads them so).
        log: Some(LogPlace {
            entries: "/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel/Entries",
            embedded: true,
        }),
        updates,
        bios: Some(&DELL_STYLE),
        settings_taken: || Done { status: 202, body: None },
        tell,
        message,
        // The captured root: all three, one level. A level above it is refused (DSP0266: value out of range is 400).
        expand: Expand { all: true, no_links: true, links: true, max_levels: 1, refusal: Some(400) },
        // Eight sessions: bb-Ricardo/check_redfish#198. 1800 s: the captured SessionService.
        sessions: SessionLimits { open: 8, idle: SignedDuration::from_secs(1800) },
        session_ids: SessionIds::Counting,
        etag: Etag::Header8,
        server: None,
        directory: None,
        any_case: false,
        // The inventory is gathered from the Lifecycle Controller: the slowest answer of an iDRAC by far.
        slow: &[(INVENTORY, 3.0)],
        power_refused: true,
        // 120 to 300 s in the field.
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: MINUTE, post: Duration::from_secs(240) },
            bmc_away: Duration::from_secs(200),
            tasks_in_memory: false,
            first_task: 1,
            purge_after_boot: Some(Duration::from_secs(300)),
            version_lag: Duration::ZERO,
            keeps_previous: &[Kind::Bios, Kind::Bmc],
        },
        largest_image: None,
        tree: Tree::read(files, true, false),
        values: own_values,
        firmware,
        say: own_words,
        error,
        done: || Done { status: 204, body: None },
        session_closed: || Done { status: 200, body: Some(success()) },
    }
}

fn own_values(machine: &Machine, values: &mut Values) {
    let bios = machine.component(Kind::Bios);
    // `09/14/2022`
    let date = bios.and_then(|one| one.released.as_deref()).map_or_else(String::new, |date| {
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        format!("{}/{}/{}", month.unwrap_or("01"), day.unwrap_or("01"), year.unwrap_or("2022"))
    });
    values.set("bios_date", date);
    let identity = &machine.identity;
    values.set("part", identity.board.as_str());
    values.set("system_id", identity.board_id.parse::<u64>().unwrap_or_default());
    let modular = identity.model.contains(" M");
    let early = if modular { "14G Modular" } else { "14G Monolithic" };
    let generation = match identity.personality {
        Personality::Idrac8 => "13G Monolithic",
        Personality::Idrac9Early => early,
        _ => "15G Monolithic",
    };
    values.set("generation", generation);
    values.set("early_jobs", values::links(EARLY_JOBS, machine.tasks.iter().map(|task| task.id.as_str())));
    for (kind, name) in [(Kind::Bios, "bios"), (Kind::Bmc, "bmc")] {
        let Some(component) = machine.component(kind) else { continue };
        let installed = id(machine, "Installed", component, &component.version);
        values.set(&format!("{name}_image"), json!({ "@odata.id": format!("{INVENTORY}/{installed}") }));
        let previous = component.previous.as_deref().map(|version| id(machine, "Previous", component, version));
        let images = previous.iter().map(String::as_str).chain([installed.as_str()]);
        values.set(&format!("{name}_images"), values::links(INVENTORY, images));
    }
}

fn is_early(machine: &Machine) -> bool {
    matches!(machine.identity.personality, Personality::Idrac9Early | Personality::Idrac8)
}

/// `<state>-<ComponentID>-<version>__<FQDD>`: the key is component and FQDD, the version only part of the name. Before 4.x
/// there is no FQDD.
fn id(machine: &Machine, state: &str, component: &Component, version: &str) -> String {
    match is_early(machine) {
        true => format!("{state}-{}-{version}", component.software_id),
        false => format!("{state}-{}-{version}__{}", component.software_id, component.id),
    }
}

/// `Available-` of what was uploaded, `Installed-` of each, `Previous-` where a rollback image is kept, and `Current-` beside `Installed-` of BIOS and
/// network (the captured tree lists both).
fn firmware(machine: &Machine) -> Vec<Values> {
    let mut members = Vec::new();
    for component in &machine.components {
        let released = component.released.as_deref();
        if matches!(component.kind, Kind::Bios | Kind::Nic) && !is_early(machine) {
            members.push(member(machine, "Current", component, &component.version, released));
        }
        members.push(member(machine, "Installed", component, &component.version, released));
        // The captured M640 keeps none of the BIOS.
        if let Some(version) = component.previous.as_ref().filter(|_| !is_early(machine) || component.kind == Kind::Bmc)
        {
            members.push(member(machine, "Previous", component, version, component.previous_released.as_deref()));
        }
    }
    for held in machine.waiting() {
        if let Some(component) = machine.component(held.payload.kind) {
            let released = held.payload.released.as_deref();
            members.push(member(machine, "Available", component, &held.payload.version, released));
        }
    }
    members
}

fn member(machine: &Machine, state: &str, component: &Component, version: &str, released: Option<&str>) -> Values {
    let mut values = Values::default();
    values.set("id", id(machine, state, component, version));
    values.set("name", component.name.as_str());
    values.set("version", version);
    values.set("software_id", component.software_id.as_str());
    values.set("updateable", component.updateable);
    // A release date that is not known reads `00:00:00Z` (captured for CPLD, PSU and drives).
    values.set("release_date", released.map_or_else(|| "00:00:00Z".to_owned(), |date| format!("{date}T00:00:00Z")));
    values.set("dcim", format!("DCIM:{}_0x23_{}", state.to_uppercase(), component.id));
    let bios = component.kind == Kind::Bios;
    values.set("component_type", if bios { "BIOS" } else { "FRMW" });
    values.set("identity_type", if bios { "BIOS" } else { "firmware" });
    values.set("classification", if bios { "BIOS/FCode" } else { "Firmware" });
    values.set("software_status", if state == "Installed" { "Installed" } else { "AvailableForInstallation" });
    let installed_at = match (state, released) {
        ("Installed", Some(date)) => format!("{date}T00:00:00Z"),
        _ => "NA".to_owned(),
    };
    values.set("installed_at", installed_at);
    let mut numbers = version.split('.').map(|part| part.parse::<u64>().unwrap_or_default());
    for name in ["major", "minor", "revision", "build"] {
        values.set(name, numbers.next().unwrap_or_default());
    }
    values
}

/// Dell's own message ids: RAC0218 for a full session table (field reports: badfish#447, gofish#75), PSU501 and PSU502
/// for a power state that is there already, SYS403 and SYS405 of the iDRAC message reference.
fn own_words(trouble: &Trouble) -> Option<Said> {
    let said = match trouble {
        Trouble::SessionsFull => {
            Said::new(503, "IDRAC.2.7.RAC0218", "The maximum number of user sessions is reached.", &[])
                .resolve("Close any open sessions and retry the operation, or wait for an open session to time out.")
        }
        Trouble::AlreadyOn => Said::new(409, "IDRAC.2.7.PSU501", "Server is already powered ON.", &[])
            .resolve("No response action is required."),
        Trouble::AlreadyOff => Said::new(409, "IDRAC.2.7.PSU502", "Server is already powered OFF.", &[])
            .resolve("No response action is required."),
        Trouble::NotFound(uri) => {
            Said::new(404, "IDRAC.2.7.SYS403", format!("The resource at the URI {uri} is not found."), &[uri])
                .resolve("Specify the correct URI and retry the operation.")
        }
        Trouble::Setting(Complaint { attribute, wrong: Wrong::DependsOnOthers, .. }) => Said::new(
            400,
            "IDRAC.2.7.SYS410",
            format!(
                "Unable to modify the attribute {attribute} because the attribute is read-only and depends on other attributes."
            ),
            &[attribute],
        ),
        Trouble::SettingsCommitted => Said::new(
            400,
            "IDRAC.2.7.SYS011",
            "Pending configuration values are already committed, unable to perform another set operation.",
            &[],
        ),
        Trouble::LockedDown => Said::new(
            403,
            "IDRAC.2.7.SYS406",
            "Unable to run the method because the system is in System Lockdown mode.",
            &[],
        )
        .resolve("Disable the System Lockdown mode and retry the operation."),
        Trouble::MethodNotAllowed(method) => {
            Said::new(405, "IDRAC.2.7.SYS402", format!("The method {method} is not allowed on this resource."), &[])
        }
        _ => return None,
    };
    Some(said.severity("Warning"))
}

/// `GetRemoteServicesAPIStatus`: whether the Lifecycle Controller takes work, and whether the host passes through POST
/// (Dell's Redfish scripts; an iDRAC 6.00 has no `BootProgress`).
fn tell(machine: &Machine, path: &str) -> Option<Value> {
    let place = if is_early(machine) { "Dell/Managers/iDRAC.Embedded.1" } else { "Managers/iDRAC.Embedded.1/Oem/Dell" };
    let action = path.strip_prefix("/redfish/v1/")?.strip_prefix(place)?.strip_prefix("/DellLCService/Actions/")?;
    if action != "DellLCService.GetRemoteServicesAPIStatus" {
        return None;
    }
    let (server, runtime) = match machine.post {
        Post::Off => ("PoweredOff", "Ready"),
        Post::Running => ("InPOST", "NotReady"),
        Post::Finished => ("OutOfPOST", "Ready"),
    };
    let applies = machine.standing.lifecycle_in_use
        || machine.updates.iter().any(|update| matches!(update.stage, Stage::Applying { .. }));
    let status = if applies || runtime == "NotReady" { "NotReady" } else { "Ready" };
    Some(json!({
        "@Message.ExtendedInfo": [message(&say::standard_success())],
        "LCStatus": if applies { "InUse" } else { "Ready" },
        "RTStatus": runtime,
        "ServerStatus": server,
        "Status": status,
    }))
}

/// The captured form: counts of every list, `Severity`, and always the general error as code.
fn error(said: &Said) -> Value {
    json!({"error": {
        "@Message.ExtendedInfo": [message(said)],
        "code": "Base.1.8.GeneralError",
        "message": "A general error has occurred. See ExtendedInfo for more information",
    }})
}

fn message(said: &Said) -> Value {
    json!({
        "Message": said.message,
        "MessageArgs": said.args,
        "MessageArgs@odata.count": said.args.len(),
        "MessageId": said.full_id("Base.1.8"),
        "RelatedProperties": [],
        "RelatedProperties@odata.count": 0,
        "Resolution": said.resolution,
        "Severity": said.severity,
    })
}

fn success() -> Value {
    let said = say::standard_success();
    json!({ "@Message.ExtendedInfo": [message(&said)] })
}
