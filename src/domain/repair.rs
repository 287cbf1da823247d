//! What an operator may do to a BMC that stands in its own way: each act is shown first, bound to what was shown, and
//! written down before it is done.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Digest as _;

use super::{digest::Sha256, machine::Numbers};

/// An act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "repair")]
pub enum Repair {
    /// Restart the BMC: hung jobs, a full memory, an update mode that does not end.
    ResetBmc,
    /// Give the update service's busy flag back that a run of ours has left.
    ReleaseClaim,
    /// Delete a job, a task, or an entry of a queue.
    DeleteJob {
        /// Its resource.
        uri: String,
    },
    /// Switch the light on by which a server is found in its rack, or off.
    Identify {
        /// On.
        on: bool,
    },
}

impl Repair {
    /// What becomes of the server by it, for a person who is to confirm it.
    #[must_use]
    pub const fn consequence(&self) -> &'static str {
        match self {
            Self::ResetBmc => {
                "the BMC restarts: consoles and sessions end, it answers nothing for some minutes, and what it was doing \
                 is lost; the host goes on running"
            }
            Self::ReleaseClaim => "the update service is free again for whoever comes next",
            Self::DeleteJob { .. } => {
                "it is never carried out, and what waits behind it goes on; what it has staged may be gone"
            }
            Self::Identify { on: true } => "the server's location light is lit; nothing else changes",
            Self::Identify { on: false } => "the server's location light goes out; nothing else changes",
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResetBmc => f.write_str("reset the BMC"),
            Self::ReleaseClaim => f.write_str("release the claim of the update service"),
            Self::DeleteJob { uri } => write!(f, "delete {uri}"),
            Self::Identify { on: true } => f.write_str("light the location light"),
            Self::Identify { on: false } => f.write_str("put the location light out"),
        }
    }
}

/// An act as it was shown to whoever confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What is to be done.
    pub repair: Repair,
    /// Who the server is.
    pub identity: Numbers,
    /// The resource that it is done to, whole, without what changes by itself.
    pub resource: Value,
    /// What the BMC is doing at the moment, where it is at something.
    pub busy: Option<String>,
}

/// Members that change while nothing does.
const RESTLESS: [&str; 5] = ["@odata.etag", "DateTime", "CurrentTime", "BootProgress", "LastUpdated"];

impl Shown {
    /// SHA-256 of what was shown: a confirmation is bound to it.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        let mut bound = self.clone();
        settle(&mut bound.resource);
        // Plain data always has a JSON form; an empty one would be no act's digest.
        Sha256(sha2::Sha256::digest(serde_json::to_vec(&bound).unwrap_or_default()).into())
    }
}

fn settle(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !RESTLESS.contains(&key.as_str()));
            map.values_mut().for_each(settle);
        }
        Value::Array(list) => list.iter_mut().for_each(settle),
        _ => {}
    }
}

/// What is written down of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum RepairEvent {
    /// It will be done now.
    RepairIntended {
        /// What was confirmed, whole.
        shown: Shown,
        /// Who confirmed it.
        actor: String,
    },
    /// How it ended.
    RepairEnded {
        /// How.
        outcome: RepairOutcome,
    },
}

/// How an act ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum RepairOutcome {
    /// The BMC has done it, or begun to.
    Done,
    /// The BMC said no, and nothing was changed.
    Refused {
        /// What it says.
        why: String,
    },
    /// No clear answer came: only a look at the BMC tells.
    Unknown {
        /// What happened.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_confirmation_is_bound_to_what_was_shown_and_not_to_what_ticks() {
        let shown = |resource: Value, busy: Option<&str>| Shown {
            repair: Repair::DeleteJob { uri: "/redfish/v1/JobService/Jobs/JID_1".into() },
            identity: Numbers { serial: Some("LAB1".into()), ..Numbers::default() },
            resource,
            busy: busy.map(str::to_owned),
        };
        let one = shown(json!({ "JobState": "New", "@odata.etag": "1", "Oem": { "DateTime": "a" } }), None).digest();
        let ticked = shown(json!({ "JobState": "New", "@odata.etag": "2", "Oem": { "DateTime": "b" } }), None).digest();
        assert_eq!(one, ticked);
        assert_ne!(one, shown(json!({ "JobState": "Running", "Oem": {} }), None).digest());
        assert_ne!(one, shown(json!({ "JobState": "New", "Oem": {} }), Some("task 2 runs")).digest());
    }
}
