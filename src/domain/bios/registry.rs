//! The attribute registry of a BIOS (DMTF AttributeRegistry v1_4_0), read tolerantly: one odd entry is one note.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{AttributeValue, Attributes, dependency::Dependency};

/// What a BIOS says of its attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    /// Its name, as the BMC has it.
    pub id: Option<String>,
    /// By name.
    pub attributes: BTreeMap<String, Attribute>,
    /// What follows from values for other attributes.
    pub(super) dependencies: Vec<Dependency>,
    /// What was odd and is left out.
    pub notes: Vec<String>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attribute {
    /// Its name on the wire.
    pub name: String,
    /// What a person sees in the setup screen.
    pub display: Option<String>,
    /// Where that is: `./Advanced/CPU Configuration`.
    pub menu: Option<String>,
    /// What it can be.
    pub form: Form,
    /// It cannot be changed, now at least: registries of live machines count what other attributes make of it.
    pub read_only: bool,
    /// It is inactive, now at least.
    pub gray_out: bool,
    /// It is not shown, now at least.
    pub hidden: bool,
    /// It shows what the machine is.
    pub immutable: bool,
    /// It is this one machine's: a serial number, an asset tag.
    pub unique: bool,
}

/// What an attribute can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Form {
    /// One of these.
    Enumeration(Vec<Choice>),
    /// A whole number.
    Integer {
        /// The least.
        lower: Option<i64>,
        /// The most.
        upper: Option<i64>,
        /// From one to the next, counted from the least; zero and nothing say nothing.
        step: Option<i64>,
    },
    /// A text. Its `ValueExpression` is left to the BMC: it is in JavaScript's dialect, and often broken.
    Text {
        /// Fewest characters.
        min: Option<u64>,
        /// Most characters.
        max: Option<u64>,
    },
    /// True or false.
    Boolean,
    /// A password: never in a profile.
    Password,
    /// What nobody says, where there is no registry: the BMC takes a value or refuses it.
    Untold,
    /// Something else, in the registry's word.
    #[default]
    Unknown,
}

/// One value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `ValueName`: what the standard sends.
    pub name: String,
    /// `ValueDisplayName`: what the setup screen shows, and Supermicro sends.
    pub display: String,
}

/// Which of a choice's two names is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WireForm {
    /// `ValueName`, as the standard has it.
    #[default]
    Name,
    /// `ValueDisplayName`: Supermicro (captured X13: `Enabled` where the registry names it `1`).
    Display,
}

impl Choice {
    /// What is sent and read for it.
    #[must_use]
    pub fn on_wire(&self, form: WireForm) -> &str {
        match form {
            WireForm::Name => &self.name,
            WireForm::Display => &self.display,
        }
    }
}

impl Registry {
    /// Reads a registry resource.
    #[must_use]
    pub fn of_json(body: &Value) -> Self {
        let mut registry = Self { id: text(body, "Id"), ..Self::default() };
        let entries = body.get("RegistryEntries").unwrap_or(body);
        for (index, item) in items(entries, "Attributes").enumerate() {
            match attribute(item) {
                Some(one) => {
                    registry.attributes.insert(one.name.clone(), one);
                }
                None => registry.notes.push(format!("attribute {} has no name", index + 1)),
            }
        }
        for (index, item) in items(entries, "Dependencies").enumerate() {
            match Dependency::of_json(item) {
                Ok(dependency) => registry.dependencies.push(dependency),
                Err(what) => registry.notes.push(format!("dependency {} is left out: {what}", index + 1)),
            }
        }
        registry
    }

    /// How enumerations are on the wire, from how `current` values are: counted once for all, where the two names
    /// of a choice differ.
    #[must_use]
    pub fn wire_form(&self, current: &Attributes) -> WireForm {
        let (mut names, mut displays) = (0_usize, 0_usize);
        for (name, value) in current {
            let Some(Form::Enumeration(choices)) = self.attributes.get(name).map(|one| &one.form) else { continue };
            let AttributeValue::Text(value) = value else { continue };
            let is_name = choices.iter().any(|choice| choice.name == *value);
            let is_display = choices.iter().any(|choice| choice.display == *value);
            names += usize::from(is_name && !is_display);
            displays += usize::from(is_display && !is_name);
        }
        if displays > names { WireForm::Display } else { WireForm::Name }
    }
}

fn attribute(item: &Value) -> Option<Attribute> {
    let flag = |key: &str| is_true(item.get(key));
    Some(Attribute {
        name: text(item, "AttributeName")?,
        display: text(item, "DisplayName"),
        menu: text(item, "MenuPath"),
        form: form(item),
        read_only: flag("ReadOnly"),
        gray_out: flag("GrayOut"),
        hidden: flag("Hidden"),
        immutable: flag("Immutable"),
        unique: flag("IsSystemUniqueProperty"),
    })
}

fn form(item: &Value) -> Form {
    let number = |key: &str| item.get(key).and_then(Value::as_i64);
    let length = |key: &str| item.get(key).and_then(Value::as_u64);
    match item.get("Type").and_then(Value::as_str).unwrap_or_default() {
        "Enumeration" => Form::Enumeration(items(item, "Value").filter_map(choice).collect()),
        "Integer" => Form::Integer {
            lower: number("LowerBound"),
            upper: number("UpperBound"),
            step: number("ScalarIncrement").filter(|step| *step > 0),
        },
        "String" => Form::Text { min: length("MinLength"), max: length("MaxLength") },
        "Boolean" => Form::Boolean,
        "Password" => Form::Password,
        _ => Form::Unknown,
    }
}

/// A choice has at least one of its names.
fn choice(item: &Value) -> Option<Choice> {
    let (name, display) = (text(item, "ValueName"), text(item, "ValueDisplayName"));
    let either = name.clone().or_else(|| display.clone())?;
    Some(Choice { name: name.unwrap_or_else(|| either.clone()), display: display.unwrap_or(either) })
}

pub(super) fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Also where it was sent as a text (AMI: `"MapToValue": "true"`).
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
