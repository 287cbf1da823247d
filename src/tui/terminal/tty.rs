//! The terminal as a source of bytes, without a thread of its own.

use std::{io, os::unix::fs::OpenOptionsExt};

use rustix::fs::OFlags;
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver};

/// The terminal, opened anew for reading: a shared descriptor made non-blocking would stay so in the shell.
#[derive(Debug)]
pub struct Tty(Receiver);

impl Tty {
    /// Opens the controlling terminal, or the terminal on standard input where the process has none.
    pub fn open() -> io::Result<Self> {
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).map_err(io::Error::other)?;
        let open = |path: &str| std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = open("/dev/tty").or_else(|_| open("/proc/self/fd/0"))?;
        // No pipe, but read as one: a descriptor that the runtime polls. tokio has no safe name for that.
        Ok(Self(Receiver::from_file_unchecked(file)?))
    }

    /// Waits for bytes. None where the terminal is gone, whichever way it says so: its end, or an error.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            match self.0.read(buffer).await {
                Ok(0) => return None,
                Ok(count) => return Some(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}
