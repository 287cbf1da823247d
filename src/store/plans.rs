//! Plans by their digest.

use jiff::Timestamp;
use rusqlite::params;

use super::{Store, StoreError, to_json};
use crate::domain::{digest::Sha256, plan::Plan};

impl Store {
    /// Keeps a plan.
    pub async fn add_plan(&self, plan: Plan, at: Timestamp) -> Result<Sha256, StoreError> {
        let digest = plan.digest();
        self.write(move |connection| {
            let insert = "INSERT OR REPLACE INTO plans (digest, plan, made_at) VALUES (?1, ?2, ?3)";
            connection.execute(insert, params![digest.to_string(), to_json(&plan)?, at.to_string()])?;
            Ok(digest)
        })
        .await
    }

    /// The plans whose digest begins with `beginning`.
    pub fn plans(&self, beginning: &str) -> Result<Vec<Plan>, StoreError> {
        // `%` and `_` would stand for anything; a digest has neither.
        if beginning.is_empty() || !beginning.chars().all(|c| c.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let texts = self.read(|connection| {
            let mut query = connection.prepare("SELECT plan FROM plans WHERE digest LIKE ?1 || '%'")?;
            query
                .query_map([beginning.to_lowercase()], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let parse =
            |text: String| serde_json::from_str(&text).map_err(|error| StoreError::Row(format!("plan: {error}")));
        texts.into_iter().map(parse).collect()
    }
}
