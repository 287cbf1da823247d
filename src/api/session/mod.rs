//! The engine's answers to what clients ask: one method a question, the same words as on the wire.

mod fleet;
mod look;
mod plans;
mod repair;
mod runs;

use std::{
    cmp::Reverse,
    collections::HashSet,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    api::{
        error::ApiError,
        live::{FleetDocument, VaultState},
        wire::{
            InventoryDocument, NoBmc, PinAccepted, PinRow, PinsDocument, Progress, ReadReport, SCHEMA, Server,
            ServerChange,
        },
    },
    bmc::tls::{Fingerprint, Level},
    clock::Clock,
    config::{
        Config,
        credentials::{CredentialBook, Environment},
        diagnoses,
        vault::Vault,
    },
    domain::{
        diagnosis::Rules,
        failure::{Failure, Weight},
        target::{Endpoint, Target},
    },
    engine::{Engine, Outcome},
    store::{Origin, Pin, StateDir, StoreError, StoredServer},
};

pub use crate::engine::Mode;

/// An engine, as its clients see it.
pub struct Session {
    pub(super) engine: Engine,
    /// Where images are kept.
    pub(super) images: PathBuf,
    pub(super) transcripts: PathBuf,
    pub(super) fleet: Mutex<Option<(u64, FleetDocument)>>,
    configured: Mutex<Configured>,
}

/// By what the engine works.
#[derive(Default)]
struct Configured {
    file: PathBuf,
    manifests: Option<PathBuf>,
    bios_profiles: Option<PathBuf>,
    rules: Arc<Rules>,
    environment: Environment,
    vault: VaultOf,
}

/// The vault, as far as the configuration wants one.
#[derive(Default)]
struct VaultOf {
    file: PathBuf,
    is_wanted: bool,
    opened: Option<Arc<Vault>>,
}

impl Configured {
    fn book(&self, config: &Config) -> CredentialBook {
        let book = CredentialBook::new(config.credentials.clone(), self.environment.clone());
        book.with_vault(self.vault.opened.clone())
    }
}

impl Session {
    /// Opens the state directory. Where BMCs are locked for the whole machine: `locks`, or the usual place.
    pub async fn open(directory: &StateDir, clock: Clock, locks: Option<PathBuf>) -> Result<Self, StoreError> {
        let config = Config { locks, ..Config::default() };
        let book = CredentialBook::new(Vec::new(), Environment::default());
        Ok(Self {
            engine: Engine::open(directory, config, book, clock).await?,
            images: directory.images(),
            transcripts: directory.transcripts(),
            fleet: Mutex::default(),
            configured: Mutex::new(Configured {
                // A test holds that they are whole.
                rules: Arc::new(Rules::embedded().unwrap_or_default()),
                ..Configured::default()
            }),
        })
    }

    /// Works by the configuration at `file` and a client's `environment` from now on. What an environment does not say
    /// stays as others said it.
    pub fn configure(&self, file: &Path, named: bool, environment: Environment) -> Result<(), ApiError> {
        let config = Config::load(file, named).map_err(|mistake| ApiError::usage(mistake.to_string()))?;
        let rules = match &config.diagnoses {
            Some(path) => Some(diagnoses::read(path).map_err(|mistake| ApiError::usage(mistake.to_string()))?),
            None => None,
        };
        let mut configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        if let (other, [run, ..]) = (&configured.file, self.engine.carried().as_slice())
            && other != file
            && !other.as_os_str().is_empty()
        {
            let other = other.display();
            return Err(ApiError::blocked(format!(
                "run {run} goes on by the configuration {other}: give `--config {other}`, or wait until it is over"
            )));
        }
        configured.environment.extend(environment);
        configured.file = file.to_path_buf();
        configured.manifests.clone_from(&config.manifests);
        configured.bios_profiles.clone_from(&config.bios_profiles);
        if let Some(rules) = rules {
            configured.rules = Arc::new(rules);
        }
        let vault = config.vault.clone().unwrap_or_default();
        if configured.vault.file != vault {
            configured.vault = VaultOf { file: vault, ..VaultOf::default() };
        }
        configured.vault.is_wanted = config.credentials.iter().any(|entry| entry.password_vault.is_some());
        self.engine.configure(config.clone(), configured.book(&config));
        Ok(())
    }

    /// How the vault stands.
    pub fn vault(&self) -> VaultState {
        let configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        match &configured.vault {
            VaultOf { is_wanted: false, .. } => VaultState::Unused,
            VaultOf { opened: Some(_), .. } => VaultState::Open,
            VaultOf { .. } => VaultState::Locked,
        }
    }

    /// Opens the vault, until the engine ends. Blocks for some tenths of a second.
    pub fn unlock_vault(&self, passphrase: &SecretString) -> Result<(), ApiError> {
        let (path, file, is_named) = {
            let configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
            let named = !configured.file.as_os_str().is_empty() && configured.file.exists();
            (configured.vault.file.clone(), configured.file.clone(), named)
        };
        let opened = Vault::open(&path, passphrase).map_err(|error| ApiError::blocked(error.to_string()))?;
        let config = Config::load(&file, is_named).map_err(|mistake| ApiError::usage(mistake.to_string()))?;
        let mut configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        if configured.vault.file == path {
            configured.vault.opened = Some(Arc::new(opened));
            self.engine.configure(config.clone(), configured.book(&config));
        }
        Ok(())
    }

    pub(super) fn manifests(&self) -> Option<PathBuf> {
        self.configured.lock().unwrap_or_else(PoisonError::into_inner).manifests.clone()
    }

    /// The rules of diagnosis in force.
    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.configured.lock().unwrap_or_else(PoisonError::into_inner).rules)
    }

    /// Where BIOS profiles are, if anywhere.
    pub(super) fn bios_profiles(&self) -> Option<PathBuf> {
        let configured = self.configured.lock().unwrap_or_else(PoisonError::into_inner);
        configured.bios_profiles.clone().filter(|directory| directory.is_dir())
    }

    /// The engine itself.
    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
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
        Ok(InventoryDocument { schema: SCHEMA, servers: merged(self.engine.store().servers()?, is_wanted) })
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
    ) -> Result<Result<PinAccepted, Failure>, StoreError> {
        let name = endpoint.to_string();
        let accepted = self.engine.accept_pin(endpoint, level).await?.map_err(|error| error.failure(&name));
        Ok(accepted.map(|accepted| PinAccepted {
            before: accepted.before.map(|pin| pin.to_string()),
            fingerprint: accepted.now.to_string(),
            level: accepted.level.to_string(),
        }))
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

/// One entry a machine, for the endpoints that are wanted.
pub(super) fn merged(mut stored: Vec<StoredServer>, is_wanted: impl Fn(&Endpoint) -> bool) -> Vec<Server> {
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
    servers
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
