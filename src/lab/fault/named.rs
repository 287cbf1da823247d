//! The faults that come with the lab, and files of rules from elsewhere.

use std::{fs, io, path::Path};

use super::{Rule, Servers, parse};

/// Why a fault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// Not TOML, or a field that no rule has.
    #[error("{file}:{line}: {what}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        what: String,
    },
    /// A field with a value that makes no sense.
    #[error("{file}:{line}: {field}: {what}")]
    Field {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The file cannot be read.
    #[error("cannot read {file}: {error}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// No fault has this name.
    #[error("no fault `{name}`; there are {}", names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
}

macro_rules! faults {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../faults/", $name, ".toml")))),*]
    };
}

const NAMED: &[(&str, &str)] = faults![
    "accept-header",
    "accepted-500",
    "accepted-without-task",
    "black-hole",
    "bmc-reset",
    "bmc-stays-away",
    "busy",
    "cannot-fetch",
    "claimed",
    "completed-with-errors",
    "connection-reset",
    "critical-event",
    "cut-answer",
    "ends-critical",
    "factory-accounts",
    "flash-does-not-take",
    "flash-fails",
    "foreign-settings",
    "foreign-task",
    "garbage",
    "html-login",
    "huge-answer",
    "in-post",
    "inventory-changes",
    "inventory-error",
    "job-late",
    "job-new",
    "lc-not-ready",
    "lockdown",
    "lost-answer",
    "member-missing",
    "new-certificate",
    "no-licence",
    "no-members",
    "odd-version",
    "other-serial",
    "other-shapes",
    "partial-settings",
    "post-hangs",
    "rac964",
    "queue-head-failed",
    "read-only-account",
    "reboot-pending",
    "reset-in-flash",
    "reset-in-upload",
    "reset-in-verify",
    "rests-at-complete",
    "same-uuid",
    "says-otherwise",
    "sessions-full",
    "setting-does-not-stick",
    "setting-locks",
    "signature-not-verified",
    "slow-inventory",
    "stands-still",
    "task-becomes-job",
    "task-hangs",
    "task-vanishes",
    "tls-stall",
    "token-lost",
    "tool-fails-late",
    "tool-flashes-nothing",
    "tool-hangs",
    "tpm",
    "truncated-json",
    "unauthorized-after-reset",
    "update-mode-stuck",
    "upload-lost",
    "upload-refused-silently",
];

/// The names of the faults that come with the lab.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _)| *name)
}

/// The rules of `NAME[@SERVER]` or of a file (`./file.toml[@SERVER]`). `SERVER` replaces what the rules say.
///
/// # Errors
/// When there is no such fault, or its file cannot be read or understood.
pub fn load(word: &str) -> Result<Vec<Rule>, FaultError> {
    let (name, server) = word.rsplit_once('@').map_or((word, None), |(name, server)| (name, Some(server)));
    let is_file = Path::new(name).extension().is_some_and(|end| end == "toml");
    let mut rules = if is_file {
        let text = fs::read_to_string(name).map_err(|error| FaultError::Read { file: name.to_owned(), error })?;
        parse(name, &text)?
    } else {
        let (_, text) = NAMED
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| FaultError::Unknown { name: name.to_owned() })?;
        parse(name, text)?
    };
    if let Some(server) = server {
        for rule in &mut rules {
            rule.servers = Servers::from_word(server);
        }
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_fault_can_be_loaded_and_aimed() {
        for name in names() {
            assert!(!load(name).unwrap().is_empty(), "{name}");
            let aimed = load(&format!("{name}@2")).unwrap();
            assert!(aimed.iter().all(|rule| rule.servers == Servers::Index(vec![2])));
        }
        assert!(load("no-such").unwrap_err().to_string().contains("sessions-full"));
    }
}
