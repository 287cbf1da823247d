//! `firmdeck audit`

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::api::wire::SCHEMA;

/// The journal of everything that was done: verify, export
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Hash every entry anew: an entry that was changed, taken out or put in shows
    #[command(after_help = "Example:\n  firmdeck audit verify")]
    Verify {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print every entry, one JSON document a line
    #[command(after_help = "Example:\n  firmdeck audit export > journal.jsonl")]
    Export,
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let client = places.client().await?;
    match arguments.verb {
        Verb::Verify { json } => {
            let verified = client.verify_journal().await?;
            let (entries, head, broken_at) = match &verified {
                Ok((entries, head)) => (Some(*entries), head.clone(), None),
                Err(seq) => (None, None, Some(*seq)),
            };
            if json {
                output::json(&serde_json::json!({
                    "schema": SCHEMA, "intact": verified.is_ok(), "entries": entries, "head": head, "broken_at": broken_at,
                }))?;
            } else if let Some(seq) = broken_at {
                output::line(&format!("the journal was changed: entry {seq} does not follow from those before it"))?;
            } else {
                let head = head.unwrap_or_else(|| "nothing yet".into());
                output::line(&format!("{} entries, intact; the last is {head}", entries.unwrap_or_default()))?;
            }
            Ok(if verified.is_ok() { Exit::Well } else { Exit::Error })
        }
        Verb::Export => {
            let mut after = 0;
            loop {
                let page = client.journal(after).await?;
                for entry in &page.entries {
                    after = entry.seq;
                    output::json(&serde_json::json!({
                        "seq": entry.seq, "run": entry.run, "server": entry.server, "at": entry.at,
                        "event": entry.event, "hash": entry.hash,
                    }))?;
                }
                if !page.more {
                    break;
                }
            }
            Ok(Exit::Well)
        }
    }
}
