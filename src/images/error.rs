//! Why an image could not be kept or read.

use std::{
    io,
    path::{Path, PathBuf},
};

/// What went wrong with a file. Nothing half done is left behind.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such file.
    #[error("{path}: there is no such file")]
    NotThere {
        /// The path.
        path: PathBuf,
    },
    /// A directory, a device, a pipe.
    #[error("{path} is {what}, not a file; nothing was added")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A symbolic link: what it leads to may change between two looks.
    #[error("{path} is a symbolic link; name the file that it leads to{}", leads_to.as_deref().map(|to| format!(": {}", to.display())).unwrap_or_default())]
    Link {
        /// The path.
        path: PathBuf,
        /// The file at its end.
        leads_to: Option<PathBuf>,
    },
    /// A file of no bytes.
    #[error("{path} is empty, so it is no image; fetch it again")]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// The file changed while it was read.
    #[error("{path} changed while it was being read; nothing was done. Try again once nobody writes to it")]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// The disk or the quota is full.
    #[error(
        "there is no room for {needed} bytes at {path}; nothing was added. Make room, or set --state-dir to another disk"
    )]
    NoRoom {
        /// The directory.
        path: PathBuf,
        /// The bytes that were to be written.
        needed: u64,
    },
    /// The file system says no.
    #[error("{path}: permission denied; {advice}")]
    Denied {
        /// The path.
        path: PathBuf,
        /// What to do.
        advice: &'static str,
    },
    /// Anything else of the file system's.
    #[error("{path}: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// No image of that digest or name.
    #[error("the repository holds no image `{wanted}`; `firmdeck images list` shows what it holds")]
    Unknown {
        /// What was asked for.
        wanted: String,
    },
    /// Several images of that name or beginning.
    #[error("`{wanted}` stands for several images: {}", found.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Their digests.
        found: Vec<String>,
    },
}

impl Error {
    /// An error of reading at `path`.
    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotThere { path },
            io::ErrorKind::PermissionDenied => {
                Self::Denied { path, advice: "the user who runs firmdeck must be able to read it" }
            }
            _ => Self::Io { path, source },
        }
    }

    /// An error of writing `needed` bytes below `path`.
    pub(super) fn writing(path: &Path, needed: u64, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::NoRoom { path, needed }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, advice: "the state directory must belong to the user who runs firmdeck" }
            }
            _ => Self::Io { path, source },
        }
    }
}
