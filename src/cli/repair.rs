//! `firmdeck repair`

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::repair::{ConfirmRepair, LookAtRepair, RepairDocument},
    domain::{
        inventory::ServerId,
        repair::{Repair, RepairOutcome},
    },
};

/// Digits of the digest that are typed, and that a script must give.
const TYPED: usize = 4;
const GIVEN: usize = 8;

/// Acts on a BMC that stands in its own way: each is shown first, confirmed, and in the journal before it is done
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct Common {
    /// The server's id
    #[arg(value_parser = |text: &str| ServerId::try_from(text.to_owned()))]
    server: ServerId,
    /// The first digits (8 at least) of the digest that a look has shown, instead of typing them
    #[arg(long, value_name = "DIGITS")]
    confirm: Option<String>,
    /// Print a JSON document: what would be done and its digest, or with --confirm what came of it
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Restart the BMC: for jobs that stand still, a full memory, an update mode that does not end
    #[command(after_help = "Example:\n  firmdeck repair reset-bmc s12")]
    ResetBmc {
        #[command(flatten)]
        common: Common,
        /// Also while the BMC says that it is at work: a flash that is cut off can leave it dead
        #[arg(long)]
        while_busy: bool,
    },
    /// Give back the update service's busy flag that a run of this engine has left
    #[command(after_help = "Example:\n  firmdeck repair release-claim s12")]
    ReleaseClaim {
        #[command(flatten)]
        common: Common,
    },
    /// Delete a job, a task or an entry of a queue, which is shown whole first
    #[command(after_help = "Example:\n  firmdeck repair delete-job s12 /redfish/v1/UpdateService/UpdateTaskQueue/7")]
    DeleteJob {
        #[command(flatten)]
        common: Common,
        /// Its resource
        uri: String,
    },
    /// Switch the location light of a server on or off
    #[command(after_help = "Example:\n  firmdeck repair identify s12 on")]
    Identify {
        #[command(flatten)]
        common: Common,
        /// on or off
        #[arg(value_parser = ["on", "off"])]
        state: String,
    },
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let (common, repair, while_busy) = match arguments.verb {
        Verb::ResetBmc { common, while_busy } => (common, Repair::ResetBmc, while_busy),
        Verb::ReleaseClaim { common } => (common, Repair::ReleaseClaim, false),
        Verb::DeleteJob { common, uri } => (common, Repair::DeleteJob { uri }, false),
        Verb::Identify { common, state } => (common, Repair::Identify { on: state == "on" }, false),
    };
    if common.confirm.as_ref().is_some_and(|digits| digits.len() < GIVEN) {
        return Err(Stop::usage(format!("--confirm wants at least {GIVEN} digits of the digest")));
    }
    let client = places.client_with_passwords().await?;
    let look = LookAtRepair { repair, while_busy };
    let digest = match common.confirm {
        Some(digits) => digits,
        None => {
            let document = client.look_at_repair(common.server, &look).await?;
            if common.json {
                output::json(&document)?;
                return Ok(Exit::Well);
            }
            show(&document)?;
            ask(&document)?
        }
    };
    let end = client.repair(common.server, &ConfirmRepair { look, digest }).await?;
    if common.json {
        output::json(&end)?;
    }
    let (words, exit) = match &end.outcome {
        RepairOutcome::Done => (format!("{}: done", end.act), Exit::Well),
        RepairOutcome::Refused { why } => {
            (format!("{}: the BMC refused, and nothing was changed: {why}", end.act), Exit::SomeFailed)
        }
        RepairOutcome::Unknown { why } => {
            let next = "look at the BMC before anything else: `firmdeck inventory --refresh`";
            (format!("{}: no clear answer came: {why}; next: {next}", end.act), Exit::Uncertain)
        }
    };
    if !common.json {
        output::line(&output::safe(&words))?;
    }
    Ok(exit)
}

fn show(document: &RepairDocument) -> Result<(), Stop> {
    let whole = serde_json::to_string_pretty(&document.resource).map_err(|error| Stop::error(error.to_string()))?;
    output::line(&output::safe_lines(&whole))?;
    output::line(&output::safe(&format!("{}: {}", document.server, document.act)))?;
    output::line(&format!("  then    {}", document.consequence))?;
    let busy = document.busy.as_deref().unwrap_or("nothing");
    output::line(&output::safe(&format!("  at work {busy}")))?;
    output::line(&format!("  digest  {}", document.digest))?;
    Ok(())
}

fn ask(document: &RepairDocument) -> Result<String, Stop> {
    if !io::stdin().is_terminal() {
        return Err(Stop::usage(format!(
            "nobody can be asked: confirm with --confirm {}",
            document.digest.get(..GIVEN).unwrap_or(&document.digest)
        )));
    }
    let mut err = io::stderr().lock();
    write!(err, "type the first {TYPED} digits of the digest to do it: ").and_then(|()| err.flush())?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let typed = line.trim();
    if typed.len() >= TYPED && document.digest.starts_with(typed) {
        Ok(document.digest.clone())
    } else {
        Err(Stop::blocked("not confirmed: nothing was done"))
    }
}
