//! A profile's wishes against a machine: what changes, what is so already, what is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Attribute, AttributeValue, Attributes, Form, Reason, Registry, WireForm, Wishes,
    dependency::{Dependency, Makes},
    resolve::{is_secret_name, resolve, without_suffix},
};
use crate::domain::words;

/// A value that will be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The attribute, as the machine calls it.
    pub attribute: String,
    /// The value that it has.
    pub from: AttributeValue,
    /// The value that it will have, as it is on the wire.
    pub to: AttributeValue,
}

/// A wanted value that cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The attribute, as the profile calls it.
    pub attribute: String,
    /// Why.
    pub reason: Reason,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checked {
    /// What changes.
    pub changes: Vec<Change>,
    /// Attributes that are as they are wanted.
    pub already: Vec<String>,
    /// Optional ones that this machine does not have.
    pub absent: Vec<String>,
    /// What is refused. Where anything is, nothing may be sent.
    pub refused: Vec<Refused>,
}

/// Holds `wishes` against what a machine has (`current`) and says of itself (`registry`).
#[must_use]
pub fn check(wishes: &Wishes, registry: &Registry, current: &Attributes) -> Checked {
    let context = Context { registry, current, form: registry.wire_form(current) };
    let mut checked = Checked::default();
    let mut settled: BTreeMap<&str, (&str, AttributeValue)> = BTreeMap::new();
    for (name, wish) in &wishes.wanted {
        match context.settle(name, &wish.value) {
            Ok((attribute, value)) => match settled.get(attribute.name.as_str()) {
                Some((other, _)) => checked.refuse(name, Reason::Twice { other: (*other).to_owned() }),
                None => {
                    settled.insert(&attribute.name, (name, value));
                }
            },
            Err(reason) if wish.optional && reason.is_absence() => checked.absent.push(name.clone()),
            Err(reason) => checked.refuse(name, reason),
        }
    }
    // Dependencies are judged by the values as they will be, so that a profile may set what unlocks another.
    let mut overlaid = current.clone();
    overlaid.extend(settled.iter().map(|(attribute, (_, value))| ((*attribute).to_owned(), value.clone())));
    for (attribute, (name, value)) in &settled {
        let Some(now) = current.get(*attribute) else { continue };
        let is_so = context.same(attribute, now, value);
        let attribute = &registry.attributes[*attribute];
        let forced = context.forced(attribute, value, &overlaid);
        if is_so && forced.is_none() {
            checked.already.push(attribute.name.clone());
            continue;
        }
        let reason = if is_so { forced } else { context.locked(attribute, &overlaid).or(forced) };
        // The list of what is preserved has the last word.
        let reason = reason.or_else(|| preserving(&wishes.preserve, name, attribute));
        match reason {
            Some(reason) => checked.refuse(name, reason),
            None => {
                checked.changes.push(Change { attribute: attribute.name.clone(), from: now.clone(), to: value.clone() })
            }
        }
    }
    checked
}

/// The values that a profile's patterns preserve.
#[must_use]
pub fn preserved(patterns: &[String], current: &Attributes) -> Attributes {
    let is_preserved = |name: &str| {
        patterns.iter().any(|pattern| words::is_like(pattern, name) || words::is_like(pattern, without_suffix(name)))
    };
    current.iter().filter(|(name, _)| is_preserved(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn preserving(patterns: &[String], name: &str, attribute: &Attribute) -> Option<Reason> {
    let names = [name, &attribute.name, without_suffix(&attribute.name)];
    let pattern = patterns.iter().find(|pattern| names.iter().any(|name| words::is_like(pattern, name)))?;
    Some(Reason::Preserved { pattern: pattern.clone() })
}

impl Checked {
    fn refuse(&mut self, name: &str, reason: Reason) {
        self.refused.push(Refused { attribute: name.to_owned(), reason });
    }

    /// The new values, by attribute.
    #[must_use]
    pub fn values(&self) -> Attributes {
        self.changes.iter().map(|change| (change.attribute.clone(), change.to.clone())).collect()
    }
}

struct Context<'a> {
    registry: &'a Registry,
    current: &'a Attributes,
    form: WireForm,
}

impl<'a> Context<'a> {
    /// The attribute that is meant, and the value as it goes on the wire. What it is now, and what others make of it,
    /// is judged later.
    fn settle(&self, name: &str, value: &AttributeValue) -> Result<(&'a Attribute, AttributeValue), Reason> {
        if is_secret_name(name) {
            return Err(Reason::Secret);
        }
        let attribute = resolve(self.registry, name)?;
        if attribute.form == Form::Password || is_secret_name(&attribute.name) {
            return Err(Reason::Secret);
        }
        if attribute.unique {
            return Err(Reason::OfTheMachine);
        }
        let value = self.convert(attribute, value)?;
        let Some(now) = self.current.get(&attribute.name) else { return Err(Reason::NotHere) };
        // What shows the machine itself may be wanted as it is, to be sure of it.
        if attribute.immutable && !self.same(&attribute.name, now, &value) {
            return Err(Reason::OfTheMachine);
        }
        Ok((attribute, value))
    }

    fn convert(&self, attribute: &Attribute, value: &AttributeValue) -> Result<AttributeValue, Reason> {
        let wrong = |wanted: &str| Reason::WrongType { wanted: wanted.to_owned() };
        match (&attribute.form, value) {
            (Form::Enumeration(choices), AttributeValue::Text(_) | AttributeValue::Integer(_)) => {
                let text = value.to_string();
                let by = |same: &dyn Fn(&str) -> bool| {
                    choices
                        .iter()
                        .find(|choice| same(&choice.name))
                        .or_else(|| choices.iter().find(|choice| same(&choice.display)))
                };
                let choice = by(&|one| one == text).or_else(|| by(&|one| one.eq_ignore_ascii_case(&text)));
                let choice = choice.ok_or_else(|| self.not_allowed(attribute))?;
                Ok(AttributeValue::Text(choice.on_wire(self.form).to_owned()))
            }
            (Form::Enumeration(_), AttributeValue::Boolean(_)) => Err(self.not_allowed(attribute)),
            (Form::Integer { lower, upper, step }, _) => {
                let number = match value {
                    AttributeValue::Integer(number) => *number,
                    AttributeValue::Text(text) => text.trim().parse().map_err(|_| wrong("a whole number"))?,
                    AttributeValue::Boolean(_) => return Err(wrong("a whole number")),
                };
                if lower.is_some_and(|lower| number < lower) || upper.is_some_and(|upper| number > upper) {
                    return Err(Reason::OutOfBounds { lower: *lower, upper: *upper });
                }
                let (step, lower) = (step.unwrap_or(1), lower.unwrap_or(0));
                if number.checked_sub(lower).is_none_or(|above| above % step != 0) {
                    return Err(Reason::BetweenSteps { step, lower });
                }
                Ok(AttributeValue::Integer(number))
            }
            (Form::Boolean, AttributeValue::Boolean(_)) => Ok(value.clone()),
            (Form::Boolean, AttributeValue::Text(text)) => text
                .trim()
                .to_ascii_lowercase()
                .parse()
                .map(AttributeValue::Boolean)
                .map_err(|_| wrong("true or false")),
            (Form::Boolean, AttributeValue::Integer(_)) => Err(wrong("true or false")),
            (Form::Text { .. }, AttributeValue::Boolean(_)) => Err(wrong("a text")),
            (Form::Text { min, max }, _) => {
                let text = value.to_string();
                let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                if min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max) {
                    return Err(Reason::Length { min: *min, max: *max });
                }
                Ok(AttributeValue::Text(text))
            }
            (Form::Untold, _) => Ok(AttributeValue::Text(value.to_string())),
            (Form::Password, _) => Err(Reason::Secret),
            (Form::Unknown, _) => Err(wrong("of a type that firmdeck knows, which the registry does not say")),
        }
    }

    fn not_allowed(&self, attribute: &Attribute) -> Reason {
        let Form::Enumeration(choices) = &attribute.form else { return Reason::ReadOnly };
        Reason::NotAllowed { allowed: choices.iter().map(|choice| choice.on_wire(self.form).to_owned()).collect() }
    }

    /// Whether two values of an attribute are one: of an enumeration also by its other name.
    fn same(&self, attribute: &str, one: &AttributeValue, other: &AttributeValue) -> bool {
        one.is(other) || self.wire(attribute, one).is(&self.wire(attribute, other))
    }

    /// A value of the registry, where an enumeration stands under its name, as it is on the wire.
    fn wire(&self, attribute: &str, value: &AttributeValue) -> AttributeValue {
        let Some(Form::Enumeration(choices)) = self.registry.attributes.get(attribute).map(|one| &one.form) else {
            return value.clone();
        };
        let text = value.to_string();
        let choice = choices.iter().find(|choice| choice.name == text);
        choice.map_or_else(|| value.clone(), |choice| AttributeValue::Text(choice.on_wire(self.form).to_owned()))
    }

    fn holds(&self, dependency: &Dependency, values: &Attributes) -> bool {
        dependency.holds(values, |attribute, value| self.wire(attribute, value))
    }

    /// Whether it cannot be changed once `values` are there. Registries of live machines (Dell's) say `ReadOnly` of what
    /// others make read-only just now: then what they will make of it counts.
    fn locked(&self, attribute: &Attribute, values: &Attributes) -> Option<Reason> {
        type Is = fn(&Makes) -> Option<bool>;
        let kinds: [(&str, bool, Is); 3] = [
            ("read-only", attribute.read_only, |makes| if let Makes::ReadOnly(is) = makes { Some(*is) } else { None }),
            ("grayed out", attribute.gray_out, |makes| if let Makes::GrayOut(is) = makes { Some(*is) } else { None }),
            ("hidden", attribute.hidden, |makes| if let Makes::Hidden(is) = makes { Some(*is) } else { None }),
        ];
        for (word, stands, is) in kinds {
            let own = || self.registry.dependencies.iter().filter(|one| one.to == attribute.name);
            let makes_so = |one: &&Dependency| is(&one.makes) == Some(true);
            let frees = |one: &&Dependency| is(&one.makes) == Some(false);
            if let Some(by) = own().filter(makes_so).find(|one| self.holds(one, values)) {
                return Some(Reason::Locked { word: word.into(), by: said(by, values) });
            }
            let only_now = own().filter(makes_so).any(|one| self.holds(one, self.current));
            let is_freed = own().filter(frees).any(|one| self.holds(one, values));
            let may_be_freed = word == "read-only" && self.may_be_unlocked(attribute, values);
            if stands && !only_now && !is_freed && !may_be_freed {
                return Some(if word == "read-only" {
                    Reason::ReadOnly
                } else {
                    Reason::Inactive { word: word.into() }
                });
            }
        }
        None
    }

    /// Whether something that the profile changes besides may unlock it, where nothing says what locks what (racadm marks
    /// the turbo switch of a Dell read-only while another profile than Custom runs). The BMC then has the last word.
    fn may_be_unlocked(&self, attribute: &Attribute, values: &Attributes) -> bool {
        let changes = |one: &Attribute| self.current.get(&one.name) != values.get(&one.name);
        attribute.form == Form::Untold && self.registry.attributes.values().any(|one| !one.read_only && changes(one))
    }

    /// Whether a value that this profile changes brings another value for the attribute with it.
    fn forced(&self, attribute: &Attribute, wanted: &AttributeValue, values: &Attributes) -> Option<Reason> {
        let changes = |name: &str| self.current.get(name) != values.get(name);
        self.registry.dependencies.iter().find_map(|one| {
            let Makes::Value(value) = &one.makes else { return None };
            let value = self.wire(&attribute.name, value);
            let is_ours =
                one.to == attribute.name && one.controllers().any(|name| name != attribute.name && changes(name));
            (is_ours && !value.is(wanted) && self.holds(one, values))
                .then(|| Reason::Forced { by: said(one, values), value })
        })
    }
}

/// The attributes that a dependency looks at, with their values.
fn said(dependency: &Dependency, values: &Attributes) -> Vec<String> {
    let mut names: Vec<&str> = dependency.controllers().collect();
    names.dedup();
    let value = |name: &str| values.get(name).map_or_else(|| "unknown".into(), ToString::to_string);
    names.into_iter().map(|name| format!("{name} = {}", value(name))).collect()
}
