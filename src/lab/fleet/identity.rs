//! Invented names in each vendor's form: every serial shows `LAB`, every MAC is locally administered.

use super::Model;
use crate::lab::{hex, model::Identity, personality::Personality, random::Random};

/// Names for a machine.
pub(super) fn draw(personality: Personality, model: Option<&Model>, index: usize, random: &mut Random) -> Identity {
    let text = |pick: fn(&Model) -> &String| model.map_or_else(String::new, |model| pick(model).clone());
    let number = index + 1;
    let mac = format!("02:1a:b0:{:02x}:{:02x}:{:02x}", number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
    let sku = text(|model| &model.sku);
    let (serial, board_serial) = match personality {
        // Seven characters of a service tag; a board's number has fourteen.
        Personality::Idrac9 | Personality::Idrac9Early | Personality::Idrac8 => {
            (format!("LAB{}", base36(number, 4)), format!("CNLAB00{number:07}"))
        }
        Personality::Ilo5 | Personality::Ilo6 => (format!("LAB{number:07}"), format!("PLAB{number:010}")),
        Personality::SupermicroX11 | Personality::SupermicroX12 | Personality::SupermicroX13 => {
            (format!("SLAB000X{number:07}"), format!("OMLAB{number:07}"))
        }
        Personality::OpenBmc
        | Personality::OpenBmcOld
        | Personality::Chassis
        | Personality::MegaRac
        | Personality::HpmBoard => (format!("LAB{number:09}"), format!("LABB{number:08}")),
        Personality::LenovoXcc => (format!("JLAB{}", base36(number, 4)), format!("C1LAB{number:06}")),
    };
    let uuid = match personality {
        Personality::Idrac9 | Personality::Idrac9Early | Personality::Idrac8 => dell_uuid(&serial),
        Personality::Ilo5 | Personality::Ilo6 => hpe_uuid(&sku, &serial),
        // The captured machine's UUID is zero but for the BMC's MAC.
        Personality::SupermicroX11 | Personality::SupermicroX12 | Personality::SupermicroX13 => {
            format!("00000000-0000-0000-0000-{}", mac.replace(':', ""))
        }
        _ => random_uuid(random),
    };
    let bmc_name = match personality {
        Personality::Idrac9 | Personality::Idrac9Early | Personality::Idrac8 => format!("idrac-{serial}"),
        Personality::Ilo5 | Personality::Ilo6 => format!("ILO{serial}"),
        Personality::LenovoXcc => format!("XCC-{}-{serial}", sku.get(..4).unwrap_or_default()),
        _ => format!("bmc-{serial}"),
    };
    Identity {
        index,
        personality,
        model: text(|model| &model.name),
        sku,
        serial,
        board_serial,
        board: text(|model| &model.board),
        board_id: text(|model| &model.board_id),
        uuid,
        mac,
        bmc_name,
        host_name: format!("lab-{number:04}"),
        processor: text(|model| &model.processor),
        memory_gib: random.pick(&[128, 256, 512, 1024]).copied().unwrap_or(256),
    }
}

fn base36(mut number: usize, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
        number /= 36;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// A Dell UUID spells `DELL` and the service tag.
fn dell_uuid(tag: &str) -> String {
    let at = |index: usize| tag.as_bytes().get(index).copied().unwrap_or(b'0');
    format!(
        "4c4c4544-00{:02x}-{:02x}10-80{:02x}-{:02x}c04f{:02x}{:02x}{:02x}",
        at(1),
        at(2),
        at(3),
        at(0) | 0x80,
        at(4),
        at(5),
        at(6)
    )
}

/// An HPE UUID spells the beginning of the product number and the serial number, the first three groups byte-swapped.
fn hpe_uuid(sku: &str, serial: &str) -> String {
    let bytes: Vec<u8> = sku.bytes().take(6).chain(serial.bytes().take(10)).collect();
    let group = |range: std::ops::Range<usize>, swapped: bool| {
        let mut part: Vec<u8> = bytes.get(range).unwrap_or_default().to_vec();
        if swapped {
            part.reverse();
        }
        hex::hex(&part)
    };
    format!(
        "{}-{}-{}-{}-{}",
        group(0..4, true),
        group(4..6, true),
        group(6..8, true),
        group(8..10, false),
        group(10..16, false)
    )
}

fn random_uuid(random: &mut Random) -> String {
    format!("{}-{}-4{}-a{}-{}", random.hex(8), random.hex(4), random.hex(3), random.hex(3), random.hex(12))
}
