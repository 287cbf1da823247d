//! Who a BMC says it is.

use super::manners;
use crate::lab::model::{Kind, Machine, Stage};

/// The answer to Get Device ID. Bit 7 of the firmware's first number says that it is being updated.
pub(super) fn id(machine: &Machine) -> Vec<u8> {
    let manners = manners(machine.identity.personality);
    let version = version(machine.version(Kind::Bmc));
    let flashes = machine.updates.iter().any(|update| {
        matches!(update.stage, Stage::Writing { .. } | Stage::Leaving { .. })
            && update.payload.as_ref().is_some_and(|payload| payload.kind == Kind::Bmc)
    });
    // Revision 1, IPMI 2.0, and: chassis, FRU, SEL, SDR repository, sensors.
    let mut data = vec![manners.device, 1, version[0] | if flashes { 0x80 } else { 0 }, version[1], 0x02, 0x8F];
    data.extend(manners.manufacturer.to_le_bytes().into_iter().take(3));
    data.extend(manners.product.to_le_bytes());
    data.extend(&version[2..]);
    data
}

/// A version as IPMI has it: a number below 128, one of two decimal digits as BCD, and four bytes of the vendor's, which
/// are zero here. Of `6.10.30.00` no more than 6.10 can be told.
pub(super) fn version(text: &str) -> [u8; 6] {
    // The first point between digits: `38S-2.41` is 2.41.
    let pair = text.match_indices('.').find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let major = before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()?;
        let minor = after.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()?;
        Some((major, minor % 100))
    });
    let (major, minor) = pair.unwrap_or_default();
    let bcd = ((minor / 10) << 4) | (minor % 10);
    [u8::try_from(major & 0x7F).unwrap_or_default(), u8::try_from(bcd).unwrap_or_default(), 0, 0, 0, 0]
}

/// The machine's UUID with its bytes in IPMI's order, last first (IPMI 2.0, 20.8).
pub(super) fn guid(machine: &Machine) -> [u8; 16] {
    let digits: Vec<u32> = machine.identity.uuid.chars().filter_map(|c| c.to_digit(16)).collect();
    let mut guid = [0; 16];
    for (byte, pair) in guid.iter_mut().rev().zip(digits.chunks(2)) {
        let value = pair.iter().fold(0, |value, digit| value << 4 | digit);
        *byte = u8::try_from(value).unwrap_or_default();
    }
    guid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_of_a_version_are_told() {
        for (text, major, minor) in [
            ("6.10.30.00", 6, 0x10),
            ("2.72 Sep 04 2022", 2, 0x72),
            ("v2.15.0-dev", 2, 0x15),
            ("1.04", 1, 4),
            ("38S-2.41", 2, 0x41),
            ("", 0, 0),
        ] {
            assert_eq!(version(text)[..2], [major, minor], "{text}");
        }
    }
}
