//! `firmdeck inventory`

use std::{collections::BTreeSet, path::Path};

use clap::Args;
use tokio::{signal::unix, sync::mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Places,
    exit::{Exit, Stop},
    output::{self, ProgressLine},
};
use crate::{
    api::{
        filter,
        in_process::Session,
        wire::{FilterOutcome, FilteredInventory, InventoryDocument, ReadSummary, Server},
    },
    config::{addresses, targets},
    domain::{
        failure::Weight,
        filter::Query,
        target::{HTTPS, Target},
    },
};

/// Show every server and its firmware versions
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck inventory 10.0.0.5 10.0.1.0/24 10.0.2.5-9\n  \
                        firmdeck inventory racks.toml --components\n  firmdeck inventory --refresh --json\n  \
                        firmdeck inventory --filter 'vendor=dell bios<2.5 rack=r12 !ok'\n\n\
                        QUERY: terms between blanks must all hold, ! negates. FIELD=VALUE, != and ~ (contains, or a\n\
                        pattern with *), A,B for alternatives; fields: id name address vendor stack generation model\n\
                        serial tag uuid board host rack unit site power health, label.KEY. Versions with = != < <= > >=\n\
                        too: bios, bmc, any kind of component (nic<22), component:NAME. Words: ok failed warning critical\n\
                        on off new; any other is looked for in names, address, model and serial.\n\n\
                        The credential is that of firmdeck.toml, or FIRMDECK_USERNAME and FIRMDECK_PASSWORD.")]
pub(super) struct Arguments {
    /// Read these now: addresses, ranges, CIDR, host names, or targets files (.toml, .csv). Without any, show what
    /// is known
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The port, where a target names none
    #[arg(long, default_value_t = HTTPS)]
    port: u16,
    /// Read everything known anew
    #[arg(long, conflicts_with = "targets")]
    refresh: bool,
    /// Show only servers for which QUERY holds, such as `vendor=dell bios<2.5 rack=r12 !ok`
    #[arg(long, value_name = "QUERY")]
    filter: Option<String>,
    /// List every component of every server
    #[arg(long, conflicts_with = "json")]
    components: bool,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let wanted = targets_of(&arguments.targets, arguments.port)?;
    let session = places.session().await?;
    // before anything is read: a query with a mistake costs nobody a wait
    let query = arguments.filter.as_deref().map(|text| parsed(text, &session, &wanted)).transpose()?;
    let wanted = match (wanted.is_empty(), arguments.refresh) {
        (true, true) => session.targets()?,
        _ => wanted,
    };
    let called_off = CancellationToken::new();
    let summary = if wanted.is_empty() { None } else { Some(read(&session, &wanted, &called_off).await?) };
    let document = session.inventory(if arguments.targets.is_empty() { None } else { Some(&wanted) })?;
    let shown = match query {
        Some(query) => filter::apply(document, &query),
        None => FilteredInventory { document, filter: None },
    };
    let FilteredInventory { document, filter } = &shown;
    if arguments.json {
        output::json(&shown)?;
    } else if filter.is_some() && document.servers.is_empty() {
        output::complain("the query holds for no server");
    } else {
        show(document, arguments.components)?;
    }
    if let Some(summary) = &summary {
        tell(summary);
    }
    if let Some(filter) = filter {
        tell_left_out(filter);
    }
    for server in &document.servers {
        if let Some(failure) = &server.error {
            output::failure(&name_of(server), failure);
        }
    }
    Ok(if called_off.is_cancelled() { Exit::Stopped } else { exit(document) })
}

/// A key of anybody's labels needs no `label.` in the query.
fn parsed(text: &str, session: &Session, wanted: &[Target]) -> Result<Query, Stop> {
    let known = session.targets()?;
    let labels: BTreeSet<&str> =
        known.iter().chain(wanted).flat_map(|target| target.labels.keys().map(String::as_str)).collect();
    Query::parse(text, &labels.into_iter().collect::<Vec<_>>()).map_err(|error| {
        let pointed = error.pointed(text).replace('\n', "\n  ");
        Stop::usage(format!("--filter, {error}\n  {pointed}"))
    })
}

fn tell_left_out(filter: &FilterOutcome) {
    let FilterOutcome { unknown, not_comparable, .. } = filter;
    let reasons = [
        (*unknown, "a value that the query asks for is unknown"),
        (*not_comparable, "a version has no known order to the query's"),
    ];
    for (count, why) in reasons.into_iter().filter(|(count, _)| *count > 0) {
        output::complain(&format!("{count} left out: {why}"));
    }
}

/// Failed outweighs blocked: 4 only where nothing but decisions is missing.
fn exit(document: &InventoryDocument) -> Exit {
    let weights: Vec<_> = document.servers.iter().filter_map(|server| Some(server.error.as_ref()?.weight)).collect();
    match weights.as_slice() {
        [] => Exit::Well,
        weights if weights.iter().all(|weight| *weight == Weight::Blocked) => Exit::Blocked,
        _ => Exit::SomeFailed,
    }
}

fn targets_of(arguments: &[String], port: u16) -> Result<Vec<Target>, Stop> {
    let mut found: Vec<Target> = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        let is_file = path.extension().is_some_and(|kind| kind == "toml" || kind == "csv");
        let more = if is_file {
            targets::read(path).map_err(|mistakes| {
                Stop::usage(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            })?
        } else {
            addresses::expand(argument, port).map_err(Stop::usage)?
        };
        found.extend(more);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|target| seen.insert(target.endpoint.clone()));
    Ok(found)
}

async fn read(session: &Session, wanted: &[Target], called_off: &CancellationToken) -> Result<ReadSummary, Stop> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let reading = session.read(wanted.to_vec(), sender, called_off.clone());
    tokio::pin!(reading);
    let mut line = ProgressLine::new();
    let summary = loop {
        tokio::select! {
            summary = &mut reading => break summary,
            Some(so_far) = receiver.recv() => {
                line.show(&format!("{} of {} read, {} failed", so_far.read, so_far.total, so_far.failed));
            }
            _ = interrupt.recv() => called_off.cancel(),
            _ = terminate.recv() => called_off.cancel(),
        }
    };
    line.clear();
    Ok(summary?)
}

fn tell(summary: &ReadSummary) {
    let ReadSummary { read, failed, new, changed, pinned, .. } = summary;
    let mut words = vec![format!("{read} read, {failed} failed, {new} new, {changed} changed")];
    if *pinned > 0 {
        words.push(format!("{pinned} certificates pinned at first contact (`firmdeck pins list`)"));
    }
    output::complain(&words.join("; "));
}

fn name_of(server: &Server) -> String {
    let endpoint = crate::domain::target::Endpoint { host: server.address.clone(), port: server.port };
    match &server.name {
        Some(name) => format!("{name} ({endpoint})"),
        None => endpoint.to_string(),
    }
}

fn show(document: &InventoryDocument, components: bool) -> Result<(), Stop> {
    if document.servers.is_empty() {
        output::complain("no server is known yet; read some: `firmdeck inventory ADDRESS...`");
        return Ok(());
    }
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let row = |server: &Server| {
        vec![
            server.id.clone().unwrap_or_else(|| "-".into()),
            name_of(server),
            known(&server.vendor),
            known(&server.model),
            known(&server.generation),
            known(&server.serial),
            known(&server.power),
            if server.error.is_some() { "unreachable".into() } else { known(&server.health) },
            known(&server.bios),
            known(&server.bmc),
            server.components.len().to_string(),
        ]
    };
    let header = ["ID", "SERVER", "VENDOR", "MODEL", "GEN", "SERIAL", "POWER", "HEALTH", "BIOS", "BMC", "COMP"];
    output::table(&header, &document.servers.iter().map(row).collect::<Vec<_>>())?;
    if components {
        document.servers.iter().try_for_each(show_components)?;
    }
    Ok(())
}

fn show_components(server: &Server) -> Result<(), Stop> {
    output::line(&format!("\n{} {}", server.id.as_deref().unwrap_or("-"), name_of(server)))?;
    let rows: Vec<_> = server
        .components
        .iter()
        .map(|component| {
            let others: Vec<_> = component
                .others
                .iter()
                .map(|other| format!("{:?} {}", other.slot, other.version).to_lowercase())
                .collect();
            vec![
                component.kind.clone(),
                component.name.clone(),
                component.version.clone().unwrap_or_else(|| "?".into()),
                component.slot.clone(),
                component.updateable.map_or("?", |yes| if yes { "yes" } else { "no" }).into(),
                component.unknown.clone().unwrap_or_else(|| others.join(", ")),
            ]
        })
        .collect();
    output::table(&["KIND", "NAME", "VERSION", "SLOT", "UPDATE", "REMARK"], &rows)?;
    for note in &server.notes {
        output::line(&output::safe(&format!("note: {}: {}", note.at, note.what)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[tokio::test]
    async fn a_query_with_a_mistake_is_a_usage_error_that_points_at_it() {
        let directory = tempfile::tempdir().unwrap();
        let session = Session::open(directory.path(), Config::default()).await.unwrap();
        let mut labelled = Target::at("10.0.0.5", HTTPS);
        labelled.labels.insert("env".into(), "prod".into());
        let wanted = [labelled];
        assert!(parsed("env=prod bios<2.5", &session, &wanted).is_ok());
        let stop = parsed("env=prod boos<2.5", &session, &wanted).unwrap_err();
        assert_eq!(
            stop.words(),
            "--filter, column 10: there is no field or label `boos`; did you mean `bios`?\n  env=prod boos<2.5\n           ^"
        );
        assert_eq!(stop.report(), Exit::Usage);
    }
}
