//! Plans and runs, as clients see them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    board, filter,
    live::{JournalLine, JournalPage, RunBoard, RunHead},
    offered,
    requests::PlanRequest,
    session::Session,
    wire::{SCHEMA, Server},
    words,
};
use crate::{
    config::manifests,
    domain::{
        inventory::ServerId,
        manifest::{Finding, Image, Manifest},
        phase::ServerState,
        plan::{Candidate, Goal, Options, Plan, ServerPlan, make},
        run::{ServerRun, Settled, StepRecord},
    },
    engine::run::{RunError, RunState},
    store::{Entry, StoreError},
};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The manifests have mistakes; nothing is planned from them.
    #[error("the manifests have mistakes:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Manifests(Vec<Finding>),
    /// The manifests cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// No such server.
    #[error("there is no server {0}: `firmdeck inventory` lists them")]
    NoSuchServer(String),
    /// The query is no query.
    #[error("{0}")]
    Query(String),
    /// No such baseline or image.
    #[error("no {what} is called `{name}`; there are {known}")]
    NoSuchGoal {
        /// `baseline` or `image`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No plan has this digest.
    #[error("no plan has a digest that begins with `{0}`")]
    NoSuchPlan(String),
    /// Several plans have.
    #[error("{count} plans have a digest that begins with `{beginning}`: give more digits")]
    Ambiguous {
        /// What was given.
        beginning: String,
        /// How many.
        count: usize,
    },
    /// Images of the plan are missing, broken, or not what the manifests say.
    #[error("{}", .0.join("\n"))]
    Images(Vec<String>),
    /// What the plan stands on has changed.
    #[error("the plan is stale: inventory or manifests have changed since it was made; plan again")]
    Stale,
    /// Nobody carries the run.
    #[error("run {run} {}", if *.over { "is over already" } else { "is not carried by anybody: there is nothing to stop" })]
    NotCarried {
        /// The run.
        run: i64,
        /// It has ended.
        over: bool,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// `firmdeck plan --json`, and what `--out` writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// SHA-256 of the plan's binding part. A confirmation is bound to it.
    pub digest: String,
    /// The plan.
    pub plan: Plan,
}

/// `firmdeck runs show --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The run's number.
    pub run: i64,
    /// The plan's digest.
    pub plan: String,
    /// `pending running succeeded skipped cancelled blocked uncertain failed`
    pub state: String,
    /// Who started it.
    pub actor: String,
    /// When, RFC 3339.
    pub started: String,
    /// The hash of its last journal entry.
    pub head: Option<String>,
    /// In the plan's order.
    pub servers: Vec<RunServer>,
}

/// One server of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunServer {
    /// Our id.
    pub id: String,
    /// The operator's name, or the endpoint.
    pub name: String,
    /// As the run's.
    pub state: String,
    /// Why nothing was to be done, where nothing was.
    pub refused: Option<String>,
    /// The six phases.
    pub phases: Vec<RunPhase>,
    /// The updates.
    pub updates: Vec<RunUpdate>,
}

/// A phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunPhase {
    /// `pre_flight firmware_analysis firmware_update system_reboot bios_configuration final_validation`
    pub phase: String,
    /// `pending running done skipped blocked failed uncertain`
    pub state: String,
    /// Why, where the state has a reason.
    pub why: Option<String>,
}

/// An update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunUpdate {
    /// The component's id.
    pub component: String,
    /// The vendor's name for it.
    pub name: String,
    /// Its version before.
    pub from: String,
    /// The version wanted.
    pub to: String,
    /// The version read afterwards.
    pub read_back: Option<String>,
    /// `applied staged failed blocked uncertain skipped`; null while it is open.
    pub settled: Option<String>,
    /// Why, where it did not succeed.
    pub why: Option<String>,
    /// What the BMC said last.
    pub word: Option<String>,
    /// Percent, at most 99 until it is verified.
    pub percent: Option<u8>,
    /// Every attempt.
    pub attempts: Vec<RunAttempt>,
}

/// An attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunAttempt {
    /// `multipart`, `simple_update`
    pub method: String,
    /// `not_started busy refused unknown accepted not_taken`; null while it is under way.
    pub outcome: Option<String>,
    /// In words.
    pub why: Option<String>,
}

/// `firmdeck plan --check --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The plan's digest.
    pub plan: String,
    /// In the plan's order.
    pub servers: Vec<CheckRow>,
}

/// What pre_flight says of a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckRow {
    /// Our id.
    pub id: String,
    /// The operator's name, or the endpoint.
    pub name: String,
    /// `done skipped blocked failed uncertain`
    pub state: String,
    /// Why, where the state has a reason.
    pub why: Option<String>,
    /// The steps that were taken; the first that says no is the last.
    pub steps: Vec<CheckStep>,
}

/// A step of pre_flight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckStep {
    /// Its word.
    pub step: String,
    /// As the row's.
    pub state: String,
    /// Why, where the state has a reason.
    pub why: Option<String>,
}

/// `firmdeck runs abort --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AbortDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The run's number.
    pub run: i64,
    /// Every server that was not over.
    pub servers: Vec<AbortRow>,
}

/// What an abort does on one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AbortRow {
    /// Our id.
    pub id: String,
    /// The operator's name, or the endpoint.
    pub name: String,
    /// It is interrupted; otherwise what is under way is finished, and nothing new begun.
    pub aborted: bool,
    /// What is under way and must not be interrupted.
    pub why: Option<String>,
    /// Minutes that it is expected to take yet.
    pub minutes: Option<u32>,
}

/// A line of `firmdeck runs list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    /// The run's number.
    pub run: i64,
    /// The plan's digest.
    pub plan: String,
    /// As in the document.
    pub state: String,
    /// Who started it.
    pub actor: String,
    /// When.
    pub started: String,
    /// Servers by state.
    pub servers: std::collections::BTreeMap<String, usize>,
}

fn word<T: Serialize>(value: &T, tag: &str) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.get(tag).unwrap_or(&json).as_str().unwrap_or_default().to_owned()
}

impl From<&RunState> for RunLine {
    fn from(state: &RunState) -> Self {
        let mut servers = std::collections::BTreeMap::new();
        for (_, run) in &state.servers {
            *servers.entry(run.state.word().to_owned()).or_default() += 1;
        }
        Self {
            run: state.row.id,
            plan: state.row.digest.to_string(),
            state: state.state().word().into(),
            actor: state.row.actor.clone(),
            started: state.row.started.clone(),
            servers,
        }
    }
}

impl From<&RunState> for RunDocument {
    fn from(state: &RunState) -> Self {
        Self {
            schema: SCHEMA,
            run: state.row.id,
            plan: state.row.digest.to_string(),
            state: state.state().word().into(),
            actor: state.row.actor.clone(),
            started: state.row.started.clone(),
            head: state.head.clone(),
            servers: state.servers.iter().map(|(plan, run)| server(plan, run)).collect(),
        }
    }
}

fn server(plan: &ServerPlan, run: &ServerRun) -> RunServer {
    RunServer {
        id: plan.id.to_string(),
        name: plan.name.clone().unwrap_or_else(|| plan.endpoint.to_string()),
        state: run.state.word().into(),
        refused: plan.refused.as_ref().map(ToString::to_string),
        phases: run
            .phases
            .iter()
            .map(|record| RunPhase {
                phase: record.phase.word().into(),
                state: record.state.word().into(),
                why: record.state.why().map(str::to_owned),
            })
            .collect(),
        updates: plan
            .updates
            .iter()
            .zip(&run.updates)
            .map(|(update, record)| {
                let (read_back, why) = match &record.settled {
                    Some(Settled::Applied { read_back }) => (Some(read_back.clone()), None),
                    Some(Settled::Failed { why, read_back }) => (read_back.clone(), Some(why.clone())),
                    Some(Settled::Blocked { why } | Settled::Uncertain { why } | Settled::Skipped { why }) => {
                        (None, Some(why.clone()))
                    }
                    Some(Settled::Staged) | None => (None, None),
                };
                RunUpdate {
                    component: update.component.clone(),
                    name: update.name.clone(),
                    from: update.from.clone(),
                    to: update.to.clone(),
                    read_back,
                    settled: record.settled.as_ref().map(|settled| settled.word().to_owned()),
                    why,
                    word: record.word.clone(),
                    percent: record.percent,
                    attempts: record
                        .attempts
                        .iter()
                        .map(|attempt| RunAttempt {
                            method: word(&attempt.method, "method"),
                            outcome: attempt.outcome.as_ref().map(|outcome| word(outcome, "outcome")),
                            why: attempt.outcome.as_ref().map(ToString::to_string),
                        })
                        .collect(),
                }
            })
            .collect(),
    }
}

impl Session {
    /// Plans for the servers that are asked for, and keeps the plan.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanDocument, PlanError> {
        let PlanRequest { goal, options, servers, query } = request;
        let mut document = self.inventory(None)?;
        if let Some(wanted) = servers {
            let wanted: HashSet<String> = wanted.into_iter().collect();
            let known: HashSet<&str> = document.servers.iter().filter_map(|server| server.id.as_deref()).collect();
            if let Some(unknown) = wanted.iter().find(|id| !known.contains(id.as_str())) {
                return Err(PlanError::NoSuchServer(unknown.clone()));
            }
            document.servers.retain(|server| server.id.as_ref().is_some_and(|id| wanted.contains(id)));
        }
        if let Some(query) = query {
            let query = self.query(&query).map_err(PlanError::Query)?;
            document = filter::apply(document, &query).document;
        }
        let ids: HashSet<ServerId> = document.servers.iter().filter_map(id_of).collect();
        let plan = self.make(goal, options, &ids)?;
        self.check_images(&plan).await?;
        let digest = self.engine.store().add_plan(plan.clone(), self.engine.clock().now()).await?;
        Ok(PlanDocument { schema: SCHEMA, digest: digest.to_string(), plan })
    }

    fn make(&self, goal: Goal, options: Options, ids: &HashSet<ServerId>) -> Result<Plan, PlanError> {
        let manifest = self.manifest()?;
        check_goal(&manifest, &goal)?;
        let here = crate::engine::here::Here::read();
        let mut seen = HashSet::new();
        let stored = self.engine.store().servers()?;
        let candidates: Vec<_> = stored
            .iter()
            .filter_map(|server| {
                let (id, inventory) = (server.id?, server.inventory.as_ref()?);
                (ids.contains(&id) && seen.insert(id)).then(|| Candidate {
                    id,
                    endpoint: &server.target.endpoint,
                    name: server.target.name.as_deref(),
                    inventory,
                    here: here.is(inventory),
                })
            })
            .collect();
        Ok(make(&candidates, &manifest, goal, options))
    }

    /// Every image of the plan is there, intact, and says nothing of itself that speaks against its manifest or against a
    /// machine that it is planned for.
    async fn check_images(&self, plan: &Plan) -> Result<(), PlanError> {
        let manifest = self.manifest()?;
        let mut ids: Vec<String> =
            plan.servers.iter().flat_map(|server| &server.updates).map(|update| update.image.id.clone()).collect();
        ids.sort();
        ids.dedup();
        let images: Vec<Image> = ids.iter().filter_map(|id| manifest.image(id)).cloned().collect();
        let looked = self.look_at_images(images).await.map_err(|failure| PlanError::Unreadable(failure.what))?;
        let (looks, mut found) = looked;
        found.extend(offered::misfits(plan, &looks, &self.engine.store().servers()?));
        if found.is_empty() { Ok(()) } else { Err(PlanError::Images(found)) }
    }

    fn manifest(&self) -> Result<Manifest, PlanError> {
        let directory = self.manifests().unwrap_or_default();
        let files = manifests::read(&[directory]).map_err(|mistakes| {
            PlanError::Unreadable(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        manifests::report(&files).into_manifest().map_err(PlanError::Manifests)
    }

    /// The one plan whose digest begins with `beginning`.
    pub fn find_plan(&self, beginning: &str) -> Result<Plan, PlanError> {
        let mut found = self.engine.store().plans(beginning)?;
        match found.len() {
            0 => Err(PlanError::NoSuchPlan(beginning.into())),
            1 => Ok(found.remove(0)),
            count => Err(PlanError::Ambiguous { beginning: beginning.into(), count }),
        }
    }

    /// Takes pre_flight alone for each server of a plan; nothing is changed on any.
    pub async fn check(&self, digest: &str) -> Result<CheckDocument, PlanError> {
        let plan = self.find_plan(digest)?;
        let digest = plan.digest().to_string();
        let rows = self.engine.check(plan).await?.into_iter().map(|one| CheckRow {
            id: one.server.to_string(),
            name: one.name.unwrap_or_else(|| one.endpoint.to_string()),
            state: one.state.word().into(),
            why: one.state.why().map(str::to_owned),
            steps: one.steps.iter().map(check_step).collect(),
        });
        Ok(CheckDocument { schema: SCHEMA, plan: digest, servers: rows.collect() })
    }

    /// Starts a run of `plan`, which goes on by itself; refused where the plan no longer follows from what is known.
    pub async fn start(&self, plan: Plan, actor: &str) -> Result<i64, PlanError> {
        let ids = plan.servers.iter().map(|server| server.id).collect();
        let again = self.make(plan.goal.clone(), plan.options, &ids)?;
        if again.digest() != plan.digest() {
            return Err(PlanError::Stale);
        }
        self.check_images(&plan).await?;
        Ok(self.engine.begin(plan, actor).await?)
    }

    /// Goes on with a run.
    pub async fn resume(&self, run: i64, actor: &str) -> Result<(), PlanError> {
        Ok(self.engine.resume(run, actor).await?)
    }

    /// Tries one server of a run again.
    pub async fn retry(&self, run: i64, server: ServerId, actor: &str) -> Result<(), PlanError> {
        Ok(self.engine.retry(run, server, actor).await?)
    }

    /// Asks a run to stop: current steps are finished, nothing new is started.
    pub async fn stop_run(&self, run: i64, actor: &str) -> Result<(), PlanError> {
        let state = self.engine.run_state(run)?;
        if self.engine.stop_run(run, actor).await? {
            return Ok(());
        }
        Err(PlanError::NotCarried { run, over: state.state().is_over() })
    }

    /// Asks a run to end as soon as it can. What it does on each server.
    pub async fn abort_run(&self, run: i64, actor: &str) -> Result<AbortDocument, PlanError> {
        let state = self.engine.run_state(run)?;
        let outcome = match self.engine.abort_run(run, actor).await {
            Err(RunError::NotUnderWay(_)) => {
                return Err(PlanError::NotCarried { run, over: state.state().is_over() });
            }
            outcome => outcome?,
        };
        let servers = outcome.servers.into_iter().map(|one| AbortRow {
            id: one.server.to_string(),
            name: one.name,
            aborted: one.outcome.is_ok(),
            minutes: one.outcome.as_ref().err().and_then(|not_now| not_now.minutes),
            why: one.outcome.err().map(|not_now| not_now.why),
        });
        Ok(AbortDocument { schema: SCHEMA, run, servers: servers.collect() })
    }

    /// A run as it stands.
    pub fn run_document(&self, run: i64) -> Result<RunDocument, PlanError> {
        Ok(RunDocument::from(&self.engine.run_state(run)?))
    }

    /// Every run, the newest first. One whose record cannot be read hides no other.
    pub fn run_heads(&self) -> Result<Vec<RunHead>, PlanError> {
        let carried = self.engine.carried();
        let head = |run: i64| match self.engine.run_state(run) {
            Ok(state) => board::head(&state, carried.contains(&run)),
            Err(error) => board::unreadable(run, &error.to_string()),
        };
        Ok(self.engine.store().run_ids()?.into_iter().map(head).collect())
    }

    /// A run as its screen shows it.
    pub fn board(&self, run: i64) -> Result<RunBoard, PlanError> {
        let state = self.engine.run_state(run)?;
        Ok(board::board(&state, self.engine.carried().contains(&run)))
    }

    /// A page of a run's journal, in words.
    pub fn run_journal(&self, run: i64, server: Option<ServerId>, after: i64) -> Result<JournalPage, PlanError> {
        let row = self.engine.store().run(run)?.ok_or(RunError::NoSuchRun(run))?;
        let entries = self.engine.store().journal_page(run, server, after, PAGE)?;
        let plan_of = |id: ServerId| row.plan.servers.iter().find(|plan| plan.id == id);
        let lines = entries.iter().map(|entry| line(entry, entry.server.and_then(plan_of)));
        let more = entries.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        Ok(JournalPage { schema: SCHEMA, entries: lines.collect(), more })
    }

    /// A page of the whole journal, for export and for whoever was away.
    pub fn journal(&self, after: i64) -> Result<JournalPage, PlanError> {
        let entries = self.engine.store().journal_after(after, PAGE)?;
        let more = entries.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        Ok(JournalPage { schema: SCHEMA, entries: entries.iter().map(|entry| line(entry, None)).collect(), more })
    }

    /// Hashes the journal anew: its length and last hash, or the entry at which the chain breaks.
    pub fn verify_journal(&self) -> Result<Result<(usize, Option<String>), i64>, PlanError> {
        Ok(self.engine.store().verify_journal()?.map_err(|tampered| tampered.seq))
    }
}

/// Entries of a page.
const PAGE: i64 = 500;

/// An entry as clients see it.
#[must_use]
pub fn line(entry: &Entry, plan: Option<&ServerPlan>) -> JournalLine {
    JournalLine {
        seq: entry.seq,
        run: entry.run,
        server: entry.server.map(|id| id.to_string()),
        at: entry.at.to_string(),
        event: serde_json::from_str(&entry.event).unwrap_or_default(),
        words: words::of_entry(entry, plan),
        hash: entry.hash.clone(),
    }
}

fn check_step(record: &StepRecord) -> CheckStep {
    CheckStep {
        step: record.step.clone(),
        state: record.state.word().into(),
        why: record.state.why().map(str::to_owned),
    }
}

fn id_of(server: &Server) -> Option<ServerId> {
    server.id.clone()?.try_into().ok()
}

fn check_goal(manifest: &Manifest, goal: &Goal) -> Result<(), PlanError> {
    let list = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    match goal {
        Goal::Baseline(name) if manifest.baseline(name).is_none() => Err(PlanError::NoSuchGoal {
            what: "baseline",
            name: name.clone(),
            known: list(manifest.baselines.iter().map(|baseline| baseline.name.as_str()).collect()),
        }),
        Goal::Image(id) if manifest.image(id).is_none() => Err(PlanError::NoSuchGoal {
            what: "image",
            name: id.clone(),
            known: list(manifest.images.iter().map(|image| image.id.as_str()).collect()),
        }),
        _ => Ok(()),
    }
}

/// The exit of a command that carried a run: what most needs a person decides.
#[must_use]
pub fn worst(document: &RunDocument) -> ServerState {
    let is = |state: ServerState| document.servers.iter().any(|server| server.state == state.word());
    [ServerState::Failed, ServerState::Uncertain, ServerState::Blocked, ServerState::Cancelled]
        .into_iter()
        .find(|state| is(*state))
        .unwrap_or(ServerState::Succeeded)
}
