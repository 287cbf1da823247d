//! A lock on a BMC for the whole machine: two engines with two state directories exclude each other.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use sha2::{Digest, Sha256};

/// Takes the lock of the BMC that is known by `identity`, in `directory`. The kernel lets go of it when the process
/// ends, however it ends.
pub(super) fn take(directory: &Path, identity: &str) -> Result<File, String> {
    let failed = |error: std::io::Error| format!("the lock of this BMC cannot be taken: {error}");
    if !directory.is_dir() {
        fs::create_dir_all(directory).map_err(failed)?;
        // For every user, as the temporary directory itself: a lock that others cannot see excludes nobody.
        fs::set_permissions(directory, fs::Permissions::from_mode(0o1777)).map_err(failed)?;
    }
    let name: String = Sha256::digest(identity.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = directory.join(name);
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o666).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err("another firmdeck on this machine works on this BMC".into()),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
