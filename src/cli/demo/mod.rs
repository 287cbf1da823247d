//! `firmdeck demo`

use std::{
    fmt::Write as _,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use clap::Args;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

mod images;

use super::{
    Places,
    exit::{Exit, Stop},
    lab::Fleet,
    output, reading,
    run::{self, Carry},
    servers,
};
use crate::{
    api::{client::Client, requests::PlanRequest, session::Mode},
    domain::{
        plan::{Goal, Options},
        target::Target,
    },
};

/// Try firmdeck on a fleet of emulated servers: find them, and bring their firmware up to date
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  firmdeck demo --headless\n  firmdeck demo --headless --servers 24 --seed 7 --json\n\n\
                        The servers are emulated, behind real sockets on 127.42.0.0/16, and gone when the command ends. \
                        Nothing of the demo is kept."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    fleet: Fleet,
    /// Without the screen: print what is found
    #[arg(long, required = true)]
    headless: bool,
    /// Only find the servers
    #[arg(long)]
    no_run: bool,
    /// Print the inventory document as the first line, and the run's as the last
    #[arg(long)]
    json: bool,
}

/// A lab that does not start within this time is told of; a thousand servers take a few seconds.
const LAB_START: Duration = Duration::from_secs(60);
const LAB_STOP: Duration = Duration::from_secs(10);

/// One line of `firmdeck lab --json`.
#[derive(Debug, Deserialize)]
struct LabBmc {
    address: String,
    port: u16,
    username: String,
    password_file: PathBuf,
}

pub(super) async fn run(arguments: Arguments, _: &Places) -> Result<Exit, Stop> {
    let home = tempfile::Builder::new().prefix("firmdeck-demo-").tempdir()?;
    let (mut lab, bmcs) = start_lab(&arguments.fleet, &home.path().join("lab-images")).await?;
    let places = settle(home.path(), &bmcs, arguments.fleet.speed)?;
    let outcome = show(&arguments, home.path(), &places, &bmcs).await;
    // Nothing of the demo is kept, so neither is its engine; it may be gone already.
    let _ = Client::of(&places.state_dir).shutdown(true).await;
    stop(&mut lab).await;
    outcome
}

/// Writes down how the demo's engine is to reach the lab.
fn settle(home: &Path, bmcs: &[LabBmc], speed: f64) -> Result<Places, Stop> {
    let config = home.join("firmdeck.toml");
    let mut text = String::new();
    for LabBmc { address, username, password_file, .. } in bmcs {
        let file = password_file.display().to_string();
        // Writing to a String cannot fail.
        let _ = write!(text, "[[credentials]]\nfor = {address:?}\nusername = {username:?}\npassword_file = {file:?}\n");
    }
    std::fs::write(&config, text)?;
    std::fs::create_dir_all(home.join("firmware-manifests"))?;
    Ok(Places { state_dir: home.join("state"), config, config_named: true, speed, locks: Some(home.join("locks")) })
}

async fn show(arguments: &Arguments, home: &Path, places: &Places, bmcs: &[LabBmc]) -> Result<Exit, Stop> {
    let targets: Vec<_> = bmcs.iter().map(|bmc| Target::at(&bmc.address, bmc.port)).collect();
    let client = places.client().await?;
    let done = reading::read(&client, &targets, Mode::Named).await?;
    let document = client.inventory(Some(&targets)).await?;
    if arguments.json {
        output::json(&document)?;
    } else {
        servers::show(&document, false)?;
    }
    reading::tell(&done.report.summary);
    servers::tell_failures(&document.servers);
    if done.called_off {
        return Ok(Exit::Stopped);
    }
    let found = servers::exit(&document.servers);
    if arguments.no_run {
        return Ok(found);
    }
    let count = images::provide(&client, &home.join("lab-images"), &home.join("firmware-manifests")).await?;
    output::complain(&format!("{count} lab images; bringing the fleet to the baseline \"{}\"", images::BASELINE));
    let options = Options { servers_at_once: 1000, uploads_at_once: 16, ..Options::default() };
    let goal = Goal::Baseline(images::BASELINE.into());
    let plan = client.plan(&PlanRequest { goal, options, servers: None, query: None }).await?;
    let ran = run::carry(places, &client, Carry::Digest(plan.digest), arguments.json).await?;
    Ok(if ran == Exit::Well { found } else { ran })
}

/// Starts the lab as a process of its own, as a real fleet is none of ours.
async fn start_lab(fleet: &Fleet, images: &Path) -> Result<(Child, Vec<LabBmc>), Stop> {
    const BASE: Ipv4Addr = Ipv4Addr::new(127, 42, 0, 1);
    const PORT: u16 = 8443;
    // Another demo or lab may be at the usual port.
    let port = if TcpListener::bind((BASE, PORT)).await.is_ok() { PORT } else { 0 };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["lab", "--json", "--base", &BASE.to_string(), "--port", &port.to_string()]);
    command.args(["--servers", &fleet.servers.to_string(), "--seed", &fleet.seed.to_string()]);
    command.args(["--speed", &fleet.speed.to_string(), "--latency-ms", &fleet.latency_ms.to_string()]);
    for fault in &fleet.fault {
        command.args(["--fault", fault]);
    }
    for personality in &fleet.personality {
        command.args(["--personality", &personality.to_string()]);
    }
    command.arg("--images").arg(images);
    let mut lab = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let Some(output) = lab.stdout.take() else { return Err(Stop::error("the lab has no output")) };
    let mut lines = BufReader::new(output).lines();
    let mut bmcs = Vec::with_capacity(fleet.servers.into());
    while bmcs.len() < usize::from(fleet.servers) {
        let line = timeout(LAB_START, lines.next_line()).await;
        let line = line.map_err(|_| Stop::error("the lab did not start in time"))??;
        // It has said on standard error why.
        let Some(line) = line else { return Err(Stop::error("the lab did not start")) };
        let bmc =
            serde_json::from_str(&line).map_err(|error| Stop::error(format!("the lab said `{line}`: {error}")))?;
        bmcs.push(bmc);
    }
    Ok((lab, bmcs))
}

/// Ends the lab as an operator would, so that it removes its password file.
async fn stop(lab: &mut Child) {
    let id = lab.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    if timeout(LAB_STOP, lab.wait()).await.is_err() {
        let _ = lab.kill().await;
    }
}
