//! `fru print`. Pure.

use serde::{Deserialize, Serialize};

/// What the FRU inventory of a BMC says of board and product. Empty fields are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fru {
    /// Who made the board.
    pub board_maker: Option<String>,
    /// The board's name.
    pub board: Option<String>,
    /// The board's serial number.
    pub board_serial: Option<String>,
    /// The board's part number.
    pub board_part: Option<String>,
    /// Who made the product.
    pub maker: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's part number.
    pub part: Option<String>,
    /// The product's serial number.
    pub serial: Option<String>,
    /// The owner's tag.
    pub asset_tag: Option<String>,
}

/// Reads device 0 out of the answer to `fru print`; nothing where it is not there or says nothing. Power supplies and
/// risers repeat the same keys under their own headings.
#[must_use]
pub fn parse(said: &str) -> Option<Fru> {
    const HEADING: &str = "FRU Device Description";
    let is_heading = |line: &&str| line.trim_start().starts_with(HEADING);
    let mut lines = said.lines().skip_while(|line| !(is_heading(line) && line.trim_end().ends_with("(ID 0)")));
    lines.next()?;
    let fields: Vec<(&str, &str)> = lines
        .take_while(|line| !is_heading(line))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    // `Board Mfg Date` begins as `Board Mfg` does: keys are compared whole.
    let value = |name: &str| {
        fields.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| (*value).to_owned())
    };
    let fru = Fru {
        board_maker: value("Board Mfg"),
        board: value("Board Product"),
        board_serial: value("Board Serial"),
        board_part: value("Board Part Number"),
        maker: value("Product Manufacturer"),
        product: value("Product Name"),
        part: value("Product Part Number"),
        serial: value("Product Serial"),
        asset_tag: value("Product Asset Tag"),
    };
    (fru != Fru::default()).then_some(fru)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn device_0_is_read_by_exact_keys_and_no_other_device() {
        let said = "FRU Device Description : PSU1 (ID 1)\n Board Mfg             : Delta\n Product Serial        : P1\n\
            FRU Device Description : Builtin FRU Device (ID 0)\n Chassis Type          : Rack Mount Chassis\n\
            Board Mfg Date        : Mon Jan  1 00:00:00 2018\n Board Mfg             : Example: Inc\n\
            Board Product         : X11DSC+\n Board Serial          : S1\n Product Name          :\n Product Extra         : 1\n\n\
            FRU Device Description : PSU2 (ID 10)\n Device not present (Timeout)\n Product Serial        : P2\n";
        let fru = parse(said).unwrap();
        assert_eq!(fru.board_maker.as_deref(), Some("Example: Inc"));
        assert_eq!((fru.board.as_deref(), fru.board_serial.as_deref()), (Some("X11DSC+"), Some("S1")));
        assert_eq!((fru.product, fru.serial), (None, None));
    }

    #[test]
    fn an_absent_device_is_none() {
        assert_eq!(parse("FRU Device Description : Builtin FRU Device (ID 0)\n Device not present (Timeout)\n"), None);
        assert_eq!(parse("FRU Device Description : PSU1 (ID 10)\n Board Mfg : x\n"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|:|FRU Device Description|\\(ID 0\\)){0,200}") {
            let _ = parse(&text);
        }
    }
}
