//! `firmdeck runs`

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
    run::{self, Carry},
};
use crate::{api::wire::SCHEMA, domain::inventory::ServerId};

/// Runs: list, show, resume, retry
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
    /// Go on with a run whose firmdeck has ended: what the BMCs say decides what is left to do
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
        /// Print the run's document as the last line
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let session = places.session().await?;
    match arguments.verb {
        Verb::List { json } => {
            let lines = session.run_lines()?;
            if json {
                output::json(&serde_json::json!({ "schema": SCHEMA, "runs": lines }))?;
                return Ok(Exit::Well);
            }
            let row = |line: &crate::api::runs::RunLine| {
                let servers: Vec<_> = line.servers.iter().map(|(state, count)| format!("{count} {state}")).collect();
                vec![
                    line.run.to_string(),
                    line.state.clone(),
                    line.started.clone(),
                    line.actor.clone(),
                    line.plan[..12].to_owned(),
                    servers.join(", "),
                ]
            };
            let rows: Vec<_> = lines.iter().map(row).collect();
            output::table(&["RUN", "STATE", "STARTED", "BY", "PLAN", "SERVERS"], &rows)?;
            Ok(Exit::Well)
        }
        Verb::Show { run, json } => {
            let document = session.run_document(run)?;
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
        Verb::Resume { run, json } => run::carry(&session, Carry::Resume(run), json).await,
        Verb::Retry { run, server, json } => run::carry(&session, Carry::Retry(run, server), json).await,
    }
}
