//! The FRU inventory of device 0 (IPMI Platform Management FRU Information Storage Definition 1.0).

use super::command::code;
use crate::lab::model::Machine;

/// Get FRU Inventory Area Info, Read FRU Data.
pub(super) fn answer(command: u8, data: &[u8], machine: &Machine) -> (u8, Vec<u8>) {
    let whole = inventory(machine);
    match (command, data) {
        (_, [device, ..]) if *device != 0 => (code::NOT_THERE, Vec::new()),
        (0x10, [0, ..]) => {
            let [low, high] = u16::try_from(whole.len()).unwrap_or(u16::MAX).to_le_bytes();
            (code::OK, vec![low, high, 0])
        }
        (0x11, [0, low, high, count, ..]) => {
            let from = usize::from(u16::from_le_bytes([*low, *high]));
            let Some(rest) = whole.get(from..) else { return (0xC9, Vec::new()) };
            let part = rest.get(..usize::from(*count)).unwrap_or(rest);
            (code::OK, [&[u8::try_from(part.len()).unwrap_or_default()], part].concat())
        }
        _ => (code::SHORT, Vec::new()),
    }
}

fn inventory(machine: &Machine) -> Vec<u8> {
    let identity = &machine.identity;
    let maker = maker(machine);
    // Language English; the date of manufacture is not told.
    let board = area(&[1, 0, 25, 0, 0, 0], &[maker, &identity.board, &identity.board_serial, &identity.sku, ""]);
    let product = area(&[1, 0, 25], &[maker, &identity.model, &identity.sku, "", &identity.serial, "", ""]);
    let at = |bytes: usize| u8::try_from(bytes / 8).unwrap_or_default();
    let mut header = vec![1, 0, 0, 1, at(8 + board.len()), 0, 0];
    header.push(zero_sum(&header));
    [header, board, product].concat()
}

fn maker(machine: &Machine) -> &'static str {
    match machine.identity.personality.vendor() {
        "dell" => "Dell Inc.",
        "hpe" => "HPE",
        "supermicro" => "Supermicro",
        "lenovo" => "Lenovo",
        "ami" => "GIGABYTE",
        "hpm" => "firmdeck lab",
        _ => "OpenBMC",
    }
}

/// An area: its beginning with the length in eights, texts, C1h, zeros up to the sum.
fn area(begin: &[u8], texts: &[&str]) -> Vec<u8> {
    let mut bytes = begin.to_vec();
    for text in texts {
        // A text of one character would read as the end of all fields.
        let text = if text.len() == 1 { format!("{text} ") } else { (*text).to_owned() };
        let kept = text.as_bytes().get(..63).unwrap_or(text.as_bytes());
        bytes.push(0xC0 | u8::try_from(kept.len()).unwrap_or_default());
        bytes.extend_from_slice(kept);
    }
    bytes.push(0xC1);
    let length = (bytes.len() + 1).next_multiple_of(8);
    if let Some(place) = bytes.get_mut(1) {
        *place = u8::try_from(length / 8).unwrap_or_default();
    }
    bytes.resize(length - 1, 0);
    bytes.push(zero_sum(&bytes));
    bytes
}

fn zero_sum(bytes: &[u8]) -> u8 {
    0_u8.wrapping_sub(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{fleet, personality::Personality};

    #[test]
    fn every_area_is_a_multiple_of_eight_and_sums_to_zero() {
        for personality in Personality::EVERY {
            let machine = fleet::machine(personality, 0, 1);
            let whole = inventory(&machine);
            let sum = |bytes: &[u8]| bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
            assert_eq!((whole.len() % 8, sum(&whole[..8])), (0, 0));
            let product = usize::from(whole[4]) * 8;
            assert_eq!((sum(&whole[8..product]), sum(&whole[product..])), (0, 0), "{personality}");
        }
    }
}
