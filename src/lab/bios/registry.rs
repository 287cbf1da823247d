//! The attribute registry as a resource.

use serde_json::{Value, json};

use super::{Attribute, Form, Rule, Start, Style, Then};
use crate::lab::model::{Kind, Machine};

/// Captured: Dell's service tag, Lenovo's machine type, HPE's ROM family; a name has letters and digits alone.
fn system_id(machine: &Machine) -> String {
    let identity = &machine.identity;
    let id = match identity.personality.vendor() {
        "dell" => &identity.serial,
        "lenovo" => &identity.sku,
        _ => &identity.board,
    };
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

impl Style {
    /// The registry, if it is at `uri`.
    #[must_use]
    pub fn registry_at(&self, machine: &Machine, uri: &str) -> Option<Value> {
        let (own, name) = (self.registry)(machine);
        if !own.eq_ignore_ascii_case(uri) {
            return None;
        }
        let (owner, schema, version) = self.owner;
        let version =
            if version.is_empty() { name.split_once('.').map_or("v1", |(_, version)| version) } else { version };
        let attributes: Vec<_> =
            self.attributes.iter().enumerate().map(|(at, one)| self.entry(machine, at, one)).collect();
        let dependencies: Vec<_> = self.rules.iter().filter_map(|rule| self.dependency(machine, rule)).collect();
        let mut body = json!({
            "@odata.type": schema,
            "Id": name,
            "Name": "BIOS Attribute Registry",
            "Language": "en",
            "OwningEntity": owner,
            "RegistryVersion": version,
            "SupportedSystems": [{
                "ProductName": machine.identity.model,
                "SystemId": system_id(machine),
                "FirmwareVersion": machine.version(Kind::Bios),
            }],
            "RegistryEntries": { "Attributes": attributes, "Dependencies": dependencies },
        });
        // Captured: Lenovo's and HPE's say nothing of where they are.
        if !self.packed && owner != "Lenovo" {
            body["@odata.id"] = Value::from(own);
        }
        Some(body)
    }

    fn entry(&self, machine: &Machine, at: usize, attribute: &Attribute) -> Value {
        let locked = machine.bios.locked == Some(attribute.name);
        // An iDRAC counts what other attributes make read-only just now (captured: an R750's 122 of them).
        let now = self.judges_at_once && self.is(machine, attribute.name, Then::ReadOnly);
        let mut entry = json!({
            "AttributeName": self.wire_name(machine, attribute),
            "DisplayName": attribute.display,
            "DisplayOrder": at + 1,
            "HelpText": format!("The lab's own: {}.", attribute.display),
            "MenuPath": attribute.menu,
            "ReadOnly": attribute.shows || locked || now,
        });
        for key in self.keys {
            entry[*key] = match *key {
                "Immutable" => Value::from(attribute.shows),
                "ResetRequired" => Value::from(true),
                "WriteOnly" => Value::from(matches!(attribute.form, Form::Password)),
                "DefaultValue" => match attribute.start {
                    Start::Word(word) => Value::from(word),
                    Start::Number(number) => Value::from(number),
                    Start::Flag(flag) => Value::from(flag),
                    Start::Of(_) | Start::Nothing => Value::Null,
                },
                "CurrentValue" | "ValueExpression" => Value::Null,
                _ => Value::from(false),
            };
        }
        if attribute.unique {
            entry["IsSystemUniqueProperty"] = Value::from(true);
        }
        let (kind, more) = match attribute.form {
            Form::Choice(choices) => {
                let choice = |(name, display): &(&str, &str)| json!({ "ValueName": name, "ValueDisplayName": display });
                ("Enumeration", json!({ "Value": choices.iter().map(choice).collect::<Vec<_>>() }))
            }
            Form::Number(lower, upper, step) => {
                ("Integer", json!({ "LowerBound": lower, "UpperBound": upper, "ScalarIncrement": step }))
            }
            Form::Text(min, max) => ("String", json!({ "MinLength": min, "MaxLength": max })),
            Form::Flag => ("Boolean", json!({})),
            Form::Password => ("Password", json!({ "MinLength": 0, "MaxLength": 32 })),
        };
        entry["Type"] = Value::from(kind);
        if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
            entry.extend(more);
            // Captured: only texts and passwords have an expression.
            if !matches!(attribute.form, Form::Text(..) | Form::Password) {
                entry.remove("ValueExpression");
            }
        }
        entry
    }

    fn dependency(&self, machine: &Machine, rule: &Rule) -> Option<Value> {
        let find = |name: &str| self.attributes.iter().find(|attribute| attribute.name == name);
        let (from, to) = (find(rule.from)?, find(rule.to)?);
        let (property, value) = match rule.then {
            Then::ReadOnly => ("ReadOnly", Value::from(true)),
            Then::GrayOut => ("GrayOut", Value::from(true)),
            Then::Value(value) => ("CurrentValue", Value::from(value)),
        };
        let to = self.wire_name(machine, to);
        Some(json!({
            "DependencyFor": to,
            "Type": "Map",
            "Dependency": {
                "MapFrom": [{
                    "MapFromAttribute": self.wire_name(machine, from),
                    "MapFromProperty": "CurrentValue",
                    "MapFromCondition": if rule.is { "EQU" } else { "NEQ" },
                    "MapFromValue": rule.value,
                }],
                "MapToAttribute": to,
                "MapToProperty": property,
                "MapToValue": value,
            },
        }))
    }

    /// Whether a rule makes that of an attribute, with the values of now.
    fn is(&self, machine: &Machine, name: &str, then: Then) -> bool {
        self.rules.iter().any(|rule| rule.to == name && rule.then == then && rule.holds(&machine.bios.current))
    }
}
