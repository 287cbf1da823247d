//! Supermicro X12 and X13, and the X11 before them.
//!
//! Sources: a captured tree of a live X13 (SYS-821GE-TNHR, BMC 11.01.01) and Supermicro's Redfish Reference Guide 3.4. No
//! X12 tree was to be had: X12 is X13 with the older schema versions and without the properties they do not know.

mod sum;
mod update;

use std::{sync::LazyLock, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Done, Etag, Expand, LogPlace, MINUTE, Profile, Said, SessionIds, Tree, Trouble, Values, say};
use crate::lab::{
    bios::{Style, X12_STYLE, X13_STYLE},
    model::{Apply, Component, Habits, Kind, Machine, Post, PowerTimes, SessionLimits},
    release,
};

pub(super) fn x13() -> &'static Profile {
    static PROFILE: LazyLock<Profile> =
        LazyLock::new(|| profile(Tree::read(&[include_str!("supermicro.json")], false, false), &X13_STYLE));
    &PROFILE
}

pub(super) fn x12() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        profile(
            Tree::read(&[include_str!("supermicro.json"), include_str!("supermicro_x12.json")], false, false),
            &X12_STYLE,
        )
    });
    &PROFILE
}

/// X11: the same with the oldest schemas, an inventory of BIOS and BMC, and no way for an image: that is Supermicro Update Manager's.
/// No tree of one was to be had.
pub(super) fn x11() -> &'static Profile {
    static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
        let files =
            [include_str!("supermicro.json"), include_str!("supermicro_x12.json"), include_str!("supermicro_x11.json")];
        Profile {
            image_uris: &[],
            updates: sum::updates(),
            expand: Expand { all: false, no_links: false, links: false, max_levels: 0, refusal: None },
            firmware: |machine| {
                let ours = machine.components.iter().filter(|one| matches!(one.kind, Kind::Bios | Kind::Bmc));
                ours.map(|one| member(machine, one, &one.id, &one.name, Some(&one.version))).collect()
            },
            ..profile(Tree::read(&files, false, false), &X12_STYLE)
        }
    });
    &PROFILE
}

fn profile(tree: Tree, bios: &'static Style) -> Profile {
    Profile {
        user: "ADMIN",
        system: "/redfish/v1/Systems/1",
        manager: "/redfish/v1/Managers/1",
        nodes: &[],
        applies: Apply::Immediate,
        preserves: &[],
        host_resets: &[
            "On",
            "ForceOff",
            "GracefulShutdown",
            "GracefulRestart",
            "ForceRestart",
            "Nmi",
            "ForceOn",
            "PowerCycle",
        ],
        bmc_resets: &["GracefulRestart"],
        image_uris: &["/redfish/v1/UpdateService/Actions/Oem/SmcUpdateService.Install"],
        // `Log1` is the health event log (Redfish Reference Guide).
        log: Some(LogPlace { entries: "/redfish/v1/Systems/1/LogServices/Log1/Entries", embedded: false }),
        updates: update::updates(),
        bios: Some(bios),
        settings_taken: || Done { status: 200, body: Some(success()) },
        tell: |_, _| None,
        message,
        // The captured root: everything, two levels.
        expand: Expand { all: true, no_links: true, links: true, max_levels: 2, refusal: Some(400) },
        // Sixteen sessions (the limit users of Supermicro's BMCs report); 300 s: the captured SessionService.
        sessions: SessionLimits { open: 16, idle: SignedDuration::from_secs(300) },
        session_ids: SessionIds::Counting,
        etag: Etag::Strong32,
        server: None,
        directory: None,
        any_case: false,
        slow: &[("/redfish/v1/UpdateService/FirmwareInventory", 2.0), ("/redfish/v1/Systems/1", 1.5)],
        power_refused: false,
        // Two to five minutes after a flash.
        habits: Habits {
            power: PowerTimes { hard: Duration::from_secs(5), shutdown: MINUTE, post: Duration::from_secs(240) },
            bmc_away: Duration::from_secs(150),
            tasks_in_memory: true,
            first_task: 1,
            purge_after_boot: None,
            version_lag: Duration::from_secs(180),
            keeps_previous: &[],
        },
        largest_image: None,
        tree,
        values: own_values,
        firmware,
        say: own_words,
        error,
        done: || Done { status: 200, body: Some(success()) },
        session_closed: || Done { status: 204, body: None },
    }
}

fn own_values(machine: &Machine, values: &mut Values) {
    let identity = &machine.identity;
    // Captured: each licence is a text that holds JSON.
    let licence =
        r#"{"ProductKey":{"Node":{"LicenseID":"2","LicenseName":"SFT-DCMS-SINGLE","CreateDate":"20230101"}}}"#;
    values.set("licences", if machine.licensed { vec![licence] } else { Vec::new() });
    values.set("bios_short", machine.version(Kind::Bios));
    values.set(
        "boot_progress",
        match machine.post {
            Post::Off => "None",
            Post::Running => "PrimaryProcessorInitializationStarted",
            Post::Finished => "SystemHardwareInitializationComplete",
        },
    );
    values.set("chassis_serial", format!("C{}", identity.serial.get(1..).unwrap_or_default()));
    let mac = identity.mac.replace(':', "").to_uppercase();
    values.set(
        "guid",
        format!("35353031-4D53-{}-{}-00000000", mac.get(..4).unwrap_or_default(), mac.get(4..).unwrap_or_default()),
    );
}

/// BIOS and BMC have a `Backup_` beside them, `Not Present` until one was made, with `Enabled` all the same (captured).
fn firmware(machine: &Machine) -> Vec<Values> {
    let mut members = Vec::new();
    for component in &machine.components {
        members.push(member(machine, component, &component.id, &component.name, Some(&component.version)));
        if matches!(component.kind, Kind::Bios | Kind::Bmc) {
            let id = format!("Backup_{}", component.id);
            let name = format!("{} Backup", component.name);
            members.push(member(machine, component, &id, &name, component.previous.as_deref()));
        }
    }
    members
}

fn member(machine: &Machine, component: &Component, id: &str, name: &str, version: Option<&str>) -> Values {
    let mut values = Values::default();
    let released = component.released.as_deref();
    values.set("id", id);
    values.set("name", name);
    values.set("updateable", component.updateable);
    let maker = if component.manufacturer.is_empty() { "Supermicro" } else { &component.manufacturer };
    values.set("manufacturer", maker);
    // Captured: power supplies are write-protected, nothing else is.
    values.set("write_protected", component.kind == Kind::Psu);
    let related = match component.kind {
        Kind::Bios => json!([{ "@odata.id": "/redfish/v1/Systems/1/Bios" }]),
        Kind::Bmc => json!([{ "@odata.id": "/redfish/v1/Managers/1" }]),
        _ => json!([]),
    };
    values.set("related", related);
    values.set(
        "version",
        match (component.kind, version, released) {
            (_, None, _) => "Not Present".to_owned(),
            (Kind::Bios, Some(version), Some(date)) => format!("BIOS Date: {} Ver {version}", us_date(date)),
            (_, Some(version), _) => version.to_owned(),
        },
    );
    if matches!(component.kind, Kind::Bios | Kind::Bmc) {
        let file = version.zip(released).map(|(version, date)| file_name(machine, component.kind, version, date));
        values.set(
            "oem",
            json!({
                "@odata.type": "#SmcSoftwareInventoryExtensions.v1_0_0.SoftwareInventory",
                "UniqueFilename": file,
            }),
        );
    }
    // Captured: only the running BMC image has a date.
    if component.kind == Kind::Bmc && id == component.id {
        values.set_some("release_date", released.map(|date| format!("{date}T00:00:00Z")));
    }
    values
}

/// `2023-08-04` -> `08/04/2023`
fn us_date(date: &str) -> String {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    format!("{}/{}/{}", month.unwrap_or("01"), day.unwrap_or("01"), year.unwrap_or("2023"))
}

/// `BIOS_X13DEM-1D32_20230804_1.4_STDsp.bin`, `BMC_X13AST2600-ROT-5201MS_20231117_01.02.03_STDsp.bin`: board (or BMC
/// platform), board id, date and version are what an image is matched by.
fn file_name(machine: &Machine, kind: Kind, version: &str, date: &str) -> String {
    let date = date.replace('-', "");
    let board = &machine.identity.board;
    match kind {
        Kind::Bmc => {
            let platform = release::hardware(&machine.identity, kind, "");
            format!("BMC_{platform}_{date}_{version}_STDsp.bin")
        }
        _ => {
            let board_id = machine.identity.board_id.trim_start_matches("0x").to_uppercase();
            format!("BIOS_{board}-{board_id}_{date}_{version}_STDsp.bin")
        }
    }
}

/// Supermicro takes a power action in the state it leads to as done. Its own ids: field reports (FWUPD, metal3) and the
/// guide.
fn own_words(trouble: &Trouble) -> Option<Said> {
    let said = match trouble {
        Trouble::Unlicensed => Said::new(
            403,
            "SMC.1.0.OemLicenseNotPassed",
            "Not licensed to perform this request. The following licenses DCMS were needed",
            &["DCMS"],
        )
        .resolve("Please activate the license first."),
        Trouble::InUpdateMode(Kind::Bios) => {
            Said::new(400, "SMC.1.0.OemBiosUpdateIsInProgress", "The BIOS update is in progress.", &[])
        }
        Trouble::InUpdateMode(_) => {
            Said::new(400, "SMC.1.0.OemFirmwareAlreadyInUpdateMode", "The firmware is already in update mode.", &[])
        }
        _ => return None,
    };
    Some(said)
}

fn error(said: &Said) -> Value {
    json!({"error": {
        "code": "Base.v1_10_3.GeneralError",
        "message": "A general error has occurred. See ExtendedInfo for more information.",
        "@Message.ExtendedInfo": [message(said)],
    }})
}

/// `Base.1.10.3.Success` is how an X12 spells its ids (field captures of task messages).
fn message(said: &Said) -> Value {
    json!({
        "MessageId": said.full_id("Base.1.10.3"),
        "Severity": said.severity,
        "Resolution": said.resolution,
        "Message": said.message,
        "MessageArgs": said.args,
        "RelatedProperties": [],
    })
}

fn success() -> Value {
    json!({"Success": {
        "code": "Base.v1_10_3.Success",
        "message": "Successfully Completed Request.",
        "@Message.ExtendedInfo": [message(&say::standard_success())],
    }})
}
