//! The table of `hpm check`. Pure.

use super::percent::cells;

/// One component of a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its number, 0 to 7.
    pub id: u8,
    /// Its name.
    pub name: String,
    /// What runs.
    pub active: Option<String>,
    /// What it can go back to.
    pub backup: Option<String>,
    /// What waits for its activation, or what the file has.
    pub third: Option<String>,
    /// Whether it runs only after a cold reset of the host.
    pub needs_cold_reset: bool,
}

/// Reads the rows of the table; those that make no sense are left out.
#[must_use]
pub fn parse(said: &str) -> Vec<Component> {
    said.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Component> {
    let cells = cells(line)?;
    let [first, name, active, backup, third, ..] = cells.as_slice() else { return None };
    let id = first.trim_matches([' ', '*', '^']).parse().ok().filter(|id| *id < 8)?;
    Some(Component {
        id,
        name: name.trim().to_owned(),
        active: version(active),
        backup: version(backup),
        third: version(third),
        needs_cold_reset: first.contains('*'),
    })
}

/// `1.11 00000001` is a version and four bytes of the vendor's; dashes are none.
fn version(cell: &str) -> Option<String> {
    let version = cell.split_whitespace().next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_read_and_headings_are_none() {
        let said = "-----\n|ID  | Name        |                     Versions                        |\n\
            |    |             |     Active      |     Backup      |      Deferred   |\n-----\n\
            |   0|BMC-FW       |   1.08 00000000 |   2.05 00000000 | ---.-- -------- |\n\
            |*  1|BOOT         |   3.07 00000000 | ---.-- -------- | ---.-- -------- |\n\
            | ^ 2|CPLD         |   0.06 00000000 | ---.-- -------- |   0.08 00000001 |\n|  77|x|1.0 0|1.0 0|1.0 0|\n-----\n";
        let found = parse(said);
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((found[0].active.as_deref(), found[0].backup.as_deref()), (Some("1.08"), Some("2.05")));
        assert_eq!((found[1].name.as_str(), found[1].backup.as_deref()), ("BOOT", None));
        assert!(found[1].needs_cold_reset && !found[0].needs_cold_reset);
        assert_eq!(found[2].third.as_deref(), Some("0.08"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|\\||[0-9]| ){0,200}") {
            let _ = parse(&text);
        }
    }
}
