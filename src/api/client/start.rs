//! Reaching the engine of a state directory, starting one where none answers.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    time::timeout,
};

use super::Client;
use crate::{
    api::{
        error::{ApiError, Class},
        live::Hello,
        requests::{Attach, FirstWord},
    },
    clock::Clock,
    config::{Config, credentials::Environment},
};

/// What an engine is started with, where none runs.
#[derive(Debug, Clone)]
pub struct Starting {
    /// The state directory.
    pub state_dir: PathBuf,
    /// The configuration file.
    pub config: PathBuf,
    /// True where the operator named that file.
    pub config_named: bool,
    /// How many times faster than real time devices are waited for.
    pub speed: f64,
    /// Where BMCs are locked for the whole machine, if not in the usual place.
    pub locks: Option<PathBuf>,
}

/// An engine that does not listen within this time is told of; a large database is brought up to date in it.
const START: Duration = Duration::from_secs(60);
/// An engine that holds the directory and does not listen yet, or that is about to end, is waited for.
const TRIES: u32 = 300;
const TRY: Duration = Duration::from_millis(50);
/// So often an engine is attached to that goes away meanwhile.
const ATTACHES: u32 = 5;

/// Reaches the engine, or starts one, and tells it by which configuration and credentials to work.
pub async fn attach(starting: &Starting) -> Result<Client, ApiError> {
    let config = Config::load(&starting.config, starting.config_named)
        .map_err(|mistake| ApiError::usage(mistake.to_string()))?;
    let environment = Environment::of_process(&config.credentials);
    let named = environment.iter().map(|(name, value)| (name.to_owned(), value.expose_secret().to_owned()));
    let config = std::path::absolute(&starting.config).unwrap_or_else(|_| starting.config.clone());
    let attach = Attach { config, named: starting.config_named, environment: named.collect() };
    // An engine that dies between two answers is another's turn: attaching twice is attaching.
    let mut tries = 0;
    loop {
        tries += 1;
        let client = reach(starting, &environment).await?;
        match client.post("/v1/attach", &attach).await {
            Ok(()) => return Ok(client),
            Err(error) if error.class == Class::Away && tries < ATTACHES => Clock::system().pause(TRY).await,
            Err(error) => return Err(error),
        }
    }
}

/// As [`attach`], again and again until an engine answers: for a screen whose engine went away.
pub async fn reattach(starting: &Starting) -> Client {
    let clock = Clock::system();
    loop {
        match attach(starting).await {
            Ok(client) => return client,
            Err(error) => tracing::warn!(%error, "no engine yet"),
        }
        clock.pause(Duration::from_secs(2)).await;
    }
}

async fn reach(starting: &Starting, environment: &Environment) -> Result<Client, ApiError> {
    let client = Client::of(&starting.state_dir);
    let clock = Clock::system();
    for _ in 0..TRIES {
        match client.hello().await {
            Ok(hello) => match fits(&hello, starting) {
                Fit::Well => return Ok(client),
                Fit::Replace => match client.shutdown(false).await {
                    // It has ended by itself, or at somebody else's word.
                    Err(error) if error.class != Class::Away => return Err(error),
                    _ => {}
                },
                Fit::Not(error) => return Err(error),
            },
            Err(error) if error.class == Class::Away => {
                if start(starting, environment).await? {
                    return Ok(client);
                }
            }
            Err(error) => return Err(error),
        }
        clock.pause(TRY).await;
    }
    Err(ApiError::error(format!(
        "an engine holds {} and does not answer: see logs/engine.log there; its process is in engine.lock",
        starting.state_dir.display()
    )))
}

enum Fit {
    Well,
    /// It has nothing to do, and another is wanted.
    Replace,
    Not(ApiError),
}

fn fits(hello: &Hello, starting: &Starting) -> Fit {
    let same_speed = (hello.speed - starting.speed).abs() < f64::EPSILON;
    let same_version = hello.version == env!("CARGO_PKG_VERSION");
    let idle = hello.carries.is_empty() && hello.readings == 0 && hello.listeners == 0;
    match (same_speed, same_version) {
        (true, true) => Fit::Well,
        _ if idle => Fit::Replace,
        // An older engine is not interrupted, and answers all the same.
        (true, false) => Fit::Well,
        (false, _) => Fit::Not(ApiError::blocked(format!(
            "the engine of this state directory works at speed {}, not {}, and is busy",
            hello.speed, starting.speed
        ))),
    }
}

/// Starts an engine in a session of its own, without a terminal. False where another one has the directory.
async fn start(starting: &Starting, environment: &Environment) -> Result<bool, ApiError> {
    let failed = |what: String| ApiError::error(format!("no engine can be started: {what}"));
    let log = log(&starting.state_dir).map_err(|error| failed(error.to_string()))?;
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let mut command = Command::new(program);
    command.arg("serve").arg("--detached");
    command.arg("--state-dir").arg(&starting.state_dir);
    command.arg("--lab-speed").arg(starting.speed.to_string());
    if starting.config_named {
        command.arg("--config").arg(&starting.config);
    }
    if let Some(locks) = &starting.locks {
        command.env("FIRMDECK_LOCK_DIR", locks);
    }
    // Secrets go over the socket, not into the environment of a process that stays.
    for name in environment.names() {
        command.env_remove(name);
    }
    // The directory that a shell stood in may be unmounted while the engine works.
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut engine = command.spawn().map_err(|error| failed(error.to_string()))?;
    let Some(output) = engine.stdout.take() else { return Err(failed("it has no output".into())) };
    let mut line = String::new();
    let read = timeout(START, BufReader::new(output).read_line(&mut line)).await;
    read.map_err(|_| failed(format!("it did not listen within {} s", START.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    match serde_json::from_str(&line) {
        Ok(FirstWord::Ready) => Ok(true),
        Ok(FirstWord::Taken) => Ok(false),
        Ok(FirstWord::Failed(error)) => Err(error),
        Err(_) => Err(failed(format!("see {}", starting.state_dir.join("logs").join("engine.log").display()))),
    }
}

fn log(state_dir: &Path) -> std::io::Result<fs::File> {
    let directory = state_dir.join("logs");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(directory.join("engine.log"))
}
