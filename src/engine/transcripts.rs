//! Exchanges, one file of JSON lines an endpoint. Written by a thread of its own: no request waits for a disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

use jiff::Timestamp;
use serde::Serialize;

use crate::bmc::{
    tools::{Heard, Line, Sink},
    transcript::{Exchange, Recorder},
};

/// A line of a tool, beside the exchanges with the same BMC.
#[derive(Debug, Clone, Serialize)]
struct ToolLine {
    at: Timestamp,
    endpoint: String,
    tool: Said,
}

#[derive(Debug, Clone, Serialize)]
struct Said {
    name: &'static str,
    #[serde(flatten)]
    line: LineOf,
}

#[derive(Debug, Clone, Serialize)]
struct LineOf {
    stream: crate::bmc::tools::Stream,
    text: String,
}

/// What is written down.
enum Record {
    Exchange(Box<Exchange>),
    Tool(Box<ToolLine>),
}

impl Record {
    fn endpoint(&self) -> &str {
        match self {
            Self::Exchange(exchange) => &exchange.endpoint,
            Self::Tool(line) => &line.endpoint,
        }
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Exchange(exchange) => serde_json::to_vec(exchange),
            Self::Tool(line) => serde_json::to_vec(line),
        }
    }
}

/// A file is set aside at this size, and the one set aside before is dropped.
const FILE_LIMIT: u64 = 4 << 20;

pub(super) struct Transcripts {
    exchanges: Mutex<Option<mpsc::Sender<Record>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Transcripts {
    pub(super) fn start(directory: PathBuf) -> Self {
        let (sender, receiver) = mpsc::channel::<Record>();
        let thread = std::thread::spawn(move || {
            let mut failed = false;
            while let Ok(record) = receiver.recv() {
                match append(&directory, &record) {
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

impl Transcripts {
    fn write(&self, record: Record) {
        if let Some(sender) = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Fails only after the thread has ended, with the engine.
            let _ = sender.send(record);
        }
    }

    /// Writes what a tool says beside the exchanges with `endpoint`.
    pub(super) fn tool(self: &Arc<Self>, endpoint: &str, name: &'static str) -> ToolSink {
        ToolSink { transcripts: Arc::clone(self), endpoint: endpoint.to_owned(), name }
    }
}

impl Recorder for Transcripts {
    fn record(&self, exchange: Exchange) {
        self.write(Record::Exchange(Box::new(exchange)));
    }
}

/// Writes down what one tool says of one BMC.
pub(super) struct ToolSink {
    transcripts: Arc<Transcripts>,
    endpoint: String,
    name: &'static str,
}

impl Sink for ToolSink {
    fn hear(&self, heard: Heard) {
        // A line that is being written over is for the moment alone.
        if let Heard::Line(Line { at, stream, text }) = heard {
            let tool = Said { name: self.name, line: LineOf { stream, text } };
            self.transcripts.write(Record::Tool(Box::new(ToolLine { at, endpoint: self.endpoint.clone(), tool })));
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

fn append(directory: &Path, record: &Record) -> io::Result<()> {
    let path = file_of(directory, record.endpoint());
    if fs::metadata(&path).is_ok_and(|data| data.len() > FILE_LIMIT) {
        fs::rename(&path, path.with_extension("jsonl.1"))?;
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let mut line = record.json()?;
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
