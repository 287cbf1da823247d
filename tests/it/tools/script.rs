//! Tools that a test writes itself: shell scripts.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use firmdeck::{
    bmc::{
        tools::{Call, Gathered, Input, Program, Report, Runner},
        transcript::Redactor,
    },
    clock::Clock,
};
use tokio_util::sync::CancellationToken;

/// A place for scripts and for the private directories of their calls.
pub struct Workshop {
    directory: tempfile::TempDir,
    pub runner: Runner,
    pub redactor: Redactor,
    pub said: Gathered,
    pub stop: CancellationToken,
}

impl Workshop {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let runner = Runner::new(directory.path().join("calls"), Clock::system());
        let (redactor, said, stop) = Default::default();
        Self { directory, runner, redactor, said, stop }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a tool.
    pub fn tool(&self, name: &'static str, script: &str) -> Program {
        Program { name, path: write(&self.path(name), script), version: String::new() }
    }

    /// Runs it, with `change` to the call.
    pub async fn run<'a>(&'a self, program: &'a Program, change: impl FnOnce(&mut Call<'a>)) -> Report {
        let mut call = Call::new(program, Vec::new(), &self.redactor);
        change(&mut call);
        self.runner.run(call, &self.said, &self.stop).await
    }

    /// Runs a script that reads nothing.
    pub async fn script(&self, script: &str) -> Report {
        self.run(&self.tool("tool", script), |call| call.input = Input::Closed).await
    }

    /// Private directories that are there.
    pub fn calls(&self) -> usize {
        fs::read_dir(self.runner.root()).map_or(0, Iterator::count)
    }
}

/// Writes an executable script.
pub fn write(path: &Path, script: &str) -> PathBuf {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

/// Whether a process of this number runs (and is no zombie).
pub fn runs(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
}

/// Waits until something holds.
pub async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it did not come to that");
}
