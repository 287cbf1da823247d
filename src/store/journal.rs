//! The journal of runs: appended, never changed, each entry bound to the one before it by its hash.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256 as Hasher};

use super::{Store, StoreError, to_json};
use crate::domain::{digest::Sha256, inventory::ServerId, plan::Plan};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number; grows by one, over all runs.
    pub seq: i64,
    /// The run.
    pub run: i64,
    /// The server; absent where it is of the run as a whole.
    pub server: Option<ServerId>,
    /// When.
    pub at: Timestamp,
    /// The event, as JSON.
    pub event: String,
    /// SHA-256 over the hash before and this entry.
    pub hash: String,
}

/// A run as it was started.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// The plan's digest.
    pub digest: Sha256,
    /// The plan.
    pub plan: Plan,
    /// Who started it.
    pub actor: String,
    /// When, RFC 3339.
    pub started: String,
}

/// Where the journal is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampered {
    /// The first entry whose hash does not follow.
    pub seq: i64,
}

/// The number under which acts outside of any run are written down.
pub const NO_RUN: i64 = 0;

const COLUMNS: &str = "seq, run, server, at, event, hash";

impl Store {
    /// Begins a run; nothing is done yet.
    pub async fn add_run(&self, plan: Plan, actor: String, at: Timestamp) -> Result<i64, StoreError> {
        self.write(move |connection| {
            let insert = "INSERT INTO runs (digest, plan, actor, started) VALUES (?1, ?2, ?3, ?4)";
            connection.execute(insert, params![plan.digest().to_string(), to_json(&plan)?, actor, at.to_string()])?;
            Ok(connection.last_insert_rowid())
        })
        .await
    }

    /// The numbers of all runs, the newest first.
    pub fn run_ids(&self) -> Result<Vec<i64>, StoreError> {
        self.read(|connection| {
            connection
                .prepare("SELECT id FROM runs WHERE id <> 0 ORDER BY id DESC")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// One run.
    pub fn run(&self, id: i64) -> Result<Option<RunRow>, StoreError> {
        type Raw = (String, String, String, String);
        let row: Option<Raw> = self.read(|connection| {
            let sql = "SELECT digest, plan, actor, started FROM runs WHERE id = ?1 AND id <> 0";
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            connection.prepare_cached(sql)?.query_row([id], row).optional()
        })?;
        let Some((digest, plan, actor, started)) = row else { return Ok(None) };
        let wrong = |what: String| StoreError::Row(format!("run {id}: {what}"));
        Ok(Some(RunRow {
            id,
            digest: digest.parse().map_err(|error| wrong(format!("{error}")))?,
            plan: serde_json::from_str(&plan).map_err(|error| wrong(error.to_string()))?,
            actor,
            started,
        }))
    }

    /// Who started a run. Cheap, unlike the run with its plan.
    pub fn run_actor(&self, id: i64) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT actor FROM runs WHERE id = ?1";
            connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
        })
    }

    /// Writes an entry, on disk when this returns.
    pub async fn append(
        &self,
        run: i64,
        server: Option<ServerId>,
        at: Timestamp,
        event: String,
    ) -> Result<Entry, StoreError> {
        self.write(move |connection| {
            let last = "SELECT hash FROM journal ORDER BY seq DESC LIMIT 1";
            let before: Option<String> = connection.prepare_cached(last)?.query_row([], |row| row.get(0)).optional()?;
            let server_number = server.map(|id| id.0.cast_signed());
            let hash = hash(before.as_deref().unwrap_or_default(), run, server_number, &at.to_string(), &event);
            connection
                .prepare_cached("INSERT INTO journal (run, server, at, event, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![run, server_number, at.to_string(), event, hash])?;
            Ok(Entry { seq: connection.last_insert_rowid(), run, server, at, event, hash })
        })
        .await
    }

    /// The entries of a run after `seq`, in order.
    pub fn journal(&self, run: i64, after: i64) -> Result<Vec<Entry>, StoreError> {
        self.entries(&format!("SELECT {COLUMNS} FROM journal WHERE run = ?1 AND seq > ?2 ORDER BY seq"), &[run, after])
    }

    /// The entries of a server, of all runs, in order.
    pub fn journal_of_server(&self, server: ServerId) -> Result<Vec<Entry>, StoreError> {
        self.entries(
            &format!("SELECT {COLUMNS} FROM journal WHERE server = ?1 ORDER BY seq"),
            &[server.0.cast_signed()],
        )
    }

    /// At most `limit` entries of all runs after `seq`, in order.
    pub fn journal_after(&self, seq: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        self.entries(&format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2"), &[seq, limit])
    }

    /// At most `limit` entries of a run after `seq`, in order; of `server` alone, where one is given.
    pub fn journal_page(
        &self,
        run: i64,
        server: Option<ServerId>,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let of_server = server.map_or_else(String::new, |id| format!("AND server = {}", id.0.cast_signed()));
        let sql =
            format!("SELECT {COLUMNS} FROM journal WHERE run = ?1 {of_server} AND seq > ?2 ORDER BY seq LIMIT ?3");
        self.entries(&sql, &[run, seq, limit])
    }

    /// The number of the last entry; 0 where there is none.
    pub fn last_seq(&self) -> Result<i64, StoreError> {
        self.read(|connection| connection.query_row("SELECT ifnull(max(seq), 0) FROM journal", [], |row| row.get(0)))
    }

    /// Runs whose last word about themselves is not that they ended, and when the last entry of each was written.
    pub fn open_runs(&self) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        let sql = "SELECT run, max(at) FROM journal GROUP BY run HAVING \
                   ifnull(max(seq) FILTER (WHERE server IS NULL AND event ->> 'event' = 'ended'), 0) < \
                   max(seq) FILTER (WHERE server IS NULL AND event ->> 'event' IN ('started', 'resumed'))";
        let rows: Vec<(i64, String)> = self.read(|connection| {
            connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        let parse = |(run, at): (i64, String)| {
            let at = at.parse().map_err(|error: jiff::Error| StoreError::Row(format!("run {run}: {error}")))?;
            Ok((run, at))
        };
        rows.into_iter().map(parse).collect()
    }

    /// Every entry, in order.
    pub fn whole_journal(&self) -> Result<Vec<Entry>, StoreError> {
        self.entries(&format!("SELECT {COLUMNS} FROM journal ORDER BY seq"), &[])
    }

    /// Hashes every entry anew. Returns the number of entries and the last hash, or where the chain breaks.
    pub fn verify_journal(&self) -> Result<Result<(usize, Option<String>), Tampered>, StoreError> {
        let mut before = String::new();
        let entries = self.whole_journal()?;
        for (index, entry) in entries.iter().enumerate() {
            let server = entry.server.map(|id| id.0.cast_signed());
            let expected = hash(&before, entry.run, server, &entry.at.to_string(), &entry.event);
            let numbered = entry.seq == i64::try_from(index + 1).unwrap_or(i64::MAX);
            if expected != entry.hash || !numbered {
                return Ok(Err(Tampered { seq: entry.seq }));
            }
            before = expected;
        }
        Ok(Ok((entries.len(), entries.last().map(|entry| entry.hash.clone()))))
    }

    fn entries(&self, sql: &str, parameters: &[i64]) -> Result<Vec<Entry>, StoreError> {
        type Raw = (i64, i64, Option<i64>, String, String, String);
        let rows: Vec<Raw> = self.read(|connection| {
            let row =
                |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?));
            connection.prepare(sql)?.query_map(rusqlite::params_from_iter(parameters), row)?.collect()
        })?;
        let parse = |(seq, run, server, at, event, hash): Raw| {
            let at = at.parse().map_err(|error: jiff::Error| StoreError::Row(format!("entry {seq}: {error}")))?;
            Ok(Entry { seq, run, server: server.map(|id| ServerId(id.cast_unsigned())), at, event, hash })
        };
        rows.into_iter().map(parse).collect()
    }

    /// Takes the lease of a server for a run. The run that holds it, where another one does.
    pub async fn lease(&self, server: ServerId, run: i64, at: Timestamp) -> Result<Result<(), i64>, StoreError> {
        self.write(move |connection| {
            let holder = "SELECT run FROM leases WHERE server = ?1 AND run <> ?2";
            let held =
                connection.query_row(holder, params![server.0.cast_signed(), run], |row| row.get(0)).optional()?;
            if let Some(other) = held {
                return Ok(Err(other));
            }
            let insert = "INSERT OR REPLACE INTO leases (server, run, since) VALUES (?1, ?2, ?3)";
            connection.execute(insert, params![server.0.cast_signed(), run, at.to_string()])?;
            Ok(Ok(()))
        })
        .await
    }

    /// The run that holds the lease of a server.
    pub fn lease_holder(&self, server: ServerId) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            let holder = "SELECT run FROM leases WHERE server = ?1";
            connection.query_row(holder, params![server.0.cast_signed()], |row| row.get(0)).optional()
        })
    }

    /// Gives the lease of a server back.
    pub async fn release(&self, server: ServerId, run: i64) -> Result<(), StoreError> {
        self.write(move |connection: &Connection| {
            let delete = "DELETE FROM leases WHERE server = ?1 AND run = ?2";
            connection.execute(delete, params![server.0.cast_signed(), run]).map(drop)
        })
        .await
    }
}

fn hash(before: &str, run: i64, server: Option<i64>, at: &str, event: &str) -> String {
    let mut hasher = Hasher::new();
    // Lengths first, so that no two entries read the same when they are strung together.
    for part in [before, &run.to_string(), &server.map_or_else(String::new, |id| id.to_string()), at, event] {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Sha256(hasher.finalize().into()).to_string()
}
