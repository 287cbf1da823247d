//! A lock on a BMC for the whole machine: two engines with two state directories exclude each other.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read as _, Seek as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::machine::Numbers;

/// Who holds a lock: what the holder wrote into it. Others can write there too, so it is only ever shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Holder {
    /// The run.
    pub(in crate::engine) run: i64,
    /// Who started it.
    pub(in crate::engine) actor: String,
    /// The engine's process.
    pub(in crate::engine) process: u32,
    /// Its state directory.
    pub(in crate::engine) state_dir: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, actor, process, state_dir } = self;
        write!(
            f,
            "run {run} of another engine works on this BMC: started by {actor}, carried by process {process} with the state \
             directory {state_dir}; nothing was sent to it; next: wait for that run, or end it: `firmdeck --state-dir \
             {state_dir} runs stop {run}`"
        )
    }
}

/// What the BMC of a machine is known by.
pub(in crate::engine) fn name_of(numbers: &Numbers) -> String {
    let identity = [&numbers.vendor, &numbers.serial, &numbers.service_tag, &numbers.uuid];
    identity.map(|part| part.as_deref().unwrap_or("-")).join("|")
}

/// A note is never read beyond this (bytes).
const LONGEST_NOTE: u64 = 4096;

/// Takes the lock of the BMC that is known by `identity`, in `directory`, and notes in it who holds it. The kernel lets go
/// of it when the process ends, however it ends. Who holds it, where somebody else does.
pub(in crate::engine) fn take(directory: &Path, identity: &str, holder: Option<&Holder>) -> Result<File, String> {
    let failed = |error: io::Error| format!("the lock of this BMC cannot be taken: {error}");
    if !directory.is_dir() {
        fs::create_dir_all(directory).map_err(failed)?;
        // For every user, as the temporary directory itself: a lock that others cannot see excludes nobody.
        fs::set_permissions(directory, fs::Permissions::from_mode(0o1777)).map_err(failed)?;
    }
    let name: String = Sha256::digest(identity.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = directory.join(name);
    let mut file = open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let known = read(&mut file).map(|holder| holder.to_string());
            return Err(known.unwrap_or_else(|| "another firmdeck on this machine works on this BMC".into()));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    if let Some(holder) = holder
        && let Err(error) = note(&mut file, &path, holder)
    {
        // The lock holds without it; only the name of the holder is missing to others.
        tracing::warn!(%error, "it was not noted who holds the lock of a BMC");
    }
    Ok(file)
}

/// Opens the file of a lock, another user's too.
fn open(path: &Path) -> io::Result<File> {
    // Without O_CREAT first: in a directory for everybody Linux refuses that on others' files (fs.protected_regular).
    let existing = OpenOptions::new().read(true).write(true).open(path);
    match existing {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o666).open(path)?;
            // The umask has taken others' right to write, which is what they note themselves with.
            let _ = made.set_permissions(fs::Permissions::from_mode(0o666));
            Ok(made)
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(path),
        other => other,
    }
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn note(file: &mut File, path: &Path, holder: &Holder) -> io::Result<()> {
    let (opened, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    // Where everybody may make names, one may lead to a file that is no lock.
    let is_lock = opened.is_file() && opened.nlink() == 1 && (opened.dev(), opened.ino()) == (named.dev(), named.ino());
    if !is_lock {
        return Err(io::Error::other("its name leads elsewhere"));
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(holder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder { run: 3, actor: "root".into(), process: 7, state_dir: "/var/lib/firmdeck".into() }
    }

    #[test]
    fn a_second_engine_is_told_who_holds_a_bmc_and_gets_it_once_that_one_lets_go() {
        let directory = tempfile::tempdir().unwrap();
        let locks = directory.path().join("locks");
        let held = take(&locks, "dell|A", Some(&holder())).unwrap();
        let told = take(&locks, "dell|A", None).unwrap_err();
        for word in ["run 3", "started by root", "process 7", "--state-dir /var/lib/firmdeck runs stop 3"] {
            assert!(told.contains(word), "{told}");
        }
        take(&locks, "dell|B", None).unwrap();
        drop(held);
        take(&locks, "dell|A", None).unwrap();
    }

    #[test]
    fn a_name_that_leads_to_another_file_leaves_that_file_alone() {
        let directory = tempfile::tempdir().unwrap();
        let locks = directory.path().join("locks");
        drop(take(&locks, "dell|A", None).unwrap());
        let name = fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
        let precious = directory.path().join("precious");
        fs::write(&precious, "keep me").unwrap();
        fs::remove_file(&name).unwrap();
        std::os::unix::fs::symlink(&precious, &name).unwrap();
        take(&locks, "dell|A", Some(&holder())).unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "keep me");
    }
}
