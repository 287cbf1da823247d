//! One server beside another: what of it is otherwise than on a healthy one of the same model.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use serde::{Deserialize, Serialize};

use super::{
    live::FleetRow,
    wire::{SCHEMA, Server},
};
use crate::domain::compare::{Pair, pairs};

/// `GET /v1/servers/{id}/compare?with=ID`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The server that was asked about.
    pub left: Side,
    /// The one beside it.
    pub right: Side,
    /// Why that one, in words.
    pub chosen: String,
    /// Line by line.
    pub rows: Vec<Pair>,
}

/// One of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Our id.
    pub id: String,
    /// The operator's name, or the endpoint.
    pub name: String,
    /// When its inventory was read, RFC 3339.
    pub read_at: Option<String>,
}

/// The healthy server of the same model that `id` is best held against: read, without a failure, not under an update,
/// and not one that a run went wrong on (`wrong`). The one that was read last. Where there is none: why.
pub fn healthy_peer<'a>(rows: &'a [FleetRow], id: &str, wrong: &BTreeSet<String>) -> Result<&'a FleetRow, String> {
    let own = rows.iter().find(|row| row.id == id).ok_or_else(|| format!("no server has the id {id}"))?;
    let Some(model) = &own.model else {
        return Err("its model is not known, so no other is known to be like it".into());
    };
    let is_same = |row: &&FleetRow| row.id != id && row.vendor == own.vendor && row.model.as_ref() == Some(model);
    let is_healthy = |row: &&FleetRow| {
        row.error.is_none() && row.run.is_none() && row.health.as_deref() == Some("OK") && !wrong.contains(&row.id)
    };
    let same = rows.iter().filter(is_same).count();
    rows.iter().filter(is_same).filter(is_healthy).max_by_key(|row| (&row.read_at, Reverse(&row.id))).ok_or_else(|| {
        match same {
            0 => format!(
                "it is the only {model} that is known: name another server to hold it against (o on the screen)"
            ),
            _ => format!(
                "none of the {same} other servers of the model {model} is healthy, idle and free of failed updates"
            ),
        }
    })
}

/// `left` beside `right`.
#[must_use]
pub fn servers(left: &Server, right: &Server, chosen: String) -> CompareDocument {
    let rows = pairs(lines(left), lines(right));
    CompareDocument { schema: SCHEMA, left: side(left), right: side(right), chosen, rows }
}

fn side(server: &Server) -> Side {
    let endpoint = format!("{}:{}", server.address, server.port);
    Side {
        id: server.id.clone().unwrap_or_else(|| endpoint.clone()),
        name: server.name.clone().unwrap_or(endpoint),
        read_at: server.read_at.clone(),
    }
}

fn lines(server: &Server) -> Vec<(String, Option<String>)> {
    let own = [
        ("model", &server.model),
        ("board", &server.board),
        ("generation", &server.generation),
        ("power", &server.power),
        ("health", &server.health),
        ("BIOS", &server.bios),
        ("BMC", &server.bmc),
    ];
    let mut lines: Vec<_> = own.into_iter().map(|(what, value)| (what.to_owned(), value.clone())).collect();
    // Ids of components may name a port or a slot; of two machines what has the same name is the same, in order.
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    for component in &server.components {
        let count = seen.entry((&component.kind, &component.name)).or_default();
        *count += 1;
        let number = if *count > 1 { format!(" #{count}") } else { String::new() };
        let version = component.version.clone().unwrap_or_else(|| "unknown".into());
        let slot = if component.slot == "running" { String::new() } else { format!(" {}", component.slot) };
        lines.push((format!("{} {}{number}{slot}", component.kind, component.name), Some(version)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, model: &str, health: &str, read_at: &str) -> FleetRow {
        let text = |text: &str| Some(text.to_owned());
        FleetRow {
            id: id.into(),
            vendor: text("Dell"),
            model: text(model),
            health: text(health),
            read_at: text(read_at),
            ..FleetRow::default()
        }
    }

    #[test]
    fn a_peer_is_of_the_same_model_healthy_idle_and_not_one_that_a_run_went_wrong_on() {
        let mut rows = vec![
            row("s1", "R750", "Critical", "2026-01-01T00:00:00Z"),
            row("s2", "R650", "OK", "2026-01-09T00:00:00Z"),
            row("s3", "R750", "Warning", "2026-01-09T00:00:00Z"),
            row("s4", "R750", "OK", "2026-01-02T00:00:00Z"),
            row("s5", "R750", "OK", "2026-01-03T00:00:00Z"),
            row("s6", "R750", "OK", "2026-01-04T00:00:00Z"),
        ];
        rows[5].run = Some(7);
        let none = BTreeSet::new();
        assert_eq!(healthy_peer(&rows, "s1", &none).map(|row| row.id.as_str()), Ok("s5"));
        let wrong = BTreeSet::from(["s5".to_owned()]);
        assert_eq!(healthy_peer(&rows, "s1", &wrong).map(|row| row.id.as_str()), Ok("s4"));
        let wrong = BTreeSet::from(["s4".to_owned(), "s5".to_owned()]);
        assert!(healthy_peer(&rows, "s1", &wrong).unwrap_err().starts_with("none of the 4 other servers"));
        assert!(healthy_peer(&rows, "s2", &none).unwrap_err().starts_with("it is the only R650"));
        assert!(healthy_peer(&rows, "s9", &none).is_err());
    }
}
