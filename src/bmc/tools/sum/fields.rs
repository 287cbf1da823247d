//! `GetBiosInfo` and `GetBmcInfo`. Pure.

/// What they tell of a firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firmware {
    /// Its version: `1.9`, `01.03.11`.
    pub version: String,
    /// When it was built, as they write it: `2022/09/16`.
    pub built: Option<String>,
    /// The board's id: `1B0F`.
    pub board: Option<String>,
}

/// Reads an answer for `what` (`BIOS`, `BMC`); nothing where it names no version of it. Fields are names, dots and a value.
/// Where an image's fields follow those of the running system, the first ones count.
#[must_use]
pub fn parse(said: &str, what: &str) -> Option<Firmware> {
    let value = |name: &str| {
        let mut fields = said.lines().filter_map(field);
        fields
            .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    };
    let named = |field: &str| value(&format!("{what} {field}"));
    Some(Firmware { version: named("version")?, built: named("build date"), board: value("Board ID") })
}

/// `    BIOS version........................1.9`: the dots are filling, and the value may have some of its own.
fn field(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once("..")?;
    Some((key.trim(), rest.trim_start_matches('.').trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_running_system_comes_before_the_image() {
        let said = "Supermicro Update Manager (for UEFI BIOS) 2.14.0 (2024/02/15)\n....\nManaged system..........................192.0.2.7\n    \
            Board ID............................1B0F\n    BIOS build date.....................2022/09/16\n    \
            BIOS version........................1.9\nLocal BIOS image file...................x.bin\n    \
            BIOS version........................2.1\n";
        let bios = parse(said, "BIOS").unwrap();
        assert_eq!(
            (bios.version.as_str(), bios.built.as_deref(), bios.board.as_deref()),
            ("1.9", Some("2022/09/16"), Some("1B0F"))
        );
        assert_eq!(parse(said, "BMC"), None);
        assert_eq!(parse("BMC version.............01.03.11\n", "BMC").unwrap().version, "01.03.11");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|\\.\\.|BIOS version|é){0,100}") {
            let _ = parse(&text, "BIOS");
        }
    }
}
