//! Runs: begun, called off, gone on with, and told of.

use super::Session;
use crate::{
    api::{
        board,
        live::{DiagnosisDocument, DiagnosisRow, JournalPage, RunBoard, RunHead},
        runs::{AbortDocument, AbortRow, PlanError, RunDocument, line},
        wire::SCHEMA,
    },
    domain::{inventory::ServerId, plan::Plan, run::Again},
    engine::run::RunError,
};

/// Entries of a page.
const PAGE: i64 = 500;

impl Session {
    /// Starts a run of `plan`, which goes on by itself; refused where the plan no longer follows from what is known.
    pub async fn start(&self, plan: Plan, actor: &str) -> Result<i64, PlanError> {
        self.engine.tools(false).await;
        let ids = plan.servers.iter().map(|server| server.id).collect();
        let mut again = self.make(&plan.goal, plan.bios_profile.as_deref(), plan.options, &ids)?;
        again.take_readings_of(&plan);
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
    pub async fn retry(&self, run: i64, server: ServerId, how: Again, actor: &str) -> Result<(), PlanError> {
        Ok(self.engine.retry(run, server, how, actor).await?)
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

    /// A run as it stands, with what is told of each server that did not end well.
    pub fn run_document(&self, run: i64) -> Result<RunDocument, PlanError> {
        let state = self.engine.run_state(run)?;
        let rules = self.rules();
        let mut document = RunDocument::from(&state);
        for ((plan, _), server) in state.servers.iter().zip(&mut document.servers) {
            server.take(self.engine.diagnoses(&rules, &state, plan.id)?);
        }
        Ok(document)
    }

    /// What is told of one server of a run that did not end well.
    pub fn diagnoses(&self, run: i64, server: ServerId) -> Result<DiagnosisDocument, PlanError> {
        let state = self.engine.run_state(run)?;
        let Some((plan, _)) = state.server(server) else { return Err(RunError::NoSuchServer { run, server }.into()) };
        let told = self.engine.diagnoses(&self.rules(), &state, server)?.into_iter();
        let rows = told.map(|(update, diagnosis)| DiagnosisRow {
            component: update.and_then(|index| plan.updates.get(index)).map(|update| update.name.clone()),
            diagnosis,
        });
        Ok(DiagnosisDocument { schema: SCHEMA, run, server: server.to_string(), diagnoses: rows.collect() })
    }

    /// Every run, the newest first. One whose record cannot be read hides no other.
    pub fn run_heads(&self) -> Result<Vec<RunHead>, PlanError> {
        let head = |run: i64| match self.engine.run_state(run) {
            Ok(state) => board::head(&state, &self.engine.carries(run)),
            Err(error) => board::unreadable(run, &error.to_string()),
        };
        Ok(self.engine.store().run_ids()?.into_iter().map(head).collect())
    }

    /// A run as its screen shows it.
    pub fn board(&self, run: i64) -> Result<RunBoard, PlanError> {
        let state = self.engine.run_state(run)?;
        Ok(board::board(&state, &self.engine.carries(run)))
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
