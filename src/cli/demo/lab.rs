//! The demo's fleet: a lab in a process of its own, as a real fleet is none of ours.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

use super::{home::Home, tools::Present};
use crate::cli::{exit::Stop, lab::Fleet};

/// A lab that does not start within this time is told of; a thousand servers take a few seconds.
const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(10);

/// One line of `firmdeck lab --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LabBmc {
    pub(super) address: String,
    /// HTTPS; absent where it has none.
    pub(super) port: Option<u16>,
    /// IPMI; absent where it is switched off.
    #[serde(default)]
    pub(super) ipmi: Option<u16>,
    pub(super) username: String,
    pub(super) password_file: PathBuf,
}

/// A lab that was started.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) bmcs: Vec<LabBmc>,
}

/// How long a lab lives.
pub(super) enum Life<'a> {
    /// As long as this process, which holds the lock on this file: a demo that is killed stops nothing any more.
    Ours(&'a Path),
    /// As long as somebody holds the lock on this file.
    WhileHeld(&'a Path),
}

/// Starts a lab that writes its images to `home`, and the programs that stand in for vendors' tools.
pub(super) async fn start(fleet: &Fleet, home: &Home, life: Life<'_>) -> Result<Started, Stop> {
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
    let usual = if fleet.personality.is_empty() { Present::look().fleet() } else { Vec::new() };
    for personality in fleet.personality.iter().chain(&usual) {
        command.args(["--personality", &personality.to_string()]);
    }
    command.arg("--images").arg(home.images()).arg("--tools").arg(home.tools());
    if let Some(counts) = &fleet.counts {
        command.arg("--counts").arg(counts);
    }
    let (Life::Ours(lock) | Life::WhileHeld(lock)) = life;
    command.arg("--while-held").arg(lock);
    let kill = matches!(life, Life::Ours(_));
    if !kill {
        // Its words would otherwise come between those of the screen.
        command.stderr(std::fs::File::create(lock.with_file_name("lab.log"))?);
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(kill).spawn()?;
    let Some(output) = child.stdout.take() else { return Err(Stop::error("the lab has no output")) };
    let mut lines = BufReader::new(output).lines();
    let mut bmcs = Vec::with_capacity(fleet.servers.into());
    while bmcs.len() < usize::from(fleet.servers) {
        let line = timeout(START, lines.next_line()).await;
        let line = line.map_err(|_| Stop::error("the lab did not start in time"))??;
        // It has said on standard error why.
        let Some(line) = line else { return Err(Stop::error("the lab did not start")) };
        let bmc =
            serde_json::from_str(&line).map_err(|error| Stop::error(format!("the lab said `{line}`: {error}")))?;
        bmcs.push(bmc);
    }
    Ok(Started { child, bmcs })
}

/// Ends a lab of this process as an operator would, so that it removes its password file.
pub(super) async fn stop(lab: &mut Child) {
    if let Some(id) = lab.id() {
        end(id);
    }
    if timeout(END, lab.wait()).await.is_err() {
        let _ = lab.kill().await;
    }
}

/// Asks the process of a lab to end. It may have ended by itself.
pub(super) fn end(id: u32) {
    if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process(id, Signal::TERM);
    }
}

/// Whether the process `id` is a lab.
pub(super) fn is_lab(id: u32) -> bool {
    let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    command.split(|byte| *byte == 0).nth(1) == Some(b"lab")
}
