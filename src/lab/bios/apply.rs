//! What a BIOS does with changes: when they are asked for, and at the host's next boot.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value};

use super::{Attribute, Form, Rule, Setting, Style, Then};
use crate::lab::model::{Machine, Mishap};

/// How much longer a POST takes that brings settings in.
const BOOT: Duration = Duration::from_secs(90);

/// What is wrong with one wanted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No such attribute.
    Unknown,
    /// Of another type.
    Type,
    /// Not among the choices, or out of bounds.
    Value,
    /// It cannot be changed.
    ReadOnly,
    /// Others make it so.
    DependsOnOthers,
}

/// One wanted value that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The attribute, as it was called.
    pub attribute: String,
    /// The value that was wanted.
    pub value: String,
    /// Why.
    pub wrong: Wrong,
}

impl Rule {
    pub(super) fn holds(&self, values: &BTreeMap<&'static str, Setting>) -> bool {
        let now = values.get(self.from).map(|setting| match setting {
            Setting::Text(text) => text.clone(),
            Setting::Number(number) => number.to_string(),
            Setting::Flag(flag) => flag.to_string(),
        });
        now.is_some_and(|now| (now == self.value) == self.is)
    }
}

impl Style {
    /// Takes wanted values, all or none, to wait for the host's next boot.
    ///
    /// # Errors
    /// Every value that is refused.
    pub fn stage(&self, machine: &mut Machine, wanted: &Map<String, Value>) -> Result<(), Vec<Complaint>> {
        let mut wrong = Vec::new();
        let mut taken: Vec<(&'static Attribute, Setting)> = Vec::new();
        for (name, value) in wanted {
            match self.judge(machine, name, value) {
                Ok(one) => taken.push(one),
                Err(why) => wrong.push(Complaint { attribute: name.clone(), value: value.to_string(), wrong: why }),
            }
        }
        // What waits already counts as it will be (racadm sets one value after another).
        let mut coming = machine.bios.current.clone();
        coming.extend(machine.bios.pending.iter().map(|(name, setting)| (*name, setting.clone())));
        coming.extend(taken.iter().map(|(attribute, setting)| (attribute.name, setting.clone())));
        for (attribute, setting) in taken.iter().filter(|_| self.judges_at_once) {
            if self
                .rules
                .iter()
                .any(|rule| rule.to == attribute.name && rule.then == Then::ReadOnly && rule.holds(&coming))
            {
                let value = self.wire_value(attribute, setting).to_string();
                let attribute = self.wire_name(machine, attribute);
                wrong.push(Complaint { attribute, value, wrong: Wrong::DependsOnOthers });
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if machine.strikes(Mishap::PartialSettings) {
            taken.pop();
        }
        machine.bios.pending.extend(taken.into_iter().map(|(attribute, setting)| (attribute.name, setting)));
        machine.counts.settings_taken += 1;
        Ok(())
    }

    fn judge(&self, machine: &Machine, name: &str, value: &Value) -> Result<(&'static Attribute, Setting), Wrong> {
        let attribute = self.by_wire_name(machine, name).ok_or(Wrong::Unknown)?;
        if attribute.shows || machine.bios.locked == Some(attribute.name) {
            return Err(Wrong::ReadOnly);
        }
        let setting = match attribute.form {
            Form::Choice(choices) => {
                let word = value.as_str().ok_or(Wrong::Type)?;
                let on_wire =
                    |(name, display): &&(&'static str, &'static str)| if self.coded { *display } else { *name };
                let choice = choices.iter().find(|choice| on_wire(choice) == word).ok_or(Wrong::Value)?;
                Setting::Text(choice.0.to_owned())
            }
            Form::Number(lower, upper, step) => {
                let number = value.as_i64().ok_or(Wrong::Type)?;
                if number < lower || number > upper || (step > 0 && (number - lower) % step != 0) {
                    return Err(Wrong::Value);
                }
                Setting::Number(number)
            }
            Form::Text(min, max) => {
                let text = value.as_str().ok_or(Wrong::Type)?;
                let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                if length < min || length > max {
                    return Err(Wrong::Value);
                }
                Setting::Text(text.to_owned())
            }
            Form::Flag => Setting::Flag(value.as_bool().ok_or(Wrong::Type)?),
            Form::Password => return Err(Wrong::ReadOnly),
        };
        Ok((attribute, setting))
    }
}

impl Machine {
    /// What a POST that begins does with settings that wait for it. Returns how much longer it takes.
    pub(in crate::lab) fn boot_bios(&mut self, now: Duration) -> Duration {
        let Some(style) = self.identity.personality.profile().bios else { return Duration::ZERO };
        // A job that was deleted leaves its values behind, and nothing brings them in (Dell).
        if self.bios.pending.is_empty() || (style.by_job && self.bios.job.is_none()) {
            return Duration::ZERO;
        }
        let mut coming = std::mem::take(&mut self.bios.pending);
        if self.strikes(Mishap::SettingDoesNotStick) {
            coming.pop_first();
        }
        let mut after = self.bios.current.clone();
        after.extend(coming.iter().map(|(name, setting)| (*name, setting.clone())));
        self.bios.complaints.clear();
        // What others lock with the values that are coming does not come in.
        let locks = |name: &str| {
            let mut rules = style.rules.iter().filter(|rule| rule.to == name && !matches!(rule.then, Then::Value(_)));
            rules.any(|rule| rule.holds(&after))
        };
        let (locked, free): (Vec<_>, Vec<_>) = coming.into_iter().partition(|(name, _)| locks(name));
        for (name, setting) in locked {
            let Some(attribute) = style.attributes.iter().find(|attribute| attribute.name == name) else { continue };
            let value = style.wire_value(attribute, &setting).to_string();
            let attribute = style.wire_name(self, attribute);
            self.bios.complaints.push(Complaint { attribute, value, wrong: Wrong::DependsOnOthers });
        }
        let changed: Vec<&str> = free.iter().map(|(name, _)| *name).collect();
        let forces = |rule: &&Rule| changed.contains(&rule.from) && rule.holds(&after);
        let forced: Vec<_> = style
            .rules
            .iter()
            .filter(forces)
            .filter_map(|rule| match rule.then {
                Then::Value(value) => Some((rule.to, Setting::Text(value.to_owned()))),
                _ => None,
            })
            .collect();
        self.bios.current.extend(free);
        self.bios.current.extend(forced);
        self.bios.applied_at = Some(now);
        self.counts.settings_applied += 1;
        if let Some(job) = self.bios.job.take() {
            self.finish_task(&job, now);
        }
        BOOT
    }

    /// Somebody else's setting waits.
    pub(in crate::lab) fn foreign_setting(&mut self) {
        let Some(style) = self.identity.personality.profile().bios else { return };
        let other = style.attributes.iter().find_map(|attribute| {
            let Form::Choice(choices) = attribute.form else { return None };
            let now = self.bios.current.get(attribute.name)?;
            let other = choices.iter().find(|(name, _)| Setting::Text((*name).to_owned()) != *now)?;
            Some((attribute.name, Setting::Text(other.0.to_owned())))
        });
        self.bios.pending.extend(other);
    }

    /// The BIOS of now does not let the first of its switches be changed that nothing else locks.
    pub(in crate::lab) fn lock_setting(&mut self) {
        let Some(style) = self.identity.personality.profile().bios else { return };
        let is_free = |attribute: &&Attribute| {
            matches!(attribute.form, Form::Choice(_))
                && style.rules.iter().all(|rule| rule.to != attribute.name && rule.from != attribute.name)
        };
        self.bios.locked = style.attributes.iter().find(is_free).map(|attribute| attribute.name);
    }
}
