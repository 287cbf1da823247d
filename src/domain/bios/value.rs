//! Values of BIOS attributes.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Values by attribute name.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// A value as a BMC sends it and a profile wants it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text; an enumeration's value is one too.
    Text(String),
}

impl AttributeValue {
    /// A value of foreign JSON. Null and what no attribute can be is no value.
    #[must_use]
    pub fn of_json(value: &serde_json::Value) -> Option<Self> {
        match value {
            serde_json::Value::Bool(flag) => Some(Self::Boolean(*flag)),
            serde_json::Value::Number(number) => number.as_i64().map(Self::Integer),
            serde_json::Value::String(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    /// Whether both are the same to a person: `"16"` is `16`, `"true"` is `true`.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self == other || self.to_string().eq_ignore_ascii_case(&other.to_string())
    }

    /// As [`AttributeValue::is_like`], but texts of one case only: what was written is what is read.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self == other || self.to_string() == other.to_string()
    }

    /// The word for its type.
    #[must_use]
    pub const fn type_word(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Text(_) => "a text",
        }
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(flag) => flag.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => f.pad(text),
        }
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
