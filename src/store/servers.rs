//! Servers, their addresses, their inventories and what changed on them.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Store, StoreError, to_json};
use crate::domain::{
    change::{Change, changes},
    failure::{Failure, Weight},
    inventory::{Inventory, ServerId},
    machine::Numbers,
    target::{Endpoint, Target},
};

/// What the database knows behind one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredServer {
    /// Our id, absent where no machine was ever identified there.
    pub id: Option<ServerId>,
    /// Where it is, and what the operator calls it.
    pub target: Target,
    /// The last inventory that was read.
    pub inventory: Option<Inventory>,
    /// Why the last try failed, if it did.
    pub failure: Option<Failure>,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// True where it was read only once so far.
    pub is_new: bool,
}

/// What came of recording an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The server's id.
    pub id: ServerId,
    /// True where the server was not known before.
    pub is_new: bool,
    /// What changed since the last reading.
    pub changes: Vec<Change>,
    /// Other endpoints that lead to the same machine.
    pub also_at: Vec<Endpoint>,
}

impl Store {
    /// Records what was read at `target`: finds or makes the server, keeps the changes as history.
    pub async fn record_inventory(&self, target: Target, inventory: Inventory) -> Result<Recorded, StoreError> {
        let recorded = self.write(move |connection| record(connection, &target, &inventory)).await;
        self.generation.fetch_add(1, Ordering::AcqRel);
        recorded
    }

    /// Records that `target` could not be read. What was known of it stays.
    pub async fn record_failure(&self, target: Target, failure: Failure, at: Timestamp) -> Result<(), StoreError> {
        let recorded = self.write(move |connection| {
            let upsert = "INSERT INTO endpoints (host, port, target, tried_at, failure) VALUES (?1, ?2, ?3, ?4, ?5)
                          ON CONFLICT DO UPDATE SET target = ?3, tried_at = ?4, failure = ?5";
            let Endpoint { host, port } = &target.endpoint;
            connection.execute(upsert, params![host, port, to_json(&target)?, at.to_string(), to_json(&failure)?])?;
            Ok(())
        });
        let recorded = recorded.await;
        self.generation.fetch_add(1, Ordering::AcqRel);
        recorded
    }

    /// The target that was given for `endpoint`, with the operator's names and labels.
    pub fn target(&self, endpoint: &Endpoint) -> Result<Option<Target>, StoreError> {
        let text: Option<String> = self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT target FROM endpoints WHERE host = ?1 AND port = ?2")?;
            query.query_row(params![endpoint.host, endpoint.port], |row| row.get(0)).optional()
        })?;
        let parse =
            |text: String| serde_json::from_str(&text).map_err(|error| StoreError::Row(format!("target: {error}")));
        text.map(parse).transpose()
    }

    /// Whether anything is known of `endpoint`.
    pub fn knows(&self, endpoint: &Endpoint) -> Result<bool, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT 1 FROM endpoints WHERE host = ?1 AND port = ?2")?;
            query.exists(params![endpoint.host, endpoint.port])
        })
    }

    /// Every endpoint with what is known behind it, by server id, then by endpoint.
    pub fn servers(&self) -> Result<Vec<StoredServer>, StoreError> {
        self.rows("", [])
    }

    /// Every endpoint of one server.
    pub fn server(&self, id: ServerId) -> Result<Vec<StoredServer>, StoreError> {
        self.rows("WHERE server_id = ?1", [id.0.cast_signed()])
    }

    fn rows(&self, which: &str, parameters: impl rusqlite::Params) -> Result<Vec<StoredServer>, StoreError> {
        let rows = self.read(|connection| {
            let mut query = connection.prepare(&format!(
                "SELECT server_id, host, port, target, inventory, failure, tried_at, coalesce(first_seen = read_at, FALSE)
                 FROM endpoints LEFT JOIN servers ON servers.id = server_id {which}
                 ORDER BY server_id IS NULL, server_id, host, port",
            ))?;
            query.query_map(parameters, raw)?.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(rows.into_iter().map(parse).collect())
    }

    /// What changed on a server, newest first: when and what.
    pub fn history(&self, id: ServerId, limit: u32) -> Result<Vec<(String, Change)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare(
                "SELECT at, subject, before, after FROM changes WHERE server_id = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let row = |row: &Row<'_>| {
                Ok((row.get(0)?, Change { subject: row.get(1)?, before: row.get(2)?, after: row.get(3)? }))
            };
            query.query_map(params![id.0.cast_signed(), limit], row)?.collect()
        })
    }
}

fn record(connection: &Connection, target: &Target, inventory: &Inventory) -> rusqlite::Result<Recorded> {
    let numbers = Numbers::of(inventory);
    let Endpoint { host, port } = &target.endpoint;
    let at = inventory.read_at.to_string();
    let known = find(connection, &numbers, &target.endpoint)?;
    let document = to_json(inventory)?;
    let Numbers { vendor, serial, service_tag, uuid, bmc_uuid } = &numbers;
    let (id, found) = match &known {
        Some(id) => {
            let before = previous(connection, *id)?;
            let update = "UPDATE servers SET vendor = ?2, serial = ?3, service_tag = ?4, uuid = ?5, bmc_uuid = ?6,
                          read_at = ?7, inventory = ?8 WHERE id = ?1";
            connection.execute(update, params![id, vendor, serial, service_tag, uuid, bmc_uuid, at, document])?;
            (*id, before.map(|before| changes(&before, inventory)).unwrap_or_default())
        }
        None => {
            let insert = "INSERT INTO servers (vendor, serial, service_tag, uuid, bmc_uuid, first_seen, read_at,
                          inventory) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)";
            connection.execute(insert, params![vendor, serial, service_tag, uuid, bmc_uuid, at, document])?;
            (connection.last_insert_rowid(), Vec::new())
        }
    };
    let mut insert = connection
        .prepare_cached("INSERT INTO changes (server_id, at, subject, before, after) VALUES (?1,?2,?3,?4,?5)")?;
    for change in &found {
        insert.execute(params![id, at, change.subject, change.before, change.after])?;
    }
    let upsert =
        "INSERT INTO endpoints (host, port, server_id, target, tried_at, failure) VALUES (?1, ?2, ?3, ?4, ?5, NULL)
                  ON CONFLICT DO UPDATE SET server_id = ?3, target = ?4, tried_at = ?5, failure = NULL";
    connection.execute(upsert, params![host, port, id, to_json(target)?, at])?;
    Ok(Recorded {
        id: ServerId(id.cast_unsigned()),
        is_new: known.is_none(),
        changes: found,
        also_at: others(connection, id, &target.endpoint)?,
    })
}

/// The server with these numbers; where a machine has none, the one that was last seen at this endpoint.
fn find(connection: &Connection, numbers: &Numbers, endpoint: &Endpoint) -> rusqlite::Result<Option<i64>> {
    let candidate = |row: &Row<'_>| {
        let numbers = Numbers {
            vendor: row.get(1)?,
            serial: row.get(2)?,
            service_tag: row.get(3)?,
            uuid: row.get(4)?,
            bmc_uuid: row.get(5)?,
        };
        Ok((row.get::<_, i64>(0)?, numbers))
    };
    let here = connection
        .prepare_cached(
            "SELECT id, vendor, serial, service_tag, uuid, bmc_uuid FROM servers
             JOIN endpoints ON server_id = servers.id WHERE host = ?1 AND port = ?2",
        )?
        .query_row(params![endpoint.host, endpoint.port], candidate)
        .optional()?;
    if let Some((id, before)) = &here
        && (before.same_machine(numbers) || (numbers.is_anonymous() && before.is_anonymous()))
    {
        return Ok(Some(*id));
    }
    let mut query = connection.prepare_cached(
        "SELECT id, vendor, serial, service_tag, uuid, bmc_uuid FROM servers WHERE serial = ?1 OR service_tag = ?2 OR uuid = ?3",
    )?;
    let candidates = query.query_map(params![numbers.serial, numbers.service_tag, numbers.uuid], candidate)?;
    for found in candidates {
        let (id, before) = found?;
        if before.same_machine_elsewhere(numbers) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The last inventory, or nothing where an older firmdeck wrote it in another form.
fn previous(connection: &Connection, id: i64) -> rusqlite::Result<Option<Inventory>> {
    let text: String = connection.query_row("SELECT inventory FROM servers WHERE id = ?1", [id], |row| row.get(0))?;
    Ok(serde_json::from_str(&text).ok())
}

fn others(connection: &Connection, id: i64, endpoint: &Endpoint) -> rusqlite::Result<Vec<Endpoint>> {
    let mut query = connection.prepare_cached(
        "SELECT host, port FROM endpoints WHERE server_id = ?1 AND NOT (host = ?2 AND port = ?3) ORDER BY host, port",
    )?;
    let row = |row: &Row<'_>| Ok(Endpoint { host: row.get(0)?, port: row.get(1)? });
    query.query_map(params![id, endpoint.host, endpoint.port], row)?.collect()
}

/// A row as it lies there.
struct Raw {
    id: Option<i64>,
    endpoint: Endpoint,
    target: String,
    inventory: Option<String>,
    failure: Option<String>,
    tried_at: String,
    is_new: bool,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        endpoint: Endpoint { host: row.get(1)?, port: row.get(2)? },
        target: row.get(3)?,
        inventory: row.get(4)?,
        failure: row.get(5)?,
        tried_at: row.get(6)?,
        is_new: row.get(7)?,
    })
}

/// A row in words of ours. What of it cannot be read (another firmdeck's form, a slip by hand) is told as that server's
/// failure, and hides no other server.
fn parse(raw: Raw) -> StoredServer {
    let mut odd = Vec::new();
    let target = serde_json::from_str(&raw.target).unwrap_or_else(|error| {
        odd.push(format!("its target: {error}"));
        Target::at(raw.endpoint.host, raw.endpoint.port)
    });
    let inventory = raw.inventory.and_then(|text| {
        serde_json::from_str(&text).map_err(|error| odd.push(format!("its last inventory: {error}"))).ok()
    });
    let failure = raw.failure.and_then(|text| {
        serde_json::from_str(&text).map_err(|error| odd.push(format!("its last failure: {error}"))).ok()
    });
    let tried_at = raw.tried_at.parse().unwrap_or_else(|error: jiff::Error| {
        odd.push(format!("when it was tried: {error}"));
        Timestamp::UNIX_EPOCH
    });
    let failure = if odd.is_empty() { failure } else { Some(unreadable(&odd)) };
    StoredServer {
        id: raw.id.map(|id| ServerId(id.cast_unsigned())),
        target,
        inventory,
        failure,
        is_new: raw.is_new,
        tried_at,
    }
}

fn unreadable(odd: &[String]) -> Failure {
    Failure {
        kind: "stored_row".into(),
        weight: Weight::Failed,
        what: format!("what is kept of it cannot be read: {}", odd.join("; ")),
        state: "nothing was sent to it".into(),
        next: "read it again: `firmdeck inventory --refresh`".into(),
    }
}
