//! Verified bytes under their own name in a private directory: tools read files, and go by what they are called.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::{domain::digest, file_body::OpenFile};

/// Bytes at a time.
const PIECE: usize = 256 << 10;

/// A directory with the files of one update. It goes with this value, and with the next start of an engine that died.
pub(super) struct Handed {
    directory: TempDir,
}

impl Handed {
    /// A directory of mode 0700 below `root`, which is the engine's own.
    pub(super) fn new(root: &Path) -> io::Result<Self> {
        if !root.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        }
        Ok(Self { directory: tempfile::Builder::new().prefix(PREFIX).tempdir_in(root)? })
    }

    /// Copies `file` there as `name`, and looks on the way that it is what its digest says.
    pub(super) fn put(&self, file: &OpenFile, name: &str, sha256: digest::Sha256) -> io::Result<PathBuf> {
        let name = Path::new(name).file_name().ok_or_else(|| io::Error::other("it has no name"))?;
        let path = self.directory.path().join(name);
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let (mut hasher, mut offset, mut buffer) = (Sha256::new(), 0, vec![0; PIECE]);
        loop {
            let read = file.read_at(&mut buffer, offset)?;
            let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
            hasher.update(piece);
            out.write_all(piece)?;
            offset += u64::try_from(read).unwrap_or_default();
        }
        if digest::Sha256(hasher.finalize().into()) != sha256 {
            return Err(io::Error::other("it is not what its digest says"));
        }
        Ok(path)
    }
}

const PREFIX: &str = "image-";

/// Removes what an engine that died has left below `root`. Best effort: what cannot be removed now is tried again.
pub(in crate::engine) fn sweep(root: &Path) {
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_handed_under_its_own_name_and_only_whole() {
        let root = tempfile::tempdir().unwrap();
        let source = root.path().join("source");
        std::fs::write(&source, vec![7; 600 << 10]).unwrap();
        let open = || OpenFile::open(&source).unwrap();
        let right = digest::Sha256(Sha256::digest(std::fs::read(&source).unwrap()).into());
        let handed = Handed::new(&root.path().join("handed")).unwrap();
        let path = handed.put(&open(), "../x/cp1.zip", right).unwrap();
        assert_eq!(path.file_name().unwrap(), "cp1.zip");
        assert!(path.starts_with(root.path().join("handed")));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(handed.put(&open(), "other.zip", digest::Sha256([1; 32])).is_err());
        drop(handed);
        assert!(!path.exists());
    }

    #[test]
    fn what_an_engine_that_died_has_left_is_removed() {
        let root = tempfile::tempdir().unwrap();
        std::mem::forget(Handed::new(root.path()).unwrap());
        sweep(root.path());
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
