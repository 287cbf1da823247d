//! The engine's socket: one engine a state directory, HTTP with a WebSocket of events, for this account alone.

mod actor;
mod answer;
mod events;
mod routes;

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{extract::State, middleware::Next, response::Response};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use super::{
    error::ApiError,
    live::{Hello, VaultState},
    session::Session,
    socket,
    wire::SCHEMA,
};
use crate::{clock::Clock, config::credentials::Environment, engine::alive, store::StateDir};
use actor::Peer;
pub use actor::{SSH_FROM, SUDO_USER, TERMINAL};
use events::Hub;

/// How an engine is hosted.
#[derive(Debug, Clone)]
pub struct Hosting {
    /// The state directory.
    pub state_dir: PathBuf,
    /// Where BMCs are locked for the whole machine, if not in the usual place.
    pub locks: Option<PathBuf>,
    /// The configuration that it begins with.
    pub config: PathBuf,
    /// True where the operator named that file.
    pub config_named: bool,
    /// The variables of the environment that credentials come from.
    pub environment: Environment,
    /// A client that brings its own will attach at once, and nothing is gone on with before.
    pub for_client: bool,
    /// The time that it goes by.
    pub clock: Clock,
    /// It ends by itself when nothing runs and nobody has asked anything for so long; never, where absent.
    pub idle_exit: Option<Duration>,
}

/// Why an engine does not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// Another one has this state directory.
    #[error("another engine (process {0}) has this state directory")]
    Taken(String),
    /// It cannot.
    #[error(transparent)]
    Failed(#[from] ApiError),
}

/// An engine that has its state directory and listens.
pub struct Hosted {
    serving: Arc<Serving>,
    listener: UnixListener,
    hosting: Hosting,
    _lock: File,
}

struct Serving {
    session: Session,
    hub: Arc<Hub>,
    clock: Clock,
    end: CancellationToken,
    /// Requests under way.
    busy: Arc<AtomicUsize>,
    /// Requests ever; the idle exit sees by it that there were some.
    asked: AtomicUsize,
    /// What an engine before this one left is gone on with once, when the credentials for it are known.
    resumed: tokio::sync::OnceCell<()>,
}

/// A request under way.
struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Serving {
    fn busy(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.busy))
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }

    fn hello(&self) -> Hello {
        Hello {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").into(),
            pid: std::process::id(),
            speed: self.clock.speed(),
            carries: self.session.engine().carried(),
            readings: self.hub.readings(),
            listeners: self.hub.listeners(),
            vault: self.session.vault(),
        }
    }

    async fn resume_once(&self) -> Result<(), ApiError> {
        // Without passwords every server of it would only be blocked.
        if self.session.vault() == VaultState::Locked {
            return Ok(());
        }
        let resume = || async { self.session.engine().resume_what_was_left().await.map_err(ApiError::from) };
        self.resumed.get_or_try_init(resume).await.map(drop)
    }

    fn is_idle(&self) -> bool {
        let nothing_asked = self.busy.load(Ordering::Acquire) == 0 && self.hub.listeners() == 0;
        nothing_asked && self.session.engine().carried().is_empty()
    }
}

/// Counts requests under way. An event stream is counted among the listeners.
async fn count(State(serving): State<Arc<Serving>>, request: axum::extract::Request, next: Next) -> Response {
    serving.asked.fetch_add(1, Ordering::AcqRel);
    let busy = serving.busy();
    let is_question = request.method() == axum::http::Method::GET;
    let answered = async move {
        let _busy = busy;
        next.run(request).await
    };
    if is_question {
        return answered.await;
    }
    // What was begun is done, also where whoever asked for it goes away meanwhile.
    tokio::spawn(answered).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

impl Hosted {
    /// Takes the state directory, opens what is in it, goes on with the runs that an engine before left, and listens.
    pub async fn begin(hosting: Hosting) -> Result<Self, NotBegun> {
        let directory = StateDir::open(&hosting.state_dir).map_err(ApiError::from)?;
        let lock = lock(directory.path())?;
        let session = Session::open(&directory, hosting.clock.clone(), hosting.locks.clone());
        let session = session.await.map_err(ApiError::from)?;
        session.configure(&hosting.config, hosting.config_named, hosting.environment.clone())?;
        let listener = listen(directory.path())?;
        let serving = Arc::new(Serving {
            session,
            hub: Arc::default(),
            clock: hosting.clock.clone(),
            end: CancellationToken::new(),
            busy: Arc::default(),
            asked: AtomicUsize::new(0),
            resumed: tokio::sync::OnceCell::new(),
        });
        if !hosting.for_client {
            serving.resume_once().await?;
        }
        let hosting = Hosting { state_dir: directory.path().to_path_buf(), ..hosting };
        Ok(Self { serving, listener, hosting, _lock: lock })
    }

    /// Ends it, from elsewhere. What it carries stands in the journal, for the next engine to go on with.
    #[must_use]
    pub fn end(&self) -> CancellationToken {
        self.serving.end.clone()
    }

    /// Answers until it is ended.
    pub async fn serve(self) -> Result<(), ApiError> {
        let Self { serving, listener, hosting, _lock } = self;
        let teller = tokio::spawn(events::tell(&serving));
        let own = inode(&hosting.state_dir);
        let watch = tokio::spawn(watch(Arc::clone(&serving), hosting.clone(), own));
        let app = routes::router(Arc::clone(&serving)).into_make_service_with_connect_info::<Peer>();
        let ended = serving.end.clone().cancelled_owned();
        let answering = axum::serve(listener, app).with_graceful_shutdown(ended);
        let outcome = tokio::select! {
            outcome = IntoFuture::into_future(answering) => outcome,
            // Whoever is still connected then learns from the closed socket.
            () = async { serving.end.cancelled().await; serving.clock.pause(FAREWELL).await } => Ok(()),
        };
        teller.abort();
        watch.abort();
        serving.session.engine().end_conversations().await;
        // A client that comes now must not find a socket that nobody answers.
        let _ = fs::remove_file(socket::path(&hosting.state_dir));
        outcome.map_err(|error| ApiError::error(format!("the socket of the engine failed: {error}")))
    }
}

/// Answers that are under way at the end get this long.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often it is looked whether anything is still to do.
const LOOK: Duration = Duration::from_secs(1);

/// Ends the engine when it is idle for long, or when its state directory has been taken away.
async fn watch(serving: Arc<Serving>, hosting: Hosting, own: Option<u64>) {
    let (mut idle, mut asked, mut beat) = (Duration::ZERO, 0, Duration::ZERO);
    loop {
        serving.clock.pause(LOOK).await;
        beat += LOOK;
        if beat >= alive::BEAT && !serving.session.engine().carried().is_empty() {
            serving.session.engine().beat();
            beat = Duration::ZERO;
        }
        let now = serving.asked.load(Ordering::Acquire);
        let quiet = serving.is_idle() && now == asked;
        asked = now;
        idle = if quiet { idle + LOOK } else { Duration::ZERO };
        let is_gone = inode(&hosting.state_dir) != own;
        let has_waited = hosting.idle_exit.is_some_and(|limit| idle >= limit);
        if quiet && (is_gone || has_waited) {
            serving.end.cancel();
            return;
        }
    }
}

/// Which file the socket of a state directory is.
fn inode(state_dir: &Path) -> Option<u64> {
    fs::metadata(socket::path(state_dir)).map(|data| data.ino()).ok()
}

/// One engine a state directory: a lock that the kernel lets go of however the process ends.
fn lock(directory: &Path) -> Result<File, NotBegun> {
    let path = directory.join("engine.lock");
    let failed = |error: std::io::Error| ApiError::error(format!("{}: {error}", path.display()));
    let mut options = OpenOptions::new();
    let mut file =
        options.create(true).truncate(false).read(true).write(true).mode(0o600).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            return Err(NotBegun::Taken(holder.trim().to_owned()));
        }
        Err(fs::TryLockError::Error(error)) => return Err(failed(error).into()),
    }
    // For people and for messages; the lock is what counts.
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(file)
}

fn listen(directory: &Path) -> Result<UnixListener, ApiError> {
    let path = socket::path(directory);
    let failed = |error: std::io::Error| ApiError::error(format!("{}: {error}", path.display()));
    // Ours is the lock, so a socket that lies there is of an engine that has ended.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = socket::bind(directory).map_err(failed)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}
