//! What changed on a server between two readings.

use serde::{Deserialize, Serialize};

use super::inventory::{Component, Inventory};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The component's id, or `power`, `health`, `model` and so on for the server itself.
    pub subject: String,
    /// What it was; absent where it is new.
    pub before: Option<String>,
    /// What it is; absent where it is gone.
    pub after: Option<String>,
}

/// The differences from `old` to `new`. A value that became unknown is no change of the server.
#[must_use]
pub fn changes(old: &Inventory, new: &Inventory) -> Vec<Change> {
    let mut found = Vec::new();
    let mut compare = |subject: &str, before: Option<&String>, after: Option<&String>| {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            found.push(Change { subject: subject.into(), before: Some(before.clone()), after: Some(after.clone()) });
        }
    };
    compare("model", old.identity.model.value(), new.identity.model.value());
    compare("power", old.power.value(), new.power.value());
    compare("health", old.health.value(), new.health.value());
    compare("host_name", old.host_name.value(), new.host_name.value());
    for component in &new.components {
        if let Some(before) = find(&old.components, &component.id) {
            compare(&component.id, before.version.value(), component.version.value());
        }
    }
    let version = |component: &Component| component.version.value().cloned().or_else(|| Some("unknown".into()));
    let of_new = new.components.iter().filter(|component| find(&old.components, &component.id).is_none());
    found.extend(of_new.map(|component| Change {
        subject: component.id.clone(),
        before: None,
        after: version(component),
    }));
    let of_old = old.components.iter().filter(|component| find(&new.components, &component.id).is_none());
    found.extend(of_old.map(|component| Change {
        subject: component.id.clone(),
        before: version(component),
        after: None,
    }));
    found
}

fn find<'a>(components: &'a [Component], id: &str) -> Option<&'a Component> {
    components.iter().find(|component| component.id == id)
}
