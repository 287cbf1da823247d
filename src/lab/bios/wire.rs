//! Between the catalogue's names and values and those on the wire.

use serde_json::{Map, Value};

use super::{Attribute, Form, Setting, Start, Style};
use crate::lab::model::{Kind, Machine};

impl Style {
    /// What an attribute is called on this machine: on a Supermicro with a code that changes with the BIOS.
    #[must_use]
    pub fn wire_name(&self, machine: &Machine, attribute: &Attribute) -> String {
        if !self.coded {
            return attribute.name.to_owned();
        }
        let mut code: u32 = 0x811c_9dc5;
        for byte in machine.version(Kind::Bios).bytes().chain(attribute.name.bytes()) {
            code = (code ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        // Always with a letter, so that no code looks like a number.
        format!("{}_{:04X}", attribute.name.trim_end(), (code & 0x0fff) | 0xA000)
    }

    /// The attribute of that name on the wire.
    pub(super) fn by_wire_name(&self, machine: &Machine, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| self.wire_name(machine, attribute) == name)
    }

    /// A value as it is on the wire.
    pub(super) fn wire_value(&self, attribute: &Attribute, setting: &Setting) -> Value {
        match (setting, attribute.form) {
            (Setting::Text(name), Form::Choice(choices)) if self.coded => {
                let choice = choices.iter().find(|(one, _)| one == name);
                Value::from(choice.map_or(name.as_str(), |(_, display)| display))
            }
            (Setting::Text(text), _) => Value::from(text.as_str()),
            (Setting::Number(number), _) => Value::from(*number),
            (Setting::Flag(flag), _) => Value::from(*flag),
        }
    }

    /// `Attributes` of the BIOS.
    #[must_use]
    pub fn current(&self, machine: &Machine) -> Value {
        let one = |attribute: &Attribute| {
            let value = match attribute.start {
                Start::Of(shows) => Value::from(shows(machine)),
                // Captured on an R750: a password reads null.
                Start::Nothing => Value::Null,
                _ => self.wire_value(attribute, machine.bios.current.get(attribute.name)?),
            };
            Some((self.wire_name(machine, attribute), value))
        };
        Value::Object(self.attributes.iter().filter_map(one).collect())
    }

    /// `Attributes` of the settings object; absent where it has none.
    #[must_use]
    pub fn waiting(&self, machine: &Machine) -> Option<Value> {
        let pending = &machine.bios.pending;
        let changed = self.attributes.iter().filter_map(|attribute| {
            let setting = pending.get(attribute.name)?;
            Some((self.wire_name(machine, attribute), self.wire_value(attribute, setting)))
        });
        match self.pending {
            super::Pending::Changes => Some(Value::Object(changed.collect())),
            super::Pending::ChangesIfAny => (!pending.is_empty()).then(|| Value::Object(changed.collect())),
            super::Pending::All => {
                let mut all: Map<String, Value> = self.current(machine).as_object().cloned().unwrap_or_default();
                all.extend(changed);
                Some(Value::Object(all))
            }
        }
    }
}
