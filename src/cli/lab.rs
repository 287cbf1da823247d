//! `firmdeck lab`

use std::{io, net::Ipv4Addr, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::exit::{Exit, Stop};
use crate::lab::{self, Latency, Options, personality::Personality, stand_in};

/// Run a fleet of emulated BMCs on this machine, behind real sockets
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  firmdeck lab --servers 24 --seed 7 --json\n  \
                        firmdeck lab --fault black-hole@3 --fault slow-inventory --latency-ms lognormal:200\n  \
                        firmdeck lab --images /tmp/images --image-kib 32768\n  \
                        firmdeck lab --personality idrac8 --personality smc-x11 --tools /tmp/tools\n\n\
                        One BMC an address, from 127.42.0.1 up. The first line of each server's password file is the \
                        password of its administrator; the file goes when the lab does."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    stand_in: Option<Instead>,
    #[command(flatten)]
    pub(super) fleet: Fleet,
    /// The first BMC's address
    #[arg(long, default_value = "127.42.0.1")]
    base: Ipv4Addr,
    /// The port of all BMCs; 0 takes one that is free
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// Write the images for this fleet into a directory, with an index of them in `images.json`
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// How large these images are, in KiB
    #[arg(long, default_value_t = 256, value_name = "KIB", value_parser = clap::value_parser!(u64).range(32..=1_048_576))]
    image_kib: u64,
    /// Write programs that stand in for Dell's racadm and Supermicro's sum and saa, for this lab alone, into a directory
    #[arg(long, value_name = "DIR")]
    tools: Option<PathBuf>,
    /// Print one JSON line a BMC
    #[arg(long)]
    json: bool,
    /// In a session of its own, for as long as somebody holds the lock on this file: the demo's
    #[arg(long, value_name = "FILE", hide = true)]
    while_held: Option<PathBuf>,
}

/// What `lab` can be instead of a fleet.
#[derive(Debug, Subcommand)]
enum Instead {
    /// Stand in for a vendor's tool that is not to be had, in front of BMCs of a lab: `racadm`, `sum`, `saa`
    #[command(disable_help_flag = true)]
    StandIn {
        /// Which tool
        tool: stand_in::Tool,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// What the emulated fleet is.
#[derive(Debug, Args)]
pub(super) struct Fleet {
    /// How many servers
    #[arg(long, default_value_t = Fleet::USUAL, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=20_000))]
    pub(super) servers: u16,
    /// Fixes inventory and faults, not timing
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(super) seed: u64,
    /// How many times faster than real devices these work
    #[arg(long, default_value_t = 600.0, value_name = "X")]
    pub(super) speed: f64,
    /// How long each answer takes in milliseconds: `100`, or `lognormal:100` around that median
    #[arg(long, default_value = "0", value_name = "MS")]
    pub(super) latency_ms: Latency,
    /// A fault by name, on one server where it says so, or a file of rules; may be repeated
    #[arg(long, value_name = "NAME[@SERVER]")]
    pub(super) fault: Vec<String>,
    /// Only these kinds of BMC, in turn; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) personality: Vec<Personality>,
    /// Write what really happened to each machine into a file when the lab ends
    #[arg(long, value_name = "FILE")]
    pub(super) counts: Option<PathBuf>,
}

impl Fleet {
    /// How many servers, where nobody says.
    pub(super) const USUAL: u16 = 24;
}

/// Runs as a stand-in, where that is asked for: its exit status is the tool's and none of ours.
pub(super) async fn stand_in(arguments: &Arguments) -> Option<ExitCode> {
    let Instead::StandIn { tool, arguments } = arguments.stand_in.as_ref()?;
    let status = stand_in::run(*tool, arguments).await;
    Some(u8::try_from(status).map_or(ExitCode::FAILURE, ExitCode::from))
}

pub(super) async fn run(arguments: Arguments) -> Result<Exit, Stop> {
    if arguments.while_held.is_some() {
        // Fails only where it leads a session already, which is all that is wanted.
        let _ = rustix::process::setsid();
    }
    let fleet = arguments.fleet;
    let options = Options {
        servers: fleet.servers.into(),
        seed: fleet.seed,
        speed: fleet.speed,
        latency: fleet.latency_ms,
        faults: fleet.fault,
        personalities: fleet.personality,
        base: arguments.base,
        port: arguments.port,
        images: arguments.images,
        image_size: arguments.image_kib * 1024,
        counts: fleet.counts,
        while_held: arguments.while_held,
        tools: arguments.tools,
        password_file: None,
        json: arguments.json,
    };
    lab::run(options, io::stdout()).await.map_err(|error| Stop::error(error.to_string()))?;
    Ok(Exit::Well)
}
