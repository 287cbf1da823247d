//! The firmdeck binary, run as its user would run it.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::process::Command;

const DEADLINE: Duration = Duration::from_secs(240);

/// A state directory and a configuration of their own.
pub struct Bench {
    directory: tempfile::TempDir,
    username: String,
    password: Option<String>,
}

impl Drop for Bench {
    /// The engine that the commands started is nobody's after the test.
    fn drop(&mut self) {
        end_engine(&self.state_dir());
    }
}

/// The process of the engine of a state directory, if one runs there.
pub fn engine_of(state_dir: &Path) -> Option<rustix::process::Pid> {
    let text = std::fs::read_to_string(state_dir.join("engine.lock")).ok()?;
    let pid: i32 = text.trim().parse().ok()?;
    // A number may have been given to another process since.
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let is_engine = command.windows(5).any(|word| word == b"serve");
    rustix::process::Pid::from_raw(pid).filter(|_| is_engine)
}

/// Kills the engine of a state directory, as a power cut would.
pub fn end_engine(state_dir: &Path) {
    if let Some(engine) = engine_of(state_dir) {
        let _ = rustix::process::kill_process(engine, rustix::process::Signal::KILL);
    }
}

/// How a run of the binary ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The JSON document on the first line of standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.out.lines().next().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// The first server of an inventory document.
    pub fn server(&self) -> Value {
        self.json()["servers"][0].clone()
    }
}

impl Bench {
    pub fn new(password: &str) -> Self {
        Self::with(Some(password.into()))
    }

    pub fn without_credentials() -> Self {
        Self::with(None)
    }

    fn with(password: Option<String>) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), username: super::tree::USERNAME.into(), password }
    }

    pub fn set_password(&mut self, password: &str) {
        self.password = Some(password.into());
    }

    pub fn state_dir(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file beside the state directory.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn config(&self, text: &str) {
        self.write("firmdeck.toml", text);
    }

    /// Adds to the configuration.
    pub fn config_more(&self, text: &str) {
        let now = std::fs::read_to_string(self.path("firmdeck.toml")).unwrap_or_default();
        self.config(&format!("{text}\n{now}"));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firmdeck"));
        command.args(arguments).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command.env("FIRMDECK_STATE_DIR", self.state_dir()).env("HOME", self.directory.path());
        // The same machines stand in many tests' labs.
        command.env("FIRMDECK_LOCK_DIR", self.directory.path().join("locks"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let config = self.path("firmdeck.toml");
        if config.exists() {
            command.env("FIRMDECK_CONFIG", config);
        }
        if let Some(password) = &self.password {
            command.env("FIRMDECK_USERNAME", &self.username).env("FIRMDECK_PASSWORD", password);
        }
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        let output = tokio::time::timeout(DEADLINE, self.command(arguments).output()).await;
        let Output { status, stdout, stderr } = output.expect("firmdeck ended in time").unwrap();
        Ended {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// Files below `directory` whose bytes hold `secret`.
pub fn files_holding(directory: &Path, secret: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_holding(&path, secret));
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap_or_default();
            if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}
