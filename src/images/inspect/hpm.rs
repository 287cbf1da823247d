//! PICMG HPM.1 images.
//!
//! Source: facts, formats 1.7 (ipmitool lib/ipmi_hpmfwupg.c).

use std::io::Read;

use md5::{Digest, Md5};

use super::{
    bytes::{Bytes, text, u16_at, u32_at},
    pldm,
};
use crate::domain::{
    inspected::{Format, Inspected},
    ipmi::{BoardIds, HpmImage, HpmPart},
    kind::Kind,
};

/// Larger files are not hashed here; HPM.1 images are at most a flash chip (bytes).
const LARGEST: u64 = 512 << 20;

/// MD5 of all before it.
const TRAILER: u64 = 16;

pub(super) fn inspect(bytes: &mut Bytes<'_>) -> Inspected {
    let head = bytes.at(0, 35 + usize::from(u16::MAX));
    let damaged =
        |why: &str| Inspected { unusable: Some(format!("{why}; fetch it again")), ..Inspected::bare(Format::Hpm1) };
    let Some(oem) = u16_at(&head, 32).map(usize::from) else { return damaged("its header is cut off") };
    let Some(header) = head.get(..=34 + oem) else { return damaged("its header is cut off") };
    if header.get(8) != Some(&0) {
        return Inspected {
            unusable: Some("it is of a format version of HPM.1 that nobody knows".into()),
            ..Inspected::bare(Format::Hpm1)
        };
    }
    if sum(header) != 0 {
        return damaged("the checksum of its header is wrong");
    }
    if bytes.len() > LARGEST {
        return damaged("it is larger than any HPM.1 image");
    }
    if !trailer_fits(bytes) {
        return damaged("its MD5 is wrong: it is cut off or damaged");
    }
    let manufacturer = u32::from_le_bytes([header[10], header[11], header[12], 0]);
    let product = u16::from_le_bytes([header[13], header[14]]);
    let ids = BoardIds { device: header[9], manufacturer, product };
    let (earliest, version) = (version(&header[24..26]), version(&header[26..28]));
    let Actions { parts, flaw } = actions(bytes, header.len() as u64, header[20]);
    if let Some(flaw) = flaw {
        return damaged(flaw);
    }
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).filter(|name| !name.is_empty()).collect();
    let mut notes = vec![format!("device id {}, manufacturer {manufacturer}, earliest version {earliest}", ids.device)];
    if !names.is_empty() {
        notes.push(format!("it holds {}", names.join(", ")));
    }
    let affects_services = header[19] & 0x10 != 0;
    if affects_services {
        notes.push("it says that the host may be affected while it is uploaded".into());
    }
    let kinds: Vec<Kind> = names.iter().map(|name| Kind::from_words("", name)).collect();
    let mut kinds = kinds.into_iter().filter(|kind| *kind != Kind::Other);
    Inspected {
        vendor: pldm::vendor_of_enterprise(manufacturer),
        kind: kinds.next().filter(|first| kinds.all(|other| other == *first)),
        version: Some(version),
        // IPMI's product id; Redfish does not show it, so it is no board that a manifest could name
        software_ids: vec![format!("0x{product:04X}")],
        signed: None,
        hpm: Some(HpmImage { ids, earliest, affects_services, parts }),
        notes,
        ..Inspected::bare(Format::Hpm1)
    }
}

fn trailer_fits(bytes: &mut Bytes<'_>) -> bool {
    let Some(body) = bytes.len().checked_sub(TRAILER) else { return false };
    let wanted = bytes.at(body, 16);
    let mut hasher = Md5::new();
    let mut input = bytes.from(0).take(body);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hasher.update(&buffer[..read]),
            Err(_) => return false,
        }
    }
    hasher.finalize().as_slice() == wanted
}

/// What stands behind the header: actions with their sums, up to the MD5.
struct Actions {
    parts: Vec<HpmPart>,
    flaw: Option<&'static str>,
}

/// Walks the actions. Each is a type, a mask of components and a sum; an upload has a version, a text, a length and bytes
/// besides.
fn actions(bytes: &mut Bytes<'_>, mut at: u64, mask: u8) -> Actions {
    let end = bytes.len().saturating_sub(TRAILER);
    let mut parts = Vec::new();
    // backup, prepare and upload for each of 8 components
    for _ in 0..24 {
        if at >= end {
            break;
        }
        let action = bytes.at(at, 34);
        let flaw = |flaw| Actions { parts: Vec::new(), flaw: Some(flaw) };
        if at + 3 > end {
            return flaw("its last action is cut off");
        }
        let Some([kind, components, ..]) = action.first_chunk::<3>() else { return flaw("its last action is cut off") };
        // Makers sum an upload's three first bytes, or all that stands before its data.
        let sums_up = |count: usize| action.get(..count).is_some_and(|part| sum(part) == 0);
        let fits = sums_up(3) || (*kind == 2 && sums_up(34));
        if !fits {
            return flaw("the checksum of an action is wrong");
        }
        if components & !mask != 0 {
            return flaw("an action is for a component that its header does not name");
        }
        match kind {
            0 | 1 => at += 3,
            2 => {
                let Some(length) = u32_at(&action, 30).map(u64::from) else {
                    return flaw("its last action is cut off");
                };
                if components.count_ones() != 1 {
                    return flaw("an upload is not for one component");
                }
                if at + 34 + length > end {
                    return flaw("an upload is longer than the file");
                }
                parts.push(HpmPart {
                    component: u8::try_from(components.trailing_zeros()).unwrap_or_default(),
                    version: version(action.get(3..5).unwrap_or_default()),
                    name: action.get(9..30).and_then(text).unwrap_or_default(),
                    length,
                });
                at += 34 + length;
            }
            _ => return flaw("it has an action of an unknown kind"),
        }
    }
    let flaw = match () {
        () if at != end => Some("its actions do not end where its data does"),
        () if parts.is_empty() => Some("it uploads nothing"),
        () => None,
    };
    Actions { parts, flaw }
}

/// Major, and minor as two decimal digits in one byte.
fn version(bytes: &[u8]) -> String {
    let [major, minor] = bytes.first_chunk::<2>().copied().unwrap_or_default();
    let digits = format!("{minor:x}").parse::<u8>().map_or_else(|_| minor.to_string(), |n| format!("{n:02}"));
    format!("{}.{digits}", major & 0x7F)
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte))
}
