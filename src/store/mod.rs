//! The database: what is known of servers, pins and refusals. One writer thread; readers beside it.

mod files;
mod journal;
mod migrations;
mod pins;
mod plans;
mod products;
mod refusals;
mod servers;
mod sessions;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

pub use files::StateDir;
pub use journal::{Entry, NO_RUN, RunRow, Tampered};
pub use pins::{Origin, Pin};
pub use refusals::Refusal;
pub use servers::{Recorded, StoredServer};
use writer::Writer;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said so.
    #[error("the database {path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        source: rusqlite::Error,
    },
    /// A file or directory of the state directory cannot be used.
    #[error("{path}: {what}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// A newer firmdeck has been here.
    #[error("the database {path} is of a newer firmdeck (schema {found}, this one knows {known}); nothing was changed")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A row does not hold what firmdeck writes there.
    #[error("the database holds a row that cannot be read: {0}")]
    Row(String),
    /// The batch could not be committed: nothing of it was written.
    #[error("the database could not be written: {0}")]
    NotWritten(String),
    /// The writer gave no answer.
    #[error("the database could not be written; the log says why")]
    Ended,
}

/// The database of one state directory. Clones share it.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    reader: Arc<Mutex<Connection>>,
    path: PathBuf,
    /// Grows with each change of what is known of servers.
    generation: Arc<AtomicU64>,
}

const BUSY: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the database of `directory`, bringing its schema up to date (with a copy of the old file first).
    pub fn open(directory: &StateDir) -> Result<Self, StoreError> {
        let path = directory.database();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let mut connection = Connection::open(&path).map_err(failed)?;
        directory.make_private(&path)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        // State survives a power cut; only the writer pays for it, once a batch.
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        migrations::run(&mut connection, &path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&path, flags).map_err(failed)?;
        reader.busy_timeout(BUSY).map_err(failed)?;
        let (writer, reader) = (Arc::new(Writer::start(connection)), Arc::new(Mutex::new(reader)));
        Ok(Self { writer, reader, path, generation: Arc::default() })
    }

    /// A number that has grown where what is known of servers has changed since it was asked for last.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in a transaction of the writer and waits until it is on disk.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await?.map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }

    /// Runs `query` on the reader's connection. Short queries only: it runs where it is called.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        query(&reader).map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }
}

/// Turns `T` into the JSON that a column holds.
fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
