//! UEFI capsules.
//!
//! Source: facts, formats 1.5 (UEFI specification; fwupd fu-uefi.rs; UEFITool ffs.h).

use super::bytes::{guid, u32_at};
use crate::domain::{
    inspected::{Format, Inspected},
    kind::Kind,
    vendor::Vendor,
};

/// A container that several firmwares share.
struct Container {
    guid: &'static str,
    what: &'static str,
    vendor: Option<Vendor>,
    kind: Option<Kind>,
    signed: Option<bool>,
}

const fn container(guid: &'static str, what: &'static str, vendor: Option<Vendor>) -> Container {
    Container { guid, what, vendor, kind: None, signed: None }
}

const fn aptio(guid: &'static str, what: &'static str, signed: bool) -> Container {
    Container { guid, what, vendor: Some(Vendor::Ami), kind: Some(Kind::Bios), signed: Some(signed) }
}

/// Any other GUID is that of the firmware itself.
const CONTAINERS: [Container; 7] = [
    container("6dcbd5ed-e82d-4c44-bda1-7194199ad92a", "firmware management capsule", None),
    container("3b6686bd-0d76-4030-b70e-b5519e2fc5a0", "EFI capsule", None),
    container("539182b9-abb5-4391-b69a-e3a943f72fcc", "Intel capsule", None),
    container("e20bafd3-9914-4f4f-9537-3129e090eb3c", "Lenovo capsule", Some(Vendor::Lenovo)),
    container("25b5fe76-8243-4a5c-a9bd-7ee3246198b5", "Lenovo capsule", Some(Vendor::Lenovo)),
    aptio("4a3ca68b-7723-48fb-803d-578cc1fec44d", "AMI Aptio capsule, signed", true),
    aptio("14eebb90-890a-43db-aed1-5d3c4588a418", "AMI Aptio capsule, unsigned", false),
];

/// Bits of the flags that the specification defines, besides the vendor's own low half.
const KNOWN_FLAGS: u32 = 0x0007_FFFF;

/// A header that makes sense: its size, flags that exist, and an image size that fits the file.
pub(super) fn is_capsule(head: &[u8], length: u64) -> bool {
    let (Some(header), Some(flags), Some(image)) = (u32_at(head, 16), u32_at(head, 20), u32_at(head, 24)) else {
        return false;
    };
    let is_known = guid(head, 0).is_some_and(|own| CONTAINERS.iter().any(|known| known.guid == own));
    let fits = u64::from(image) == length && (28..=4096).contains(&header) && u64::from(header) < length;
    let is_filled = head.get(..16).is_some_and(|guid| guid.iter().any(|b| *b != 0) && guid.iter().any(|b| *b != 0xFF));
    is_known || (is_filled && fits && flags & !KNOWN_FLAGS == 0)
}

pub(super) fn inspect(head: &[u8]) -> Inspected {
    let own = guid(head, 0).unwrap_or_default();
    let bare = Inspected::bare(Format::Capsule);
    match CONTAINERS.iter().find(|known| known.guid == own) {
        Some(Container { what, vendor, kind, signed, .. }) => {
            Inspected { vendor: *vendor, kind: *kind, signed: *signed, notes: vec![(*what).into()], ..bare }
        }
        None => Inspected { software_ids: vec![own], ..bare },
    }
}
