//! The repository: every image once, under its digest.
//!
//! `<sha256>` is an image, `<sha256>.json` its [`Entry`], `incoming/` what is being copied, `quarantine/` what turned out
//! to be broken. Directories are 0700 and files 0600. A file appears under its digest only when all of it is on disk.
//! Everything here blocks; call it from a blocking task.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use super::sidecar::{Entry, Stamp};
use super::{
    Error, Progress, inspect,
    pour::{Failed, pour},
};
use crate::{domain::digest::Sha256, file_body::OpenFile};

/// Fewer digits than this name no image: a beginning that is short today is ambiguous tomorrow.
const SHORTEST_BEGINNING: usize = 8;

/// The images of one state directory.
#[derive(Debug, Clone)]
pub struct Repository {
    directory: PathBuf,
}

/// What came of adding a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The image.
    pub entry: Entry,
    /// False where the repository held it before.
    pub is_new: bool,
}

/// How closely an image is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A file that looks as it did when its digest was found right is taken to be so.
    Stamp,
    /// Every byte is hashed again.
    Bytes,
}

/// What a look at an image showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The digest is right.
    Intact {
        /// True where every byte was hashed for it.
        hashed: bool,
    },
    /// It is not; the file was moved to the quarantine.
    Quarantined {
        /// What is wrong.
        why: Broken,
        /// Where it is now.
        at: PathBuf,
    },
}

/// An image that was asked for.
#[derive(Debug)]
pub enum Opened {
    /// Its bytes, whose digest is right.
    Intact {
        /// Open for reading: what is read through it was verified, or is an error.
        file: OpenFile,
        /// What is kept of it.
        entry: Box<Entry>,
    },
    /// It is broken and was moved to the quarantine.
    Broken {
        /// What is wrong.
        why: Broken,
        /// Where it is now.
        at: PathBuf,
    },
}

/// What is wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "broken")]
pub enum Broken {
    /// Bytes are missing at its end.
    #[error("truncated: {found} bytes of {expected}")]
    Truncated {
        /// Bytes it had when it was added.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// Its bytes are others.
    #[error("corrupt: its SHA-256 is {found} now")]
    Corrupt {
        /// The digest of what is there.
        found: Sha256,
    },
    /// The file is gone.
    #[error("its file is gone")]
    Gone,
    /// Something else stands in its place.
    #[error("what stands in its place is no file")]
    NoFile,
}

impl Repository {
    /// Takes `directory`, making it where it is not there yet, and sweeps away what a crash left half copied.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let repository = Self { directory: directory.to_path_buf() };
        for path in [directory.to_path_buf(), repository.incoming(), repository.quarantine()] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|error| Error::writing(&path, 0, error))?;
        }
        repository.sweep()?;
        Ok(repository)
    }

    fn incoming(&self) -> PathBuf {
        self.directory.join("incoming")
    }

    fn quarantine(&self) -> PathBuf {
        self.directory.join("quarantine")
    }

    /// Where an image is, if it is there.
    #[must_use]
    pub fn path(&self, sha256: Sha256) -> PathBuf {
        self.directory.join(sha256.to_string())
    }

    fn sidecar(&self, sha256: Sha256) -> PathBuf {
        self.directory.join(format!("{sha256}.json"))
    }

    /// The lock that every copy shares and the sweep wants alone.
    fn lock_file(&self) -> Result<File, Error> {
        let path = self.incoming().join("lock");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        opened.map_err(|error| Error::writing(&path, 0, error))
    }

    fn sweep(&self) -> Result<(), Error> {
        let lock = self.lock_file()?;
        match lock.try_lock() {
            Ok(()) => {}
            // somebody copies right now: the next start sweeps
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(Error::writing(&self.incoming(), 0, error)),
        }
        for path in files_in(&self.incoming())? {
            if path.extension().is_some_and(|kind| kind == "part") {
                fs::remove_file(&path).map_err(|error| Error::writing(&path, 0, error))?;
            }
        }
        Ok(())
    }

    /// Copies `source` into the repository, hashing while copying. `now`: when it counts as added.
    ///
    /// Its own file must be named: links, directories and empty files are refused.
    pub fn add(&self, source: &Path, now: Timestamp, progress: &mut dyn FnMut(Progress)) -> Result<Added, Error> {
        let (mut from, looks) = open_source(source)?;
        let lock = self.lock_file()?;
        lock.lock_shared().map_err(|error| Error::writing(&self.incoming(), 0, error))?;
        let mut part = Part::create(&self.incoming(), looks.size)?;
        let (sha256, size) = pour(&mut from, &mut part.file, looks.size, progress).map_err(|failed| match failed {
            Failed::Reading(error) => Error::reading(source, error),
            Failed::Writing(error) => Error::writing(&self.directory, looks.size, error),
        })?;
        let after = from.metadata().map_err(|error| Error::reading(source, error))?;
        if size != looks.size || Stamp::of(&after).written != looks.written || after.size() != looks.size {
            return Err(Error::Changed { path: source.into() });
        }
        let name = source.file_name().map(|name| name.to_string_lossy().into_owned());
        let known = self.entry(sha256)?;
        if let Some(mut entry) = known.clone()
            && self.looks_checked(&entry)
        {
            if let Some(name) = name.filter(|name| !entry.names.contains(name)) {
                entry.names.push(name);
                self.write_entry(&entry)?;
            }
            return Ok(Added { entry, is_new: false });
        }
        let path = self.path(sha256);
        part.keep_as(&path, size)?;
        let mut names = known.map(|entry| entry.names).unwrap_or_default();
        names.extend(name.filter(|name| !names.contains(name)));
        let metadata = fs::symlink_metadata(&path).map_err(|error| Error::reading(&path, error))?;
        let beside = inspect::sidecar(source).and_then(|text| String::from_utf8(text).ok());
        let checked = Some(Stamp::of(&metadata));
        let entry = Entry { sha256, size, names, added_at: now, checked, metadata: beside, inspected: None };
        let entry = self.describe(entry)?;
        Ok(Added { entry, is_new: true })
    }

    /// Looks into the file of an image and keeps what it says.
    pub fn describe(&self, entry: Entry) -> Result<Entry, Error> {
        let path = self.path(entry.sha256);
        let mut file = File::open(&path).map_err(|error| Error::reading(&path, error))?;
        let inspected = inspect::inspect(&entry.name(), &mut file, entry.metadata.as_deref().map(str::as_bytes));
        let entry = Entry { inspected: Some(inspected), ..entry };
        self.write_entry(&entry)?;
        Ok(entry)
    }

    /// An entry with what its file says of itself. The lab's mark is looked for each time: entries that older versions
    /// wrote know nothing of it.
    fn with_words(&self, entry: Entry, file: &OpenFile) -> Result<Entry, Error> {
        let mut entry = if entry.inspected.is_some() { entry } else { self.describe(entry)? };
        if let Some(inspected) = &mut entry.inspected {
            let is_of_lab = inspect::is_of_lab(file);
            inspected.lab = is_of_lab.map_err(|error| Error::reading(&self.path(entry.sha256), error))?;
        }
        Ok(entry)
    }

    /// Every image, by name and digest.
    pub fn list(&self) -> Result<Vec<Entry>, Error> {
        let mut digests: Vec<Sha256> = files_in(&self.directory)?
            .iter()
            .filter_map(|path| path.file_name()?.to_str()?.trim_end_matches(".json").parse().ok())
            .collect();
        digests.sort_unstable();
        digests.dedup();
        let mut entries = Vec::new();
        for sha256 in digests {
            entries.extend(self.entry(sha256)?);
        }
        entries.sort_by_key(|entry| (entry.name(), entry.sha256));
        Ok(entries)
    }

    /// The image of a digest, of the beginning of one (8 digits and more) or of a name.
    pub fn find(&self, wanted: &str) -> Result<Entry, Error> {
        let beginning = wanted.strip_prefix("sha256:").unwrap_or(wanted).to_ascii_lowercase();
        let is_beginning = beginning.len() >= SHORTEST_BEGINNING && beginning.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = self.list()?;
        found.retain(|entry| {
            entry.names.iter().any(|name| name == wanted)
                || (is_beginning && entry.sha256.to_string().starts_with(&beginning))
        });
        if found.len() > 1 {
            let found = found.iter().map(|entry| entry.sha256.to_string()).collect();
            return Err(Error::Ambiguous { wanted: wanted.into(), found });
        }
        found.pop().ok_or_else(|| Error::Unknown { wanted: wanted.into() })
    }

    /// Looks at an image; one that is broken is moved to the quarantine, with the reason beside it.
    pub fn verify(
        &self,
        sha256: Sha256,
        look: Look,
        now: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Checked, Error> {
        let Some(mut entry) = self.entry(sha256)? else { return Err(Error::Unknown { wanted: sha256.to_string() }) };
        let path = self.path(sha256);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.set_aside(&entry, Broken::Gone, now),
            Err(error) => return Err(Error::reading(&path, error)),
        };
        if !metadata.is_file() {
            return self.set_aside(&entry, Broken::NoFile, now);
        }
        if look == Look::Stamp && self.looks_checked(&entry) {
            return Ok(Checked::Intact { hashed: false });
        }
        if metadata.size() < entry.size {
            let why = Broken::Truncated { expected: entry.size, found: metadata.size() };
            return self.set_aside(&entry, why, now);
        }
        let mut file = File::open(&path).map_err(|error| Error::reading(&path, error))?;
        // of the open file, so that what is stamped is what was hashed
        let stamp = Stamp::of(&file.metadata().map_err(|error| Error::reading(&path, error))?);
        let hashed = pour(&mut file, &mut io::sink(), stamp.size, progress);
        let (found, _) =
            hashed.map_err(|(Failed::Reading(error) | Failed::Writing(error))| Error::reading(&path, error))?;
        if found != sha256 {
            return self.set_aside(&entry, Broken::Corrupt { found }, now);
        }
        (entry.checked, entry.size) = (Some(stamp), stamp.size);
        self.write_entry(&entry)?;
        Ok(Checked::Intact { hashed: true })
    }

    /// Opens an image to hand it on, after a look at it. What is opened is what was looked at: a file that takes its
    /// place in between is noticed, and a later change of the name does not touch the open file.
    pub fn open_verified(
        &self,
        sha256: Sha256,
        now: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Opened, Error> {
        if let Checked::Quarantined { why, at } = self.verify(sha256, Look::Stamp, now, progress)? {
            return Ok(Opened::Broken { why, at });
        }
        let path = self.path(sha256);
        let file = File::open(&path).map_err(|error| Error::reading(&path, error))?;
        let looks = Stamp::of(&file.metadata().map_err(|error| Error::reading(&path, error))?);
        match self.entry(sha256)? {
            Some(entry) if entry.checked == Some(looks) => {
                let file = OpenFile::new(file, looks);
                Ok(Opened::Intact { entry: Box::new(self.with_words(entry, &file)?), file })
            }
            _ => Err(Error::Changed { path }),
        }
    }

    /// Whether the file looks as it did when its digest was last found right.
    fn looks_checked(&self, entry: &Entry) -> bool {
        let looks = fs::symlink_metadata(self.path(entry.sha256)).ok().filter(fs::Metadata::is_file);
        entry.checked.is_some() && looks.map(|metadata| Stamp::of(&metadata)) == entry.checked
    }

    /// What is kept beside an image. Where that is lost or odd, what the file itself says.
    fn entry(&self, sha256: Sha256) -> Result<Option<Entry>, Error> {
        let path = self.sidecar(sha256);
        match fs::read(&path) {
            Ok(text) => {
                let entry: Option<Entry> = serde_json::from_slice(&text).ok();
                if let Some(entry) = entry.filter(|entry| entry.sha256 == sha256) {
                    return Ok(Some(entry));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::reading(&path, error)),
        }
        let image = self.path(sha256);
        match fs::symlink_metadata(&image) {
            Ok(metadata) => {
                let written = Timestamp::new(metadata.mtime(), 0).unwrap_or(Timestamp::UNIX_EPOCH);
                Ok(Some(Entry {
                    sha256,
                    size: metadata.size(),
                    names: Vec::new(),
                    added_at: written,
                    checked: None,
                    metadata: None,
                    inspected: None,
                }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::reading(&image, error)),
        }
    }

    fn write_entry(&self, entry: &Entry) -> Result<(), Error> {
        self.write_json(&self.sidecar(entry.sha256), entry)
    }

    fn write_json<T: Serialize>(&self, path: &Path, value: &T) -> Result<(), Error> {
        let failed = |error| Error::writing(path, 0, error);
        let text = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
        let mut part = Part::create(&self.incoming(), text.len() as u64)?;
        part.file.write_all(&text).map_err(failed)?;
        part.keep_as(path, text.len() as u64)
    }

    /// Moves a broken image and its entry to the quarantine.
    fn set_aside(&self, entry: &Entry, why: Broken, now: Timestamp) -> Result<Checked, Error> {
        let free = |n: u64| {
            let at = self.quarantine().join(format!("{}.{n}", entry.sha256));
            (!at.exists() && !at.with_extension(format!("{n}.json")).exists()).then_some(at)
        };
        let at = (1..).find_map(free).unwrap_or_else(|| self.quarantine().join(entry.sha256.to_string()));
        match fs::rename(self.path(entry.sha256), &at) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::writing(&at, 0, error)),
        }
        let mut beside = at.clone().into_os_string();
        beside.push(".json");
        self.write_json(Path::new(&beside), &serde_json::json!({ "image": entry, "why": why, "at": now }))?;
        match fs::remove_file(self.sidecar(entry.sha256)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::writing(&self.sidecar(entry.sha256), 0, error));
            }
            _ => {}
        }
        sync_directory(&self.directory)?;
        Ok(Checked::Quarantined { why, at })
    }
}

/// A file under way. Unless it is kept it is removed, however its making ends.
struct Part {
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Part {
    fn create(directory: &Path, needed: u64) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("{}-{number}.part", std::process::id()));
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| Error::writing(directory, needed, error))?;
        Ok(Self { file, path, is_kept: false })
    }

    /// Puts all of it on disk, then gives it its name.
    fn keep_as(mut self, path: &Path, size: u64) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| Error::writing(path, size, error))?;
        fs::rename(&self.path, path).map_err(|error| Error::writing(path, size, error))?;
        self.is_kept = true;
        path.parent().map_or(Ok(()), sync_directory)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            // If it cannot be removed now, the next start sweeps it away.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Hashes a file of the operator's without keeping it. Returns the digest and the length.
pub fn hash(source: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(Sha256, u64), Error> {
    let (mut file, looks) = open_source(source)?;
    let hashed = pour(&mut file, &mut io::sink(), looks.size, progress);
    hashed.map_err(|(Failed::Reading(error) | Failed::Writing(error))| Error::reading(source, error))
}

/// Opens a file of the operator's, and says how it looked.
fn open_source(source: &Path) -> Result<(File, Stamp), Error> {
    let failed = |error| Error::reading(source, error);
    let metadata = fs::symlink_metadata(source).map_err(failed)?;
    let kind = metadata.file_type();
    let path = source.to_path_buf();
    if kind.is_symlink() {
        return Err(Error::Link { path, leads_to: source.canonicalize().ok() });
    }
    if !kind.is_file() {
        return Err(Error::NotAFile {
            path,
            what: if kind.is_dir() { "a directory" } else { "a device, pipe or socket" },
        });
    }
    if metadata.size() == 0 {
        return Err(Error::Empty { path });
    }
    let file = File::open(source).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    // between the look and the opening another file may have taken its place
    if (opened.dev(), opened.ino()) != (metadata.dev(), metadata.ino()) {
        return Err(Error::Changed { path });
    }
    Ok((file, Stamp::of(&opened)))
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error| Error::reading(directory, error);
    fs::read_dir(directory).map_err(failed)?.map(|item| Ok(item.map_err(failed)?.path())).collect()
}

/// A new name in a directory survives a power cut only once the directory itself is on disk.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    File::open(directory).and_then(|opened| opened.sync_all()).map_err(|error| Error::writing(directory, 0, error))
}

#[cfg(test)]
mod tests;
