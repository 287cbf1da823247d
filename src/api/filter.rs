//! The fleet query over inventory documents.

use super::wire::{FilterOutcome, FilteredInventory, InventoryDocument, Server};
use crate::domain::{
    filter::{ComponentFacts, Facts, LeftOut, Query, Verdict},
    kind::Kind,
};

/// Keeps the servers for which `query` holds, and counts the others by reason.
#[must_use]
pub fn apply(document: InventoryDocument, query: &Query) -> FilteredInventory {
    let mut filter =
        FilterOutcome { query: query.to_string(), matched: 0, not_matched: 0, unknown: 0, not_comparable: 0 };
    let mut servers = document.servers;
    servers.retain(|server| {
        let verdict = query.judge(&server.facts());
        match verdict {
            Verdict::Yes => filter.matched += 1,
            Verdict::No => filter.not_matched += 1,
            Verdict::LeftOut(LeftOut::Unknown) => filter.unknown += 1,
            Verdict::LeftOut(LeftOut::NotComparable) => filter.not_comparable += 1,
        }
        verdict == Verdict::Yes
    });
    FilteredInventory { document: InventoryDocument { servers, ..document }, filter: Some(filter) }
}

impl Server {
    /// What a query can ask of this server.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        let components = self.components.iter().filter(|component| component.slot == "running");
        let components = components.map(|component| ComponentFacts {
            id: &component.id,
            name: &component.name,
            kind: component.kind.parse().unwrap_or(Kind::Other),
            version: component.version.as_deref(),
        });
        Facts {
            id: self.id.clone(),
            name: self.name.as_deref(),
            address: &self.address,
            port: self.port,
            rack: self.rack.as_deref(),
            unit: self.unit.as_deref(),
            site: self.site.as_deref(),
            labels: self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            vendor: self.vendor.as_deref(),
            stack: self.stack.as_deref(),
            generation: self.generation.as_deref(),
            model: self.model.as_deref(),
            serial: self.serial.as_deref(),
            tag: self.service_tag.as_deref(),
            uuid: self.uuid.as_deref(),
            board: self.board.as_deref(),
            host: self.host_name.as_deref(),
            power: self.power.as_deref(),
            health: self.health.as_deref(),
            bios: self.bios.as_deref(),
            bmc: self.bmc.as_deref(),
            components: self.read_at.is_some().then(|| components.collect()),
            failed: self.error.is_some(),
            new: self.new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: &str, bios: Option<&str>) -> Server {
        let empty = serde_json::json!({
            "address": address, "port": 443, "also_at": [], "labels": {}, "vendor": "Dell", "bios": bios, "read_at": "2026-01-01T00:00:00Z",
            "systems": [], "managers": [], "components": [], "unknown": {}, "notes": [],
        });
        serde_json::from_value(empty).unwrap()
    }

    #[test]
    fn servers_that_nobody_can_judge_are_counted_and_not_shown() {
        let servers = vec![
            server("10.0.0.1", Some("1.2")),
            server("10.0.0.2", Some("3.0")),
            server("10.0.0.3", None),
            server("10.0.0.4", Some("n/a")),
        ];
        let shown = apply(InventoryDocument { schema: 1, servers }, &"bios<2.5".parse().unwrap());
        assert_eq!(shown.document.servers.len(), 1);
        assert_eq!(
            shown.filter,
            Some(FilterOutcome { query: "bios<2.5".into(), matched: 1, not_matched: 1, unknown: 1, not_comparable: 1 })
        );
    }
}
