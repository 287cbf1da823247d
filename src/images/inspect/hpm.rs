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
    if header.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) != 0 {
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
    // the minor number is binary-coded decimal
    let bcd = |byte: u8| format!("{:x}", byte).parse::<u8>().map_or_else(|_| byte.to_string(), |n| format!("{n:02}"));
    let earliest = format!("{}.{}", header[24] & 0x7F, bcd(header[25]));
    let version = format!("{}.{}", header[26] & 0x7F, bcd(header[27]));
    let parts = descriptions(bytes, header.len() as u64);
    let mut notes = vec![format!("device id {}, manufacturer {manufacturer}, earliest version {earliest}", header[9])];
    if !parts.is_empty() {
        notes.push(format!("it holds {}", parts.join(", ")));
    }
    let mut kinds = parts.iter().map(|part| Kind::from_words("", part)).filter(|kind| *kind != Kind::Other);
    Inspected {
        vendor: pldm::vendor_of_enterprise(manufacturer),
        kind: kinds.next().filter(|first| kinds.all(|other| other == *first)),
        version: Some(version),
        // IPMI's product id; Redfish does not show it, so it is no board that a manifest could name
        software_ids: vec![format!("0x{product:04X}")],
        signed: None,
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

/// Descriptions of the upload actions: type, components, checksum, then version, text and length.
fn descriptions(bytes: &mut Bytes<'_>, mut at: u64) -> Vec<String> {
    let end = bytes.len().saturating_sub(TRAILER);
    let mut found = Vec::new();
    // backup, prepare and upload for each of 8 components
    for _ in 0..24 {
        if at >= end {
            break;
        }
        let action = bytes.at(at, 34);
        match action.first() {
            Some(0 | 1) => at += 3,
            Some(2) => {
                let Some(length) = u32_at(&action, 30) else { break };
                found.extend(action.get(9..30).and_then(text));
                at = at.saturating_add(34 + u64::from(length));
            }
            _ => break,
        }
    }
    found
}
