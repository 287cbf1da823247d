//! A transcript as a file, for a ticket or another pair of eyes.

use std::{
    env,
    fs::OpenOptions,
    io::{self, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use crate::{
    api::{client::Client, live::ExchangeLine},
    tui::msg::Why,
};

/// Files of one server that may lie there already.
const MOST: u32 = 1000;

/// Writes all of a server's transcript, one JSON line an exchange or line of a tool, to a new file (0600) in the working
/// directory. Passwords were masked before anything was written down.
pub(super) async fn transcript(client: &Client, server: &str) -> Result<String, Why> {
    let lines = client.whole_transcript(server).await.map_err(|error| error.to_string())?;
    let (name, count) = (server.to_owned(), lines.len());
    let written = tokio::task::spawn_blocking(move || write(&name, &lines)).await;
    match written.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
        Ok(path) => Ok(format!("{count} lines written to {}", path.display())),
        Err(error) => Err(format!("the transcript was not written: {error}")),
    }
}

fn write(server: &str, lines: &[ExchangeLine]) -> io::Result<PathBuf> {
    let directory = env::current_dir()?;
    for number in 1..=MOST {
        let path = directory.join(format!("firmdeck-{server}-transcript-{number}.jsonl"));
        let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        let mut out = BufWriter::new(file);
        for line in lines {
            serde_json::to_writer(&mut out, line)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        return Ok(path);
    }
    Err(io::Error::other(format!("{} holds {MOST} of them already", directory.display())))
}
