//! Plans and runs, as clients see them.

use serde::{Deserialize, Serialize};

use super::{live::JournalLine, wire::SCHEMA, words};
use crate::{
    domain::{
        bios::{AttributeValue, BiosWay, Change},
        diagnosis::Diagnosis,
        manifest::Finding,
        phase::ServerState,
        plan::{Plan, ServerPlan},
        run::{BiosSettled, ServerRun, Settled, StepRecord},
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
    /// Its BIOS settings, where the plan has a profile for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bios: Option<RunBios>,
    /// What is told of it where it did not end well: of what went wrong first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
}

impl RunServer {
    /// Takes what is told of it, each by the index of its update, or of the server as a whole.
    pub(super) fn take(&mut self, told: Vec<(Option<usize>, Diagnosis)>) {
        for (update, diagnosis) in told {
            self.diagnosis.get_or_insert_with(|| diagnosis.clone());
            if let Some(update) = update.and_then(|index| self.updates.get_mut(index)) {
                update.diagnosis = Some(diagnosis);
            }
        }
    }
}

/// What became of the BIOS profile on a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunBios {
    /// The profile.
    pub profile: String,
    /// By which way settings are read and set: `redfish racadm`
    #[serde(default)]
    pub way: BiosWay,
    /// `applied as_wanted staged given_back left_pending skipped failed blocked uncertain`; null while it is open.
    pub settled: Option<String>,
    /// Why, where there is a reason.
    pub why: Option<String>,
    /// What was changed; before anything was sent, what the plan says.
    pub changes: Vec<RunChange>,
    /// Attributes that are kept as they were before; null while nothing was sent.
    pub backed_up: Option<usize>,
}

/// A changed BIOS attribute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunChange {
    /// The attribute, as the machine calls it.
    pub attribute: String,
    /// Its value before.
    pub from: AttributeValue,
    /// The value wanted.
    pub to: AttributeValue,
    /// The value read after the host's reset.
    pub read_back: Option<AttributeValue>,
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
    /// Its sub-steps, as they ended.
    #[serde(default)]
    pub steps: Vec<StepRow>,
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
    /// What is told of it where it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
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
    pub steps: Vec<StepRow>,
}

/// A sub-step of a phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRow {
    /// Its word.
    pub step: String,
    /// As a phase's.
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

fn bios(plan: &ServerPlan, run: &ServerRun) -> Option<RunBios> {
    let (planned, record) = (plan.bios.as_ref()?, &run.bios);
    let changes = if record.attempts.is_empty() { &planned.changes } else { &record.changes };
    let read_back = |change: &Change| match &record.settled {
        Some(BiosSettled::Applied { read_back }) => read_back.get(&change.attribute).cloned(),
        // What is not named in a failure was read as it was wanted, if anything was read.
        Some(BiosSettled::Failed { instead, .. }) if !instead.is_empty() => {
            instead.get(&change.attribute).cloned().unwrap_or_else(|| Some(change.to.clone()))
        }
        _ => None,
    };
    let row = |change: &Change| RunChange {
        attribute: change.attribute.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        read_back: read_back(change),
    };
    Some(RunBios {
        profile: planned.profile.clone(),
        way: planned.way,
        settled: record.settled.as_ref().map(|settled| settled.word().to_owned()),
        why: record.settled.as_ref().and_then(BiosSettled::why).map(str::to_owned),
        changes: changes.iter().map(row).collect(),
        backed_up: record.backed_up,
    })
}

fn server(plan: &ServerPlan, run: &ServerRun) -> RunServer {
    RunServer {
        id: plan.id.to_string(),
        name: plan.name.clone().unwrap_or_else(|| plan.endpoint.to_string()),
        state: run.state.word().into(),
        refused: plan.refused.as_ref().map(ToString::to_string),
        bios: bios(plan, run),
        diagnosis: None,
        phases: run
            .phases
            .iter()
            .map(|record| RunPhase {
                phase: record.phase.word().into(),
                state: record.state.word().into(),
                why: record.state.why().map(str::to_owned),
                steps: record.steps.iter().map(StepRow::from).collect(),
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
                    diagnosis: None,
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

impl From<&StepRecord> for StepRow {
    fn from(record: &StepRecord) -> Self {
        Self {
            step: record.step.clone(),
            state: record.state.word().into(),
            why: record.state.why().map(str::to_owned),
        }
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
