//! The state directory and what lies in it.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::StoreError;

/// A state directory that exists, is ours alone, and is on a local disk.
#[derive(Debug, Clone)]
pub struct StateDir(PathBuf);

/// File systems on which SQLite's write-ahead log does not work.
const REMOTE: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs"];

impl StateDir {
    /// Takes `path`, making it where it is not there yet.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |what: String| StoreError::File { path: path.into(), what };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| failed(format!("the state directory cannot be made: {error}")))?;
        let path = path.canonicalize().map_err(|error| failed(error.to_string()))?;
        if let Some(kind) = file_system(&path).filter(|kind| REMOTE.contains(&kind.as_str())) {
            return Err(failed(format!("the state directory is on {kind}, and its database needs a local disk")));
        }
        let directory = Self(path);
        directory.make_directory(&directory.transcripts())?;
        Ok(directory)
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("firmdeck.db")
    }

    /// Where exchanges with BMCs are written down.
    #[must_use]
    pub fn transcripts(&self) -> PathBuf {
        self.0.join("logs").join("transcripts")
    }

    /// Where firmware images are kept.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.0.join("images")
    }

    fn make_directory(&self, path: &Path) -> Result<(), StoreError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| StoreError::File { path: path.into(), what: error.to_string() })
    }

    pub(super) fn make_private(&self, path: &Path) -> Result<(), StoreError> {
        let owner_only = fs::Permissions::from_mode(0o600);
        fs::set_permissions(path, owner_only)
            .map_err(|error: io::Error| StoreError::File { path: path.into(), what: error.to_string() })
    }
}

/// The type of the file system that `path` is on, as the kernel lists it (proc(5), mountinfo).
fn file_system(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let point = mount.split(' ').nth(4)?;
            path.starts_with(point).then(|| (point.len(), kind.split(' ').next().unwrap_or_default().to_owned()))
        })
        .max()
        .map(|(_, kind)| kind)
}
