//! Lenovo: packages that are opaque but for their name.
//!
//! Source: facts, formats 1.10 (file names of UpdateXpress bundles).

use crate::domain::{
    inspected::{Format, Inspected, Said},
    kind::Kind,
    vendor::Vendor,
};

/// `lnvgy_fw_<kind>_<build>-<version>_anyos_<arch>.<uxz|rom|...>`
pub(super) fn inspect(name: &str) -> Option<Inspected> {
    let lower = name.to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.')?;
    let fields: Vec<&str> = stem.split('_').collect();
    let described = match fields.as_slice() {
        ["lnvgy", "fw", kind, build, ..] => build.split_once('-').map(|(build, version)| (*kind, build, version)),
        _ => None,
    };
    if described.is_none() && extension != "uxz" {
        return None;
    }
    let mut notes = vec!["its contents are opaque: only Lenovo's metadata or a manifest says what it is for".into()];
    let bare = Inspected { vendor: Some(Vendor::Lenovo), said: Said::ByName, ..Inspected::bare(Format::LenovoUxz) };
    let Some((kind, build, version)) = described else { return Some(Inspected { notes, ..bare }) };
    if build.is_empty() || version.is_empty() {
        return Some(Inspected { notes, ..bare });
    }
    notes.push(format!("build {}", build.to_ascii_uppercase()));
    Some(Inspected {
        kind: match kind {
            "uefi" => Some(Kind::Bios),
            "xcc" | "bmc" | "imm2" => Some(Kind::Bmc),
            "drvln" | "drvwn" | "lxpm" => Some(Kind::Other),
            "nic" | "net" => Some(Kind::Nic),
            "raid" | "sraid" => Some(Kind::Storage),
            "hdd" | "ssd" => Some(Kind::Drive),
            _ => None,
        },
        version: Some(format!("{}-{version}", build.to_ascii_uppercase())),
        notes,
        ..bare
    })
}
