//! HPE: fwpkg, signed raw images, scexe.
//!
//! Source: facts, formats 1.1 (HPE's payload.json files; airbus-seclab ilo4_toolbox for HPIMAGE; ilorest FwpkgCommand.py).

use serde_json::Value;

use super::{
    bytes::{Bytes, find, guid, shown, text, u32_at},
    zipped::Archive,
};
use crate::domain::{
    inspected::{Format, Inspected, Said},
    installer::Installer,
    kind::Kind,
    vendor::Vendor,
};

/// The signature block, and certificates after it, end within this (bytes).
const LONGEST_SIGNATURE: usize = 256 << 10;

/// Targets that are listed; HPE's longest list has some hundreds of servers.
const MOST_TARGETS: usize = 1024;

/// DeviceClass of what a package updates. Source: inventories of iLO 5 and 6; ilo4_toolbox.
const CLASSES: [(&str, Kind); 10] = [
    ("2f317b9d-c9e3-4d76-bff6-b9d0d085a952", Kind::Bmc),
    ("aa148d2e-6e09-453e-bc6f-63baa5f5ccc4", Kind::Bios),
    ("b1ad439a-9dd1-41c1-a496-2da9313f1f07", Kind::Cpld),
    ("6bb86077-0275-4614-aae1-86618e8b1c27", Kind::Psu),
    ("79f0c163-0c13-4662-9dea-09235fef90cb", Kind::Nic),
    ("f6de0320-2e0f-489a-b238-6dd8ae7c3811", Kind::Drive),
    ("4149ebb7-d64b-4654-b679-4280f349ea50", Kind::Storage),
    ("fcbe6477-5c25-4488-b197-695bb8123b11", Kind::Tpm),
    ("9e48a28a-586c-4519-8405-a04f84e27f0f", Kind::Other),
    ("b34e5677-21dc-45d3-872b-42f76fee9053", Kind::Other),
];

fn kind_of_class(class: &str) -> Option<Kind> {
    CLASSES.iter().find(|(known, _)| known.eq_ignore_ascii_case(class)).map(|(_, kind)| *kind)
}

/// A member of a JSON object, whatever the case of its name: the dialects differ in it.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn words<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    member(value, name)?.as_str().filter(|text| !text.trim().is_empty() && !text.eq_ignore_ascii_case("null"))
}

/// An archive with `payload.json`, with metadata beside the file, or with fwpkg for its name.
pub(super) fn package(
    name: &str,
    archive: &mut Archive<'_>,
    sidecar: Option<&[u8]>,
    signed: bool,
) -> Option<Inspected> {
    let is_named = name.to_ascii_lowercase().ends_with(".fwpkg");
    let embedded = archive.member("payload.json");
    let is_payload = |text: &[u8]| serde_json::from_slice(text).ok().filter(|json| member(json, "Devices").is_some());
    let json: Option<Value> = sidecar.and_then(is_payload).or_else(|| embedded.as_deref().and_then(is_payload));
    if json.is_none() && embedded.is_none() && !is_named {
        return None;
    }
    let bare = Inspected { vendor: Some(Vendor::Hpe), signed: Some(signed), ..Inspected::bare(Format::HpeFwpkg) };
    Some(match json {
        Some(json) => described(&json, bare),
        None if embedded.is_some() => {
            Inspected { unusable: Some("its payload.json is damaged; fetch it again".into()), ..bare }
        }
        None => Inspected {
            notes: vec!["its metadata is in a .json file of the same name, which must lie beside it (Gen12)".into()],
            ..bare
        },
    })
}

fn described(json: &Value, mut found: Inspected) -> Inspected {
    let class = words(json, "DeviceClass");
    let devices = member(json, "Devices").and_then(|devices| member(devices, "Device")).and_then(Value::as_array);
    let devices: &[Value] = devices.map_or(&[], Vec::as_slice);
    let package = member(json, "Package");
    let title = devices.first().and_then(|device| words(device, "DeviceName")).unwrap_or_default();
    found.kind = class.and_then(kind_of_class).or_else(|| match Kind::from_words("", title) {
        Kind::Other => None,
        kind => Some(kind),
    });
    let version = devices.iter().find_map(|device| words(device, "Version"));
    let version = version.or_else(|| words(member(package?, "id")?, "version"));
    found.version = version.map(shown);
    for target in devices.iter().filter_map(|device| words(device, "Target")).take(MOST_TARGETS) {
        let target = shown(target).to_lowercase();
        if !found.software_ids.contains(&target) {
            found.boards.extend(rom_family(&target));
            found.software_ids.push(target);
        }
    }
    let updatable_by = member(json, "UpdatableBy").and_then(Value::as_array);
    let by = |who: &str| {
        updatable_by
            .is_some_and(|list| list.iter().filter_map(Value::as_str).any(|word| word.eq_ignore_ascii_case(who)))
    };
    match updatable_by {
        None => {}
        Some(_) if by("Bmc") => found.installed_by = Some(Installer::Bmc),
        Some(_) if by("Uefi") => found.installed_by = Some(Installer::Uefi),
        Some(_) => {
            found.unusable = Some("this package is installed by an agent on the host only, not by the iLO".into());
        }
    }
    if words(json, "PackageFormat") == Some("FWPKG-v2") {
        found.signed = Some(true);
    }
    if let Some(floor) = words(json, "MinimumActiveVersion") {
        found.notes.push(format!("it needs at least version {} to be running (min_from)", shown(floor)));
    }
    let images =
        devices.iter().filter_map(|device| member(device, "FirmwareImages")).filter_map(Value::as_array).flatten();
    let is_set = |image: &Value, name| member(image, name).is_some_and(|value| value == true || value == "true");
    let images: Vec<&Value> = images.collect();
    if images.iter().any(|image| is_set(image, "ResetRequired")) {
        found.notes.push("it takes effect at a reset (host_reset, or bmc_reset for an iLO)".into());
    }
    if images.iter().any(|image| is_set(image, "ServerPowerOff")) {
        found.notes.push("the server must be off (host_off)".into());
    }
    found
}

/// A system ROM's target spells its family: `00000000-0000-0000-0000-000001413432` is A42.
fn rom_family(target: &str) -> Option<String> {
    let digits = target.strip_prefix("00000000-0000-0000-0000-000001")?;
    let letters: Option<Vec<char>> = (0..3)
        .map(|index| u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok().map(char::from))
        .map(|letter| letter.filter(char::is_ascii_alphanumeric))
        .collect();
    letters.map(|letters| letters.into_iter().collect())
}

/// A Smart Component of HPE's older form: a zip that says nothing of itself, under HPE's number (`cp056780.zip`). iLO takes
/// it with the signature that lies beside it.
pub(super) fn component(name: &str) -> Option<Inspected> {
    let number = name.to_ascii_lowercase().strip_prefix("cp")?.strip_suffix(".zip")?.to_owned();
    (number.len() == 6 && number.bytes().all(|digit| digit.is_ascii_digit())).then(|| Inspected {
        vendor: Some(Vendor::Hpe),
        said: Said::ByName,
        signed: Some(false),
        notes: vec![
            "an iLO takes it with its signature beside it (.compsig); only a manifest says what it is for".into(),
        ],
        ..Inspected::bare(Format::HpeComponent)
    })
}

/// No signature beside an image is as large (bytes).
const LARGEST_SIGNATURE: u64 = 64 << 10;

/// A signature that goes with an image. Its format is HPE's own and not documented: only its name tells it, and iLO alone
/// can verify it.
pub(super) fn signature(extension: &str, bytes: u64) -> Option<Inspected> {
    (extension == "compsig" && bytes <= LARGEST_SIGNATURE).then(|| Inspected {
        vendor: Some(Vendor::Hpe),
        said: Said::ByName,
        unusable: Some("it is the signature that goes with an image, and no image".into()),
        ..Inspected::bare(Format::HpeSignature)
    })
}

/// A file that begins with HPE's signature text: a raw image, or a package that is signed as a whole.
pub(super) fn signed(name: &str, bytes: &mut Bytes<'_>, sidecar: Option<&[u8]>) -> Inspected {
    let head = bytes.at(0, LONGEST_SIGNATURE);
    if let Some(offset) = find(&head, b"HPIMAGE\0") {
        return Inspected { signed: Some(true), ..image(bytes, offset as u64) };
    }
    if find(&head, b"PK\x03\x04").is_some()
        && let Some(mut archive) = Archive::open(bytes)
        && let Some(package) = package(name, &mut archive, sidecar, true)
    {
        return package;
    }
    Inspected {
        vendor: Some(Vendor::Hpe),
        signed: Some(true),
        unusable: Some("behind the signature stands no image that is known; it may be cut off, fetch it again".into()),
        ..Inspected::bare(Format::HpeSigned)
    }
}

/// The header `HPIMAGE` at `offset`: class, version, name, then the targets.
pub(super) fn image(bytes: &mut Bytes<'_>, offset: u64) -> Inspected {
    const HEADER: usize = 0x4A0;
    let header = bytes.at(offset, HEADER + 4 + MOST_TARGETS * 16);
    let bare = Inspected { vendor: Some(Vendor::Hpe), signed: Some(false), ..Inspected::bare(Format::HpeSigned) };
    let Some(class) = guid(&header, 0x0C).filter(|_| header.len() >= HEADER) else {
        return Inspected { unusable: Some("its header is cut off; fetch it again".into()), ..bare };
    };
    let count = u32_at(&header, HEADER).and_then(|count| usize::try_from(count).ok()).unwrap_or(0).min(MOST_TARGETS);
    let targets: Vec<String> = (0..count).map_while(|index| guid(&header, HEADER + 4 + index * 16)).collect();
    Inspected {
        kind: kind_of_class(&class),
        version: header.get(0x40..0x60).and_then(text),
        boards: targets.iter().filter_map(|target| rom_family(target)).collect(),
        software_ids: targets,
        notes: header
            .get(0x60..0xA0)
            .and_then(text)
            .map(|name| format!("it calls itself {name}"))
            .into_iter()
            .collect(),
        ..bare
    }
}

/// `#!scexe` in the second line: a script with a packed image.
pub(super) fn scexe(bytes: &mut Bytes<'_>) -> Option<Inspected> {
    let head = bytes.at(0, 256);
    find(&head, b"\n#!scexe")?;
    Some(Inspected {
        vendor: Some(Vendor::Hpe),
        unusable: Some(
            "a scexe runs on the host's Linux; unpack it there (`./FILE --unpack=DIR`) and add the .bin of it".into(),
        ),
        ..Inspected::bare(Format::HpeScexe)
    })
}
