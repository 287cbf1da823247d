//! The owner of truth: reads BMCs, keeps what was read.

mod credentials;
pub mod here;
pub mod pins;
mod read;
pub mod run;
mod serving;
mod transcripts;

use std::sync::Arc;

pub use read::{Mode, Outcome, Progress, ReadOne};

use crate::{
    bmc::redfish::{client::Timeouts, collection::ExpandMemory},
    clock::Clock,
    config::{Config, credentials::CredentialBook},
    images::Repository,
    store::{StateDir, Store, StoreError},
};
use credentials::Prints;
use transcripts::Transcripts;

/// The engine of one state directory. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    book: CredentialBook,
    store: Store,
    clock: Clock,
    timeouts: Timeouts,
    transcripts: Arc<Transcripts>,
    expand: ExpandMemory,
    prints: Prints,
    directory: StateDir,
    images: Repository,
    runs: run::Runs,
    served: serving::Served,
}

impl Engine {
    /// An engine over `directory`.
    pub async fn open(
        directory: &StateDir,
        config: Config,
        book: CredentialBook,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let store = Store::open(directory)?;
        let limits = config.limits;
        let mut timeouts = Timeouts::default();
        timeouts.reach.connect = std::time::Duration::from_secs(limits.connect_s);
        timeouts.reach.handshake = std::time::Duration::from_secs(limits.handshake_s);
        timeouts.read = std::time::Duration::from_secs(limits.read_s);
        timeouts.inventory = std::time::Duration::from_secs(limits.inventory_s);
        timeouts.gap = std::time::Duration::from_millis(limits.request_gap_ms);
        timeouts.session = timeouts.session.min(timeouts.read);
        timeouts.root = timeouts.root.min(timeouts.read);
        Ok(Self(Arc::new(Inner {
            expand: ExpandMemory::knowing(store.expand()?),
            prints: Prints::new(store.salt().await?),
            directory: directory.clone(),
            images: Repository::open(&directory.images())
                .map_err(|error| StoreError::File { path: directory.images(), what: error.to_string() })?,
            runs: run::Runs::default(),
            served: serving::Served::default(),
            transcripts: Arc::new(Transcripts::start(directory.transcripts())),
            config,
            book,
            store,
            clock,
            timeouts,
        })))
    }

    /// Where BMCs are locked for the whole machine.
    fn locks(&self) -> std::path::PathBuf {
        let shared = std::path::Path::new("/run/lock");
        let base = if shared.is_dir() { shared.to_path_buf() } else { std::env::temp_dir() };
        self.0.config.locks.clone().unwrap_or_else(|| base.join("firmdeck"))
    }

    /// What is known.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The time that this engine goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }
}
