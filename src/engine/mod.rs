//! The owner of truth: reads BMCs, keeps what was read.

pub mod alive;
mod credentials;
mod diagnosis;
pub mod explore;
pub mod here;
mod ipmi;
mod listed;
pub mod pins;
mod read;
pub mod repair;
mod resets;
pub mod run;
mod serving;
mod settings;
mod tool_lines;
pub mod tools;
pub mod transcripts;

use std::sync::Arc;

use tokio::sync::broadcast;

pub use read::{Mode, Outcome, Progress, ReadOne};

use crate::{
    bmc::{redfish::collection::ExpandMemory, tools::Runner},
    clock::Clock,
    config::{Config, credentials::CredentialBook},
    domain::target::Endpoint,
    images::Repository,
    store::{StateDir, Store, StoreError},
};
use credentials::Prints;
use settings::{InForce, Settings};
use transcripts::Transcripts;

/// The engine of one state directory. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    settings: InForce,
    /// Where BMCs are locked for the whole machine.
    locks: std::path::PathBuf,
    store: Store,
    clock: Clock,
    transcripts: Arc<Transcripts>,
    expand: ExpandMemory,
    prints: Prints,
    directory: StateDir,
    images: Repository,
    runs: run::Runs,
    served: serving::Served,
    resets: resets::Resets,
    tools: tools::Tools,
    conversations: explore::Conversations,
    /// Of which BMCs tools say something.
    heard: broadcast::Sender<Endpoint>,
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
        let shared = std::path::Path::new("/run/lock");
        let base = if shared.is_dir() { shared.to_path_buf() } else { std::env::temp_dir() };
        let runner = Runner::new(directory.path().join("calls"), clock.clone());
        match runner.sweep().await {
            Ok(swept) if swept.directories > 0 => {
                tracing::warn!(
                    swept.directories,
                    swept.processes,
                    "removed what tools of an engine that died had left"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "what an engine that died has left of its tools was not looked for"),
        }
        run::handed::sweep(runner.root());
        let locks = config.locks.clone().unwrap_or_else(|| base.join("firmdeck"));
        Ok(Self(Arc::new(Inner {
            expand: ExpandMemory::knowing(store.expand()?),
            prints: Prints::new(store.salt().await?),
            directory: directory.clone(),
            images: Repository::open(&directory.images())
                .map_err(|error| StoreError::File { path: directory.images(), what: error.to_string() })?,
            runs: run::Runs::of(directory.path()),
            served: serving::Served::default(),
            resets: resets::Resets::default(),
            tools: tools::Tools::new(runner),
            conversations: explore::Conversations::default(),
            heard: broadcast::channel(tool_lines::LAG).0,
            transcripts: Arc::new(Transcripts::start(directory.transcripts())),
            settings: InForce::new(Settings::new(config, book)),
            locks,
            store,
            clock,
        })))
    }

    /// Works by another configuration from now on; what is under way ends by its own.
    pub fn configure(&self, config: Config, book: CredentialBook) {
        self.0.settings.replace(Settings::new(config, book));
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
