//! `firmdeck serve`

use std::{io::Write as _, time::Duration};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::{
        client::Client,
        error::Class,
        requests::FirstWord,
        server::{Hosted, Hosting, NotBegun},
    },
    clock::Clock,
    config::credentials::Environment,
};

/// Run the engine of the state directory in the foreground
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck serve\n  firmdeck serve --stop\n\n\
                        Every other command starts an engine by itself where none runs, detached from the terminal; that \
                        one ends when nothing runs and nobody has asked anything for five minutes. Under a service manager, \
                        `firmdeck serve` stays, and goes on with what was under way when it was ended.")]
pub(super) struct Arguments {
    /// End the engine of the state directory; refused while it carries a run
    #[arg(long)]
    stop: bool,
    /// With --stop: also while it carries a run, with which the next engine goes on
    #[arg(long, requires = "stop")]
    force: bool,
    /// In a session of its own, for the client that started it
    #[arg(long, hide = true)]
    detached: bool,
}

/// A detached engine that nobody needs ends after so long.
const IDLE_EXIT: Duration = Duration::from_secs(300);
/// How often, and at which intervals, it is looked whether an engine that was told to end still answers.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    if arguments.stop {
        return stop(places, arguments.force).await;
    }
    if arguments.detached {
        // Fails only where it leads a session already, which is all that is wanted.
        let _ = rustix::process::setsid();
    }
    let hosting = Hosting {
        state_dir: places.state_dir.clone(),
        locks: places.locks.clone(),
        config: places.config.clone(),
        config_named: places.config_named,
        environment: if arguments.detached { Environment::default() } else { places.environment()? },
        for_client: arguments.detached,
        clock: Clock::scaled(places.speed),
        idle_exit: arguments.detached.then_some(IDLE_EXIT),
    };
    let hosted = match Hosted::begin(hosting).await {
        Ok(hosted) => hosted,
        Err(error) if arguments.detached => {
            let word = match error {
                NotBegun::Taken(_) => FirstWord::Taken,
                NotBegun::Failed(error) => FirstWord::Failed(error),
            };
            say(&word)?;
            return Ok(Exit::Error);
        }
        Err(NotBegun::Taken(process)) => {
            return Err(Stop::blocked(format!(
                "another engine (process {process}) has {}: `firmdeck serve --stop` ends it",
                places.state_dir.display()
            )));
        }
        Err(NotBegun::Failed(error)) => return Err(error.into()),
    };
    let end = hosted.end();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A closed terminal ends no work.
    let mut hangup = signal(SignalKind::hangup())?;
    if arguments.detached {
        say(&FirstWord::Ready)?;
    } else {
        output::complain(&format!("the engine of {} listens; Ctrl-C ends it", places.state_dir.display()));
    }
    let serving = hosted.serve();
    tokio::pin!(serving);
    loop {
        tokio::select! {
            outcome = &mut serving => {
                outcome?;
                return Ok(Exit::Well);
            }
            _ = terminate.recv() => end.cancel(),
            _ = interrupt.recv() => end.cancel(),
            _ = hangup.recv() => {}
        }
    }
}

/// One line for whoever started it; then the output is not used any more.
fn say(word: &FirstWord) -> Result<(), Stop> {
    let line = serde_json::to_string(word).map_err(|error| Stop::error(error.to_string()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush())?;
    Ok(())
}

async fn stop(places: &Places, force: bool) -> Result<Exit, Stop> {
    let client = Client::of(&places.state_dir);
    match client.shutdown(force).await {
        Ok(()) => {
            // Who asks next is to find none, or another.
            let clock = Clock::system();
            for _ in 0..LOOKS {
                if client.hello().await.is_err() {
                    break;
                }
                clock.pause(LOOK).await;
            }
            output::line("the engine ends")?;
        }
        Err(error) if error.class == Class::Away => output::line("no engine runs")?,
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Well)
}
