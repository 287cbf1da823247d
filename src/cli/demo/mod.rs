//! `firmdeck demo`

mod background;
mod headless;
mod home;
mod images;
mod lab;
mod tools;

use clap::Args;

use super::{
    Places,
    exit::{Exit, Stop},
    lab::Fleet,
    output, screen,
};
use crate::tui::Diagnostics;
use home::Home;

/// Try firmdeck on a fleet of emulated servers: see them, and bring their firmware up to date
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  firmdeck demo\n  firmdeck demo --servers 200 --speed 60 --fault flash-does-not-take@3\n  \
                        firmdeck demo --stop\n  firmdeck demo --headless --servers 24 --seed 7 --json\n\n\
                        The servers are emulated, behind real sockets on 127.42.0.0/16. The demo goes on when its screen is \
                        left, and another `firmdeck demo` comes back to it; it ends by --stop, or by itself when nothing runs and \
                        nobody has looked for five minutes. With --headless it ends with the command and keeps nothing."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    fleet: Fleet,
    /// Without the screen: print what is found and what came of the update
    #[arg(long)]
    headless: bool,
    /// With --headless: only find the servers
    #[arg(long, requires = "headless")]
    no_run: bool,
    /// With --headless: print the inventory document as the first line, and the run's as the last
    #[arg(long, requires = "headless")]
    json: bool,
    /// End the demo that goes on
    #[arg(long, conflicts_with = "headless")]
    stop: bool,
}

impl Arguments {
    /// True where it will open the screen.
    pub(super) const fn has_screen(&self) -> bool {
        !self.headless && !self.stop
    }
}

pub(super) async fn run(arguments: Arguments, places: &Places, diagnostics: Diagnostics) -> Result<Exit, Stop> {
    if arguments.headless {
        return headless::run(&arguments).await;
    }
    let home = Home::at(&places.state_dir.join("demo"));
    if arguments.stop {
        let was = background::stop(&home).await?;
        output::line(if was { "the demo ends" } else { "no demo goes on" })?;
        return Ok(Exit::Well);
    }
    screen::possible()?;
    let of_demo = background::attach(&home, &arguments.fleet).await?;
    let of_demo = Places { slow: places.slow, ..of_demo };
    screen::open(&of_demo, places, diagnostics, Some("firmdeck demo"), None).await
}
