//! `firmdeck look`

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::{
        client::Client,
        compare::CompareDocument,
        explore::{EventsDocument, ResourceDocument},
        wire::SCHEMA,
    },
    domain::{
        compare::{Pair, documents},
        inventory::ServerId,
        resource::{MOST, Walk, hits, lines},
    },
};

/// How far a search is, is told after so many resources.
const TOLD: usize = 25;
/// A search ends at so many resources in a row that the BMC is not reached for.
const AWAY: u32 = 3;
/// Where a walk through a BMC begins.
const ROOT: &str = "/redfish/v1/";

/// Looks about in a BMC and compares servers; reads, and changes nothing
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// A resource as the BMC shows it now, secrets masked
    #[command(after_help = "Example:\n  firmdeck look get s12 /redfish/v1/UpdateService")]
    Get {
        /// The server's id
        #[arg(value_parser = server)]
        server: ServerId,
        /// The resource
        #[arg(default_value = ROOT)]
        path: String,
        /// Print a JSON document with the answer's status besides
        #[arg(long)]
        json: bool,
    },
    /// The resources in which a word stands, from one on along its links, the nearest first
    #[command(after_help = "Example:\n  firmdeck look find s12 Critical --from /redfish/v1/Systems/1")]
    Find {
        /// The server's id
        #[arg(value_parser = server)]
        server: ServerId,
        /// What is looked for in names and values of properties, in any case
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        words: String,
        /// The resource to begin at
        #[arg(long, value_name = "PATH", default_value = ROOT)]
        from: String,
        /// How many resources are read at most
        #[arg(long, value_name = "N", default_value_t = MOST)]
        most: usize,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// The BMC's log of the machine's health, newest entries first
    #[command(after_help = "Example:\n  firmdeck look events s12")]
    Events {
        /// The server's id
        #[arg(value_parser = server)]
        server: ServerId,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// What of a server is otherwise than on another, or on a healthy one of its model
    #[command(after_help = "Example:\n  firmdeck look compare s12")]
    Compare {
        /// The server's id
        #[arg(value_parser = server)]
        server: ServerId,
        /// The other server's id
        #[arg(value_parser = server)]
        other: Option<ServerId>,
        /// Also what is the same
        #[arg(long)]
        all: bool,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// What of a resource is otherwise on another server, or in another resource of the same one
    #[command(
        after_help = "Example:\n  firmdeck look diff s12 /redfish/v1/Systems/1/Bios --with s14\n  firmdeck look diff s12 /redfish/v1/Systems/1/Bios --path /redfish/v1/Systems/1/Bios/Settings"
    )]
    Diff {
        /// The server's id
        #[arg(value_parser = server)]
        server: ServerId,
        /// The resource
        path: String,
        /// The other server; the same one, where absent
        #[arg(long, value_parser = server, required_unless_present = "other_path")]
        with: Option<ServerId>,
        /// The other resource; the same one, where absent
        #[arg(long = "path", value_name = "PATH")]
        other_path: Option<String>,
        /// Also what is the same
        #[arg(long)]
        all: bool,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
}

/// `firmdeck look find --json`
#[derive(Debug, Serialize)]
struct FindDocument {
    schema: u32,
    server: String,
    words: String,
    from: String,
    /// How many resources were read.
    read: usize,
    /// True where there are more than were to be read.
    cut: bool,
    found: Vec<Hit>,
    /// Resources that the BMC did not show.
    failed: Vec<NotShown>,
}

#[derive(Debug, Serialize)]
struct Hit {
    path: String,
    property: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct NotShown {
    path: String,
    why: String,
}

/// `firmdeck look diff --json`
#[derive(Debug, Serialize)]
struct DiffDocument {
    schema: u32,
    left: Place,
    right: Place,
    rows: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct Place {
    server: String,
    path: String,
    status: u16,
}

fn server(text: &str) -> Result<ServerId, String> {
    ServerId::try_from(text.to_owned())
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let client = places.client_with_passwords().await?;
    match arguments.verb {
        Verb::Get { server, path, json } => {
            let document = client.resource(&server.to_string(), &path).await?;
            get(&document, json)
        }
        Verb::Find { server, words, from, most, json } => {
            let document = FindDocument {
                schema: SCHEMA,
                server: server.to_string(),
                words,
                from,
                read: 0,
                cut: false,
                found: Vec::new(),
                failed: Vec::new(),
            };
            find(&client, document, most, json).await
        }
        Verb::Events { server, json } => events(&client.event_logs(&server.to_string()).await?, json),
        Verb::Compare { server, other, all, json } => {
            let other = other.map(|other| other.to_string());
            let document = client.compare(&server.to_string(), other.as_deref()).await?;
            compare(&document, all, json)
        }
        Verb::Diff { server, path, with, other_path, all, json } => {
            let other = with.unwrap_or(server).to_string();
            let other_path = other_path.unwrap_or_else(|| path.clone());
            let left = client.resource(&server.to_string(), &path).await?;
            let right = client.resource(&other, &other_path).await?;
            diff(&left, &right, all, json)
        }
    }
}

fn ok(document: &ResourceDocument) -> Exit {
    if (200..300).contains(&document.status) { Exit::Well } else { Exit::SomeFailed }
}

fn get(document: &ResourceDocument, json: bool) -> Result<Exit, Stop> {
    if json {
        output::json(document)?;
    } else {
        let body = match &document.text {
            Some(text) => text.clone(),
            None => serde_json::to_string_pretty(&document.body).unwrap_or_default(),
        };
        output::line(&output::safe_lines(&body))?;
        if ok(document) != Exit::Well {
            output::complain(&format!("{} answered HTTP {} at {}", document.server, document.status, document.path));
        }
    }
    Ok(ok(document))
}

/// Walks, and prints what is found as it is found.
async fn find(client: &Client, mut document: FindDocument, most: usize, json: bool) -> Result<Exit, Stop> {
    let mut walk = Walk::from(&document.from, most);
    let mut away = 0;
    while let Some(path) = walk.step() {
        if walk.read > 1 && walk.read % TOLD == 1 {
            output::complain(&format!("{} resources read, now {}", walk.read - 1, output::safe(&path)));
        }
        let resource = match client.resource(&document.server, &path).await {
            Ok(resource) if ok(&resource) == Exit::Well => resource,
            Ok(resource) => {
                away = 0;
                document.failed.push(NotShown { path, why: format!("HTTP {}", resource.status) });
                continue;
            }
            Err(error) => {
                away += 1;
                // Where not even the first one can be asked for, nothing can.
                if walk.read == 1 || away == AWAY {
                    return Err(error.into());
                }
                document.failed.push(NotShown { path, why: error.to_string() });
                continue;
            }
        };
        away = 0;
        let lines = lines(&resource.body);
        walk.follow(&lines);
        for (property, line) in hits(&lines, &document.words) {
            if !json {
                output::line(&output::safe(&format!("{path}: {property} = {}", line.value)))?;
            }
            document.found.push(Hit { path: path.clone(), property, value: line.value.clone() });
        }
    }
    (document.read, document.cut) = (walk.read, walk.is_cut());
    if json {
        output::json(&document)?;
        return Ok(Exit::Well);
    }
    for NotShown { path, why } in &document.failed {
        output::complain(&output::safe(&format!("{path} was not shown: {why}")));
    }
    let more = if document.cut { "; there are more: --most reads them" } else { "" };
    output::line(&format!("{} found in {} resources{more}", document.found.len(), document.read))?;
    Ok(Exit::Well)
}

fn events(document: &EventsDocument, json: bool) -> Result<Exit, Stop> {
    if json {
        output::json(document)?;
        return Ok(Exit::Well);
    }
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    if document.logs.is_empty() {
        output::complain("the BMC names no log of the machine's health");
    }
    for log in &document.logs {
        if let Some(why) = &log.why {
            output::complain(&format!("{}: not shown: {}", output::safe(&log.name), output::safe(why)));
            continue;
        }
        let words = if log.entries.is_empty() { "no entry".into() } else { format!("{} entries", log.entries.len()) };
        output::line(&format!("{} ({}): {words}", output::safe(&log.name), output::safe(&log.uri)))?;
        let row = |entry: &crate::api::explore::EventRow| {
            vec![or_dash(&entry.at), or_dash(&entry.severity), entry.message.clone()]
        };
        if !log.entries.is_empty() {
            output::table(&["AT", "SEVERITY", "MESSAGE"], &log.entries.iter().map(row).collect::<Vec<_>>())?;
        }
    }
    Ok(Exit::Well)
}

fn compare(document: &CompareDocument, all: bool, json: bool) -> Result<Exit, Stop> {
    if json {
        output::json(document)?;
        return Ok(Exit::Well);
    }
    let name = |side: &crate::api::compare::Side| format!("{} {}", side.id, side.name);
    let (left, right) = (name(&document.left), name(&document.right));
    output::line(&format!("{} beside {} ({})", output::safe(&left), output::safe(&right), document.chosen))?;
    rows(&document.rows, [&document.left.id, &document.right.id], all)
}

fn diff(left: &ResourceDocument, right: &ResourceDocument, all: bool, json: bool) -> Result<Exit, Stop> {
    let place = |of: &ResourceDocument| Place { server: of.server.clone(), path: of.path.clone(), status: of.status };
    let pairs = documents(&left.body, &right.body);
    if json {
        output::json(&DiffDocument { schema: SCHEMA, left: place(left), right: place(right), rows: pairs })?;
        return Ok(Exit::Well);
    }
    for of in [left, right].into_iter().filter(|of| ok(of) != Exit::Well) {
        output::complain(&format!("{} answered HTTP {} at {}", of.server, of.status, of.path));
    }
    rows(&pairs, [&left.server, &right.server], all)
}

fn rows(pairs: &[Pair], sides: [&str; 2], all: bool) -> Result<Exit, Stop> {
    let shown: Vec<&Pair> = pairs.iter().filter(|pair| all || pair.differs()).collect();
    let same = pairs.iter().filter(|pair| !pair.differs()).count();
    let cell = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".into());
    if !shown.is_empty() {
        let row = |pair: &&Pair| {
            let mark = if pair.differs() { "differs" } else { "same" };
            vec![mark.into(), pair.what.clone(), cell(&pair.left), cell(&pair.right)]
        };
        output::table(&["", "WHAT", sides[0], sides[1]], &shown.iter().map(row).collect::<Vec<_>>())?;
    }
    output::line(&format!("{} differ, {same} are the same", pairs.len() - same))?;
    Ok(Exit::Well)
}
