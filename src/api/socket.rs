//! Where the engine's socket is. A path may be longer than a socket's address can be (unix(7): 108 bytes); then the
//! directory is named by a descriptor of ours.

use std::{
    fs::File,
    io,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

const LONGEST: usize = 100;

/// The socket of the engine of `state_dir`.
#[must_use]
pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("engine.sock")
}

/// Listens there. The directory must be there, and nothing at the socket's name.
pub fn bind(state_dir: &Path) -> io::Result<UnixListener> {
    by_address(state_dir, |address| UnixListener::bind(address))
}

/// Connects to it.
pub async fn connect(state_dir: &Path) -> io::Result<UnixStream> {
    let (address, _directory) = address(state_dir)?;
    UnixStream::connect(address).await
}

fn by_address<T>(state_dir: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let (address, _directory) = address(state_dir)?;
    act(&address)
}

/// The address, and what must stay open while it is used.
fn address(state_dir: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let path = path(state_dir);
    if path.as_os_str().len() <= LONGEST {
        return Ok((path, None));
    }
    let directory = File::open(state_dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}/engine.sock", directory.as_raw_fd()));
    Ok((short, Some(directory)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_state_directory_with_a_long_name_has_its_socket_all_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let long = directory.path().join("d".repeat(150));
        std::fs::create_dir(&long).unwrap();
        let _listener = bind(&long).unwrap();
        connect(&long).await.unwrap();
    }
}
