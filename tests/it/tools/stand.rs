//! A place for drivers of vendors' tools: the lab's stand-ins, the real ilorest, files, and all that was said.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use firmdeck::{
    bmc::{
        Credentials,
        tools::{Access, Ears, Gathered, Lent, Program, Runner, Tool, ilorest, racadm, sum},
    },
    clock::Clock,
    domain::target::Endpoint,
    lab::{
        Lab,
        image::{Image, Spec},
        model::{HostReset, Kind},
        stand_in,
    },
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{script::until, site::newest};
use crate::support::tools;

pub struct Stand {
    directory: tempfile::TempDir,
    pub runner: Runner,
    pub said: Gathered,
    pub stop: CancellationToken,
}

impl Stand {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        stand_in::write(&directory.path().join("tools"), Path::new(env!("CARGO_BIN_EXE_firmdeck"))).unwrap();
        // Device time passes in labs of these tests at least as fast.
        let runner = Runner::new(directory.path().join("calls"), Clock::scaled(60.0));
        let (said, stop) = Default::default();
        Self { directory, runner, said, stop }
    }

    pub fn ears(&self) -> Ears<'_> {
        Ears { sink: &self.said, stop: &self.stop }
    }

    async fn stand_in(&self, tool: &Tool) -> Program {
        let path = self.directory.path().join("tools").join(tool.name);
        let program = tool.find(Some(&path), &self.runner).await.unwrap();
        assert!(program.version.contains('.'), "{program:?}");
        program
    }

    pub async fn racadm(&self, lab: &Lab, password: &str) -> racadm::Racadm {
        let program = self.stand_in(&racadm::TOOL).await;
        let (endpoint, credentials) = login(lab, password);
        racadm::Racadm::new(self.runner.clone(), program, Access::new(endpoint, credentials))
    }

    pub async fn sum(&self, lab: &Lab, password: &str) -> sum::Sum {
        let program = self.stand_in(&sum::SUM).await;
        let (endpoint, credentials) = login(lab, password);
        sum::Sum::new(self.runner.clone(), program, Access::new(endpoint, credentials))
    }

    /// The real ilorest; nothing where it is not installed.
    pub async fn ilorest(&self, lab: &Lab, password: &str) -> Option<ilorest::Ilorest> {
        let path = tools::ilorest()?;
        let program = ilorest::TOOL.find(Some(&path), &self.runner).await.unwrap();
        assert!(program.version.starts_with("7."), "{program:?}");
        let (endpoint, credentials) = login(lab, password);
        Some(ilorest::Ilorest::new(self.runner.clone(), program, Access::new(endpoint, credentials)))
    }

    /// Writes a file under a name of ours, as a repository does.
    pub fn file(&self, bytes: &[u8]) -> PathBuf {
        let number = fs::read_dir(self.directory.path()).unwrap().count();
        let path = self.directory.path().join(format!("file-{number}"));
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The newest image of a kind for the only machine of a lab.
    pub fn image(&self, lab: &Lab, kind: Kind) -> Kept {
        let spec = Spec { min_from: None, ..newest(&lab.bmc(0).machine(), kind) };
        self.keep(&Image::new(&spec), &spec)
    }

    pub fn keep(&self, image: &Image, spec: &Spec) -> Kept {
        let bytes = image.bytes();
        Kept {
            path: self.file(&bytes),
            name: spec.file_name(),
            version: spec.version.clone(),
            bytes: bytes.len() as u64,
        }
    }

    /// Private directories that are there.
    pub fn calls(&self) -> usize {
        fs::read_dir(self.directory.path().join("calls")).map_or(0, Iterator::count)
    }
}

/// A file of an image, under a name of ours.
pub struct Kept {
    pub path: PathBuf,
    pub name: String,
    pub version: String,
    pub bytes: u64,
}

impl Kept {
    pub fn lent(&self) -> Lent<'_> {
        Lent { path: &self.path, name: &self.name, bytes: self.bytes }
    }
}

/// The way to the first BMC of a lab.
pub fn login(lab: &Lab, password: &str) -> (Endpoint, Credentials) {
    let address = lab.addresses()[0];
    let endpoint = Endpoint { host: address.ip().to_string(), port: address.port() };
    (endpoint, Credentials { username: lab.bmc(0).user().into(), password: SecretString::from(password) })
}

/// Restarts the host of the only machine, and waits until it runs again.
pub async fn restart(lab: &Lab) {
    lab.bmc(0).change(|machine| {
        let times = machine.habits.power;
        let now = machine.looked_at;
        machine.reset_host(HostReset::GracefulRestart, now, &times).unwrap();
    });
    until(|| !lab.bmc(0).machine().in_post() && lab.bmc(0).machine().coming.is_empty()).await;
}

/// Waits until the version of a part is this one.
pub async fn runs(lab: &Lab, kind: Kind, version: &str) {
    until(|| lab.bmc(0).machine().version(kind) == version && lab.bmc(0).machine().bmc_away_until.is_none()).await;
}

/// Every command line and environment of the machine's processes that has `secret` in it, and how many processes were looked at
/// that have `word`. Variables are open to their owner alone, but no tool here gets its password by one.
pub fn spy(secret: &str, word: &str) -> (BTreeSet<String>, usize) {
    let mut found = BTreeSet::new();
    let mut seen = 0;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let read = |file| fs::read(entry.path().join(file)).unwrap_or_default();
        let line = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
        let environment = String::from_utf8_lossy(&read("environ")).into_owned();
        seen += usize::from(line.contains(word));
        if line.contains(secret) || (line.contains(word) && environment.contains(secret)) {
            found.insert(line);
        }
    }
    (found, seen)
}
