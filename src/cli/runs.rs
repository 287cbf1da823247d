//! `firmdeck runs`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
    run::{self, Carry},
    screen,
};
use crate::{
    api::{
        bundle::{self, Written},
        client::Client,
        live::{ExchangeLine, RunHead},
        runs::AbortRow,
        wire::SCHEMA,
        words,
    },
    domain::{inventory::ServerId, run::Again},
    tui::Diagnostics,
};

/// Runs: list, show, attach, stop, abort, resume, retry, transcript, bundle
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every run, the newest first
    #[command(after_help = "Example:\n  firmdeck runs list --json")]
    List {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show a run: each server, its phases, its updates and every attempt
    #[command(after_help = "Example:\n  firmdeck runs show 17 --json")]
    Show {
        /// The run's number
        run: i64,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Follow a run that goes on, on the screen where there is one; leaving it ends nothing
    #[command(after_help = "Examples:\n  firmdeck runs attach 17\n  firmdeck runs attach 17 --plain")]
    Attach {
        /// The run's number
        run: i64,
        /// As lines, one whole sentence each, without a screen: for screen readers and dumb terminals
        #[arg(long)]
        plain: bool,
        /// Print the run's document as the last line
        #[arg(long)]
        json: bool,
    },
    /// Finish the current steps of a run and start nothing new
    #[command(after_help = "Example:\n  firmdeck runs stop 17")]
    Stop {
        /// The run's number
        run: i64,
    },
    /// End a run as soon as that is safe: what waits or reads is interrupted, a flash never is
    #[command(
        after_help = "Example:\n  firmdeck runs abort 17\n\nWhat cannot be interrupted is named, with the time that it takes yet."
    )]
    Abort {
        /// The run's number
        run: i64,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print what was said to a server's BMC and what it answered, free of secrets, oldest first
    #[command(after_help = "Example:\n  firmdeck runs transcript 17 s3 | less")]
    Transcript {
        /// The run's number
        run: i64,
        /// The server's id
        #[arg(value_parser = |text: &str| ServerId::try_from(text.to_owned()))]
        server: ServerId,
        /// Print one JSON document a line
        #[arg(long)]
        json: bool,
    },
    /// Write everything of a run, free of secrets, into one ZIP archive for a ticket
    #[command(after_help = "Example:\n  firmdeck runs bundle 17 --out ticket-48211.zip")]
    Bundle {
        /// The run's number
        run: i64,
        /// Where to [default: firmdeck-run-RUN.zip in the working directory]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Go on with a run whose engine has ended: what the BMCs say decides what is left to do
    #[command(after_help = "Example:\n  firmdeck runs resume 17")]
    Resume {
        /// The run's number
        run: i64,
        /// Print the run's document as the last line
        #[arg(long)]
        json: bool,
    },
    /// Try one server of a run again: what was read back stays, the rest begins anew
    #[command(after_help = "Example:\n  firmdeck runs retry 17 s3")]
    Retry {
        /// The run's number
        run: i64,
        /// The server's id
        #[arg(value_parser = |text: &str| ServerId::try_from(text.to_owned()))]
        server: ServerId,
        /// Take the next method for the update that failed; refused where the last one may have left something behind
        #[arg(long, conflicts_with = "skip")]
        next_method: bool,
        /// Leave the update that failed out, and go on with the rest
        #[arg(long)]
        skip: bool,
        /// Print the run's document as the last line
        #[arg(long)]
        json: bool,
    },
}

impl Arguments {
    /// True where it will open the screen.
    pub(super) fn has_screen(&self) -> bool {
        matches!(self.verb, Verb::Attach { plain: false, json: false, .. }) && screen::possible().is_ok()
    }
}

/// `diagnostics`: where they are kept for the screen, if one is to be opened.
pub(super) async fn run(arguments: Arguments, places: &Places, diagnostics: Option<Diagnostics>) -> Result<Exit, Stop> {
    // A run that an engine before this one left waits for the vault: who attaches to it is asked for the passphrase too.
    let speaks = matches!(arguments.verb, Verb::Attach { .. } | Verb::Resume { .. } | Verb::Retry { .. });
    let client = if speaks { places.client_with_passwords().await? } else { places.client().await? };
    match arguments.verb {
        Verb::List { json } => {
            let runs = client.runs().await?;
            if json {
                output::json(&serde_json::json!({ "schema": SCHEMA, "runs": runs }))?;
                return Ok(Exit::Well);
            }
            let row = |RunHead { line, .. }: &RunHead| {
                let servers: Vec<_> = line.servers.iter().map(|(state, count)| format!("{count} {state}")).collect();
                vec![
                    line.run.to_string(),
                    line.state.clone(),
                    line.started.clone(),
                    line.actor.clone(),
                    line.plan.chars().take(12).collect(),
                    servers.join(", "),
                ]
            };
            let rows: Vec<_> = runs.iter().map(row).collect();
            output::table(&["RUN", "STATE", "STARTED", "BY", "PLAN", "SERVERS"], &rows)?;
            Ok(Exit::Well)
        }
        Verb::Show { run, json } => {
            let document = client.run(run).await?;
            if json {
                output::json(&document)?;
            } else {
                run::show(&document)?;
                if let Some(head) = &document.head {
                    output::line(&format!("journal {head}"))?;
                }
            }
            Ok(run::exit(&document))
        }
        Verb::Attach { run, plain, json } => match diagnostics.filter(|_| !plain && !json) {
            Some(diagnostics) => {
                // A number that is none is told before a screen is opened for it.
                client.board(run).await?;
                screen::open(places, places, diagnostics, None, Some(run)).await
            }
            None => run::attach(places, &client, run, json, plain).await,
        },
        Verb::Stop { run } => {
            client.stop_run(run).await?;
            output::line(&format!("run {run} finishes its current steps and starts nothing new"))?;
            Ok(Exit::Well)
        }
        Verb::Abort { run, json } => {
            let document = client.abort_run(run).await?;
            if json {
                output::json(&document)?;
                return Ok(Exit::Well);
            }
            for AbortRow { id, name, why, minutes, .. } in &document.servers {
                let words = match (why, minutes) {
                    (None, _) => "is interrupted".to_owned(),
                    (Some(why), Some(minutes)) => format!("not now: {why}, about {minutes} minutes yet; then it ends"),
                    (Some(why), None) => format!("not now: {why}; then it ends"),
                };
                output::line(&output::safe(&format!("{id} {name}: {words}")))?;
            }
            Ok(Exit::Well)
        }
        Verb::Transcript { run, server, json } => transcript(&client, run, server, json).await,
        Verb::Bundle { run, out, json } => {
            let out = out.unwrap_or_else(|| PathBuf::from(bundle::name(run)));
            let written = bundle::write(&client, run, &out).await?;
            if json {
                output::json(&written)?;
            } else {
                let Written { path, files, length } = written;
                output::line(&format!("{}: {files} files, {length} bytes, free of secrets", path.display()))?;
            }
            Ok(Exit::Well)
        }
        Verb::Resume { run, json } => run::carry(places, &client, Carry::Resume(run), json).await,
        Verb::Retry { run, server, next_method, skip, json } => {
            let how = Again { next_method, skip };
            run::carry(places, &client, Carry::Retry(run, server, how), json).await
        }
    }
}

/// The exchanges of a run's time: a BMC's transcript goes on beyond it, on both sides.
async fn transcript(client: &Client, run: i64, server: ServerId, json: bool) -> Result<Exit, Stop> {
    let board = client.board(run).await?;
    let id = server.to_string();
    let Some(row) = board.servers.iter().find(|row| row.id == id) else {
        return Err(Stop::usage(format!("run {run} has no server {id}")));
    };
    let within = |line: &ExchangeLine| {
        let began = row.began.as_ref().is_some_and(|began| *began <= line.at);
        began && row.ended.as_ref().is_none_or(|ended| line.at <= *ended)
    };
    let mut from = 0;
    loop {
        let page = client.transcript(&id, Some(from)).await?;
        for line in page.exchanges.iter().filter(|line| within(line)) {
            if json {
                output::json(line)?;
                continue;
            }
            let ExchangeLine { at, method, path, ms, length, .. } = line;
            if let Some(tool) = &line.tool {
                let words = format!("{at} {} {} {}", tool.name, words::stream_mark(&tool.stream), tool.text);
                output::line(&output::safe(&words))?;
                continue;
            }
            let status = line.status.map_or_else(|| "-".into(), |status| status.to_string());
            let words = line.error.clone().unwrap_or_else(|| format!("{length} bytes"));
            output::line(&output::safe(&format!("{at} {method} {path} {status} {ms} ms, {words}")))?;
            if line.status.is_none_or(|status| status >= 400) && !line.body.is_empty() {
                output::line(&format!("    {}", output::safe(&line.body)))?;
            }
        }
        match page.next {
            Some(next) if next > from => from = next,
            _ => return Ok(Exit::Well),
        }
    }
}
