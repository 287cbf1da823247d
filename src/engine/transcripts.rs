//! Exchanges, one file of JSON lines an endpoint. Written by a thread of its own: no request waits for a disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

use crate::bmc::transcript::{Exchange, Recorder};

/// A file is set aside at this size, and the one set aside before is dropped.
const FILE_LIMIT: u64 = 4 << 20;

pub(super) struct Transcripts {
    exchanges: Mutex<Option<mpsc::Sender<Exchange>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Transcripts {
    pub(super) fn start(directory: PathBuf) -> Self {
        let (sender, receiver) = mpsc::channel::<Exchange>();
        let thread = std::thread::spawn(move || {
            let mut failed = false;
            while let Ok(exchange) = receiver.recv() {
                match append(&directory, &exchange) {
                    Ok(()) => failed = false,
                    Err(error) if !failed => {
                        failed = true;
                        tracing::warn!(%error, "transcripts cannot be written");
                    }
                    Err(_) => {}
                }
            }
        });
        Self { exchanges: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }
    }
}

impl Recorder for Transcripts {
    fn record(&self, exchange: Exchange) {
        if let Some(sender) = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Fails only after the thread has ended, with the engine.
            let _ = sender.send(exchange);
        }
    }
}

impl Drop for Transcripts {
    fn drop(&mut self) {
        drop(self.exchanges.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

/// Where the exchanges with an endpoint are, `10.0.0.5:443` -> `10.0.0.5_443.jsonl`; nothing of a name can leave the
/// directory.
#[must_use]
pub fn file_of(directory: &Path, endpoint: &str) -> PathBuf {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
    directory.join(format!("{}.jsonl", endpoint.chars().map(safe).collect::<String>().trim_start_matches('.')))
}

fn append(directory: &Path, exchange: &Exchange) -> io::Result<()> {
    let path = file_of(directory, &exchange.endpoint);
    if fs::metadata(&path).is_ok_and(|data| data.len() > FILE_LIMIT) {
        fs::rename(&path, path.with_extension("jsonl.1"))?;
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let mut line = serde_json::to_vec(exchange)?;
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_endpoint_names_a_file_outside_of_the_directory() {
        for endpoint in ["../../etc/passwd:443", "fd00::5:443", "..", "a/b"] {
            assert_eq!(file_of(Path::new("/t"), endpoint).parent(), Some(Path::new("/t")), "{endpoint}");
        }
    }
}
