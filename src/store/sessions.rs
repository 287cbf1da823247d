//! Sessions that are open on BMCs, so that what a killed process left behind can be closed by the next.

use rusqlite::params;

use super::{Store, StoreError};
use crate::domain::target::Endpoint;

impl Store {
    /// Notes a session that this process opened.
    pub async fn add_session(&self, endpoint: Endpoint, uri: String) -> Result<(), StoreError> {
        let pid = std::process::id();
        self.write(move |connection| {
            let insert = "INSERT OR REPLACE INTO sessions (host, port, uri, pid) VALUES (?1, ?2, ?3, ?4)";
            connection.execute(insert, params![endpoint.host, endpoint.port, uri, pid]).map(drop)
        })
        .await
    }

    /// Forgets a session that was closed.
    pub async fn forget_session(&self, endpoint: Endpoint, uri: String) -> Result<(), StoreError> {
        self.write(move |connection| {
            let delete = "DELETE FROM sessions WHERE host = ?1 AND port = ?2 AND uri = ?3";
            connection.execute(delete, params![endpoint.host, endpoint.port, uri]).map(drop)
        })
        .await
    }

    /// Sessions on `endpoint` whose process has ended.
    pub fn left_behind(&self, endpoint: &Endpoint) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String, u32)> = self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT uri, pid FROM sessions WHERE host = ?1 AND port = ?2")?;
            query.query_map(params![endpoint.host, endpoint.port], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        let ended = |pid: &u32| !std::path::Path::new("/proc").join(pid.to_string()).exists();
        Ok(rows.into_iter().filter(|(_, pid)| ended(pid)).map(|(uri, _)| uri).collect())
    }
}
