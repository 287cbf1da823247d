//! What carries no container: raw flash contents, and what is no firmware at all.

use super::bytes::find;
use crate::domain::{
    inspected::{Format, Inspected, Said},
    kind::Kind,
    vendor::Vendor,
};

/// A file of text, such as the page that a failed download left.
pub(super) fn text(head: &[u8]) -> Option<Inspected> {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    // a cut through a character at the end is no flaw
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() + 4 > head.len() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if valid.is_empty() || !head.iter().all(is_text) {
        return None;
    }
    let begin = valid.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let why = match () {
        () if begin.starts_with("<!doctype html") || begin.starts_with("<html") => {
            "this is a web page, not an image: the download was answered with an error or a login page"
        }
        () if begin.starts_with('{') || begin.starts_with('[') => "this is JSON, not an image",
        () if begin.starts_with("<?xml") => "this is XML, not an image",
        () => "this is a text, not an image",
    };
    Some(Inspected { unusable: Some(why.into()), ..Inspected::bare(Format::Text) })
}

/// Marks of flash contents, and names that only hint. A raw image names no machine: only a manifest can.
pub(super) fn inspect(extension: &str, head: &[u8]) -> Option<Inspected> {
    let note = "a raw image names no machine: only a manifest says what it is for".to_owned();
    // AMI BIOS Guard; Source: BIOSUtilities patterns.py
    if head.get(8..16) == Some(b"_AMIPFAT") {
        return Some(Inspected {
            vendor: Some(Vendor::Ami),
            kind: Some(Kind::Bios),
            signed: Some(true),
            notes: vec!["AMI BIOS Guard".into(), note],
            ..Inspected::bare(Format::AmiRaw)
        });
    }
    if extension == "ima" {
        return Some(Inspected {
            vendor: Some(Vendor::Ami),
            kind: Some(Kind::Bmc),
            said: Said::ByName,
            notes: vec![note],
            ..Inspected::bare(Format::AmiRaw)
        });
    }
    // Intel's flash descriptor, or a firmware volume at the begin
    if head.get(16..20) == Some(b"\x5a\xa5\xf0\x0f") || head.get(40..44) == Some(b"_FVH") {
        return Some(Inspected { kind: Some(Kind::Bios), notes: vec![note], ..Inspected::bare(Format::RawBios) });
    }
    let marks: [(&[u8], &str); 4] = [
        (b"\xd0\x0d\xfe\xed", "a flattened image tree, as BMC images have"),
        (b"hsqs", "a squashfs, as BMC images have"),
        (b"UBI#", "a UBI image, as BMC images have"),
        (b"\x7fELF", "an ELF file: a program, or a part of a BMC image"),
    ];
    let found = marks.iter().find(|(mark, _)| find(head.get(..8).unwrap_or(head), mark) == Some(0))?;
    Some(Inspected { notes: vec![found.1.into(), note], ..Inspected::bare(Format::Unknown) })
}
