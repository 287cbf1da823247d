//! `firmdeck inventory`

use std::collections::BTreeSet;

use clap::Args;

use super::{
    Places,
    exit::{Exit, Stop},
    output, reading, servers, targets,
};
use crate::{
    api::{
        filter,
        session::Mode,
        wire::{FilterOutcome, FilteredInventory},
    },
    domain::{
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
    let wanted = targets::of(&arguments.targets, &[arguments.port])?;
    // what is known is shown without a passphrase
    let speaks = !wanted.is_empty() || arguments.refresh;
    let client = if speaks { places.client_with_passwords().await? } else { places.client().await? };
    // before anything is read: a query with a mistake costs nobody a wait
    let query = match arguments.filter.as_deref() {
        Some(text) => Some(parsed(text, &client.targets().await?, &wanted)?),
        None => None,
    };
    let wanted = match (wanted.is_empty(), arguments.refresh) {
        (true, true) => client.targets().await?,
        _ => wanted,
    };
    let done = if wanted.is_empty() { None } else { Some(reading::read(&client, &wanted, Mode::Named).await?) };
    let document = client.inventory(if arguments.targets.is_empty() { None } else { Some(&wanted) }).await?;
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
        servers::show(document, arguments.components)?;
    }
    if let Some(done) = &done {
        reading::tell(&done.report.summary);
    }
    if let Some(filter) = filter {
        tell_left_out(filter);
    }
    servers::tell_failures(&document.servers);
    Ok(if done.is_some_and(|done| done.called_off) { Exit::Stopped } else { servers::exit(&document.servers) })
}

/// A key of anybody's labels needs no `label.` in the query.
pub(super) fn parsed(text: &str, known: &[Target], wanted: &[Target]) -> Result<Query, Stop> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_with_a_mistake_is_a_usage_error_that_points_at_it() {
        let mut labelled = Target::at("10.0.0.5", HTTPS);
        labelled.labels.insert("env".into(), "prod".into());
        let wanted = [labelled];
        assert!(parsed("env=prod bios<2.5", &[], &wanted).is_ok());
        let stop = parsed("env=prod boos<2.5", &[], &wanted).unwrap_err();
        assert_eq!(
            stop.words(),
            "--filter, column 10: there is no field or label `boos`; did you mean `bios`?\n  env=prod boos<2.5\n           ^"
        );
        assert_eq!(stop.report(), Exit::Usage);
    }
}
