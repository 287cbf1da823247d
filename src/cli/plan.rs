//! `firmdeck plan`

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;

use super::{
    Places,
    exit::{Exit, Stop},
    inventory, output,
};
use crate::{
    api::{
        requests::PlanRequest,
        runs::{CheckDocument, CheckRow, PlanDocument},
    },
    domain::{
        ladder::Rung,
        offers::Method,
        plan::{Goal, Options, Plan, PowerPolicy, ServerPlan},
    },
};

/// Say what an update would do to which servers, and keep it under a digest
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck plan --baseline 2026-q3 --filter 'vendor=dell rack=r12'\n  \
                        firmdeck plan --image dell-r750-bios-1.13.2 --power forced --out plan.json\n  \
                        firmdeck plan --bios-profile virtualization --filter 'vendor=hpe'\n\n\
                        Nothing is sent to any server, but by --check; with --bios-profile the BIOSes concerned are \
                        read. `firmdeck run --plan DIGEST` carries the plan out; what changes in between makes it stale.")]
pub(super) struct Arguments {
    /// Bring servers to this baseline of the manifests
    #[arg(long, value_name = "NAME", required_unless_present_any = ["image", "bios_profile"], conflicts_with = "image")]
    baseline: Option<String>,
    /// Put this image of the manifests wherever it fits
    #[arg(long, value_name = "ID")]
    image: Option<String>,
    /// Set the BIOS as this profile says: alone, or after the firmware
    #[arg(long, value_name = "NAME")]
    bios_profile: Option<String>,
    /// Only servers for which QUERY holds (see `firmdeck inventory --help`)
    #[arg(long, value_name = "QUERY")]
    filter: Option<String>,
    /// What may be done to hosts' power: never, if_off, graceful or forced
    #[arg(long, default_value = "graceful", value_parser = power)]
    power: PowerPolicy,
    /// Also where that means an older version
    #[arg(long)]
    downgrade: bool,
    /// Flash ROM and BMC also where a trusted platform module (TPM) is enabled: suspend what is sealed to it before
    #[arg(long)]
    tpm_override: bool,
    /// Servers under way at the same time
    #[arg(long, default_value_t = Options::default().servers_at_once, value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,
    /// Uploads at the same time
    #[arg(long, default_value_t = Options::default().uploads_at_once, value_parser = clap::value_parser!(u32).range(1..))]
    max_upload: u32,
    /// Begin no further server after so many have failed
    #[arg(long, default_value_t = Options::default().stop_after, value_parser = clap::value_parser!(u32).range(1..))]
    stop_after: u32,
    /// Begin all servers at once instead of one first
    #[arg(long)]
    no_canary: bool,
    /// Write the plan to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Ask the servers whether it could begin now: leases, access, privilege, power, health, idleness, images. Changes
    /// nothing
    #[arg(long)]
    check: bool,
    /// Print a JSON document; with --check, that of the check as a second line
    #[arg(long)]
    json: bool,
}

fn power(word: &str) -> Result<PowerPolicy, String> {
    [PowerPolicy::Never, PowerPolicy::IfOff, PowerPolicy::Graceful, PowerPolicy::Forced]
        .into_iter()
        .find(|policy| policy.to_string() == word)
        .ok_or_else(|| format!("`{word}` is no power policy; they are never, if_off, graceful and forced"))
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let client = places.client_with_passwords().await?;
    if let Some(text) = &arguments.filter {
        inventory::parsed(text, &client.targets().await?, &[])?;
    }
    let goal = match (arguments.baseline, arguments.image) {
        (Some(name), _) => Goal::Baseline(name),
        (None, Some(id)) => Goal::Image(id),
        (None, None) if arguments.bios_profile.is_some() => Goal::NoFirmware,
        (None, None) => return Err(Stop::usage("give --baseline, --image or --bios-profile")),
    };
    let options = Options {
        power: arguments.power,
        downgrade: arguments.downgrade,
        servers_at_once: arguments.at_once,
        uploads_at_once: arguments.max_upload,
        canary: !arguments.no_canary,
        stop_after: arguments.stop_after,
        tpm_override: arguments.tpm_override,
    };
    let (bios_profile, query) = (arguments.bios_profile, arguments.filter);
    let document = client.plan(&PlanRequest { goal, bios_profile, options, servers: None, query }).await?;
    if let Some(path) = &arguments.out {
        let text = serde_json::to_string(&document).map_err(|error| Stop::error(error.to_string()))?;
        std::fs::write(path, text + "\n").map_err(|error| Stop::error(format!("{}: {error}", path.display())))?;
    }
    if arguments.json {
        output::json(&document)?;
    } else {
        show(&document)?;
    }
    let planned = if document.plan.servers.iter().any(is_refused) { Exit::Blocked } else { Exit::Well };
    if !arguments.check {
        return Ok(planned);
    }
    output::complain("asking the servers whether it could begin now");
    let checked = client.check_plan(&document.digest).await?;
    if arguments.json {
        output::json(&checked)?;
    } else {
        show_check(&checked)?;
    }
    let is = |state: &str| checked.servers.iter().any(|row| row.state == state);
    Ok(if is("failed") || is("uncertain") {
        Exit::SomeFailed
    } else if is("blocked") {
        Exit::Blocked
    } else {
        planned
    })
}

/// Each BIOS setting that changes, and each server whose settings are as they are wanted.
fn show_settings(plan: &Plan) -> Result<(), Stop> {
    let mut rows = Vec::new();
    for server in &plan.servers {
        let Some(bios) = server.bios.as_ref().filter(|_| server.refused.is_none()) else { continue };
        let host = if bios.resets_host { "reset" } else { "- (staged)" };
        rows.extend(bios.changes.iter().map(|change| {
            let values = [change.attribute.clone(), change.from.to_string(), change.to.to_string(), host.to_owned()];
            [server.id.to_string(), name_of(server)].into_iter().chain(values).collect::<Vec<_>>()
        }));
        if bios.changes.is_empty() {
            let words = format!("{}: its {} BIOS settings are as they are wanted", name_of(server), bios.already.len());
            output::line(&output::safe(&words))?;
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    output::table(&["ID", "SERVER", "BIOS SETTING", "FROM", "TO", "HOST"], &rows)?;
    Ok(())
}

/// Why these methods in this order, why others are not tried, and why the updates have their order: each reason once,
/// however many updates it holds for.
fn show_reasons(plan: &Plan) -> Result<(), Stop> {
    let servers = || plan.servers.iter().filter(|server| server.refused.is_none());
    let ladders = || servers().flat_map(|server| &server.updates).map(|update| &update.ladder);
    let said = |what: &str, rungs: Counted| {
        rungs.into_iter().try_for_each(|((method, why), count)| {
            let updates = if count == 1 { "1 update".to_owned() } else { format!("{count} updates") };
            output::line(&output::safe(&format!("{method} {what} {updates}: {why}")))
        })
    };
    said("is for", counted(ladders().flat_map(|ladder| &ladder.rungs)))?;
    said("is not tried for", counted(ladders().flat_map(|ladder| &ladder.left_out)))?;
    let mut settings: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for bios in servers().filter_map(|server| server.bios.as_ref()) {
        if let Some(why) = bios.why.as_deref().filter(|_| bios.has_work()) {
            *settings.entry((bios.way.to_string(), why)).or_default() += bios.changes.len();
        }
    }
    for ((way, why), count) in settings {
        let words = if count == 1 { "1 BIOS setting".to_owned() } else { format!("{count} BIOS settings") };
        output::line(&output::safe(&format!("{way} sets {words}: {why}")))?;
    }
    let mut orders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for server in servers() {
        if let Some(why) = &server.order {
            orders.entry(why).or_default().push(name_of(server));
        }
    }
    for (why, servers) in orders {
        output::line(&output::safe(&format!("order on {}: {why}", servers.join(", "))))?;
    }
    Ok(())
}

type Counted<'a> = BTreeMap<(Method, &'a str), usize>;

fn counted<'a>(rungs: impl Iterator<Item = &'a Rung>) -> Counted<'a> {
    let mut counts = Counted::new();
    for rung in rungs {
        *counts.entry((rung.method, rung.why.as_str())).or_default() += 1;
    }
    counts
}

fn show_check(document: &CheckDocument) -> Result<(), Stop> {
    let row = |row: &CheckRow| {
        let last = row.steps.last().filter(|_| !["done", "skipped"].contains(&row.state.as_str()));
        let step = last.map_or_else(String::new, |step| step.step.clone());
        vec![row.id.clone(), row.name.clone(), row.state.clone(), step, row.why.clone().unwrap_or_default()]
    };
    let rows: Vec<_> = document.servers.iter().map(row).collect();
    output::table(&["ID", "SERVER", "PRE_FLIGHT", "STEP", "WHY"], &rows)?;
    Ok(())
}

/// Whether something is wrong with a server, beyond having nothing to do.
fn is_refused(server: &ServerPlan) -> bool {
    let whys = server.refused.iter().chain(server.left_out.iter().map(|left| &left.why));
    whys.into_iter().any(|why| !why.is_well())
}

fn name_of(server: &ServerPlan) -> String {
    server.name.clone().unwrap_or_else(|| server.endpoint.to_string())
}

/// What changes, which hosts go off and for how long, and what is left out.
pub(super) fn show(document: &PlanDocument) -> Result<(), Stop> {
    let plan = &document.plan;
    let mut rows = Vec::new();
    for server in &plan.servers {
        for update in &server.updates {
            let host = match (update.host_off, update.host_reset) {
                (true, _) => "off while it is written",
                (false, true) => "reset",
                (false, false) => "-",
            };
            rows.push(vec![
                server.id.to_string(),
                name_of(server),
                update.name.clone(),
                update.from.clone(),
                update.to.clone(),
                update.methods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                host.to_owned(),
                update.why.clone(),
            ]);
        }
    }
    if !rows.is_empty() {
        output::table(&["ID", "SERVER", "COMPONENT", "FROM", "TO", "METHODS", "HOST", "WHY"], &rows)?;
    }
    show_settings(plan)?;
    show_reasons(plan)?;
    for server in &plan.servers {
        let left = server.left_out.iter().filter(|left| !left.why.is_well());
        for left in left {
            output::line(&output::safe(&format!("{}: {} is left out: {}", name_of(server), left.name, left.why)))?;
        }
        if let Some(why) = server.refused.as_ref().filter(|why| !why.is_well()) {
            output::line(&output::safe(&format!("{}: nothing is done: {why}", name_of(server))))?;
        }
    }
    let updates: usize = plan.servers.iter().map(|server| server.updates.len()).sum();
    let hosts: Vec<_> = plan.servers.iter().filter(|server| server.host_minutes() > 0).collect();
    let minutes = hosts.iter().map(|server| server.host_minutes()).max().unwrap_or(0);
    let busy = plan.servers.iter().filter(|server| server.has_work()).count();
    let settings: usize = plan.servers.iter().filter_map(|server| Some(server.bios.as_ref()?.changes.len())).sum();
    let settings_words = match &plan.bios_profile {
        Some(name) => format!(" and {settings} BIOS settings (profile {name})"),
        None => String::new(),
    };
    output::line(&format!("{updates} updates{settings_words} on {busy} of {} servers", plan.servers.len()))?;
    if !hosts.is_empty() {
        output::line(&format!(
            "{} hosts go down, for about {minutes} minutes each (power policy {})",
            hosts.len(),
            plan.options.power
        ))?;
    }
    let overridden =
        plan.servers.iter().flat_map(|server| &server.updates).filter(|update| update.tpm_override).count();
    if overridden > 0 {
        output::line(&format!(
            "{overridden} updates are flashed in spite of a trusted platform module: what is sealed to it must be suspended"
        ))?;
    }
    output::line(&format!("plan {}", document.digest))?;
    if updates + settings > 0 {
        output::line(&format!("to carry it out: firmdeck run --plan {}", &document.digest[..12]))?;
    }
    Ok(())
}
