//! The command line: definitions, and one file a verb.

mod audit;
mod completions;
mod demo;
mod diagnosis;
mod discover;
mod doctor;
mod exit;
mod images;
mod inventory;
mod lab;
mod logind;
mod look;
mod man;
mod manifest;
mod output;
mod pins;
mod plain;
mod plan;
mod prompt;
mod reading;
mod repair;
mod run;
mod runs;
mod screen;
mod serve;
mod servers;
mod targets;
mod vault;
mod versions;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use directories::ProjectDirs;

pub use exit::Exit;
use exit::Stop;

use crate::{
    api::client::{self, Client, Starting},
    config::{Config, credentials::Environment},
};

/// Firmware-first workflows on many servers, through their BMCs. Without a command: the screen.
#[derive(Debug, Parser)]
#[command(name = "firmdeck", version, max_term_width = 100)]
struct Arguments {
    /// Where database, logs and images are kept
    #[arg(long, global = true, env = "FIRMDECK_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// The configuration file [default: firmdeck.toml in the configuration directory]
    #[arg(long, global = true, env = "FIRMDECK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// How many times faster than real time devices are waited for. For the lab alone: any other BMC is then refused
    #[arg(long, global = true, env = "FIRMDECK_LAB_SPEED", value_name = "X", default_value_t = 1.0)]
    lab_speed: f64,

    /// Take the terminal's line to be slow (9600 baud): small writes, with keys in between. On serial ports by itself
    #[arg(long, global = true)]
    slow: bool,

    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Arguments),
    Discover(discover::Arguments),
    Inventory(inventory::Arguments),
    Versions(versions::Arguments),
    Pins(pins::Arguments),
    Images(images::Arguments),
    Manifest(manifest::Arguments),
    Plan(plan::Arguments),
    Run(run::Arguments),
    Runs(runs::Arguments),
    Look(look::Arguments),
    Repair(repair::Arguments),
    Vault(vault::Arguments),
    Serve(serve::Arguments),
    Audit(audit::Arguments),
    Doctor(doctor::Arguments),
    Lab(lab::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Where firmdeck's own files are.
#[derive(Debug, Clone)]
struct Places {
    state_dir: PathBuf,
    config: PathBuf,
    /// True where the operator named the file, which must then exist.
    config_named: bool,
    /// How many times faster than real time devices are waited for.
    speed: f64,
    /// Where BMCs are locked for the whole machine, if not in the usual place.
    locks: Option<PathBuf>,
    /// True where the operator says that the terminal's line is slow.
    slow: bool,
}

impl Places {
    fn of(arguments: &Arguments) -> Result<Self, Stop> {
        let own = || {
            ProjectDirs::from("", "", "firmdeck")
                .ok_or_else(|| Stop::error("no home directory is known: give --state-dir and --config"))
        };
        let state_dir = match &arguments.state_dir {
            Some(path) => path.clone(),
            None => {
                let own = own()?;
                own.state_dir().unwrap_or_else(|| own.data_local_dir()).to_path_buf()
            }
        };
        let config = match &arguments.config {
            Some(path) => path.clone(),
            None => own()?.config_dir().join("firmdeck.toml"),
        };
        // The engine works elsewhere than the shell that started it.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let (state_dir, config) = (absolute(state_dir), absolute(config));
        let locks = std::env::var_os("FIRMDECK_LOCK_DIR").map(PathBuf::from);
        Ok(Self {
            state_dir,
            config,
            config_named: arguments.config.is_some(),
            speed: arguments.lab_speed,
            locks,
            slow: arguments.slow,
        })
    }

    /// Where an operator's keymap and themes are.
    fn config_directory(&self) -> PathBuf {
        self.config.parent().map(PathBuf::from).unwrap_or_default()
    }

    fn read_config(&self) -> Result<Config, Stop> {
        Config::load(&self.config, self.config_named).map_err(|mistake| Stop::usage(mistake.to_string()))
    }

    /// The variables of this process's environment that credentials come from.
    fn environment(&self) -> Result<Environment, Stop> {
        Ok(Environment::of_process(&self.read_config()?.credentials))
    }

    fn starting(&self) -> Starting {
        Starting {
            state_dir: self.state_dir.clone(),
            config: self.config.clone(),
            config_named: self.config_named,
            speed: self.speed,
            locks: self.locks.clone(),
        }
    }

    /// The engine of the state directory, started where none runs.
    async fn client(&self) -> Result<Client, Stop> {
        Ok(client::attach(&self.starting()).await?)
    }

    /// The same for what speaks to BMCs: a vault that is locked is asked for at the terminal.
    async fn client_with_passwords(&self) -> Result<Client, Stop> {
        let client = self.client().await?;
        vault::unlock(&client).await?;
        Ok(client)
    }
}

/// Runs the command line to its end.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Verb::Lab(verb)) = &arguments.verb
        && let Some(code) = lab::stand_in(verb).await
    {
        return code;
    }
    let for_screen = match &arguments.verb {
        None => true,
        Some(Verb::Demo(demo)) => demo.has_screen(),
        Some(Verb::Runs(runs)) => runs.has_screen(),
        Some(_) => false,
    };
    let diagnostics = screen::keep_diagnostics(for_screen);
    let outcome = match Places::of(&arguments) {
        Ok(places) => match arguments.verb {
            None => match screen::possible() {
                Ok(()) => screen::open(&places, &places, diagnostics, None, None).await,
                Err(stop) => Err(stop),
            },
            Some(Verb::Demo(verb)) => demo::run(verb, &places, diagnostics).await,
            Some(Verb::Discover(verb)) => discover::run(verb, &places).await,
            Some(Verb::Lab(verb)) => lab::run(verb).await,
            Some(Verb::Inventory(verb)) => inventory::run(verb, &places).await,
            Some(Verb::Versions(verb)) => versions::run(&verb),
            Some(Verb::Pins(verb)) => pins::run(verb, &places).await,
            Some(Verb::Images(verb)) => images::run(verb, &places).await,
            Some(Verb::Manifest(verb)) => manifest::run(verb, &places).await,
            Some(Verb::Plan(verb)) => plan::run(verb, &places).await,
            Some(Verb::Run(verb)) => run::run(verb, &places).await,
            Some(Verb::Runs(verb)) => runs::run(verb, &places, for_screen.then_some(diagnostics)).await,
            Some(Verb::Look(verb)) => look::run(verb, &places).await,
            Some(Verb::Repair(verb)) => repair::run(verb, &places).await,
            Some(Verb::Vault(verb)) => vault::run(verb, &places).await,
            Some(Verb::Serve(verb)) => serve::run(verb, &places).await,
            Some(Verb::Audit(verb)) => audit::run(verb, &places).await,
            Some(Verb::Doctor(verb)) => doctor::run(&verb, &places).await,
            Some(Verb::Completions(verb)) => completions::run(&verb),
            Some(Verb::Man(verb)) => man::run(&verb),
        },
        Err(stop) => Err(stop),
    };
    outcome.unwrap_or_else(Stop::report).into()
}
