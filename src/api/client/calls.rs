//! The questions, one method each.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::Client;
use crate::{
    api::{
        compare::CompareDocument,
        error::ApiError,
        explore::{EventsDocument, ResourceDocument},
        live::{
            DiagnosisDocument, ExchangeLine, FleetDocument, GoalsDocument, Hello, JournalPage, RunBoard, RunHead,
            TranscriptPage,
        },
        repair::{ConfirmRepair, LookAtRepair, RepairDocument, RepairEnd},
        requests::{
            AcceptPin, Images, ImportPins, Inventory, Matching, PlanRequest, Read, Retry, Shutdown, Start, Unlock,
        },
        runs::{AbortDocument, CheckDocument, PlanDocument, RunDocument},
        tools::ToolsDocument,
        wire::{
            ByteProgress, ImageAdded, ImagesDocument, InspectDocument, InventoryDocument, PinAccepted, PinsDocument,
            Progress, ReadReport, Server, VerifyDocument,
        },
    },
    bmc::tls::{Fingerprint, Level},
    domain::{
        failure::Failure,
        inventory::ServerId,
        plan::Plan,
        run::Again,
        target::{Endpoint, Target},
    },
    engine::Mode,
};

/// What a path of ours may hold besides letters, digits, `.` and `-`, as percent-encoding wants it (RFC 3986).
fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Client {
    /// Who answers.
    pub async fn hello(&self) -> Result<Hello, ApiError> {
        self.get("/v1/hello").await
    }

    /// Opens the vault for the engine, until that ends.
    pub async fn unlock_vault(&self, passphrase: &SecretString) -> Result<(), ApiError> {
        self.post("/v1/vault/unlock", &Unlock { passphrase: passphrase.expose_secret().to_owned() }).await
    }

    /// Ends the engine; refused while it carries a run, but by `force`: the next engine goes on with that.
    pub async fn shutdown(&self, force: bool) -> Result<(), ApiError> {
        self.post("/v1/shutdown", &Shutdown { force }).await
    }

    /// Reads `targets` now. `began` gets the number to call it off by ([`Client::stop_reading`]).
    pub async fn read(
        &self,
        targets: Vec<Target>,
        mode: Mode,
        began: impl FnMut(u64),
        progress: impl FnMut(Progress),
    ) -> Result<ReadReport, ApiError> {
        self.lines("/v1/read", &Read { targets, mode }, began, progress).await
    }

    /// Calls a reading off; false where it is over.
    pub async fn stop_reading(&self, reading: u64) -> Result<bool, ApiError> {
        self.post(&format!("/v1/readings/{reading}/stop"), &()).await
    }

    /// The fleet, a row a server.
    pub async fn fleet(&self) -> Result<FleetDocument, ApiError> {
        self.get("/v1/fleet").await
    }

    /// One server with everything that is known of it; `id` is ours, or `address:port`.
    pub async fn server(&self, id: &str) -> Result<Server, ApiError> {
        self.get(&format!("/v1/servers/{}", segment(id))).await
    }

    /// The exchanges with a server's BMC from byte `from` of its transcript, or the last of them.
    pub async fn transcript(&self, id: &str, from: Option<u64>) -> Result<TranscriptPage, ApiError> {
        let from = from.map_or_else(String::new, |from| format!("?from={from}"));
        self.get(&format!("/v1/servers/{}/transcript{from}", segment(id))).await
    }

    /// All of a server's transcript.
    pub async fn whole_transcript(&self, id: &str) -> Result<Vec<ExchangeLine>, ApiError> {
        let (mut lines, mut from) = (Vec::new(), 0);
        loop {
            let page = self.transcript(id, Some(from)).await?;
            lines.extend(page.exchanges);
            match page.next {
                Some(next) if next > from => from = next,
                _ => return Ok(lines),
            }
        }
    }

    /// The ids of the servers for which `query` holds.
    pub async fn matching(&self, query: &str) -> Result<Vec<String>, ApiError> {
        self.post("/v1/matching", &Matching { query: query.into() }).await
    }

    /// What is known, of `only` or of all.
    pub async fn inventory(&self, only: Option<&[Target]>) -> Result<InventoryDocument, ApiError> {
        self.post("/v1/inventory", &Inventory { only: only.map(<[Target]>::to_vec) }).await
    }

    /// Every endpoint known.
    pub async fn targets(&self) -> Result<Vec<Target>, ApiError> {
        self.get("/v1/targets").await
    }

    /// Every pin.
    pub async fn pins(&self) -> Result<PinsDocument, ApiError> {
        self.get("/v1/pins").await
    }

    /// Pins the certificate that `endpoint` shows now. The inner error is the BMC's.
    pub async fn accept_pin(
        &self,
        endpoint: Endpoint,
        level: Option<Level>,
    ) -> Result<Result<PinAccepted, Failure>, ApiError> {
        self.post("/v1/pins/accept", &AcceptPin { endpoint, level }).await
    }

    /// Takes pins over from elsewhere.
    pub async fn import_pins(&self, pins: Vec<(Endpoint, Fingerprint)>) -> Result<(), ApiError> {
        self.post("/v1/pins/import", &ImportPins { pins }).await
    }

    /// Looks for the vendors' tools.
    pub async fn tools(&self) -> Result<ToolsDocument, ApiError> {
        self.get("/v1/tools").await
    }

    /// What a server's BMC answers at `path`, which begins with `/redfish/`.
    pub async fn resource(&self, server: &str, path: &str) -> Result<ResourceDocument, ApiError> {
        self.get(&format!("/v1/servers/{}/redfish?path={}", segment(server), segment(path))).await
    }

    /// The logs that a server's BMC keeps of the machine's health.
    pub async fn event_logs(&self, server: &str) -> Result<EventsDocument, ApiError> {
        self.get(&format!("/v1/servers/{}/events", segment(server))).await
    }

    /// One server beside another, or beside a healthy one of its model.
    pub async fn compare(&self, server: &str, with: Option<&str>) -> Result<CompareDocument, ApiError> {
        let with = with.map_or_else(String::new, |with| format!("?with={}", segment(with)));
        self.get(&format!("/v1/servers/{}/compare{with}", segment(server))).await
    }

    /// Shows what an act on a BMC would be done to.
    pub async fn look_at_repair(&self, server: ServerId, look: &LookAtRepair) -> Result<RepairDocument, ApiError> {
        self.post(&format!("/v1/servers/{server}/repair/look"), look).await
    }

    /// Does what was confirmed.
    pub async fn repair(&self, server: ServerId, confirmed: &ConfirmRepair) -> Result<RepairEnd, ApiError> {
        self.post(&format!("/v1/servers/{server}/repair"), confirmed).await
    }

    /// Forgets the pin of `endpoint`; true if there was one.
    pub async fn forget_pin(&self, endpoint: Endpoint) -> Result<bool, ApiError> {
        self.post("/v1/pins/forget", &endpoint).await
    }

    /// Forgets that `endpoint` refused a credential; true if it had.
    pub async fn forget_refusal(&self, endpoint: Endpoint) -> Result<bool, ApiError> {
        self.post("/v1/refusals/forget", &endpoint).await
    }

    /// Copies a file into the repository.
    pub async fn add_image(&self, path: PathBuf, progress: impl FnMut(ByteProgress)) -> Result<ImageAdded, ApiError> {
        self.lines("/v1/images", &Images::Add { path }, |_| {}, progress).await
    }

    /// Every image of the repository.
    pub async fn images(&self) -> Result<ImagesDocument, ApiError> {
        self.get("/v1/images").await
    }

    /// Looks at images: those that are named, or all.
    pub async fn verify_images(
        &self,
        images: Vec<String>,
        quick: bool,
        progress: impl FnMut(ByteProgress),
    ) -> Result<VerifyDocument, ApiError> {
        self.lines("/v1/images", &Images::Verify { images, quick }, |_| {}, progress).await
    }

    /// What a file, or an image of the repository, says of itself. A relative path begins at `directory`.
    pub async fn inspect_image(
        &self,
        image: String,
        directory: &Path,
        progress: impl FnMut(ByteProgress),
    ) -> Result<InspectDocument, ApiError> {
        let directory = directory.to_path_buf();
        self.lines("/v1/images", &Images::Inspect { image, directory }, |_| {}, progress).await
    }

    /// What the manifests offer to plan for.
    pub async fn goals(&self) -> Result<GoalsDocument, ApiError> {
        self.get("/v1/goals").await
    }

    /// Plans, and keeps the plan.
    pub async fn plan(&self, request: &PlanRequest) -> Result<PlanDocument, ApiError> {
        self.post("/v1/plans", request).await
    }

    /// Takes pre_flight alone for each server of the plan whose digest begins so.
    pub async fn check_plan(&self, digest: &str) -> Result<CheckDocument, ApiError> {
        self.post(&format!("/v1/plans/{}/check", segment(digest)), &()).await
    }

    /// Starts a run of the plan whose digest begins so. Its number.
    pub async fn start_run(&self, digest: &str) -> Result<i64, ApiError> {
        self.post("/v1/runs", &Start::Digest(digest.into())).await
    }

    /// Starts a run of a plan from a file. Its number.
    pub async fn start_plan(&self, plan: Plan) -> Result<i64, ApiError> {
        self.post("/v1/runs", &Start::Plan(Box::new(plan))).await
    }

    /// Every run, the newest first.
    pub async fn runs(&self) -> Result<Vec<RunHead>, ApiError> {
        self.get("/v1/runs").await
    }

    /// A run with everything of it.
    pub async fn run(&self, run: i64) -> Result<RunDocument, ApiError> {
        self.get(&format!("/v1/runs/{run}")).await
    }

    /// A run as its screen shows it.
    pub async fn board(&self, run: i64) -> Result<RunBoard, ApiError> {
        self.get(&format!("/v1/runs/{run}/board")).await
    }

    /// What is told of a server of a run that did not end well.
    pub async fn diagnoses(&self, run: i64, server: &str) -> Result<DiagnosisDocument, ApiError> {
        self.get(&format!("/v1/runs/{run}/servers/{}/diagnosis", segment(server))).await
    }

    /// A page of a run's journal after an entry, of one server or of all.
    pub async fn run_journal(&self, run: i64, server: Option<&str>, after: i64) -> Result<JournalPage, ApiError> {
        let server = server.map_or_else(String::new, |server| format!("&server={}", segment(server)));
        self.get(&format!("/v1/runs/{run}/journal?after={after}{server}")).await
    }

    /// Asks a run to stop: current steps are finished, nothing new is started.
    pub async fn stop_run(&self, run: i64) -> Result<(), ApiError> {
        self.post(&format!("/v1/runs/{run}/stop"), &()).await
    }

    /// Asks a run to end as soon as it can. What it does on each server.
    pub async fn abort_run(&self, run: i64) -> Result<AbortDocument, ApiError> {
        self.post(&format!("/v1/runs/{run}/abort"), &()).await
    }

    /// Goes on with a run.
    pub async fn resume_run(&self, run: i64) -> Result<(), ApiError> {
        self.post(&format!("/v1/runs/{run}/resume"), &()).await
    }

    /// Tries one server of a run again.
    pub async fn retry(&self, run: i64, server: ServerId, how: Again) -> Result<(), ApiError> {
        self.post(&format!("/v1/runs/{run}/retry"), &Retry { server, how }).await
    }

    /// A page of the whole journal after an entry.
    pub async fn journal(&self, after: i64) -> Result<JournalPage, ApiError> {
        self.get(&format!("/v1/journal?after={after}")).await
    }

    /// Hashes the journal anew: its length and last hash, or the entry at which the chain breaks.
    pub async fn verify_journal(&self) -> Result<Result<(usize, Option<String>), i64>, ApiError> {
        self.get("/v1/journal/verify").await
    }
}
