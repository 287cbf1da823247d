//! Stock OpenBMC (bmcweb).
//!
//! Sources: a captured tree of a stock 2.15-dev build, and bmcweb's source where a line says so.

mod raw;
mod update;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use super::{Done, Etag, Expand, LogPlace, Profile, Said, SessionIds, Tree, Trouble, Values, values};
use crate::lab::{
    hex::hex,
    model::{Apply, Component, Habits, Kind, Machine, Post, Power, PowerTimes, SessionLimits, Stage},
};

const INVENTORY: &str = "/redfish/v1/UpdateService/FirmwareInventory";

pub(super) fn stock() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(base);
    &PROFILE
}

/// Builds of before 2022: they take images bare alone, and the apply time is a setting of the service.
pub(super) fn old() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile {
        updates: raw::updates(),
        tree: Tree::read(&[include_str!("openbmc.json"), include_str!("openbmc-old.json")], false, false),
        ..base()
    });
    &PROFILE
}

/// One BMC for an enclosure of four hosts.
pub(super) fn chassis() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile {
        system: "/redfish/v1/Systems/node1",
        nodes: &["/redfish/v1/Systems/node2", "/redfish/v1/Systems/node3", "/redfish/v1/Systems/node4"],
        log: Some(LogPlace { entries: "/redfish/v1/Systems/node1/LogServices/EventLog/Entries", embedded: true }),
        tree: Tree::read(&[include_str!("openbmc.json"), include_str!("openbmc-chassis.json")], false, false),
        ..base()
    });
    &PROFILE
}

pub(super) fn base() -> Profile {
    Profile {
        user: "root",
        system: "/redfish/v1/Systems/system",
        manager: "/redfish/v1/Managers/bmc",
        nodes: &[],
        applies: Apply::OnReset,
        preserves: &[],
        host_resets: &[
            "On",
            "ForceOff",
            "ForceOn",
            "ForceRestart",
            "GracefulRestart",
            "GracefulShutdown",
            "PowerCycle",
            "Nmi",
        ],
        bmc_resets: &["GracefulRestart", "ForceRestart"],
        image_uris: &[],
        // bmcweb, log_services.hpp: entries stand in the collection.
        log: Some(LogPlace { entries: "/redfish/v1/Systems/system/LogServices/EventLog/Entries", embedded: true }),
        updates: update::updates(),
        bios: None,
        settings_taken: || Done { status: 204, body: None },
        tell: |_, _| None,
        message,
        // bmcweb answers 501 to a `$` parameter that it was not built with (query_param.hpp).
        expand: Expand { all: false, no_links: false, links: false, max_levels: 0, refusal: Some(501) },
        // 1800 s: the captured SessionService. The number is a guess: no source read gives a limit.
        sessions: SessionLimits { open: 64, idle: SignedDuration::from_secs(1800) },
        session_ids: SessionIds::Random,
        etag: Etag::Header8,
        server: None,
        directory: None,
        any_case: false,
        slow: &[],
        power_refused: false,
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: super::MINUTE, post: Duration::from_secs(180) },
            bmc_away: Duration::from_secs(110),
            tasks_in_memory: true,
            first_task: 0,
            purge_after_boot: None,
            version_lag: Duration::ZERO,
            keeps_previous: &[Kind::Bmc],
        },
        largest_image: Some(419_430_400),
        tree: Tree::read(&[include_str!("openbmc.json")], false, false),
        values: own_values,
        firmware,
        say: own_words,
        error,
        done: || Done { status: 204, body: None },
        session_closed: || Done { status: 204, body: None },
    }
}

/// What everything that descends from it shows too.
pub(super) fn shared_values(machine: &Machine, values: &mut Values) {
    let identity = &machine.identity;
    values.set("brand", identity.board.as_str());
    let tail = identity.uuid.get(4..).unwrap_or_default();
    values.set("service_uuid", format!("34a1{tail}"));
    values.set("bmc_uuid", format!("8e73{tail}"));
    values.set_some("largest_image", machine.largest_image);
    let on = machine.power == Power::On;
    values.set("enabled", if on { "Enabled" } else { "Disabled" });
    values.set("chassis_state", if on { "Enabled" } else { "StandbyOffline" });
}

fn own_values(machine: &Machine, values: &mut Values) {
    shared_values(machine, values);
    values.set("apply_time", machine.service.apply.to_string());
    let uuid = &machine.identity.uuid;
    for (node, on) in (2..).zip(&machine.nodes) {
        values.set(&format!("node{node}_power"), if *on { "On" } else { "Off" });
        values.set(&format!("node{node}_enabled"), if *on { "Enabled" } else { "Disabled" });
        values.set(&format!("node{node}_uuid"), format!("{node}{}", uuid.get(1..).unwrap_or_default()));
    }
    values.set(
        "boot_progress",
        match machine.post {
            Post::Off => "None",
            Post::Running => "SystemInitComplete",
            Post::Finished => "OSRunning",
        },
    );
    let bmc = machine.component(Kind::Bmc);
    let active = bmc.map(|one| version_id(&one.version)).unwrap_or_default();
    let standby = bmc.and_then(|one| other_bank(machine, one)).map(|(version, _)| version_id(&version));
    values.set("bmc_image", json!({ "@odata.id": format!("{INVENTORY}/{active}") }));
    values.set("bmc_images", values::links(INVENTORY, standby.iter().map(String::as_str).chain([active.as_str()])));
}

/// The id of an image is the beginning of its version's SHA-512 (openbmc/docs, code-update.md).
fn version_id(version: &str) -> String {
    hex(Sha512::digest(version.as_bytes()).get(..4).unwrap_or_default())
}

/// Both banks of the BMC, the host image, and what else reports a version.
fn firmware(machine: &Machine) -> Vec<Values> {
    let mut members = Vec::new();
    for component in &machine.components {
        members.push(member(machine, component, &component.version, "Enabled"));
        if let Some((version, state)) = other_bank(machine, component) {
            members.push(member(machine, component, &version, state));
        }
    }
    members
}

/// The image in the other bank: what an update writes takes its place at once (phosphor-bmc-code-mgmt keeps two).
fn other_bank(machine: &Machine, component: &Component) -> Option<(String, &'static str)> {
    let new = machine.updates.iter().find_map(|update| {
        let state = match update.stage {
            Stage::Writing { .. } => "Updating",
            Stage::Leaving { .. } | Stage::WaitsForBmcReset => "StandbySpare",
            _ => return None,
        };
        let payload = update.payload.as_ref().filter(|payload| payload.kind == component.kind)?;
        Some((payload.version.clone(), state))
    });
    new.or_else(|| Some((component.previous.clone()?, "StandbySpare")))
}

fn member(machine: &Machine, component: &Component, version: &str, state: &str) -> Values {
    let mut values = Values::default();
    let (description, related) = match component.kind {
        Kind::Bmc => ("BMC image", Some("/redfish/v1/Managers/bmc".to_owned())),
        Kind::Bios => ("Host image", Some(format!("{}/Bios", machine.identity.personality.profile().system))),
        _ => ("Other image", None),
    };
    // Two parts may carry the same version: only the two images are named by their hash.
    let id = if related.is_some() { version_id(version) } else { component.id.clone() };
    values.set("id", id);
    values.set("description", if related.is_some() { description } else { &component.class });
    values.set("version", version);
    values.set("updateable", component.updateable);
    values.set("image_state", state);
    if let Some(uri) = related {
        values.set("related", json!([{ "@odata.id": uri }]));
        values.set("related_count", 1);
    }
    values
}

/// bmcweb's choices among the standard's messages (error_messages.cpp).
fn own_words(trouble: &Trouble) -> Option<Said> {
    let said = match trouble {
        Trouble::NotFound(uri) => Said::new(
            404,
            "ResourceNotFound",
            format!(
                "The requested resource of type {} named '{}' was not found.",
                "",
                uri.rsplit('/').next().unwrap_or_default()
            ),
            &["", uri.rsplit('/').next().unwrap_or_default()],
        )
        .resolve("Provide a valid resource identifier and resubmit the request."),
        Trouble::Query { name, value, status } => Said::new(
            *status,
            "QueryParameterValueFormatError",
            format!(
                "The value '{value}' for the parameter {name} is of a different format than the parameter can accept."
            ),
            &[value, name],
        )
        .severity("Warning"),
        _ => return None,
    };
    Some(said)
}

fn error(said: &Said) -> Value {
    json!({"error": {
        "@Message.ExtendedInfo": [message(said)],
        "code": said.full_id("Base.1.13.0"),
        "message": said.message,
    }})
}

fn message(said: &Said) -> Value {
    json!({
        "@odata.type": "#Message.v1_1_1.Message",
        "Message": said.message,
        "MessageArgs": said.args,
        "MessageId": said.full_id("Base.1.13.0"),
        "MessageSeverity": said.severity,
        "Resolution": said.resolution,
    })
}
