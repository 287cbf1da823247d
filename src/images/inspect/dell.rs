//! Dell: update packages for Windows and Linux, and iDRAC images.
//!
//! Source: facts, formats 1.2 (Dell catalogs; eight public parsers of the Linux package).

use quick_xml::{Reader, events::Event};

use super::{
    bytes::{Bytes, find, shown},
    hpe,
    zipped::Archive,
};
use crate::domain::{
    inspected::{Format, Inspected},
    kind::Kind,
    vendor::Vendor,
};

/// The Linux package's script is shorter than this (bytes).
const LONGEST_SCRIPT: usize = 1 << 20;

/// Systems and devices that are listed.
const MOST: usize = 2048;

/// A Windows executable: Dell's package, HPE's, or another's.
pub(super) fn executable(bytes: &mut Bytes<'_>, sidecar: Option<&[u8]>) -> Inspected {
    let other = |why: &str| Inspected { unusable: Some(why.into()), ..Inspected::bare(Format::Unknown) };
    let Some(mut archive) = Archive::open(bytes) else {
        return other("this is a Windows program without a package inside, or one that is cut off");
    };
    if let Some(xml) = archive.member("package.xml") {
        let package = Inspected { signed: Some(true), ..component(&xml, Format::DellDup) };
        return if archive.names.iter().any(|name| name.to_ascii_lowercase().starts_with("payload/")) {
            package
        } else {
            Inspected { notes: vec!["it holds no payload directory".into()], ..package }
        };
    }
    match hpe::package("", &mut archive, sidecar, true) {
        Some(package) => Inspected {
            unusable: Some("this is HPE's package for Windows; add the .fwpkg of the same version".into()),
            ..package
        },
        None => other("this is a Windows program, not an image for a BMC"),
    }
}

/// The Linux package: a script, its description, then a packed archive.
pub(super) fn linux_package(bytes: &mut Bytes<'_>) -> Option<Inspected> {
    let script = bytes.at(0, LONGEST_SCRIPT);
    let archive = find(&script, b"#####Startofarchive#####")?;
    let xml = find(&script, b"#####Startofpackage#####").and_then(|begin| script.get(begin + 24..archive));
    Some(Inspected {
        unusable: Some(
            "a Linux package runs on the host; an iDRAC takes the Windows package (.EXE) of the same release".into(),
        ),
        ..component(xml.unwrap_or_default(), Format::DellDupLinux)
    })
}

/// `SoftwareComponent`, the same in packages and catalogs.
fn component(xml: &[u8], format: Format) -> Inspected {
    let text = decoded(xml);
    let mut found = Inspected { vendor: Some(Vendor::Dell), ..Inspected::bare(format) };
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let (mut category, mut sort) = (String::new(), String::new());
    while let Ok(event) = reader.read_event() {
        let element = match event {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => element,
            _ => continue,
        };
        let attribute = |name: &str| -> Option<String> {
            let found = element.attributes().filter_map(Result::ok).find(|own| own.key.as_ref() == name)?;
            let value = shown(&found.value);
            (!value.is_empty()).then_some(value)
        };
        match element.name().as_ref() {
            "SoftwareComponent" => {
                found.version = attribute("vendorVersion").or_else(|| attribute("dellVersion"));
                found.notes.extend(attribute("releaseID").map(|id| format!("Dell release {id}")));
            }
            "ComponentType" => sort = attribute("value").unwrap_or_default(),
            "Category" | "LUCategory" if category.is_empty() => category = attribute("value").unwrap_or_default(),
            // 0 stands for devices that are told by their PCI ids alone
            "Device" if found.software_ids.len() < MOST => {
                found.software_ids.extend(attribute("componentID").filter(|id| id != "0"));
            }
            "Model" if found.boards.len() < MOST => found.boards.extend(attribute("systemID")),
            _ => {}
        }
    }
    found.software_ids.dedup();
    found.kind = kind(&sort, &category, &found.software_ids);
    if found.version.is_none() && found.software_ids.is_empty() {
        found.notes.push("its package.xml says nothing that is known".into());
    }
    if sort == "DRVR" || sort == "APAC" {
        found.unusable = Some("this is a driver or an application for the host, not firmware".into());
    }
    found
}

/// BIOS and a few ComponentIDs are the same on all machines; the rest goes by the category's words.
fn kind(sort: &str, category: &str, ids: &[String]) -> Option<Kind> {
    let is_id = |wanted: &str| ids.iter().any(|id| id == wanted);
    match () {
        () if sort == "BIOS" || is_id("159") => Some(Kind::Bios),
        () if is_id("25227") => Some(Kind::Bmc),
        () if is_id("27763") => Some(Kind::Cpld),
        () => {
            let category = category.to_lowercase();
            let has = |word: &str| category.contains(word);
            match () {
                () if has("idrac") => Some(Kind::Bmc),
                () if has("network") || has("fibre") || has("infiniband") => Some(Kind::Nic),
                () if has("ssd") || has("hard drive") || has("disk") => Some(Kind::Drive),
                () if has("raid") || has("storage") || has("backplane") || has("sas") => Some(Kind::Storage),
                () if has("power") => Some(Kind::Psu),
                () if has("cpld") => Some(Kind::Cpld),
                () if has("gpu") || has("video") => Some(Kind::Gpu),
                () => None,
            }
        }
    }
}

/// Dell writes UTF-16 with a byte-order mark in packages and UTF-8 elsewhere.
fn decoded(xml: &[u8]) -> String {
    let units = |turn: fn([u8; 2]) -> u16| -> Vec<u16> {
        xml.get(2..).unwrap_or_default().chunks_exact(2).map(|pair| turn([pair[0], pair[1]])).collect()
    };
    match xml {
        [0xFF, 0xFE, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xFE, 0xFF, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml)).into_owned(),
    }
}

/// An image taken out of a package. It names no machine, so only a manifest can say what it is for.
pub(super) fn idrac_image(extension: &str, head: &[u8]) -> Option<Inspected> {
    let generation = match extension {
        "d7" => "iDRAC7 or iDRAC8",
        "d9" => "iDRAC9",
        "d10" => "iDRAC10",
        _ => return None,
    };
    let mut notes = vec![format!("by its name an image for {generation}; it names neither version nor machine")];
    // `.d9` is a flattened image tree
    if extension == "d9" && !head.starts_with(b"\xd0\x0d\xfe\xed") {
        notes.push("it does not begin as an iDRAC9 image does".into());
    }
    Some(Inspected {
        vendor: Some(Vendor::Dell),
        kind: Some(Kind::Bmc),
        said: crate::domain::inspected::Said::ByName,
        notes,
        ..Inspected::bare(Format::DellIdrac)
    })
}
