//! `firmdeck discover`

use std::{collections::BTreeMap, time::Duration};

use clap::Args;
use tokio::signal;

use super::{
    Places,
    exit::{Exit, Stop},
    output, reading, servers, targets,
};
use crate::{
    api::{
        client::Client,
        session::Mode,
        wire::{DiscoveryDocument, NoBmc, ReadReport, SCHEMA},
    },
    clock::Clock,
    domain::target::Target,
};

/// Find BMCs and read what stands behind them
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  firmdeck discover 10.0.0.0/22\n  firmdeck discover 10.0.0.5-99 --port 443 --port 8443\n  \
                        firmdeck discover racks.toml --every 300\n\n\
                        An address without a BMC is counted and leaves nothing behind. No password is sent before a \
                        Redfish service has answered."
)]
pub(super) struct Arguments {
    /// Addresses, ranges, CIDR, host names, or targets files (.toml, .csv)
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<String>,
    /// A port to search, where a target names none; may be repeated [default: 443]
    #[arg(long)]
    port: Vec<u16>,
    /// Search again every so many seconds, until interrupted, and tell what changed
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(10..))]
    every: Option<u64>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let wanted = targets::of(&arguments.targets, &arguments.port)?;
    let client = places.client_with_passwords().await?;
    loop {
        let done = reading::read(&client, &wanted, Mode::Searched).await?;
        let document = document(&client, &wanted, done.report).await?;
        if arguments.json {
            output::json(&document)?;
        } else {
            show(&document)?;
        }
        reading::tell(&document.summary);
        servers::tell_failures(&document.servers);
        if done.called_off {
            return Ok(Exit::Stopped);
        }
        let Some(every) = arguments.every else { return Ok(servers::exit(&document.servers)) };
        let clock = Clock::system();
        tokio::select! {
            () = clock.pause(Duration::from_secs(every)) => {}
            _ = signal::ctrl_c() => return Ok(Exit::Stopped),
        }
    }
}

async fn document(client: &Client, wanted: &[Target], report: ReadReport) -> Result<DiscoveryDocument, Stop> {
    let mut without = BTreeMap::new();
    for none in &report.no_bmc {
        *without.entry(none.kind.clone()).or_default() += 1;
    }
    let answered = |none: &NoBmc| !["no_answer", "connection_refused", "unreachable"].contains(&none.kind.as_str());
    Ok(DiscoveryDocument {
        schema: SCHEMA,
        summary: report.summary,
        without,
        others: report.no_bmc.into_iter().filter(answered).collect(),
        changes: report.changes,
        servers: client.inventory(Some(wanted)).await?.servers,
    })
}

fn show(document: &DiscoveryDocument) -> Result<(), Stop> {
    servers::table(&document.servers)?;
    for change in &document.changes {
        let side = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".into());
        let (before, after) = (side(&change.change.before), side(&change.change.after));
        output::line(&output::safe(&format!(
            "{} {}: {} {before} -> {after}",
            change.id, change.at, change.change.subject
        )))?;
    }
    for other in &document.others {
        output::line(&output::safe(&format!("{}:{}: {}", other.address, other.port, other.what)))?;
    }
    for (kind, count) in &document.without {
        output::line(&format!("{count} addresses: {}", kind.replace('_', " ")))?;
    }
    Ok(())
}
