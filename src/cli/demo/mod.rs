//! `firmdeck demo`

mod headless;
mod home;
mod images;
mod lab;

use clap::Args;

use super::{
    Places,
    exit::{Exit, Stop},
    lab::Fleet,
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

pub(super) async fn run(arguments: Arguments, _: &Places) -> Result<Exit, Stop> {
    headless::run(&arguments).await
}
