//! Everything of a run in one archive, for a ticket: what was planned to change, what happened, what was said, and what is
//! known of each server. Made of the engine's answers, in which secrets were masked before they were written down.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{client::Client, error::ApiError};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// The files in it.
    pub files: usize,
    /// Its length in bytes.
    pub length: u64,
}

/// The usual name of a run's archive.
#[must_use]
pub fn name(run: i64) -> String {
    format!("firmdeck-run-{run}.zip")
}

/// Writes the archive of `run` to `path`, or where a file of that name is already, to one with a number behind it. Mode
/// 0600; what could not be had is named in `README.txt`, and the rest is there.
pub async fn write(client: &Client, run: i64, path: &Path) -> Result<Written, ApiError> {
    let document = client.run(run).await?;
    let failed = |error: io::Error| ApiError::error(format!("{}: {error}", path.display()));
    let (file, path) = create(path).map_err(failed)?;
    let mut archive = Archive::new(file);
    let written = fill(&mut archive, client, run, &document).await;
    let finished = written.and_then(|()| archive.finish().map_err(|error| ApiError::error(error.to_string())));
    match finished {
        Ok(files) => {
            let length = std::fs::metadata(&path).map_err(failed)?.len();
            Ok(Written { path, files, length })
        }
        Err(error) => {
            // Half an archive is worth nothing to anybody.
            let _ = std::fs::remove_file(&path);
            Err(error)
        }
    }
}

async fn fill(
    archive: &mut Archive,
    client: &Client,
    run: i64,
    document: &super::runs::RunDocument,
) -> Result<(), ApiError> {
    let mut missing = Vec::new();
    let hello = client.hello().await?;
    archive.json("engine.json", &hello)?;
    archive.json("run.json", document)?;
    archive.json("board.json", &client.board(run).await?)?;
    archive.json("tools.json", &client.tools().await?)?;
    let mut entries = Vec::new();
    loop {
        let page =
            client.run_journal(run, None, entries.last().map_or(0, |entry: &super::live::JournalLine| entry.seq));
        let page = page.await?;
        let more = page.more && !page.entries.is_empty();
        entries.extend(page.entries);
        if !more {
            break;
        }
    }
    archive.lines("journal.jsonl", &entries)?;
    for server in &document.servers {
        let id = &server.id;
        let mut keep = |what: &str, error: ApiError| missing.push(format!("servers/{id}/{what}: {error}"));
        match client.server(id).await {
            Ok(known) => archive.json(&format!("servers/{id}/inventory.json"), &known)?,
            Err(error) => keep("inventory.json", error),
        }
        match client.diagnoses(run, id).await {
            Ok(told) if told.diagnoses.is_empty() => {}
            Ok(told) => archive.json(&format!("servers/{id}/diagnosis.json"), &told)?,
            Err(error) => keep("diagnosis.json", error),
        }
        match client.whole_transcript(id).await {
            Ok(lines) => archive.lines(&format!("servers/{id}/transcript.jsonl"), &lines)?,
            Err(error) => keep("transcript.jsonl", error),
        }
    }
    let missing =
        if missing.is_empty() { String::new() } else { format!("\nNot to be had:\n{}\n", missing.join("\n")) };
    archive.text("README.txt", &format!("{}{missing}", about(document, &hello.version)))
}

fn about(document: &super::runs::RunDocument, version: &str) -> String {
    format!(
        "Run {run} of firmdeck {version}: {state}. Started {started} by {actor}, plan {plan}.\n\n\
         run.json                      every server, its phases, updates and attempts, and what is told of failures\n\
         board.json                    the same as the screen shows it\n\
         journal.jsonl                 everything that was done, in order, each entry with its hash\n\
         servers/ID/inventory.json     what is known of the server, each value with its source and time\n\
         servers/ID/diagnosis.json     what happened, in what state it is, what to do next\n\
         servers/ID/transcript.jsonl   every exchange with the BMC, and every line of a vendor's tool\n\
         engine.json, tools.json       what did it\n\n\
         Passwords and tokens were masked before anything was written down. Addresses, names, serial numbers and versions\n\
         are in it.\n",
        run = document.run,
        state = document.state,
        started = document.started,
        actor = document.actor,
        plan = document.plan,
    )
}

/// Names that may be taken already.
const MOST: u32 = 1000;

fn create(path: &Path) -> io::Result<(File, PathBuf)> {
    let stem = path.with_extension("");
    for number in 1..=MOST {
        let path = match number {
            1 => path.to_path_buf(),
            _ => PathBuf::from(format!("{}-{number}.zip", stem.display())),
        };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return Ok((file?, path)),
        }
    }
    Err(io::Error::other(format!("{MOST} archives of that name are there already")))
}

/// A ZIP that is being written.
struct Archive {
    zip: ZipWriter<BufWriter<File>>,
    files: usize,
}

impl Archive {
    fn new(file: File) -> Self {
        Self { zip: ZipWriter::new(BufWriter::new(file)), files: 0 }
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        self.file(name, |out| out.write_all(text.as_bytes()))
    }

    fn json<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), ApiError> {
        self.file(name, |out| Ok(serde_json::to_writer_pretty(out, value)?))
    }

    fn lines<T: Serialize>(&mut self, name: &str, values: &[T]) -> Result<(), ApiError> {
        self.file(name, |out| {
            values.iter().try_for_each(|value| {
                serde_json::to_writer(&mut *out, value)?;
                out.write_all(b"\n")
            })
        })
    }

    fn file(&mut self, name: &str, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), ApiError> {
        let options = SimpleFileOptions::default().unix_permissions(0o600);
        let begun = self.zip.start_file(name, options).map_err(io::Error::other);
        begun.and_then(|()| fill(&mut self.zip)).map_err(|error| ApiError::error(format!("{name}: {error}")))?;
        self.files += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<usize> {
        let mut out = self.zip.finish().map_err(io::Error::other)?;
        out.flush()?;
        Ok(self.files)
    }
}
