//! The driver for the real ipmitool in front of some BMC.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Mutex,
};

use firmdeck::{
    bmc::{
        Credentials,
        tools::{
            Access, Gathered, Runner,
            ipmitool::{Ears, Ipmitool, TOOL, Upgrade},
        },
    },
    clock::Clock,
    domain::{attempt::Attempt, inspected::Inspected, target::Endpoint},
    images,
    lab::{
        Lab,
        image::{Image, Spec},
        model::{Kind, Machine},
        release,
    },
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::support::tools;

/// ipmitool with a place for its calls, and all that it said.
pub struct Site {
    directory: tempfile::TempDir,
    tool: Ipmitool,
    pub said: Gathered,
    pub stop: CancellationToken,
}

impl Site {
    /// ipmitool for a BMC; nothing where there is no ipmitool.
    pub async fn at(address: SocketAddr, user: &str, password: &str) -> Option<Self> {
        let path = tools::program("ipmitool")?;
        let directory = tempfile::tempdir().unwrap();
        let runner = Runner::new(directory.path().join("calls"), Clock::system());
        let program = TOOL.find(Some(&path), &runner).await.unwrap();
        assert!(program.version.starts_with("1.8."), "{program:?}");
        let endpoint = Endpoint { host: address.ip().to_string(), port: address.port() };
        let credentials = Credentials { username: user.into(), password: SecretString::from(password) };
        let tool = Ipmitool::new(runner, program, Access::new(endpoint, credentials));
        let (said, stop) = Default::default();
        Some(Self { directory, tool, said, stop })
    }

    /// ipmitool for the BMC at a position of a lab.
    pub async fn of(lab: &Lab, index: usize) -> Option<Self> {
        Self::at(lab.addresses()[index], lab.bmc(index).user(), lab.password()).await
    }

    pub fn tool(&self) -> &Ipmitool {
        &self.tool
    }

    pub fn ears(&self) -> Ears<'_> {
        Ears { sink: &self.said, stop: &self.stop }
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Private directories that are there.
    pub fn calls(&self) -> usize {
        std::fs::read_dir(self.directory.path().join("calls")).map_or(0, Iterator::count)
    }

    /// Hands over an image file. Returns how that ended, and every number of bytes that was told.
    pub async fn upgrade(&self, path: &Path) -> (Attempt, Vec<u64>) {
        let inspected = look(path);
        let image = inspected.hpm.unwrap_or_else(|| panic!("{:?}", inspected.unusable));
        let told = Mutex::new(Vec::new());
        let tell = |bytes| told.lock().unwrap().push(bytes);
        let attempt = self.tool.upgrade(Upgrade { path, image: &image, lab: inspected.lab }, self.ears(), &tell).await;
        (attempt, told.into_inner().unwrap())
    }
}

/// What an image file says of itself.
pub fn look(path: &Path) -> Inspected {
    images::inspect::inspect_file(path, path.file_name().unwrap().to_str().unwrap()).unwrap()
}

/// The specification of the newest image of a kind for a machine.
pub fn newest(machine: &Machine, kind: Kind) -> Spec {
    let releases = release(std::slice::from_ref(machine), 1);
    let spec = releases.iter().find(|one| one.kind == kind).unwrap().images.last().unwrap().clone();
    Spec { size: 32 << 10, ..spec }
}

/// The newest image of a kind for the machine at a position of a lab, as bytes.
pub fn image(lab: &Lab, index: usize, kind: Kind) -> Vec<u8> {
    Image::new(&newest(&lab.bmc(index).machine(), kind)).bytes()
}
