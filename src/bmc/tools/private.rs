//! The private directory of one call: its home, cache, temporary files and secrets, for it alone and gone with it.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

use super::processes::{Process, boot};

/// How such a directory's name begins.
pub(super) const PREFIX: &str = "call-";

/// The file that says which process was started for it.
const NOTE: &str = "process";

/// A directory that only its owner may enter (0700). It is wiped when this value goes, and by the next engine's
/// [`super::Runner::sweep`] where this one dies first.
#[derive(Debug)]
pub(super) struct Private {
    path: PathBuf,
}

impl Private {
    /// Makes one in `root`, which is made too where it lacks.
    pub(super) fn make(root: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..16 {
            let path = root.join(format!("{PREFIX}{}", random()?));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path: path.canonicalize()? }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a secret into a file that only its owner may read (0600).
    pub(super) fn secret(&self, name: &str, secret: &SecretString) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(secret.expose_secret().as_bytes())?;
        Ok(path)
    }

    /// Writes down which process runs for it.
    pub(super) fn note(&self, process: Process) -> io::Result<()> {
        fs::write(self.path.join(NOTE), format!("{} {} {}\n", process.pid, process.began, boot()))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Err(error) = wipe(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a tool's private directory cannot be removed");
        }
    }
}

/// The process that was started for a directory, if it is still that one.
pub(super) fn noted(directory: &Path) -> Option<Process> {
    let text = fs::read_to_string(directory.join(NOTE)).ok()?;
    let mut words = text.split_whitespace();
    let (pid, began, boot_then) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    (boot_then == boot()).then(|| Process::noted(pid, began))
}

/// Removes a directory, whatever rights a tool has left in it.
pub(super) fn wipe(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(directory);
            fs::remove_dir_all(directory)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn open_up(directory: &Path) {
    // What cannot be changed shows in the removal that follows.
    let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).for_each(|entry| open_up(&entry.path()));
}

fn random() -> io::Result<String> {
    let mut bytes = [0_u8; 8];
    openssl::rand::rand_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_its_secrets_are_for_their_owner_alone_and_go_with_it() {
        let root = tempfile::tempdir().unwrap();
        let private = Private::make(&root.path().join("tools")).unwrap();
        let file = private.secret("password", &SecretString::from("x")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(private.path()), mode(&file)), (0o700, 0o600));
        assert!(private.secret("password", &SecretString::from("y")).is_err());
        let path = private.path().to_owned();
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::set_permissions(path.join("a"), Permissions::from_mode(0o000)).unwrap();
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn a_note_of_another_start_of_the_machine_says_nothing() {
        let root = tempfile::tempdir().unwrap();
        let private = Private::make(root.path()).unwrap();
        private.note(Process::noted(7, 8)).unwrap();
        assert_eq!(noted(private.path()), Some(Process::noted(7, 8)));
        fs::write(private.path().join(NOTE), "7 8 another-boot\n").unwrap();
        assert_eq!(noted(private.path()), None);
        fs::write(private.path().join(NOTE), "7").unwrap();
        assert_eq!(noted(private.path()), None);
    }
}
