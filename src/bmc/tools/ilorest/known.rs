//! Versions of ilorest that are known to fail at what we ask of them. Pure.

/// A run of versions and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBad {
    /// The first of them.
    pub from: [u32; 2],
    /// The last of them.
    pub to: [u32; 2],
    /// What it does.
    pub fault: &'static str,
    /// Who reported it.
    pub source: &'static str,
}

/// Known faults. Versions are told by their first two numbers, as the reports tell them.
pub const KNOWN_BAD: [KnownBad; 5] = [
    KnownBad {
        from: [0, 0],
        to: [4, 0],
        fault: "an upload over a slow line ends in a write time-out",
        source: "HewlettPackard/python-redfish-utility#69",
    },
    KnownBad {
        from: [4, 1],
        to: [4, 1],
        fault: "it dies of the empty 400 with which iLO answers a login without privilege",
        source: "HewlettPackard/python-redfish-utility#77",
    },
    KnownBad {
        from: [4, 5],
        to: [4, 6],
        fault: "it dies of packages that name no PLDMImage",
        source: "HewlettPackard/python-redfish-utility#82",
    },
    KnownBad {
        from: [4, 7],
        to: [4, 7],
        fault: "it dies of packages that name no PLDMImage",
        source: "HewlettPackard/python-redfish-utility#90",
    },
    KnownBad {
        from: [5, 2],
        to: [5, 3],
        fault: "it dies of an iLO 5 that does not know Accept3rdPartyFirmware",
        source: "HewlettPackard/python-redfish-utility#103",
    },
];

/// What is known to be wrong with a version; nothing where nothing is, or where it cannot be read.
#[must_use]
pub fn known_bad(version: &str) -> Option<&'static KnownBad> {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let ours = [numbers.next()?.ok()?, numbers.next()?.ok()?];
    KNOWN_BAD.iter().find(|known| (known.from..=known.to).contains(&ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_in_a_known_run_is_told_with_its_source() {
        for (version, source) in
            [("3.6.0.0", "#69"), ("4.1.0.0", "#77"), ("4.6.0", "#82"), ("4.7", "#90"), ("5.3.0.1", "#103")]
        {
            assert!(known_bad(version).is_some_and(|known| known.source.ends_with(source)), "{version}");
        }
        for version in ["4.2.0.0", "5.1.0.0", "7.4.0.0", "", "x.y"] {
            assert_eq!(known_bad(version), None, "{version}");
        }
    }
}
