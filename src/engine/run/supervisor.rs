//! A run of many servers: who begins when, and when nobody else does.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use tokio::{
    sync::{Semaphore, broadcast, watch},
    task::JoinSet,
};

use super::{
    progress::{self, UploadProgress},
    redfish::RedfishPort,
    worker::{Ledger, Worker},
};
use crate::{
    domain::{
        inventory::ServerId,
        phase::ServerState,
        plan::{Plan, ServerPlan},
        run::{self, CalledOff, Control, Event, RunEvent, ServerRun, state_of},
    },
    engine::Engine,
    store::{Entry, RunRow, StoreError},
};

/// Entries that a listener may lag behind before it must read the journal instead.
const LAG: usize = 4096;

/// The runs that this engine carries.
pub struct Runs {
    carried: Mutex<HashMap<i64, watch::Sender<Control>>>,
    published: broadcast::Sender<Entry>,
    pub(super) progress: broadcast::Sender<UploadProgress>,
}

impl Default for Runs {
    fn default() -> Self {
        let progress = broadcast::channel(progress::LAG).0;
        Self { carried: Mutex::default(), published: broadcast::channel(LAG).0, progress }
    }
}

/// Why a run cannot be carried here.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such run.
    #[error("there is no run {0}")]
    NoSuchRun(i64),
    /// Another engine carries it.
    #[error("another firmdeck carries run {0} at this moment")]
    CarriedElsewhere(i64),
    /// It is not under way in this engine.
    #[error("run {0} is not under way here")]
    NotUnderWay(i64),
    /// The lock of a run cannot be taken.
    #[error("the lock of run {run} cannot be taken: {what}")]
    Lock {
        /// The run.
        run: i64,
        /// Why.
        what: String,
    },
}

/// A run as its journal tells it.
#[derive(Debug, Clone)]
pub struct RunState {
    /// How it was started.
    pub row: RunRow,
    /// Each server, in the plan's order.
    pub servers: Vec<(ServerPlan, ServerRun)>,
    /// The hash of the journal's last entry of this run.
    pub head: Option<String>,
}

impl RunState {
    /// The word for the run.
    #[must_use]
    pub fn state(&self) -> ServerState {
        state_of(&self.servers.iter().map(|(_, run)| run.state).collect::<Vec<_>>())
    }
}

impl Engine {
    /// Begins a run of `plan` and carries it to its end. `begun` gets its number as soon as it has one.
    pub async fn run(&self, plan: Plan, actor: &str, begun: impl FnOnce(i64)) -> Result<RunState, RunError> {
        let at = self.0.clock.now();
        let id = self.0.store.add_run(plan, actor.into(), at).await?;
        self.say(id, &RunEvent::Started { actor: actor.into() }).await?;
        begun(id);
        self.carry(id, Control::default(), &[]).await
    }

    /// Goes on with a run whose engine has ended, because a person says so: nothing waits for another word.
    pub async fn resume(&self, id: i64, actor: &str) -> Result<RunState, RunError> {
        let _ = self.run_state(id)?;
        let resumed = RunEvent::Resumed { actor: actor.into(), unattended: false };
        self.carry(id, Control::default(), &[resumed]).await
    }

    /// Tries a server of a run again: what was read back stays, the rest begins anew.
    pub async fn retry(&self, id: i64, server: ServerId, actor: &str) -> Result<RunState, RunError> {
        let state = self.run_state(id)?;
        if state.servers.iter().any(|(plan, run)| plan.id == server && run.state.is_over()) {
            self.ledger(id, Some(server)).append(&Event::RetryAsked).await?;
        }
        self.resume(id, actor).await
    }

    /// Asks a run of this engine to finish the current steps and start nothing new. False where it carries no such run.
    pub async fn stop_run(&self, id: i64, actor: &str) -> Result<bool, StoreError> {
        let Some(control) = self.control(id) else { return Ok(false) };
        self.say(id, &RunEvent::StopAsked { actor: actor.into() }).await?;
        control.send_modify(|control| control.stop = true);
        Ok(true)
    }

    /// The control of a run that is carried here.
    pub(super) fn control(&self, id: i64) -> Option<watch::Sender<Control>> {
        self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Every entry from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Entry> {
        self.0.runs.published.subscribe()
    }

    /// A run as its journal tells it: the same fold, live and after a crash.
    pub fn run_state(&self, id: i64) -> Result<RunState, RunError> {
        let rows = self.0.store.runs()?;
        let row = rows.into_iter().find(|row| row.id == id).ok_or(RunError::NoSuchRun(id))?;
        let entries = self.0.store.journal(id, 0)?;
        let mut runs: BTreeMap<ServerId, ServerRun> =
            row.plan.servers.iter().map(|plan| (plan.id, ServerRun::of(plan))).collect();
        for entry in &entries {
            // An entry that this firmdeck does not know is another's word and changes nothing.
            if let (Some(server), Ok(event)) = (entry.server, serde_json::from_str::<Event>(&entry.event))
                && let Some(run) = runs.get_mut(&server)
            {
                run.apply(entry.at, &event);
            }
        }
        let take = |plan: &ServerPlan| (plan.clone(), runs.remove(&plan.id).unwrap_or_else(|| ServerRun::of(plan)));
        let servers = row.plan.servers.iter().map(take).collect();
        Ok(RunState { row, servers, head: entries.last().map(|entry| entry.hash.clone()) })
    }

    /// Carries a run to its end. `because` is written down first, once it is certain that nobody else carries it.
    pub(super) async fn carry(&self, id: i64, control: Control, because: &[RunEvent]) -> Result<RunState, RunError> {
        let _lock = self.lock_run(id)?;
        for event in because {
            self.say(id, event).await?;
        }
        let state = self.run_state(id)?;
        let control = watch::channel(control).0;
        self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).insert(id, control.clone());
        let outcome = self.carry_servers(id, state, &control).await;
        self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        outcome?;
        let state = self.run_state(id)?;
        self.say(id, &RunEvent::Ended { state: state.state() }).await?;
        self.run_state(id)
    }

    async fn carry_servers(&self, id: i64, state: RunState, control: &watch::Sender<Control>) -> Result<(), RunError> {
        let options = state.row.plan.options;
        let uploads = Arc::new(Semaphore::new(at_least_one(options.uploads_at_once)));
        let places = Arc::new(Semaphore::new(at_least_one(options.servers_at_once)));
        let mut failed = count_failed(state.servers.iter().map(|(_, run)| run.state));
        let mut waiting: std::collections::VecDeque<_> =
            state.servers.into_iter().filter(|(_, run)| !run.state.is_over()).collect();
        let begun_before = waiting.iter().any(|(_, run)| run.state == ServerState::Running);
        // Servers with nothing to do are no canaries.
        let mut canary = options.canary && !begun_before && failed == 0;
        let mut workers: JoinSet<Result<ServerRun, RunError>> = JoinSet::new();
        let mut halted = false;
        loop {
            if failed >= options.stop_after.max(1) && !halted && !waiting.is_empty() {
                halted = true;
                let why = format!("{failed} servers failed: what has not begun is not begun");
                self.say(id, &RunEvent::Halted { why }).await?;
            }
            while let Some((plan, run)) = waiting.pop_front() {
                let is_begun = run.state == ServerState::Running;
                let called_off = control.borrow().called_off();
                if !is_begun && (halted || called_off.is_some()) {
                    let mut ledger = self.ledger(id, Some(plan.id));
                    let how = called_off.unwrap_or(CalledOff::Stopped);
                    let why = if halted {
                        "the run was halted before it was begun"
                    } else {
                        "called off before it was begun"
                    };
                    for event in run::called_off(&plan, how, why) {
                        ledger.append(&event).await?;
                    }
                    continue;
                }
                let has_work = plan.refused.is_none() && !plan.updates.is_empty();
                if canary && has_work && !workers.is_empty() {
                    waiting.push_front((plan, run));
                    break;
                }
                let is_canary = canary && has_work;
                self.spawn(&mut workers, id, (plan, run), control, (&uploads, &places), options);
                if is_canary {
                    break;
                }
            }
            let Some(done) = workers.join_next().await else { return Ok(()) };
            // A worker that panics is a defect to be seen; its server's journal says how far it came.
            let run = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
            failed += count_failed([run.state]);
            if run.state == ServerState::Succeeded {
                canary = false;
            } else if canary && run.state != ServerState::Skipped {
                // A canary that did not sing: nobody follows.
                failed = failed.max(options.stop_after.max(1));
            }
        }
    }

    fn spawn(
        &self,
        workers: &mut JoinSet<Result<ServerRun, RunError>>,
        id: i64,
        (plan, run): (ServerPlan, ServerRun),
        control: &watch::Sender<Control>,
        (uploads, places): (&Arc<Semaphore>, &Arc<Semaphore>),
        options: crate::domain::plan::Options,
    ) {
        let engine = self.clone();
        let (control, uploads, places) = (control.subscribe(), Arc::clone(uploads), Arc::clone(places));
        workers.spawn(async move {
            let _place = places.acquire_owned().await;
            let server = plan.id;
            let port = RedfishPort::new(engine.clone(), Some(id), &plan);
            let ledger = engine.ledger(id, Some(server));
            let done = Worker::new((plan, options), run, port, ledger, control, uploads).work().await;
            engine.0.store.release(server, id).await?;
            Ok(done?)
        });
    }

    fn ledger(&self, run: i64, server: Option<ServerId>) -> StoreLedger {
        StoreLedger { engine: self.clone(), run, server }
    }

    pub(super) async fn say(&self, run: i64, event: &RunEvent) -> Result<(), StoreError> {
        self.ledger(run, None).write(event).await.map(drop)
    }

    /// One engine carries a run at a time: a lock that the kernel lets go of when its process ends, however it ends.
    fn lock_run(&self, run: i64) -> Result<File, RunError> {
        let path = self.0.directory.path().join("runs").join(format!("{run}.lock"));
        let failed = |error: std::io::Error| RunError::Lock { run, what: error.to_string() };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(RunError::CarriedElsewhere(run)),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

fn at_least_one(count: u32) -> usize {
    usize::try_from(count.max(1)).unwrap_or(1)
}

fn count_failed(states: impl IntoIterator<Item = ServerState>) -> u32 {
    let failed = |state: &ServerState| matches!(state, ServerState::Failed | ServerState::Uncertain);
    u32::try_from(states.into_iter().filter(failed).count()).unwrap_or(u32::MAX)
}

/// The journal in the database.
struct StoreLedger {
    engine: Engine,
    run: i64,
    server: Option<ServerId>,
}

impl StoreLedger {
    async fn write<T: serde::Serialize + Sync>(&self, event: &T) -> Result<Timestamp, StoreError> {
        let at = self.engine.0.clock.now();
        let text = serde_json::to_string(event).map_err(|error| StoreError::Row(error.to_string()))?;
        let entry = self.engine.0.store.append(self.run, self.server, at, text).await?;
        // Nobody need listen.
        let _ = self.engine.0.runs.published.send(entry);
        Ok(at)
    }
}

impl Ledger for StoreLedger {
    async fn append(&mut self, event: &Event) -> Result<Timestamp, StoreError> {
        self.write(event).await
    }
}
