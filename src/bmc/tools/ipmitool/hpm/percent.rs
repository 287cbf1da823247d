//! How far an upload is, by the row that ipmitool writes over. Pure.

/// A reading of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Percent {
    /// The component's number.
    pub component: u8,
    /// Its name.
    pub name: String,
    /// Percent of this component; nothing where it is skipped, since it has this version already.
    pub percent: Option<u8>,
}

/// Reads a row such as `|   0|BMC-FW       |   1.08 00000000 | ---.-- -------- |   2.05 00000000 | 45%|`.
#[must_use]
pub fn parse(line: &str) -> Option<Percent> {
    let cells = cells(line)?;
    let [first, name, _, _, _, last, ..] = cells.as_slice() else { return None };
    let component = first.trim_matches([' ', '*', '^']).parse().ok().filter(|id| *id < 8)?;
    let percent = match last.trim() {
        "Skip" => None,
        text => Some(text.strip_suffix('%')?.trim().parse().ok().filter(|percent| *percent <= 100)?),
    };
    Some(Percent { component, name: name.trim().to_owned(), percent })
}

/// The cells of a row.
pub(super) fn cells(line: &str) -> Option<Vec<&str>> {
    let line = line.trim_start().strip_prefix('|')?;
    Some(line.split('|').collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(last: &str) -> Option<Percent> {
        parse(&format!("|*  2|BIOS         |   1.11 00000001 | ---.-- -------- |   1.11 19000000 |{last}"))
    }

    #[test]
    fn a_row_says_how_far_its_component_is() {
        let reading = |percent| Some(Percent { component: 2, name: "BIOS".into(), percent });
        assert_eq!(row(" 45%|"), reading(Some(45)));
        assert_eq!(row("100%|"), reading(Some(100)));
        assert_eq!(row("  0%|S"), reading(Some(0)));
        assert_eq!(row("Skip|"), reading(None));
        assert_eq!((row("101%|"), row(" %|"), row("")), (None, None, None));
        assert_eq!(parse("|    |Upload Time: 00:01             | Image Size:    3000 bytes              |"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\\||[0-9]|%| ){0,120}") {
            let _ = parse(&text);
        }
    }
}
