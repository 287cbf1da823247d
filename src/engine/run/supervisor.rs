//! A run of many servers: who begins when, and when nobody else does.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{Semaphore, broadcast, mpsc, watch},
    task::JoinSet,
};

#[cfg(debug_assertions)]
use super::crash::{Crash, Side};
use super::{
    ipmi::IpmiPort,
    progress::{self, UploadProgress},
    redfish::RedfishPort,
    worker::{Ledger, Worker},
};
use crate::{
    domain::{
        inventory::{ServerId, Stack},
        phase::ServerState,
        plan::{Plan, ServerPlan},
        run::{self, Again, CalledOff, Control, Event, RunEvent, ServerRun, state_of},
    },
    engine::Engine,
    store::{Entry, RunRow, StoreError},
};

/// Entries that a listener may lag behind before it must read the journal instead.
const LAG: usize = 4096;
/// How often, and at which intervals, the lock of a run is tried that is about to be let go of.
const TRIES: u32 = 250;
const TRY: Duration = Duration::from_millis(20);

/// The runs that this engine carries.
pub struct Runs {
    carried: Mutex<HashMap<i64, Carried>>,
    published: broadcast::Sender<Entry>,
    let_go: broadcast::Sender<i64>,
    /// Why runs were let go of before their end.
    left: Mutex<HashMap<i64, String>>,
    pub(super) progress: broadcast::Sender<UploadProgress>,
    #[cfg(debug_assertions)]
    crash: Crash,
}

/// Whether this engine carries a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carries {
    /// It does.
    Yes,
    /// It does not; why it had to let go of it, if it did so before the end.
    No(Option<String>),
}

/// What can be asked of a run that is carried.
struct Carried {
    control: watch::Sender<Control>,
    /// Servers to begin again.
    again: mpsc::UnboundedSender<ServerId>,
}

impl Runs {
    /// None yet, in an engine of `state_dir`.
    #[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "it is where tests say when to die"))]
    pub(in crate::engine) fn of(state_dir: &Path) -> Self {
        Self {
            carried: Mutex::default(),
            published: broadcast::channel(LAG).0,
            let_go: broadcast::channel(LAG).0,
            left: Mutex::default(),
            progress: broadcast::channel(progress::LAG).0,
            #[cfg(debug_assertions)]
            crash: Crash::of_environment(state_dir),
        }
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
    /// The plan of the run does not have this server.
    #[error("run {run} has no server {server}")]
    NoSuchServer {
        /// The run.
        run: i64,
        /// What was asked for.
        server: ServerId,
    },
    /// The server is being worked on.
    #[error("{server} is not over in run {run}: there is nothing to try again yet")]
    NotOver {
        /// The run.
        run: i64,
        /// The server.
        server: ServerId,
    },
    /// An operator's choice that cannot be made.
    #[error(transparent)]
    NoChoice(#[from] run::NoChoice),
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
    /// The number of that entry.
    pub seq: i64,
    /// What was said of the run as a whole, in order.
    pub whole: Vec<(Timestamp, RunEvent)>,
    /// When each server's last entry was written.
    last: HashMap<ServerId, Timestamp>,
    /// Where each server is in `servers`.
    places: HashMap<ServerId, usize>,
}

/// When things happened to a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// Its last entry.
    pub last: Option<Timestamp>,
}

impl RunState {
    /// The word for the run.
    #[must_use]
    pub fn state(&self) -> ServerState {
        state_of(&self.servers.iter().map(|(_, run)| run.state).collect::<Vec<_>>())
    }

    /// One server of it.
    #[must_use]
    pub fn server(&self, id: ServerId) -> Option<&(ServerPlan, ServerRun)> {
        self.servers.get(*self.places.get(&id)?)
    }

    /// When things happened to `server`.
    #[must_use]
    pub fn times(&self, server: ServerId) -> Times {
        Times { last: self.last.get(&server).copied() }
    }

    /// Goes on by one entry. One that it knows already changes nothing, nor does one that this firmdeck does not
    /// understand: that is another's word.
    pub fn apply(&mut self, entry: &Entry) {
        if entry.seq <= self.seq {
            return;
        }
        self.seq = entry.seq;
        self.head = Some(entry.hash.clone());
        match entry.server {
            None => {
                if let Ok(event) = serde_json::from_str(&entry.event) {
                    self.whole.push((entry.at, event));
                }
            }
            Some(server) => {
                self.last.insert(server, entry.at);
                if let Ok(event) = serde_json::from_str::<Event>(&entry.event)
                    && let Some((_, run)) = self.places.get(&server).and_then(|place| self.servers.get_mut(*place))
                {
                    run.apply(entry.at, &event);
                }
            }
        }
    }
}

impl Engine {
    /// Begins a run of `plan`, which goes on by itself. Its number.
    pub async fn begin(&self, plan: Plan, actor: &str) -> Result<i64, RunError> {
        let at = self.0.clock.now();
        let id = self.0.store.add_run(plan, actor.into(), at).await?;
        let lock = self.lock_run(id).await?;
        self.say(id, &RunEvent::Started { actor: actor.into() }).await?;
        self.set_off(id, lock, Control::default())?;
        Ok(id)
    }

    /// Goes on with a run whose engine has ended, or that waits for a person after an absence. A person says so: nothing
    /// waits for another word.
    pub async fn resume(&self, id: i64, actor: &str) -> Result<(), RunError> {
        let _ = self.run_state(id)?;
        if self.release_hold(id, actor).await? {
            return Ok(());
        }
        let lock = self.lock_run(id).await?;
        self.say(id, &RunEvent::Resumed { actor: actor.into(), unattended: false }).await?;
        self.set_off(id, lock, Control::default())
    }

    /// Tries a server of a run again: what was read back stays, the rest begins anew.
    pub async fn retry(&self, id: i64, server: ServerId, how: Again, actor: &str) -> Result<(), RunError> {
        let state = self.run_state(id)?;
        let Some((plan, run)) = state.servers.iter().find(|(plan, _)| plan.id == server) else {
            return Err(RunError::NoSuchServer { run: id, server });
        };
        if !run.state.is_over() {
            return Err(RunError::NotOver { run: id, server });
        }
        run::choice(plan, run, how)?;
        let joins = self.carried_run(id, |carried| carried.again.clone());
        let lock = if joins.is_none() { Some(self.lock_run(id).await?) } else { None };
        self.ledger(id, Some(server)).append(&Event::RetryAsked { how }).await?;
        if joins.is_some_and(|again| again.send(server).is_ok()) {
            return Ok(());
        }
        let lock = match lock {
            Some(lock) => lock,
            // It ended in this moment.
            None => self.lock_run(id).await?,
        };
        self.say(id, &RunEvent::Resumed { actor: actor.into(), unattended: false }).await?;
        self.set_off(id, lock, Control::default())
    }

    /// Runs that this engine carries now.
    #[must_use]
    pub fn carried(&self) -> Vec<i64> {
        let mut runs: Vec<i64> =
            self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        runs.sort_unstable();
        runs
    }

    /// Whether this engine carries a run.
    #[must_use]
    pub fn carries(&self, id: i64) -> Carries {
        if self.carried_run(id, |_| ()).is_some() {
            return Carries::Yes;
        }
        Carries::No(self.0.runs.left.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned())
    }

    fn carried_run<T>(&self, id: i64, what: impl FnOnce(&Carried) -> T) -> Option<T> {
        self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(what)
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
        self.carried_run(id, |carried| carried.control.clone())
    }

    /// Every entry from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Entry> {
        self.0.runs.published.subscribe()
    }

    /// Which runs this engine carries no more, from now on, however that came about.
    #[must_use]
    pub fn let_go(&self) -> broadcast::Receiver<i64> {
        self.0.runs.let_go.subscribe()
    }

    /// A run as its journal tells it: the same fold, live and after a crash.
    pub fn run_state(&self, id: i64) -> Result<RunState, RunError> {
        let row = self.0.store.run(id)?.ok_or(RunError::NoSuchRun(id))?;
        let servers = row.plan.servers.iter().map(|plan| (plan.clone(), ServerRun::of(plan))).collect();
        let places = row.plan.servers.iter().enumerate().map(|(place, plan)| (plan.id, place)).collect();
        let (whole, last) = (Vec::new(), HashMap::new());
        let mut state = RunState { row, servers, head: None, seq: 0, whole, last, places };
        for entry in self.0.store.journal(id, 0)? {
            state.apply(&entry);
        }
        Ok(state)
    }

    /// Carries a run in the background to its end, which its journal tells.
    pub(super) fn set_off(&self, id: i64, lock: File, control: Control) -> Result<(), RunError> {
        let state = self.run_state(id)?;
        let control = watch::channel(control).0;
        let (again, mut asked) = mpsc::unbounded_channel();
        let carried = Carried { control: control.clone(), again };
        self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner).insert(id, carried);
        self.0.runs.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let carrying = Carrying { engine: self.clone(), id, _lock: lock };
        tokio::spawn(async move {
            if let Err(error) = carrying.engine.carry(id, state, &control, &mut asked).await {
                tracing::error!(run = id, %error, "the run is not carried on");
                let runs = &carrying.engine.0.runs;
                runs.left.lock().unwrap_or_else(PoisonError::into_inner).insert(id, error.to_string());
            }
        });
        Ok(())
    }

    async fn carry(
        &self,
        id: i64,
        mut state: RunState,
        control: &watch::Sender<Control>,
        asked: &mut mpsc::UnboundedReceiver<ServerId>,
    ) -> Result<(), RunError> {
        loop {
            self.carry_servers(id, state, control, asked).await?;
            state = self.run_state(id)?;
            // A retry that was asked after the last worker had ended must not be lost between here and the removal.
            {
                let mut carried = self.0.runs.carried.lock().unwrap_or_else(PoisonError::into_inner);
                if asked.try_recv().is_err() {
                    asked.close();
                    carried.remove(&id);
                    break;
                }
            }
            // With the retry, which may have been written down after the state was read.
            state = self.run_state(id)?;
        }
        self.say(id, &RunEvent::Ended { state: state.state() }).await?;
        Ok(())
    }

    async fn carry_servers(
        &self,
        id: i64,
        state: RunState,
        control: &watch::Sender<Control>,
        asked: &mut mpsc::UnboundedReceiver<ServerId>,
    ) -> Result<(), RunError> {
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
                let has_work = plan.has_work();
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
            let done = tokio::select! {
                done = workers.join_next() => done,
                Some(server) = asked.recv() => {
                    let again = self.run_state(id)?.servers.into_iter().find(|(plan, _)| plan.id == server);
                    waiting.extend(again.filter(|(_, run)| !run.state.is_over()));
                    // A person asked for it: the stop rule has been answered.
                    halted = false;
                    failed = 0;
                    continue;
                }
            };
            let Some(done) = done else { return Ok(()) };
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
            let ledger = engine.ledger(id, Some(server));
            let done = if engine.speaks_ipmi_alone(server)? {
                let port = IpmiPort::new(engine.clone(), Some(id), &plan);
                Worker::new((plan, options), run, port, ledger, control, uploads).work().await
            } else {
                let port = RedfishPort::new(engine.clone(), Some(id), &plan);
                Worker::new((plan, options), run, port, ledger, control, uploads).work().await
            };
            engine.0.store.release(server, id).await?;
            Ok(done?)
        });
    }

    /// Whether a server was last read over IPMI, since it has no Redfish.
    pub(super) fn speaks_ipmi_alone(&self, server: ServerId) -> Result<bool, StoreError> {
        let known = self.0.store.server(server)?;
        let stacks = known.iter().filter_map(|one| Some(one.inventory.as_ref()?.identity.stack));
        Ok(stacks.into_iter().next() == Some(Stack::Ipmi))
    }

    fn ledger(&self, run: i64, server: Option<ServerId>) -> StoreLedger {
        StoreLedger { engine: self.clone(), run, server }
    }

    pub(super) async fn say(&self, run: i64, event: &RunEvent) -> Result<(), StoreError> {
        self.ledger(run, None).write(event).await.map(drop)
    }

    /// One engine carries a run at a time: a lock that the kernel lets go of when its process ends, however it ends.
    /// Only engines of this directory take it, and one has the directory: what holds a run that is not carried here is about
    /// to let go of it, an end of the run in this moment or an engine that ends, and is waited for.
    pub(super) async fn lock_run(&self, run: i64) -> Result<File, RunError> {
        let path = self.0.directory.path().join("runs").join(format!("{run}.lock"));
        let failed = |error: std::io::Error| RunError::Lock { run, what: error.to_string() };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(failed)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(std::fs::TryLockError::WouldBlock) if self.carried_run(run, |_| ()).is_some() => break,
                Err(std::fs::TryLockError::WouldBlock) => self.clock().pause(TRY).await,
                Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(RunError::CarriedElsewhere(run))
    }
}

/// Whatever ends a run's carrying, a defect included: nobody carries it then, and it can be resumed.
struct Carrying {
    engine: Engine,
    id: i64,
    _lock: File,
}

impl Drop for Carrying {
    fn drop(&mut self) {
        let runs = &self.engine.0.runs;
        runs.carried.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        // Nobody need listen.
        let _ = runs.let_go.send(self.id);
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
        #[cfg(debug_assertions)]
        let (boundary, server) = (text.clone(), self.server.map(|id| id.to_string()).unwrap_or_default());
        #[cfg(debug_assertions)]
        self.engine.0.runs.crash.boundary(Side::Before, &server, &boundary);
        let entry = self.engine.0.store.append(self.run, self.server, at, text).await?;
        #[cfg(debug_assertions)]
        self.engine.0.runs.crash.boundary(Side::After, &server, &boundary);
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
