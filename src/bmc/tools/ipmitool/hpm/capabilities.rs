//! `hpm targetcap`. Pure.

use std::time::Duration;

/// What a controller can do of HPM.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Numbers of its components.
    pub components: Vec<u8>,
    /// Whether it tests itself after an activation.
    pub self_test: bool,
    /// Whether it goes back on command.
    pub manual_rollback: bool,
    /// Whether it goes back by itself after a failure.
    pub automatic_rollback: bool,
    /// Whether an update affects the host.
    pub services_affected: bool,
    /// Whether it says that it should not be updated now.
    pub undesirable: bool,
    /// How long it may be away for its own reset, where it says so.
    pub away: Option<Duration>,
}

/// Reads lines such as `Self test...............[y]`; nothing where there is no HPM.1 version among them.
#[must_use]
pub fn parse(said: &str) -> Option<Capabilities> {
    let value = |name: &str| {
        let rest = said.lines().find_map(|line| line.trim().strip_prefix(name))?;
        rest.starts_with('.').then(|| rest.trim_start_matches('.').trim().trim_matches(['[', ']']).trim())
    };
    value("HPM.1 version")?;
    let yes = |name: &str| value(name) == Some("y");
    let seconds = value("Inaccessibility timeout").and_then(|text| text.split(' ').next()?.parse().ok());
    Some(Capabilities {
        components: (0..8).filter(|id| yes(&format!("Component {id} presence"))).collect(),
        self_test: yes("Self test"),
        manual_rollback: yes("Manual rollback"),
        automatic_rollback: yes("Automatic rollback"),
        services_affected: yes("Service affected"),
        undesirable: yes("Upgrade undesirable"),
        away: seconds.map(Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_target_can_do_is_read() {
        let said = "TARGET UPGRADE CAPABILITIES\n-----\nHPM.1 version............0    \nComponent 0 presence....[y]   \n\
            Component 1 presence....[n]   \nComponent 2 presence....[y]   \nUpgrade undesirable.....[n]   \n\
            Manual rollback.........[y]   \nAutomatic rollback......[n]   \nSelf test...............[y]   \n\
            Self test timeout.......[60 sec] \nInaccessibility timeout.[120 sec] \n";
        let found = parse(said).unwrap();
        assert_eq!((found.components.as_slice(), found.away), (&[0, 2][..], Some(Duration::from_secs(120))));
        assert!(found.self_test && found.manual_rollback && !found.automatic_rollback && !found.services_affected);
        assert_eq!(parse("Error getting target upgrade capabilities, ccode: 0xc1"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|HPM.1 version|\\.|\\[y\\]){0,200}") {
            let _ = parse(&text);
        }
    }
}
