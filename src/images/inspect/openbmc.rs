//! OpenBMC's tar archives, plain and gzipped.
//!
//! Source: facts, formats 1.8 (openbmc/phosphor-bmc-code-mgmt: image_manager.cpp, image_verify.cpp).

use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::bytes::{Bytes, shown};
use crate::domain::{
    inspected::{Format, Inspected},
    kind::Kind,
};

const BLOCK: usize = 512;

/// Unpacked bytes that are looked through; the MANIFEST stands at or near the begin.
const LONGEST_WALK: u64 = 512 << 20;

/// Members that are looked at.
const MOST_MEMBERS: usize = 256;

/// A MANIFEST is a few lines (bytes).
const LARGEST_MANIFEST: u64 = 64 << 10;

pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

pub(super) fn inspect(bytes: &mut Bytes<'_>) -> Inspected {
    let is_packed = bytes.at(0, 2) == [0x1f, 0x8b];
    let input = bytes.from(0);
    let members = if is_packed {
        walk(&mut GzDecoder::new(input).take(LONGEST_WALK))
    } else {
        walk(&mut input.take(LONGEST_WALK))
    };
    let Some(members) = members.filter(|members| !members.names.is_empty()) else {
        return Inspected::bare(Format::Unknown);
    };
    let Some(manifest) = members.manifest else {
        return Inspected {
            unusable: Some("this archive has no MANIFEST, so no OpenBMC takes it".into()),
            notes: vec![format!("it holds {}", shown(&members.names.join(", ")))],
            ..Inspected::bare(Format::Unknown)
        };
    };
    let signed = members.names.iter().any(|name| name.ends_with(".sig"));
    described(&manifest, Inspected { signed: Some(signed), ..Inspected::bare(Format::OpenBmcTar) })
}

fn described(manifest: &str, mut found: Inspected) -> Inspected {
    let mut purpose = None;
    for (key, value) in manifest.lines().filter_map(|line| line.split_once('=')) {
        let value = shown(value.trim().trim_matches('"'));
        if value.is_empty() {
            continue;
        }
        match key.trim() {
            "purpose" => purpose = value.rsplit('.').next().map(str::to_owned),
            "version" => found.version = Some(value),
            "MachineName" | "CompatibleName" => found.boards.push(value),
            "KeyType" if value == "OpenBMC" => {
                found.notes.push("signed with OpenBMC's public development key, which proves nothing".into());
            }
            _ => {}
        }
    }
    found.kind = match purpose.as_deref() {
        Some("BMC") => Some(Kind::Bmc),
        Some("Host") => Some(Kind::Bios),
        Some("PSU") => Some(Kind::Psu),
        _ => None,
    };
    match &purpose {
        None => found.unusable = Some("its MANIFEST names no purpose, so no OpenBMC takes it".into()),
        Some(purpose) if found.kind.is_none() => found.notes.push(format!("its purpose is {purpose}")),
        Some(_) => {}
    }
    if found.version.is_none() {
        found.unusable = Some("its MANIFEST names no version, so no OpenBMC takes it".into());
    }
    if found.boards.is_empty() {
        found.notes.push("its MANIFEST names no machine, so nothing in it says what it is for".into());
    }
    found
}

#[derive(Default)]
struct Members {
    names: Vec<String>,
    manifest: Option<String>,
}

/// The names of the members, and the MANIFEST. None where the bytes are no tar.
fn walk(input: &mut dyn Read) -> Option<Members> {
    let mut members = Members::default();
    let mut block = [0; BLOCK];
    while members.names.len() < MOST_MEMBERS {
        if input.read_exact(&mut block).is_err() || block.iter().all(|byte| *byte == 0) {
            break;
        }
        if !checksum_fits(&block) {
            return if members.names.is_empty() { None } else { Some(members) };
        }
        let size = octal(&block[124..136])?;
        let padded = size.div_ceil(BLOCK as u64).checked_mul(BLOCK as u64)?;
        let name = super::bytes::text(&block[..100]).unwrap_or_default();
        let is_file = matches!(block[156], b'0' | 0);
        let plain = name.trim_start_matches("./");
        if is_file && plain == "MANIFEST" && members.manifest.is_none() {
            let mut text = Vec::new();
            input.take(size.min(LARGEST_MANIFEST)).read_to_end(&mut text).ok()?;
            members.manifest = Some(String::from_utf8_lossy(&text).into_owned());
            skip(input, padded.saturating_sub(text.len() as u64));
        } else {
            skip(input, padded);
        }
        members.names.push(plain.to_owned());
    }
    Some(members)
}

fn skip(input: &mut dyn Read, count: u64) {
    // a skip that ends early shows at the next header
    let _ = io::copy(&mut input.take(count), &mut io::sink());
}

/// The sum of all bytes of a header, its own checksum field taken as blanks.
fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let sum: u64 =
        block.iter().enumerate().map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte })).sum();
    octal(&block[148..156]) == Some(sum)
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    u64::from_str_radix(digits, 8).ok()
}
