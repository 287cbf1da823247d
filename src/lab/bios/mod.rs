//! BIOS settings of the lab's machines: what each vendor's BIOS offers, how it says so, and what it does with changes.
//!
//! The registries are invented: few attributes, in each vendor's shape and with names that its BIOSes use.

mod apply;
mod catalogue;
mod job;
mod registry;
mod style;
mod wire;

pub use apply::{Complaint, Wrong};
pub use catalogue::{Attribute, Form, Rule, Start, Then};
pub(in crate::lab) use style::{DELL_BY_RACADM, DELL_STYLE, HPE_STYLE, LENOVO_STYLE, X12_STYLE, X13_STYLE};
pub use style::{Pending, Style};

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::lab::model::Machine;

/// A value of a setting, under the registry's own name for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// A choice, or a text.
    Text(String),
    /// A number.
    Number(i64),
    /// True or false.
    Flag(bool),
}

/// The settings of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What it runs with, by the catalogue's name.
    pub current: BTreeMap<&'static str, Setting>,
    /// What waits for the host's next boot.
    pub pending: BTreeMap<&'static str, Setting>,
    /// The task of the job that brings it in (Dell).
    pub job: Option<String>,
    /// What did not come in at the last boot, and why.
    pub complaints: Vec<Complaint>,
    /// Device time of that boot.
    pub applied_at: Option<Duration>,
    /// An attribute that the BIOS of now does not let be changed.
    pub locked: Option<&'static str>,
}

impl Settings {
    /// As the factory sets them.
    #[must_use]
    pub fn factory(style: Option<&Style>) -> Self {
        let attributes = style.map(|style| style.attributes).unwrap_or_default();
        let start = |attribute: &Attribute| {
            let setting = match attribute.start {
                Start::Word(word) => Setting::Text(word.to_owned()),
                Start::Number(number) => Setting::Number(number),
                Start::Flag(flag) => Setting::Flag(flag),
                Start::Of(_) | Start::Nothing => return None,
            };
            Some((attribute.name, setting))
        };
        Self { current: attributes.iter().filter_map(start).collect(), ..Self::default() }
    }
}

/// What of a machine an attribute shows.
pub type Shows = fn(&Machine) -> String;
