//! Exchanges, one file of JSON lines an endpoint. Written by a thread of its own: no request waits for a disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use jiff::Timestamp;
use serde::Deserialize;

use super::tool_lines::ToolLine;
use crate::{
    bmc::transcript::{Exchange, Recorder},
    domain::diagnosis,
};

/// A file is set aside at this size, and the one set aside before is dropped.
const FILE_LIMIT: u64 = 4 << 20;

/// So much is read from the begin of a part, at most: a file is hardly longer.
const PART_LIMIT: u64 = FILE_LIMIT + (1 << 20);

/// A part is sought to within so many bytes.
const NEAR: u64 = 64 << 10;

/// No disk takes longer to write down what is under way, on a busy machine either.
const WRITTEN: Duration = Duration::from_secs(20);

/// What the thread is given.
enum Line {
    Exchange(Box<Exchange>),
    Tool(Box<ToolLine>),
    /// Everything before is to be on disk; the sender is told.
    Mark(mpsc::Sender<()>),
}

pub(super) struct Transcripts {
    exchanges: Mutex<Option<mpsc::Sender<Line>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Transcripts {
    pub(super) fn start(directory: PathBuf) -> Self {
        let (sender, receiver) = mpsc::channel::<Line>();
        let thread = std::thread::spawn(move || {
            let mut failed = false;
            while let Ok(line) = receiver.recv() {
                let (endpoint, line) = match &line {
                    Line::Exchange(exchange) => (&exchange.endpoint, serde_json::to_vec(exchange)),
                    Line::Tool(line) => (&line.endpoint, serde_json::to_vec(line)),
                    Line::Mark(reached) => {
                        // Whoever asked may have gone.
                        let _ = reached.send(());
                        continue;
                    }
                };
                match line.map_err(io::Error::from).and_then(|line| append(&directory, endpoint, line)) {
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

    /// Returns once everything that was recorded so far is on disk, or cannot be.
    pub(super) fn settle(&self) {
        let (reached, mark) = mpsc::channel();
        if let Some(sender) = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            let _ = sender.send(Line::Mark(reached));
        }
        let _ = mark.recv_timeout(WRITTEN);
    }
}

impl Transcripts {
    fn write(&self, line: Line) {
        if let Some(sender) = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Fails only after the thread has ended, with the engine.
            let _ = sender.send(line);
        }
    }

    /// A line of a tool, among the exchanges with the same BMC.
    pub(super) fn write_tool(&self, line: ToolLine) {
        self.write(Line::Tool(Box::new(line)));
    }
}

impl Recorder for Transcripts {
    fn record(&self, exchange: Exchange) {
        self.write(Line::Exchange(Box::new(exchange)));
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

/// The exchanges with `endpoint` from `from` to `to`, oldest first; nothing where there is no transcript. What cannot be
/// read of it is left out, and so is what lies further behind the begin than a file is long.
pub(super) fn between(
    directory: &Path,
    endpoint: &str,
    from: Timestamp,
    to: Timestamp,
) -> io::Result<Vec<diagnosis::Exchange>> {
    let path = file_of(directory, endpoint);
    let mut found = Vec::new();
    for path in [path.with_extension("jsonl.1"), path] {
        match File::open(&path) {
            Ok(file) => part(file, from, to, &mut found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Adds the exchanges of one file.
fn part(mut file: File, from: Timestamp, to: Timestamp, found: &mut Vec<diagnosis::Exchange>) -> io::Result<()> {
    #[derive(Deserialize)]
    struct When {
        at: Timestamp,
    }
    let (mut begin, mut end) = (0, file.metadata()?.len());
    // Lines stand in the order of time.
    while end - begin > NEAR {
        let middle = begin + (end - begin) / 2;
        file.seek(SeekFrom::Start(middle))?;
        let mut lines = BufReader::new(&file).lines();
        // The first is a part of a line.
        let line = lines.next().and_then(|_| lines.next()).transpose().unwrap_or_default();
        match line.and_then(|line| serde_json::from_str::<When>(&line).ok()) {
            Some(When { at }) if at < from => begin = middle,
            _ => end = middle,
        }
    }
    file.seek(SeekFrom::Start(begin))?;
    let mut lines = BufReader::new(file.take(PART_LIMIT));
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(exchange) = serde_json::from_slice::<diagnosis::Exchange>(&line) {
            if exchange.at > to {
                break;
            }
            if exchange.at >= from {
                found.push(exchange);
            }
        }
        line.clear();
    }
    Ok(())
}

fn append(directory: &Path, endpoint: &str, mut line: Vec<u8>) -> io::Result<()> {
    let path = file_of(directory, endpoint);
    if fs::metadata(&path).is_ok_and(|data| data.len() > FILE_LIMIT) {
        fs::rename(&path, path.with_extension("jsonl.1"))?;
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(second: i64) -> Exchange {
        Exchange {
            at: Timestamp::from_second(second).unwrap(),
            endpoint: "10.0.0.5:443".into(),
            method: "GET".into(),
            path: format!("/redfish/v1/{second}"),
            status: Some(200),
            ms: 3,
            headers: Vec::new(),
            body: "x".repeat(1000),
            length: 1000,
            error: None,
        }
    }

    #[test]
    fn the_exchanges_of_a_time_are_found_in_a_long_transcript() {
        let directory = tempfile::tempdir().unwrap();
        let transcripts = Transcripts::start(directory.path().into());
        (0..5_500).for_each(|second| transcripts.record(exchange(second)));
        // waits for the disk, however long that takes
        drop(transcripts);
        let at = |second| Timestamp::from_second(second).unwrap();
        for (from, to) in [(0, 3), (1_000, 1_700), (3_000, 5_400), (5_490, 9_999)] {
            let found = between(directory.path(), "10.0.0.5:443", at(from), at(to)).unwrap();
            let paths: Vec<_> = found.iter().map(|one| one.path.clone()).collect();
            let expected: Vec<_> = (from..=to.min(5_499)).map(|second| format!("/redfish/v1/{second}")).collect();
            assert!(paths == expected, "{from}..{to}: {} of {}", paths.len(), expected.len());
        }
        assert_eq!(between(directory.path(), "10.0.0.6:443", at(0), at(9)).unwrap(), []);
    }

    #[test]
    fn no_endpoint_names_a_file_outside_of_the_directory() {
        for endpoint in ["../../etc/passwd:443", "fd00::5:443", "..", "a/b"] {
            assert_eq!(file_of(Path::new("/t"), endpoint).parent(), Some(Path::new("/t")), "{endpoint}");
        }
    }
}
