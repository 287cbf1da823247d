//! `chassis power`. Pure.

/// What may be asked of a host's power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerAction {
    /// On.
    On,
    /// Off, without asking the operating system.
    Off,
    /// The operating system is asked to shut down.
    Soft,
    /// Off and on again, without asking.
    Cycle,
}

impl PowerAction {
    /// ipmitool's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Soft => "soft",
            Self::Cycle => "cycle",
        }
    }
}

/// Reads `Chassis Power is on`.
#[must_use]
pub fn parse(said: &str) -> Option<bool> {
    said.lines().find_map(|line| match line.trim().strip_prefix("Chassis Power is ")?.trim() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_and_off_are_read_and_nothing_else() {
        assert_eq!(parse("Chassis Power is on\n"), Some(true));
        assert_eq!(parse("warning\nChassis Power is off\n"), Some(false));
        assert_eq!(parse("Chassis Power is unknown\n"), None);
        assert_eq!(parse("Chassis Power Control: Up/On"), None);
    }
}
