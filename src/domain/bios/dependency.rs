//! What follows from the values of some attributes for another one.

use serde_json::Value;

use super::{
    AttributeValue, Attributes,
    registry::{is_true, items, text},
};

/// `Map`: where its terms hold, a property of another attribute is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    terms: Vec<Term>,
    /// Of which attribute.
    pub(super) to: String,
    pub(super) makes: Makes,
}

/// What it makes of the attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Makes {
    ReadOnly(bool),
    GrayOut(bool),
    Hidden(bool),
    Value(AttributeValue),
    /// Bounds and texts, which are the BMC's to judge.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    attribute: String,
    condition: Condition,
    value: AttributeValue,
    joined: Option<Joined>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    And,
    Or,
}

impl Dependency {
    /// Reads one; why not, where it cannot be understood.
    pub(super) fn of_json(item: &Value) -> Result<Self, String> {
        if let Some(other) = item.get("Type").and_then(Value::as_str).filter(|kind| *kind != "Map") {
            return Err(format!("it is of type {other}"));
        }
        let body = item.get("Dependency").ok_or("it is empty")?;
        let terms = items(body, "MapFrom").map(Term::of_json).collect::<Result<Vec<_>, _>>()?;
        if terms.is_empty() {
            return Err("it has no condition".into());
        }
        let value = body.get("MapToValue");
        let makes = match body.get("MapToProperty").and_then(Value::as_str).unwrap_or_default() {
            "ReadOnly" => Makes::ReadOnly(is_true(value)),
            "GrayOut" => Makes::GrayOut(is_true(value)),
            "Hidden" => Makes::Hidden(is_true(value)),
            "CurrentValue" => value.and_then(AttributeValue::of_json).map_or(Makes::Other, Makes::Value),
            _ => Makes::Other,
        };
        Ok(Self { terms, to: text(body, "MapToAttribute").ok_or("it is for no attribute")?, makes })
    }

    /// Whether it holds with these values. `wire` turns a value of the registry into what is on the wire.
    ///
    /// Terms are taken from left to right. The word that joins two stands with the first of them (Lenovo) or with the
    /// second (HPE); where none stands, either will do: on a captured R750 each of the 17 attributes of which only some
    /// terms held was read-only.
    pub(super) fn holds(&self, values: &Attributes, wire: impl Fn(&str, &AttributeValue) -> AttributeValue) -> bool {
        let leading = self.terms.first().is_some_and(|term| term.joined.is_some());
        let mut holds = false;
        for (index, term) in self.terms.iter().enumerate() {
            let this = term.holds(values, &wire);
            let before = index.checked_sub(1).and_then(|before| self.terms.get(before));
            let joined = if leading { before.and_then(|before| before.joined) } else { term.joined };
            holds = match (index, joined) {
                (0, _) => this,
                (_, Some(Joined::And)) => holds && this,
                (_, Some(Joined::Or) | None) => holds || this,
            };
        }
        holds
    }

    /// The attributes that it looks at.
    pub(super) fn controllers(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.attribute.as_str())
    }
}

impl Term {
    fn of_json(item: &Value) -> Result<Self, String> {
        if let Some(other) = text(item, "MapFromProperty").filter(|property| property != "CurrentValue") {
            return Err(format!("it asks for {other}"));
        }
        let condition = match item.get("MapFromCondition").and_then(Value::as_str).unwrap_or("EQU") {
            "EQU" => Condition::Equal,
            "NEQ" => Condition::NotEqual,
            "GTR" => Condition::Greater,
            "GEQ" => Condition::GreaterOrEqual,
            "LSS" => Condition::Less,
            "LEQ" => Condition::LessOrEqual,
            other => return Err(format!("it has the condition {other}")),
        };
        Ok(Self {
            attribute: text(item, "MapFromAttribute").ok_or("a condition names no attribute")?,
            condition,
            value: item.get("MapFromValue").and_then(AttributeValue::of_json).ok_or("a condition has no value")?,
            joined: match item.get("MapTerms").and_then(Value::as_str) {
                Some("AND") => Some(Joined::And),
                Some("OR") => Some(Joined::Or),
                _ => None,
            },
        })
    }

    /// An attribute that has no value fulfils nothing.
    fn holds(&self, values: &Attributes, wire: &impl Fn(&str, &AttributeValue) -> AttributeValue) -> bool {
        let Some(now) = values.get(&self.attribute) else { return false };
        let wanted = wire(&self.attribute, &self.value);
        let number = |value: &AttributeValue| value.to_string().trim().parse::<i64>().ok();
        let compared = number(now).zip(number(&wanted)).map(|(now, wanted)| now.cmp(&wanted));
        match self.condition {
            Condition::Equal => now.is(&wanted),
            Condition::NotEqual => !now.is(&wanted),
            Condition::Greater => compared.is_some_and(std::cmp::Ordering::is_gt),
            Condition::GreaterOrEqual => compared.is_some_and(std::cmp::Ordering::is_ge),
            Condition::Less => compared.is_some_and(std::cmp::Ordering::is_lt),
            Condition::LessOrEqual => compared.is_some_and(std::cmp::Ordering::is_le),
        }
    }
}
