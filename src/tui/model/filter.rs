//! Which servers are shown: a fleet query, judged here where the rows tell enough and by the engine where they do not.

use std::collections::HashSet;

use crate::{
    api::live::FleetRow,
    domain::filter::{Facts, Field, Query, Test, Verdict},
};

/// The query in force.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// As it was typed.
    pub text: String,
    query: Query,
    /// Where the engine judged: the servers for which it holds.
    ids: Option<HashSet<String>>,
}

impl Filter {
    pub(super) fn set(&mut self, text: String, query: Query, ids: Option<HashSet<String>>) {
        *self = Self { text, query, ids };
    }

    /// True where every server is shown.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.query.terms.is_empty()
    }

    /// True where the engine has to be asked again when servers change.
    #[must_use]
    pub const fn is_the_engines(&self) -> bool {
        self.ids.is_some()
    }

    pub(super) fn judge(&self, row: &FleetRow) -> Verdict {
        match &self.ids {
            Some(ids) if ids.contains(&row.id) => Verdict::Yes,
            Some(_) => Verdict::No,
            None => self.query.judge(&facts(row)),
        }
    }
}

/// Whether a query asks for what a fleet row does not hold: components, and three fields of the inventory.
#[must_use]
pub fn needs_engine(query: &Query) -> bool {
    query.terms.iter().any(|term| {
        matches!(term.test, Test::Component { .. } | Test::Field { field: Field::Tag | Field::Uuid | Field::Board, .. })
    })
}

fn facts(row: &FleetRow) -> Facts<'_> {
    Facts {
        id: Some(row.id.clone()),
        name: row.name.as_deref(),
        address: &row.address,
        port: row.port,
        rack: row.rack.as_deref(),
        unit: row.unit.as_deref(),
        site: row.site.as_deref(),
        labels: row.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        vendor: row.vendor.as_deref(),
        stack: row.stack.as_deref(),
        generation: row.generation.as_deref(),
        model: row.model.as_deref(),
        serial: row.serial.as_deref(),
        host: row.host_name.as_deref(),
        power: row.power.as_deref(),
        health: row.health.as_deref(),
        bios: row.bios.as_deref(),
        bmc: row.bmc.as_deref(),
        failed: row.error.is_some(),
        new: row.new,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rows_do_not_hold_is_asked_of_the_engine() {
        let needs = |text: &str| needs_engine(&text.parse().unwrap());
        for text in ["", "failed", "r12", "bios<2.5", "rack=r12 !ok", "label.env=prod", "address=10.0.0.0/24"] {
            assert!(!needs(text), "{text}");
        }
        for text in ["nic<22", "component:mr416<52", "board=X13 ok", "uuid=1", "tag=ABC"] {
            assert!(needs(text), "{text}");
        }
    }
}
