//! Registries in the shape of each vendor's, and what comes of wishes against them.

mod checks;
mod names;
mod profiles;
mod untold;

use serde_json::{Value, json};

use super::*;

fn registry(attributes: Value, dependencies: Value) -> Registry {
    Registry::of_json(&json!({
        "Id": "BiosAttributeRegistry.v1_0_3",
        "RegistryEntries": { "Attributes": attributes, "Dependencies": dependencies },
    }))
}

fn choice(name: &str, values: &[(&str, &str)]) -> Value {
    let values: Vec<_> =
        values.iter().map(|(name, display)| json!({ "ValueName": name, "ValueDisplayName": display })).collect();
    json!({ "AttributeName": name, "DisplayName": name, "Type": "Enumeration", "Value": values, "ReadOnly": false })
}

fn switch(name: &str) -> Value {
    choice(name, &[("Enabled", "Enabled"), ("Disabled", "Disabled")])
}

/// `to` gets `property` while `from` is (not) `value`.
fn map(from: &str, condition: &str, value: &str, to: &str, property: &str, becomes: Value) -> Value {
    json!({ "DependencyFor": to, "Type": "Map", "Dependency": {
        "MapFrom": [{ "MapFromAttribute": from, "MapFromCondition": condition, "MapFromProperty": "CurrentValue", "MapFromValue": value }],
        "MapToAttribute": to, "MapToProperty": property, "MapToValue": becomes,
    }})
}

fn values(list: &[(&str, &str)]) -> Attributes {
    list.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::from(*value))).collect()
}

fn wishes<V: Into<AttributeValue> + Clone>(list: &[(&str, V)]) -> Wishes {
    let wish = |value: &V| Wish { value: value.clone().into(), optional: false };
    Wishes {
        wanted: list.iter().map(|(name, value)| ((*name).to_owned(), wish(value))).collect(),
        preserve: Vec::new(),
    }
}

impl From<i64> for AttributeValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// The words of what is refused.
fn words(checked: &Checked) -> Vec<String> {
    checked.refused.iter().map(|one| format!("{}: {}", one.attribute, one.reason)).collect()
}
