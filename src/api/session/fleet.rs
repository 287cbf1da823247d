//! The fleet as its table shows it, one server in full, and what can be planned for.

use std::{
    collections::{BTreeSet, HashMap},
    io::{Read as _, Seek as _, SeekFrom},
    sync::PoisonError,
};

use super::{Session, merged};
use crate::{
    api::{
        error::ApiError,
        filter,
        live::{ExchangeLine, FleetDocument, FleetRow, GoalRow, GoalsDocument, TranscriptPage},
        wire::{InventoryDocument, SCHEMA, Server},
    },
    config::manifests,
    domain::{
        bios::Profile,
        filter::Query,
        inventory::ServerId,
        manifest::{Baseline, Image},
        phase::ServerState,
        target::Endpoint,
    },
    engine::{here::Here, transcripts},
    store::StoreError,
};

/// Bytes of a transcript that a page begins before the end with.
const TAIL: u64 = 64 << 10;
/// Bytes of a transcript that a page covers.
const PAGE: u64 = 256 << 10;

impl Session {
    /// The fleet: a row a server. Made anew only where something has changed since.
    pub fn fleet(&self) -> Result<FleetDocument, StoreError> {
        let store = self.engine.store();
        let generation = store.generation();
        let mut kept = self.fleet.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|(of, _)| *of != generation) {
            let stored = store.servers()?;
            let here = Here::read();
            let ours = stored.iter().find(|server| server.inventory.as_ref().is_some_and(|found| here.is(found)));
            let ours = ours.and_then(|server| server.id).map(|id| id.to_string());
            let mut servers: Vec<FleetRow> = merged(stored, |_| true).iter().map(row).collect();
            for row in &mut servers {
                row.here = ours.as_ref() == Some(&row.id);
            }
            *kept = Some((generation, FleetDocument { schema: SCHEMA, servers }));
        }
        let mut document = kept.as_ref().map(|(_, document)| document.clone()).unwrap_or_default();
        drop(kept);
        let runs = self.busy_servers();
        for row in &mut document.servers {
            row.run = runs.get(&row.id).copied();
        }
        Ok(document)
    }

    /// The servers that runs work on now.
    fn busy_servers(&self) -> HashMap<String, i64> {
        let mut busy = HashMap::new();
        for run in self.engine.carried() {
            // A run that cannot be read now shows in its own list why.
            let Ok(state) = self.engine.run_state(run) else { continue };
            let working = state.servers.iter().filter(|(_, server)| server.state == ServerState::Running);
            busy.extend(working.map(|(plan, _)| (plan.id.to_string(), run)));
        }
        busy
    }

    /// One server with everything that is known of it; `id` is ours, or `address:port`.
    pub fn server(&self, id: &str) -> Result<Server, ApiError> {
        let unknown = || ApiError::usage(format!("no server has the id {id}"));
        if let Ok(number) = ServerId::try_from(id.to_owned()) {
            return merged(self.engine.store().server(number)?, |_| true).pop().ok_or_else(unknown);
        }
        let servers = self.inventory(None)?.servers;
        servers.into_iter().find(|server| server.id.is_none() && key(server) == id).ok_or_else(unknown)
    }

    /// The ids of the servers for which `query` holds: also what only an inventory can answer.
    pub fn matching(&self, query: &str) -> Result<Vec<String>, ApiError> {
        let query = self.query(query).map_err(ApiError::usage)?;
        let shown = filter::apply(self.inventory(None)?, &query);
        let InventoryDocument { servers, .. } = shown.document;
        Ok(servers.iter().map(|server| server.id.clone().unwrap_or_else(|| key(server))).collect())
    }

    /// A query in which a key of anybody's labels needs no `label.`. The error points at the mistake.
    pub(super) fn query(&self, text: &str) -> Result<Query, String> {
        let known = self.targets().map_err(|error| error.to_string())?;
        let labels: BTreeSet<&str> = known.iter().flat_map(|target| target.labels.keys().map(String::as_str)).collect();
        let parsed = Query::parse(text, &labels.into_iter().collect::<Vec<_>>());
        parsed.map_err(|error| format!("{error}\n{}", error.pointed(text)))
    }

    /// What the manifests offer to plan for.
    pub fn goals(&self) -> GoalsDocument {
        let empty = GoalsDocument { schema: SCHEMA, ..GoalsDocument::default() };
        let manifests = self.manifests().filter(|directory| directory.is_dir());
        let directories: Vec<_> = manifests.into_iter().chain(self.bios_profiles()).collect();
        if directories.is_empty() {
            return empty;
        }
        match manifests::read(&directories) {
            Err(mistakes) => GoalsDocument { mistakes: mistakes.iter().map(ToString::to_string).collect(), ..empty },
            Ok(files) => {
                let report = manifests::report(&files);
                let mistakes = report.findings.iter().filter(|_| report.has_errors()).map(ToString::to_string);
                GoalsDocument {
                    mistakes: mistakes.collect(),
                    baselines: report.manifest.baselines.iter().map(baseline).collect(),
                    images: report.manifest.images.iter().map(image).collect(),
                    bios_profiles: report.manifest.bios_profiles.iter().map(profile).collect(),
                    ..empty
                }
            }
        }
    }

    /// The exchanges with a server's BMC from byte `from` of its transcript, or the last of them.
    pub fn transcript(&self, id: &str, from: Option<u64>) -> Result<TranscriptPage, ApiError> {
        let server = self.server(id)?;
        let endpoint = Endpoint { host: server.address, port: server.port };
        let path = transcripts::file_of(&self.transcripts, &endpoint.to_string());
        let failed = |error: std::io::Error| ApiError::error(format!("{}: {error}", path.display()));
        let mut file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(TranscriptPage { schema: SCHEMA, ..TranscriptPage::default() });
            }
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_err(failed)?.len();
        let start = from.unwrap_or_else(|| length.saturating_sub(TAIL)).min(length);
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(PAGE).read_to_end(&mut bytes).map_err(failed)?;
        // A page ends with a whole line; the tail begins with one.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let is_cut = from.is_none() && start > 0;
        let begin =
            if is_cut { bytes.iter().position(|byte| *byte == b'\n').map_or(end, |first| first + 1) } else { 0 };
        let lines = bytes[begin.min(end)..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let exchanges: Vec<ExchangeLine> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let next = start + u64::try_from(end).unwrap_or(u64::MAX);
        Ok(TranscriptPage { schema: SCHEMA, exchanges, next: Some(next) })
    }
}

fn key(server: &Server) -> String {
    format!("{}:{}", server.address, server.port)
}

/// The row of a server.
#[must_use]
fn row(server: &Server) -> FleetRow {
    FleetRow {
        id: server.id.clone().unwrap_or_else(|| key(server)),
        address: server.address.clone(),
        port: server.port,
        name: server.name.clone(),
        rack: server.rack.clone(),
        unit: server.unit.clone(),
        site: server.site.clone(),
        labels: server.labels.clone(),
        vendor: server.vendor.clone(),
        stack: server.stack.clone(),
        generation: server.generation.clone(),
        model: server.model.clone(),
        serial: server.serial.clone(),
        host_name: server.host_name.clone(),
        power: server.power.clone(),
        health: server.health.clone(),
        bios: server.bios.clone(),
        bmc: server.bmc.clone(),
        components: server.components.len(),
        read_at: server.read_at.clone(),
        new: server.new,
        here: false,
        error: server.error.clone(),
        run: None,
    }
}

fn baseline(baseline: &Baseline) -> GoalRow {
    let wanted: usize = baseline.rules.iter().map(|rule| rule.wanted.len()).sum();
    let what = format!("{wanted} wanted versions for {} kinds of machine", baseline.rules.len());
    GoalRow { name: baseline.name.clone(), what }
}

fn profile(profile: &Profile) -> GoalRow {
    let wanted: usize = profile.rules.iter().map(|rule| rule.attributes.len()).sum();
    let what = format!("{wanted} BIOS settings for {} kinds of machine", profile.rules.len());
    GoalRow { name: profile.name.clone(), what }
}

fn image(image: &Image) -> GoalRow {
    let models: Vec<&str> =
        image.matches.iter().flat_map(|rule| rule.machines.models.iter().map(String::as_str)).collect();
    let models = if models.is_empty() { "matching machines".into() } else { models.join(", ") };
    GoalRow { name: image.id.clone(), what: format!("{} {} for {models}", image.kind, image.version) }
}
