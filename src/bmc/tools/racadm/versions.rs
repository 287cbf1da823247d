//! `getversion` and `serveraction powerstatus`. Pure.

/// The three versions that `getversion` tells. What it does not tell is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions {
    /// System BIOS.
    pub bios: Option<String>,
    /// The iDRAC itself.
    pub idrac: Option<String>,
    /// Its Lifecycle Controller.
    pub lifecycle: Option<String>,
}

/// Reads the answer to `getversion`; nothing where it has none of them.
#[must_use]
pub fn parse(said: &str) -> Option<Versions> {
    let value = |name: &str| {
        let mut fields = said.lines().filter_map(|line| line.split_once('='));
        let found = fields.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty() && *value != "NA").map(str::to_owned)
    };
    let versions = Versions {
        bios: value("Bios Version"),
        idrac: value("iDRAC Version"),
        lifecycle: value("Lifecycle Controller Version"),
    };
    (versions != Versions::default()).then_some(versions)
}

/// Reads the answer to `serveraction powerstatus`: `Server power status: ON`.
#[must_use]
pub fn parse_power(said: &str) -> Option<bool> {
    let lines = said.lines().map(str::to_ascii_lowercase);
    let word =
        lines.filter_map(|line| Some(line.split_once("power status")?.1.trim_matches([' ', ':']).to_owned())).next()?;
    match word.as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_read_past_empty_lines_and_spaces() {
        let said = "Security Alert: Certificate is invalid = maybe\nBios Version                     = 2.11.0\n\n \
                    iDRAC Version                    = 2.63.60.61\n\n Lifecycle Controller Version     = NA\n";
        let versions = parse(said).unwrap();
        assert_eq!((versions.bios.as_deref(), versions.idrac.as_deref()), (Some("2.11.0"), Some("2.63.60.61")));
        assert_eq!(versions.lifecycle, None);
        assert_eq!(parse("ERROR: Login failed"), None);
    }

    #[test]
    fn power_is_on_or_off_or_not_told() {
        assert_eq!(parse_power("Server power status: ON\n"), Some(true));
        assert_eq!(parse_power("Server power status: OFF"), Some(false));
        assert_eq!(parse_power("Server power status: UNKNOWN"), None);
        assert_eq!(parse_power(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|=|:|Bios Version|power status){0,100}") {
            let _ = (parse(&text), parse_power(&text));
        }
    }
}
