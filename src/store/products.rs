//! On which products `$expand` really works.

use std::collections::HashMap;

use rusqlite::params;

use super::{Store, StoreError};

impl Store {
    /// Everything known.
    pub fn expand(&self) -> Result<HashMap<String, bool>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare("SELECT product, works FROM expand")?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Writes what is known.
    pub async fn set_expand(&self, works: HashMap<String, bool>) -> Result<(), StoreError> {
        self.write(move |connection| {
            let mut insert =
                connection.prepare_cached("INSERT OR REPLACE INTO expand (product, works) VALUES (?1, ?2)")?;
            works.iter().try_for_each(|(product, works)| insert.execute(params![product, works]).map(drop))
        })
        .await
    }
}
