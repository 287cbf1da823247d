//! What an operator wants of BIOSes, by machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::AttributeValue;
use crate::domain::manifest::{Fit, Hardware, Machines};

/// A named set of wanted BIOS attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Unique among all manifests and profiles.
    pub name: String,
    /// Names that no rule may change, as patterns.
    pub preserve: Vec<String>,
    /// What is wanted on which machines.
    pub rules: Vec<ProfileRule>,
    /// Remarks for the operator.
    pub notes: Option<String>,
}

/// What is wanted on some machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRule {
    /// The machines.
    #[serde(flatten)]
    pub machines: Machines,
    /// Values by attribute name.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// Of these, the ones that a machine need not have.
    pub optional: Vec<String>,
    /// Names that must not be changed on these machines, as patterns.
    pub preserve: Vec<String>,
}

/// One wanted value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The value.
    pub value: AttributeValue,
    /// A machine need not have the attribute.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What a profile wants of one machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wishes {
    /// By attribute name, as the profile has it.
    pub wanted: BTreeMap<String, Wish>,
    /// Names that must not be changed, as patterns.
    pub preserve: Vec<String>,
}

/// What a profile says of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Says {
    /// Nothing: no rule is for it.
    Nothing,
    /// This.
    Wants(Wishes),
    /// Two rules want two values of one attribute.
    Conflict { attribute: String, one: AttributeValue, other: AttributeValue },
    /// What would prove that a rule is for it is unknown.
    Unproven(String),
}

impl Profile {
    /// What it wants of `hardware`: all rules that fit, together.
    pub(in crate::domain) fn of(&self, hardware: &Hardware<'_>) -> Says {
        let mut wishes = Wishes { preserve: self.preserve.clone(), ..Wishes::default() };
        let (mut fits, mut unproven) = (false, None);
        for rule in &self.rules {
            match rule.machines.fit(hardware) {
                Fit::Match { .. } => fits = true,
                Fit::Unproven { by } => {
                    unproven = Some(by.to_string());
                    continue;
                }
                Fit::Mismatch { .. } => continue,
            }
            wishes.preserve.extend(rule.preserve.iter().cloned());
            for (name, value) in &rule.attributes {
                let optional = rule.optional.contains(name);
                let wish = wishes.wanted.entry(name.clone()).or_insert_with(|| Wish { value: value.clone(), optional });
                if wish.value != *value {
                    let (attribute, one, other) = (name.clone(), wish.value.clone(), value.clone());
                    return Says::Conflict { attribute, one, other };
                }
                wish.optional &= optional;
            }
        }
        match unproven {
            Some(by) if !fits => Says::Unproven(by),
            _ if !fits => Says::Nothing,
            _ => Says::Wants(wishes),
        }
    }
}
