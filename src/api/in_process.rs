//! The engine inside the client's own process.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::wire::{InventoryDocument, PinRow, PinsDocument, Progress, ReadSummary, SCHEMA, Server};
use crate::{
    bmc::tls::{Fingerprint, Level},
    clock::Clock,
    config::{
        Config,
        credentials::{CredentialBook, from_environment},
    },
    domain::{
        failure::{Failure, Weight},
        target::{Endpoint, Target},
    },
    engine::{Engine, pins::Accepted},
    store::{Origin, Pin, StateDir, StoreError, StoredServer},
};

/// A client's view of the engine.
pub struct Session {
    pub(super) engine: Engine,
    /// Where images are kept.
    pub(super) images: PathBuf,
    /// Where manifests are.
    pub(super) manifests: Option<PathBuf>,
}

impl Session {
    /// Opens the state directory and hosts its engine.
    pub async fn open(state_dir: &Path, config: Config) -> Result<Self, StoreError> {
        let directory = StateDir::open(state_dir)?;
        let book = CredentialBook::new(config.credentials.clone(), from_environment());
        let (images, manifests) = (directory.images(), config.manifests.clone());
        let engine = Engine::open(&directory, config, book, Clock::system()).await?;
        Ok(Self { engine, images, manifests })
    }

    /// Reads `targets` now and records what came of each.
    pub async fn read(
        &self,
        targets: Vec<Target>,
        progress: mpsc::UnboundedSender<Progress>,
        called_off: CancellationToken,
    ) -> Result<ReadSummary, StoreError> {
        let (sender, mut receiver) = mpsc::unbounded_channel::<crate::engine::Progress>();
        let forward = async {
            while let Some(crate::engine::Progress { read, failed, total }) = receiver.recv().await {
                // Nobody need listen.
                let _ = progress.send(Progress { read, failed, total });
            }
        };
        let (outcomes, ()) = tokio::join!(self.engine.read(targets, Some(sender), called_off), forward);
        let mut summary = ReadSummary::default();
        for outcome in outcomes? {
            summary.requests += u64::from(outcome.requests);
            summary.pinned += usize::from(outcome.pinned.is_some());
            match outcome.result {
                Ok(read) => {
                    summary.read += 1;
                    summary.new += usize::from(read.is_new);
                    summary.changed += usize::from(!read.changes.is_empty());
                }
                Err(failure) => {
                    summary.failed += 1;
                    summary.blocked += usize::from(failure.weight == Weight::Blocked);
                }
            }
        }
        Ok(summary)
    }

    /// What is known, of `only` or of all.
    pub fn inventory(&self, only: Option<&[Target]>) -> Result<InventoryDocument, StoreError> {
        let wanted: Option<HashSet<&Endpoint>> = only.map(|targets| targets.iter().map(|t| &t.endpoint).collect());
        let servers = self.engine.store().servers()?;
        let shown = servers
            .iter()
            .filter(|server| wanted.as_ref().is_none_or(|wanted| wanted.contains(&server.target.endpoint)));
        Ok(InventoryDocument { schema: SCHEMA, servers: shown.map(server).collect() })
    }

    /// Every endpoint known.
    pub fn targets(&self) -> Result<Vec<Target>, StoreError> {
        Ok(self.engine.store().servers()?.into_iter().map(|server| server.target).collect())
    }

    /// Every pin.
    pub fn pins(&self) -> Result<PinsDocument, StoreError> {
        let pins = self.engine.store().pins()?;
        Ok(PinsDocument { schema: SCHEMA, pins: pins.into_iter().map(pin_row).collect() })
    }

    /// Pins the certificate that `endpoint` shows now. The inner error is the BMC's.
    pub async fn accept_pin(
        &self,
        endpoint: Endpoint,
        level: Option<Level>,
    ) -> Result<Result<Accepted, Failure>, StoreError> {
        let name = endpoint.to_string();
        Ok(self.engine.accept_pin(endpoint, level).await?.map_err(|error| error.failure(&name)))
    }

    /// Takes pins over from elsewhere.
    pub async fn import_pins(&self, pins: Vec<(Endpoint, Fingerprint)>) -> Result<(), StoreError> {
        let since = self.engine.clock().now();
        let pins = pins.into_iter().map(|(endpoint, fingerprint)| Pin {
            endpoint,
            fingerprint: Some(fingerprint),
            level: None,
            origin: Origin::Imported,
            since,
        });
        self.engine.store().set_pins(pins.collect()).await
    }

    /// Forgets the pin of `endpoint`; true if there was one.
    pub async fn forget_pin(&self, endpoint: Endpoint) -> Result<bool, StoreError> {
        self.engine.store().forget_pin(endpoint).await
    }

    /// Forgets that `endpoint` refused a credential; true if it had.
    pub async fn forget_refusal(&self, endpoint: Endpoint) -> Result<bool, StoreError> {
        self.engine.store().forget_refusal(endpoint).await
    }
}

fn server(stored: &StoredServer) -> Server {
    let target = &stored.target;
    let empty = Server {
        id: stored.id.map(|id| id.to_string()),
        address: target.endpoint.host.clone(),
        port: target.endpoint.port,
        name: target.name.clone(),
        rack: target.rack.clone(),
        unit: target.unit.clone(),
        site: target.site.clone(),
        labels: target.labels.clone(),
        vendor: None,
        stack: None,
        generation: None,
        model: None,
        serial: None,
        service_tag: None,
        board: None,
        uuid: None,
        host_name: None,
        power: None,
        health: None,
        bios: None,
        bmc: None,
        systems: Vec::new(),
        managers: Vec::new(),
        components: Vec::new(),
        unknown: std::collections::BTreeMap::new(),
        notes: Vec::new(),
        read_at: None,
        new: stored.is_new,
        error: stored.failure.clone(),
    };
    match &stored.inventory {
        Some(inventory) => empty.with_inventory(inventory),
        None => empty,
    }
}

fn pin_row(pin: Pin) -> PinRow {
    PinRow {
        address: pin.endpoint.host,
        port: pin.endpoint.port,
        fingerprint: pin.fingerprint.map(|fingerprint| fingerprint.to_string()),
        level: pin.level.map(|level| level.to_string()),
        origin: pin.origin.word().into(),
        since: pin.since.to_string(),
    }
}
