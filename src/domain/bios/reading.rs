//! What was read of a BIOS, and what became of what was sent to it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{AttributeValue, Attributes, BiosWay, Registry};

/// One look at a BIOS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BiosReading {
    /// By which way it was read, and would be set.
    pub way: BiosWay,
    /// The values that it runs with.
    pub attributes: Attributes,
    /// The values that wait for the next reset, of those that differ from what it runs with.
    pub pending: Attributes,
    /// What it says of its attributes.
    pub registry: Arc<Registry>,
    /// Jobs that wait to bring settings in, where the vendor has such.
    pub jobs: Vec<ConfigJob>,
    /// What it says of the settings that were applied last, by attribute; a key without a name stands for all.
    pub complaints: BTreeMap<String, String>,
}

/// A job of the BMC that brings settings in at the next boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigJob {
    /// Its resource.
    pub uri: String,
    /// Its name, state and maker, in the BMC's words.
    pub what: String,
}

/// How an attempt to stage settings ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Sent {
    /// The BMC took them; what it really holds must be read.
    Taken {
        /// The job that brings them in, where the BMC named one.
        job: Option<String>,
    },
    /// Someone else is at it, or the BMC is not ready: later.
    Busy {
        /// What the BMC says.
        why: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The BMC said no.
    Refused {
        /// What it says.
        why: String,
        /// What it says of single attributes.
        #[serde(default)]
        reasons: BTreeMap<String, String>,
    },
    /// The request may have arrived, and no clear answer came back. Only reading decides.
    Unknown {
        /// What happened.
        why: String,
    },
    /// Re-reading proved that values wait at the BMC, and that no job was made to bring them in. What is missing may be handed
    /// over, and the job made.
    Uncommitted {
        /// What proves it.
        why: String,
    },
    /// Nothing arrived, or re-reading proved that nothing was taken.
    NotTaken {
        /// Why, or what proves it.
        why: String,
    },
}

impl BiosReading {
    /// Whether values wait that nothing will bring in: the job for them was not made.
    #[must_use]
    pub fn is_uncommitted(&self) -> bool {
        self.way.wants_job() && self.jobs.is_empty() && !self.pending.is_empty()
    }

    /// Whether each of these values is the running one.
    #[must_use]
    pub fn runs(&self, values: &Attributes) -> bool {
        self.differing(values).is_empty()
    }

    /// Of these values, those that are not the running ones: what was read instead.
    #[must_use]
    pub fn differing(&self, values: &Attributes) -> BTreeMap<String, Option<AttributeValue>> {
        let now = |name: &String| self.attributes.get(name);
        let differ = values.iter().filter(|(name, value)| !now(name).is_some_and(|now| now.is(value)));
        differ.map(|(name, _)| (name.clone(), now(name).cloned())).collect()
    }

    /// Of these values, those that neither wait nor run.
    #[must_use]
    pub fn not_held(&self, values: &Attributes) -> Vec<String> {
        let is =
            |from: &Attributes, name: &String, value: &AttributeValue| from.get(name).is_some_and(|now| now.is(value));
        let missing = values.iter().filter(|(name, value)| {
            // A value that runs and is about to be replaced by another is not held.
            let waits = self.pending.contains_key(*name);
            !(is(&self.pending, name, value) || !waits && is(&self.attributes, name, value))
        });
        missing.map(|(name, _)| name.clone()).collect()
    }
}
