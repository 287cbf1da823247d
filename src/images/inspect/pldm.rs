//! PLDM firmware update packages, DMTF DSP0267 1.0 to 1.3. NVIDIA calls them `.fwpkg` too.
//!
//! Source: facts, formats 1.4 (openbmc/libpldm firmware_update.h; NVIDIA/PLDM-unpack).

use super::bytes::{Bytes, array, shown, text, u16_at, u32_at};
use crate::domain::{
    inspected::{Format, Inspected},
    vendor::Vendor,
};

/// Package header identifiers, by format revision from 1.
const IDENTIFIERS: [[u8; 16]; 4] = [
    [0xF0, 0x18, 0x87, 0x8C, 0xCB, 0x7D, 0x49, 0x43, 0x98, 0x00, 0xA0, 0x2F, 0x05, 0x9A, 0xCA, 0x02],
    [0x12, 0x44, 0xD2, 0x64, 0x8D, 0x7D, 0x47, 0x18, 0xA0, 0x30, 0xFC, 0x8A, 0x56, 0x58, 0x7D, 0x5A],
    [0x31, 0x19, 0xCE, 0x2F, 0xE8, 0x0A, 0x4A, 0x99, 0xAF, 0x6D, 0x46, 0xF8, 0xB1, 0x21, 0xF6, 0xBF],
    [0x7B, 0x29, 0x1C, 0x99, 0x6D, 0xB6, 0x42, 0x08, 0x80, 0x1B, 0x02, 0x02, 0x6E, 0x46, 0x3C, 0x78],
];

/// IANA enterprise numbers of firmware vendors, and PCI vendor ids. Source: IANA and PCI id lists.
const ENTERPRISES: [(u32, Vendor); 8] = [
    (0x1647, Vendor::Nvidia),
    (10876, Vendor::Supermicro),
    (674, Vendor::Dell),
    (47196, Vendor::Hpe),
    (19046, Vendor::Lenovo),
    (33049, Vendor::Mellanox),
    (343, Vendor::Intel),
    (15370, Vendor::Gigabyte),
];

pub(super) fn is_package(head: &[u8]) -> bool {
    array::<16>(head, 0).is_some_and(|identifier| IDENTIFIERS.contains(&identifier))
}

/// The vendor of an IANA enterprise number.
pub(super) fn vendor_of_enterprise(number: u32) -> Option<Vendor> {
    ENTERPRISES.iter().find(|(known, _)| *known == number).map(|(_, vendor)| *vendor)
}

pub(super) fn inspect(bytes: &mut Bytes<'_>) -> Inspected {
    let first = bytes.at(0, 20);
    let size = u16_at(&first, 17).map_or(0, usize::from);
    let header = bytes.at(0, size);
    let bare = Inspected::bare(Format::Pldm);
    let damaged = |why: &str| Inspected { unusable: Some(format!("{why}; fetch it again")), ..bare.clone() };
    let revision = first.get(16).copied().unwrap_or(0);
    let of_identifier = array::<16>(&first, 0).and_then(|own| IDENTIFIERS.iter().position(|known| *known == own));
    if header.len() < size || size < 40 {
        return damaged("the package's header is cut off");
    }
    if of_identifier != Some(usize::from(revision).wrapping_sub(1)) {
        return damaged("the package's format revision and its identifier contradict each other");
    }
    // revision 4 has the payload's checksum after the header's
    let end = size - if revision >= 4 { 8 } else { 4 };
    if header.get(..end).map(crc32fast::hash) != u32_at(&header, end) {
        return damaged("the checksum of the package's header is wrong");
    }
    match walk(&header[..end], revision, bare.clone()) {
        Some((found, last)) if last > bytes.len() => Inspected {
            unusable: Some(format!(
                "the package ends at {} bytes, its components at {last}; fetch it again",
                bytes.len()
            )),
            ..found
        },
        Some((found, _)) => found,
        None => damaged("the package's header contradicts itself"),
    }
}

/// A place in the header; every step is checked against its end.
struct Cursor<'a> {
    header: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.header.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<u16> {
        u16_at(self.take(2)?, 0)
    }

    fn long(&mut self) -> Option<u32> {
        u32_at(self.take(4)?, 0)
    }

    /// Bytes that a record holds: its own length counts from its begin.
    fn record(&mut self, length: u16, read: usize) -> Option<()> {
        self.take(usize::from(length).checked_sub(read)?).map(drop)
    }
}

/// What the header says, and where the last component ends.
fn walk(header: &[u8], revision: u8, mut found: Inspected) -> Option<(Inspected, u64)> {
    let mut cursor = Cursor { header, at: 32 };
    let bits = usize::from(cursor.short()?);
    cursor.byte()?;
    let length = usize::from(cursor.byte()?);
    let package = text(cursor.take(length)?);
    for _ in 0..cursor.byte()? {
        device(&mut cursor, revision, bits / 8, &mut found)?;
    }
    if revision >= 2 {
        for _ in 0..cursor.byte()? {
            let length = cursor.short()?;
            cursor.record(length, 2)?;
        }
    }
    let mut last = 0;
    let mut versions = Vec::new();
    let count = cursor.short()?;
    for _ in 0..count {
        cursor.short()?;
        let identifier = cursor.short()?;
        cursor.long()?;
        cursor.take(4)?;
        let (offset, size) = (u64::from(cursor.long()?), u64::from(cursor.long()?));
        last = last.max(offset + size);
        cursor.byte()?;
        let length = usize::from(cursor.byte()?);
        versions.extend(text(cursor.take(length)?));
        if revision >= 3 {
            let opaque = usize::try_from(cursor.long()?).ok()?;
            cursor.take(opaque)?;
        }
        let id = format!("0x{identifier:04X}");
        if !found.software_ids.contains(&id) {
            found.software_ids.push(id);
        }
    }
    // one component is what the package is about; of several each has its own version
    match versions.as_slice() {
        [one] => found.version = Some(shown(one)),
        many => found.notes.push(format!("{} components: {}", many.len(), shown(&many.join(", ")))),
    }
    found.notes.extend(package.map(|package| format!("package {}", shown(&package))));
    Some((found, last))
}

fn device(cursor: &mut Cursor<'_>, revision: u8, bitmap: usize, found: &mut Inspected) -> Option<()> {
    let begin = cursor.at;
    let length = usize::from(cursor.short()?);
    let end = begin.checked_add(length)?;
    let descriptors = cursor.byte()?;
    cursor.long()?;
    cursor.byte()?;
    let version = usize::from(cursor.byte()?);
    cursor.short()?;
    if revision >= 4 {
        cursor.long()?;
    }
    cursor.take(bitmap)?;
    cursor.take(version)?;
    for _ in 0..descriptors {
        let kind = cursor.short()?;
        let size = usize::from(cursor.short()?);
        let data = cursor.take(size)?;
        match kind {
            0 => found.vendor = found.vendor.or_else(|| vendor_of_pci(u16_at(data, 0)?)),
            1 => found.vendor = found.vendor.or_else(|| vendor_of_enterprise(u32_at(data, 0)?)),
            _ => {}
        }
    }
    // package data and manifest
    cursor.take(end.checked_sub(cursor.at)?).map(drop)
}

const fn vendor_of_pci(id: u16) -> Option<Vendor> {
    match id {
        0x10DE => Some(Vendor::Nvidia),
        0x15B3 => Some(Vendor::Mellanox),
        0x8086 => Some(Vendor::Intel),
        _ => None,
    }
}
