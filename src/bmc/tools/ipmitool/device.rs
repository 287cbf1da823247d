//! `mc info`. Pure.

use crate::domain::ipmi::{BoardIds, Device};

/// Reads the answer to `mc info`; nothing where it has no firmware revision.
#[must_use]
pub fn parse(said: &str) -> Option<Device> {
    let fields = || said.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key.trim(), value.trim()));
    let value = |name: &str| fields().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value);
    let number = |name: &str| value(name)?.split_whitespace().next()?.parse::<u32>().ok();
    let firmware = value("Firmware Revision")?.to_owned();
    let ids = || {
        Some(BoardIds {
            device: number("Device ID")?.try_into().ok()?,
            manufacturer: number("Manufacturer ID")?,
            product: number("Product ID")?.try_into().ok()?,
        })
    };
    // Names that ipmitool makes from the number say nothing.
    let product = value("Product Name").filter(|name| !name.starts_with("Unknown")).map(str::to_owned);
    let lines = said.lines().skip_while(|line| !line.trim_start().starts_with("Aux Firmware Rev Info")).skip(1);
    let aux = lines.map_while(|line| u8::from_str_radix(line.trim().strip_prefix("0x")?, 16).ok()).take(4).collect();
    Some(Device { ids: ids(), firmware, aux, product, unavailable: value("Device Available") == Some("no") })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAID: &str = "Device ID                 : 32\nDevice Revision           : 1\nFirmware Revision         : 1.74\n\
        IPMI Version              : 2.0\nManufacturer ID           : 10876\nManufacturer Name         : A: B\n\
        Product ID                : 6929 (0x1b11)\nProduct Name              : Unknown (0x1B11)\n\
        Device Available          : no\nProvides Device SDRs      : no\nAdditional Device Support :\n    Sensor Device\n\
        Aux Firmware Rev Info     : \n    0x19\n    0x01\n    0x00\n    0x00\n";

    #[test]
    fn numbers_version_and_availability_are_read() {
        let device = parse(SAID).unwrap();
        let ids = BoardIds { device: 32, manufacturer: 10876, product: 0x1B11 };
        assert_eq!((device.ids, device.firmware.as_str()), (Some(ids), "1.74"));
        assert_eq!((device.aux.as_slice(), device.product, device.unavailable), (&[0x19, 1, 0, 0][..], None, true));
    }

    #[test]
    fn what_is_missing_is_not_made_up() {
        let device = parse("Firmware Revision         : 9.08\nManufacturer ID           : x\n").unwrap();
        assert_eq!((device.ids, device.aux.len(), device.unavailable), (None, 0, false));
        assert_eq!(parse("Error: Unable to establish IPMI v2 / RMCP+ session"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|:| |0x){0,200}") {
            let _ = parse(&text);
        }
    }
}
