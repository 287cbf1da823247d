//! Credentials that BMCs refused, so that none is tried twice unchanged: that is how accounts get locked.

use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError};
use crate::domain::target::Endpoint;

/// A refused credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The account.
    pub username: String,
    /// Salted digest of the credential.
    pub print: Vec<u8>,
    /// When, in RFC 3339.
    pub at: String,
}

impl Store {
    /// The salt of this database's credential digests.
    pub async fn salt(&self) -> Result<Vec<u8>, StoreError> {
        self.write(|connection| {
            connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('salt', randomblob(16))", [])?;
            connection.query_row("SELECT value FROM meta WHERE key = 'salt'", [], |row| row.get(0))
        })
        .await
    }

    /// The credential that `endpoint` refused last, if it has accepted none since.
    pub fn refusal(&self, endpoint: &Endpoint) -> Result<Option<Refusal>, StoreError> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT username, print, at FROM refusals WHERE host = ?1 AND port = ?2")?;
            let row =
                |row: &rusqlite::Row<'_>| Ok(Refusal { username: row.get(0)?, print: row.get(1)?, at: row.get(2)? });
            query.query_row(params![endpoint.host, endpoint.port], row).optional()
        })
    }

    /// Remembers a refusal.
    pub async fn set_refusal(&self, endpoint: Endpoint, refusal: Refusal) -> Result<(), StoreError> {
        self.write(move |connection| {
            let insert =
                "INSERT OR REPLACE INTO refusals (host, port, username, print, at) VALUES (?1, ?2, ?3, ?4, ?5)";
            let Refusal { username, print, at } = refusal;
            connection.execute(insert, params![endpoint.host, endpoint.port, username, print, at])?;
            Ok(())
        })
        .await
    }

    /// Forgets the refusal of `endpoint`; true if there was one.
    pub async fn forget_refusal(&self, endpoint: Endpoint) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let delete = "DELETE FROM refusals WHERE host = ?1 AND port = ?2";
            Ok(connection.execute(delete, params![endpoint.host, endpoint.port])? > 0)
        })
        .await
    }
}
