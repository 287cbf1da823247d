//! Supermicro: raw images with a unique file name, which their tools also find inside.
//!
//! Source: facts, formats 1.3 (the grammar from file names, board ids and `sum -c GetBiosInfo --showall`). That the name
//! stands inside as plain text was not seen on a real image yet, so its absence means nothing.

use super::bytes::{Bytes, find};
use crate::domain::{
    inspected::{Format, Inspected, Said},
    kind::Kind,
    vendor::Vendor,
};

/// Bytes that are searched for the name; a flash chip of a BIOS or a BMC.
const SEARCHED: u64 = 64 << 20;

/// Bytes that are searched at a time.
const CHUNK: usize = 1 << 20;

/// No such name is longer.
const LONGEST: usize = 100;

/// `<KIND>_<PLATFORM>[-<BOARDID>]_<YYYYMMDD>_<VERSION>_<REL><s><p>`
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    kind: Option<Kind>,
    boards: Vec<String>,
    version: String,
    /// Standard, a customer's, or beta.
    release: String,
    signed: bool,
    /// `p` for production, `d` for debug.
    is_production: bool,
}

pub(super) fn inspect(name: &str, bytes: &mut Bytes<'_>) -> Option<Inspected> {
    let lower = name.to_ascii_lowercase();
    let stem =
        [".bin", ".rom"].iter().find(|end| lower.ends_with(**end)).and_then(|end| name.get(..name.len() - end.len()));
    let by_name = stem.and_then(parse);
    // only an image may hold the name inside; any other file would be searched for nothing
    let inside = if by_name.is_some() || is_rom_size(bytes.len()) { search(bytes) } else { None };
    let (found, said) = match (&inside, &by_name) {
        (Some(found), _) => (found, Said::Inside),
        (None, Some(found)) => (found, Said::ByName),
        (None, None) => return None,
    };
    let mut notes = Vec::new();
    if found.release != "STD" {
        let what = if found.release == "BET" { "a beta" } else { "a customer's own build" };
        notes.push(format!("it is {what} ({})", found.release));
    }
    if !found.is_production {
        notes.push("it is a debug build".into());
    }
    let differs = matches!((&inside, &by_name), (Some(a), Some(b)) if a != b);
    Some(Inspected {
        vendor: Some(Vendor::Supermicro),
        kind: found.kind,
        version: Some(found.version.clone()),
        boards: found.boards.clone(),
        signed: Some(found.signed),
        said,
        unusable: differs
            .then(|| "its name says another board, version or build than its contents: it was renamed".into()),
        notes,
        ..Inspected::bare(Format::Supermicro)
    })
}

/// Flash chips: 16 MiB to 128 MiB, a power of two.
const fn is_rom_size(size: u64) -> bool {
    size.is_power_of_two() && size >= 8 << 20 && size <= 128 << 20
}

fn parse(stem: &str) -> Option<Name> {
    let fields: Vec<&str> = stem.split('_').collect();
    let [kind, platform, date, version, release] = fields.as_slice() else { return None };
    let is_upper = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let (release, marks) = release.split_at_checked(3)?;
    let mut marks = marks.chars();
    let (signed, stage) = (marks.next()?, marks.next()?);
    let is_sound = is_upper(kind)
        && platform.split('-').all(is_upper)
        && date.len() == 8
        && date.bytes().all(|b| b.is_ascii_digit())
        && is_version
        && ["STD", "OEM", "BET"].contains(&release)
        && signed.is_ascii_lowercase()
        && stage.is_ascii_lowercase()
        && marks.next().is_none();
    if !is_sound {
        return None;
    }
    let kind = match *kind {
        "BIOS" => Some(Kind::Bios),
        "BMC" => Some(Kind::Bmc),
        "CPLD" => Some(Kind::Cpld),
        _ => None,
    };
    // the last four hex digits of a BIOS name are the board's id; of a BMC name they are the BMC's variant
    let boards = match platform.rsplit_once('-') {
        Some((board, id)) if kind == Some(Kind::Bios) && id.len() == 4 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            vec![board.to_owned(), id.to_owned()]
        }
        _ if kind == Some(Kind::Bmc) => Vec::new(),
        _ => vec![(*platform).to_owned()],
    };
    Some(Name {
        kind,
        boards,
        version: (*version).to_owned(),
        release: release.to_owned(),
        signed: signed == 's',
        is_production: stage == 'p',
    })
}

/// The first such name inside the image.
fn search(bytes: &mut Bytes<'_>) -> Option<Name> {
    let mut offset = 0;
    while offset < bytes.len().min(SEARCHED) {
        // chunks overlap, so that a name across their border is seen
        let chunk = bytes.at(offset, CHUNK + LONGEST);
        if let Some(name) = [&b"BIOS_"[..], b"BMC_"].iter().find_map(|mark| search_for(&chunk, mark)) {
            return Some(name);
        }
        offset += CHUNK as u64;
    }
    None
}

fn search_for(chunk: &[u8], mark: &[u8]) -> Option<Name> {
    let mut rest = chunk;
    while let Some(at) = find(rest, mark) {
        let candidate = &rest[at..];
        let length = candidate
            .iter()
            .take(LONGEST)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            .count();
        let text = std::str::from_utf8(&candidate[..length]).unwrap_or_default();
        let stem = text.trim_end_matches(".bin").trim_end_matches(".rom");
        if let Some(name) = parse(stem) {
            return Some(name);
        }
        rest = &candidate[mark.len()..];
    }
    None
}
