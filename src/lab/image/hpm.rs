//! The container of PICMG HPM.1 around a lab image: only what an upload action carries reaches the board, so that is the
//! whole image, label and sum included.
//!
//! Source: facts 4.3 (ipmitool's `ipmi_hpmfwupg.h`); every sum is checked by the real ipmitool in the tests.

use super::Spec;
use crate::lab::model::Kind;

/// PICMG's enterprise number, and the device id of the boards.
const MANUFACTURER: u32 = 12634;
const DEVICE: u8 = 0x20;

/// What stands in front of an image of `length` bytes: the header, a preparation, and the upload's head.
pub(super) fn head(spec: &Spec, length: u64) -> Vec<u8> {
    let product = spec.fits.first().and_then(|id| u16::from_str_radix(id.trim_start_matches("0x"), 16).ok());
    let (component, name): (u8, &[u8]) = match spec.kind {
        Kind::Bios => (1, b"BIOS"),
        _ => (0, b"BMC firmware"),
    };
    let (mask, version) = (1 << component, version(&spec.version));
    let mut head = [b"PICMGFWU".as_slice(), &[0, DEVICE]].concat();
    head.extend(MANUFACTURER.to_le_bytes().into_iter().take(3));
    head.extend(product.unwrap_or_default().to_le_bytes());
    // The time of making is left out, so that the same specification makes the same bytes. Self test supported; minutes
    // for self test, rollback and absence; earliest compatible revision 0.0.
    head.extend([0, 0, 0, 0, 0x80, mask, 12, 12, 24, 0, 0]);
    head.extend(version);
    head.extend([0, 0]);
    sum_up(&mut head, 0);
    for action in [1, 2] {
        let from = head.len();
        head.extend([action, mask]);
        sum_up(&mut head, from);
    }
    head.extend(version);
    let mut description = name.to_vec();
    description.resize(21, 0);
    head.extend(description);
    head.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    head
}

/// Appends what makes the bytes from a place on sum up to zero.
fn sum_up(bytes: &mut Vec<u8>, from: usize) {
    let sum = bytes.get(from..).unwrap_or_default().iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    bytes.push(0_u8.wrapping_sub(sum));
}

/// Major, minor as two decimal digits, and four bytes of the vendor's.
fn version(text: &str) -> [u8; 6] {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    [major.parse().unwrap_or_default(), u8::from_str_radix(minor, 16).unwrap_or_default(), 0, 0, 0, 0]
}
