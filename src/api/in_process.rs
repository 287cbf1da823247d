//! The engine inside the client's own process.

use std::{
    cmp::Reverse,
    collections::HashSet,
    net::IpAddr,
    path::{Path, PathBuf},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::wire::{InventoryDocument, NoBmc, PinRow, PinsDocument, Progress, ReadReport, SCHEMA, Server, ServerChange};
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
    engine::{Engine, Outcome, pins::Accepted},
    store::{Origin, Pin, StateDir, StoreError, StoredServer},
};

pub use crate::engine::Mode;

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
        Self::open_with(state_dir, config, Clock::system()).await
    }

    /// As [`Session::open`], by another clock. One that is not the wall clock is for the lab alone.
    pub async fn open_with(state_dir: &Path, config: Config, clock: Clock) -> Result<Self, StoreError> {
        let directory = StateDir::open(state_dir)?;
        let book = CredentialBook::new(config.credentials.clone(), from_environment());
        let (images, manifests) = (directory.images(), config.manifests.clone());
        let engine = Engine::open(&directory, config, book, clock).await?;
        Ok(Self { engine, images, manifests })
    }

    /// Reads `targets` now and records what came of each.
    pub async fn read(
        &self,
        targets: Vec<Target>,
        mode: Mode,
        progress: mpsc::UnboundedSender<Progress>,
        called_off: CancellationToken,
    ) -> Result<ReadReport, StoreError> {
        let (sender, mut receiver) = mpsc::unbounded_channel::<crate::engine::Progress>();
        let forward = async {
            while let Some(crate::engine::Progress { read, failed, total }) = receiver.recv().await {
                // Nobody need listen.
                let _ = progress.send(Progress { read, failed, total });
            }
        };
        let (outcomes, ()) = tokio::join!(self.engine.read(targets, mode, Some(sender), called_off), forward);
        let mut report = ReadReport::default();
        for outcome in outcomes? {
            self.count(outcome, mode, &mut report)?;
        }
        Ok(report)
    }

    fn count(&self, outcome: Outcome, mode: Mode, report: &mut ReadReport) -> Result<(), StoreError> {
        let summary = &mut report.summary;
        let endpoint = outcome.target.endpoint;
        summary.requests += u64::from(outcome.requests);
        summary.pinned += usize::from(outcome.pinned.is_some());
        match outcome.result {
            Ok(read) => {
                summary.read += 1;
                summary.new += usize::from(read.is_new);
                summary.changed += usize::from(!read.changes.is_empty());
                summary.aliases += usize::from(!read.is_new && !read.also_at.is_empty());
                let (id, at) = (read.id.to_string(), endpoint.to_string());
                let changes = read.changes.into_iter();
                report.changes.extend(changes.map(|change| ServerChange { id: id.clone(), at: at.clone(), change }));
            }
            Err(failure) if mode == Mode::Searched && !self.engine.store().knows(&endpoint)? => {
                summary.without += 1;
                let Endpoint { host, port } = endpoint;
                report.no_bmc.push(NoBmc { address: host, port, kind: failure.kind, what: failure.what });
            }
            Err(failure) => {
                summary.failed += 1;
                summary.blocked += usize::from(failure.weight == Weight::Blocked);
            }
        }
        Ok(())
    }

    /// What is known, of `only` or of all. One entry a machine: its other endpoints are in `also_at`.
    pub fn inventory(&self, only: Option<&[Target]>) -> Result<InventoryDocument, StoreError> {
        let wanted: Option<HashSet<&Endpoint>> = only.map(|targets| targets.iter().map(|t| &t.endpoint).collect());
        let is_wanted = |endpoint: &Endpoint| wanted.as_ref().is_none_or(|wanted| wanted.contains(endpoint));
        let mut stored = self.engine.store().servers()?;
        // The endpoint to show of a machine is one that was asked for, that answers, and that answered last.
        stored.sort_by_key(|server| {
            let id = server.id.map_or(u64::MAX, |id| id.0);
            (id, !is_wanted(&server.target.endpoint), server.failure.is_some(), Reverse(server.tried_at))
        });
        let mut servers: Vec<Server> = Vec::new();
        for one in stored {
            let endpoint = &one.target.endpoint;
            let id = one.id.map(|id| id.to_string());
            match servers.last_mut().filter(|last| id.is_some() && last.id == id) {
                Some(last) => last.also_at.push(format!("{}:{}", endpoint.host, endpoint.port)),
                None if is_wanted(endpoint) => servers.push(server(&one)),
                None => {}
            }
        }
        servers.sort_by_cached_key(|server| {
            let numeric = server.address.parse::<IpAddr>().ok();
            (numeric.is_none(), numeric, server.address.clone(), server.port)
        });
        Ok(InventoryDocument { schema: SCHEMA, servers })
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
        also_at: Vec::new(),
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
