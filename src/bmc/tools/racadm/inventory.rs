//! `swinventory`. Pure.

/// What an entry of the inventory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Current,
    /// It is kept for a rollback.
    Rollback,
    /// It lies ready to be installed.
    Available,
}

/// One entry: a version of some firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// `BIOS`, `FIRMWARE`, `APPLICATION`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it is: `BIOS.Setup.1-1`.
    pub fqdd: String,
    /// What the version is.
    pub state: State,
    /// The version.
    pub version: String,
}

/// Reads the answer to `swinventory`: blocks of `key = value` between lines of dashes. A block without a place or a version is
/// left out.
#[must_use]
pub fn parse(said: &str) -> Vec<Software> {
    let mut found = Vec::new();
    let mut block: Vec<(&str, &str)> = Vec::new();
    for line in said.lines().map(str::trim) {
        if line.starts_with("-----") {
            read(&block, &mut found);
            block.clear();
        } else if let Some((key, value)) = line.split_once('=') {
            block.push((key.trim(), value.trim()));
        }
    }
    read(&block, &mut found);
    found
}

fn read(block: &[(&str, &str)], found: &mut Vec<Software>) {
    const VERSIONS: [(&str, State); 3] = [
        ("Current Version", State::Current),
        ("Rollback Version", State::Rollback),
        ("Available Version", State::Available),
    ];
    let value = |name: &str| {
        let value = block.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        value.filter(|value| !value.is_empty() && *value != "NA")
    };
    let Some(fqdd) = value("FQDD") else { return };
    for (key, state) in VERSIONS {
        if let Some(version) = value(key) {
            found.push(Software {
                kind: value("ComponentType").unwrap_or_default().to_owned(),
                name: value("ElementName").unwrap_or_default().to_owned(),
                fqdd: fqdd.to_owned(),
                state,
                version: version.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_block_is_one_version_of_one_place() {
        let said = "Security Alert: Certificate is invalid - self signed certificate\n\n\
            -------------------------SOFTWARE INVENTORY------------------------\n\n\
            ComponentType = BIOS\nElementName = BIOS\nFQDD = BIOS.Setup.1-1\nInstallationDate = NA\nRollback Version = 2.10.5\n\
            -------------------------------------------------------------------\n\n\
            ComponentType = BIOS\nElementName = BIOS\nFQDD = BIOS.Setup.1-1\nInstallationDate = 2020-01-02T03:04:05Z\n\
            Current Version = 2.11.0\n-------------------------------------------------------------------\n\n\
            ComponentType = FIRMWARE\nElementName = Lab Controller = 2\nFQDD = NIC.Embedded.1-1-1\nCurrent Version = NA\n\
            -------------------------------------------------------------------\n\nElementName = x\nCurrent Version = 1\n";
        let found = parse(said);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].state, found[0].version.as_str()), (State::Rollback, "2.10.5"));
        assert_eq!(
            (found[1].state, found[1].version.as_str(), found[1].fqdd.as_str()),
            (State::Current, "2.11.0", "BIOS.Setup.1-1")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|=|FQDD = |Current Version = |-----){0,200}") {
            let _ = parse(&text);
        }
    }
}
