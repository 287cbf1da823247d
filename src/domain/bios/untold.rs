//! What a tool tells of a BIOS that brings no registry: values by group, and which of them cannot be changed just now.

use std::{collections::BTreeMap, sync::Arc};

use super::{Attribute, AttributeValue, Attributes, BiosReading, BiosWay, Form, Registry, resolve::is_secret_name};

/// One attribute, as a tool tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The group that it stands in: `ProcSettings`.
    pub group: String,
    /// Its name there: `LogicalProc`.
    pub name: String,
    /// The value that runs; absent where it is not shown, as of passwords.
    pub value: Option<String>,
    /// The value that waits, where one does.
    pub pending: Option<String>,
    /// It cannot be changed just now.
    pub read_only: bool,
}

impl Told {
    /// What it is called among `all`: its name, which is that of Redfish too, and with its group where it is not the only one.
    #[must_use]
    pub fn called(&self, all: &[Self]) -> String {
        let namesakes = all.iter().filter(|one| one.name == self.name).count();
        if namesakes > 1 { format!("{}.{}", self.group, self.name) } else { self.name.clone() }
    }
}

impl BiosReading {
    /// A reading of what a tool told.
    #[must_use]
    pub fn of_told(way: BiosWay, all: &[Told]) -> Self {
        let mut registry = BTreeMap::new();
        let (mut attributes, mut pending) = (Attributes::new(), Attributes::new());
        for one in all {
            let name = one.called(all);
            let is_secret = is_secret_name(&one.name);
            if !is_secret {
                let entry = |value: &String| (name.clone(), AttributeValue::Text(value.clone()));
                attributes.extend(one.value.as_ref().map(entry));
                pending.extend(one.pending.as_ref().filter(|waits| Some(*waits) != one.value.as_ref()).map(entry));
            }
            let attribute = Attribute {
                name: name.clone(),
                display: Some(one.name.clone()),
                menu: Some(one.group.clone()),
                form: if is_secret { Form::Password } else { Form::Untold },
                read_only: one.read_only,
                ..Attribute::default()
            };
            registry.insert(name, attribute);
        }
        let registry = Arc::new(Registry { attributes: registry, ..Registry::default() });
        Self { way, attributes, pending, registry, ..Self::default() }
    }
}
