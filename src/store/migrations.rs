//! The schema, as the ordered steps that lead to it. A step that has been released is never changed.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

const STEPS: [&str; 3] = [
    "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

CREATE TABLE servers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    vendor      TEXT,
    serial      TEXT,
    service_tag TEXT,
    uuid        TEXT,
    bmc_uuid    TEXT,
    first_seen  TEXT NOT NULL,
    read_at     TEXT NOT NULL,
    inventory   TEXT NOT NULL
) STRICT;

-- Addresses are properties of servers: one may have several, and an address may change hands.
CREATE TABLE endpoints (
    host      TEXT NOT NULL,
    port      INTEGER NOT NULL,
    server_id INTEGER REFERENCES servers (id),
    target    TEXT NOT NULL,
    tried_at  TEXT NOT NULL,
    failure   TEXT,
    PRIMARY KEY (host, port)
) STRICT;

CREATE TABLE changes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    server_id INTEGER NOT NULL REFERENCES servers (id),
    at        TEXT NOT NULL,
    subject   TEXT NOT NULL,
    before    TEXT,
    after     TEXT
) STRICT;
CREATE INDEX changes_of_server ON changes (server_id, id);

CREATE TABLE pins (
    host        TEXT NOT NULL,
    port        INTEGER NOT NULL,
    fingerprint TEXT,
    level       TEXT,
    origin      TEXT NOT NULL,
    since       TEXT NOT NULL,
    PRIMARY KEY (host, port)
) STRICT;

-- A credential that a BMC refused, as a salted scrypt digest: enough to see that it has changed, and no more.
CREATE TABLE refusals (
    host     TEXT NOT NULL,
    port     INTEGER NOT NULL,
    username TEXT NOT NULL,
    print    BLOB NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (host, port)
) STRICT;

CREATE TABLE expand (product TEXT PRIMARY KEY, works INTEGER NOT NULL) STRICT;
",
    "
CREATE TABLE plans (digest TEXT PRIMARY KEY, plan TEXT NOT NULL, made_at TEXT NOT NULL) STRICT;

CREATE TABLE runs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    digest  TEXT NOT NULL,
    plan    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    started TEXT NOT NULL
) STRICT;

-- The truth. Each row's hash covers the one before it, so that a change of the past shows.
CREATE TABLE journal (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    run    INTEGER NOT NULL REFERENCES runs (id),
    server INTEGER,
    at     TEXT NOT NULL,
    event  TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
CREATE INDEX journal_of_run ON journal (run, seq);
CREATE TRIGGER journal_is_not_rewritten BEFORE UPDATE ON journal
    BEGIN SELECT RAISE (ABORT, 'the journal is not rewritten'); END;
CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
    BEGIN SELECT RAISE (ABORT, 'the journal is not shortened'); END;

-- One run a BMC.
-- Sessions that are open on BMCs, by the process that opened them: what a killed one left behind is ours to close. The
-- resource alone, never the token.
CREATE TABLE sessions (
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    uri  TEXT NOT NULL,
    pid  INTEGER NOT NULL,
    PRIMARY KEY (host, port, uri)
) STRICT;

CREATE TABLE leases (server INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (id), since TEXT NOT NULL) STRICT;
",
    "
-- What is done to a server outside of any run is written down under this number.
INSERT INTO runs (id, digest, plan, actor, started) VALUES (0, '', '', '', '');
",
];

/// Brings the schema up to date in one transaction.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Sqlite { path: path.into(), source };
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = version(connection).map_err(failed)?;
    if found > known {
        return Err(StoreError::Newer { path: path.into(), found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        let copy = path.with_extension(format!("db.before-schema-{known}"));
        connection.backup("main", copy, None::<fn(rusqlite::backup::Progress)>).map_err(failed)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have come first, between the look above and the lock.
    let from = usize::try_from(version(&transaction).map_err(failed)?).unwrap_or(0);
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "user_version", known).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
