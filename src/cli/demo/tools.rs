//! Which vendors' tools a demo can show at work: those of ours always, others' where they are installed.

use std::{env, os::unix::fs::PermissionsExt as _, path::PathBuf};

use crate::lab::{personality::Personality, stand_in::Tool};

/// Tools of others that are on this machine. Whether they are what their names say, the engine finds out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present {
    /// HPE's, for components whose signature lies beside them.
    pub(super) ilorest: bool,
    /// For boards that speak IPMI alone.
    pub(super) ipmitool: bool,
}

impl Present {
    pub(super) fn look() -> Self {
        Self { ilorest: is_there("ilorest"), ipmitool: is_there("ipmitool") }
    }

    /// The kinds of BMC of a demo for which none were named.
    pub(super) fn fleet(self) -> Vec<Personality> {
        let board = self.ipmitool.then_some(Personality::HpmBoard);
        Personality::ALL.into_iter().chain([Personality::Idrac8, Personality::SupermicroX11]).chain(board).collect()
    }

    /// What this demo does not show, and why.
    pub(super) fn missing(self) -> Option<String> {
        let missing = [
            (self.ilorest, "ilorest, for HPE's components with a signature beside them"),
            (self.ipmitool, "ipmitool, for boards that speak IPMI alone"),
        ];
        let missing: Vec<_> = missing.into_iter().filter(|(is_there, _)| !is_there).map(|(_, what)| what).collect();
        (!missing.is_empty())
            .then(|| format!("not part of this demo, since it is not installed: {}", missing.join("; ")))
    }
}

/// The stand-ins in a directory, for `[tools]`.
pub(super) fn stand_ins(directory: &std::path::Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    // SAA is used where there is no SUM.
    [Tool::Racadm, Tool::Sum].into_iter().map(|tool| (tool.name(), directory.join(tool.name())))
}

fn is_there(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| {
        let found = directory.join(name).metadata();
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}
