//! The lab as a process of its own: prints where its BMCs are, then serves until it is told to end.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    net::Ipv4Addr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Builder, Lab, LabError, Latency, fault, model::Counts, personality::Personality, release, stand_in, stock,
};
use crate::{clock::Clock, open_files};

/// What `firmdeck lab` is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many servers.
    pub servers: usize,
    /// Seed of inventory, keys and faults.
    pub seed: u64,
    /// How many times faster than the wall clock devices work.
    pub speed: f64,
    /// How long answers take.
    pub latency: Latency,
    /// Faults: `NAME[@SERVER]` or a file of rules.
    pub faults: Vec<String>,
    /// Personalities that are dealt out in turn; all when there are none.
    pub personalities: Vec<Personality>,
    /// The first BMC's address.
    pub base: Ipv4Addr,
    /// The port of all BMCs.
    pub port: u16,
    /// Prints JSON lines instead of text.
    pub json: bool,
    /// A directory that gets the images for this fleet and an index of them (`images.json`).
    pub images: Option<PathBuf>,
    /// The size of these images in bytes.
    pub image_size: u64,
    /// A file that gets, when the lab ends, what really happened to each machine.
    pub counts: Option<PathBuf>,
    /// Ends by itself once nobody holds the lock on this file any more.
    pub while_held: Option<PathBuf>,
    /// A directory that gets programs that stand in for vendors' tools (`racadm`, `sum`).
    pub tools: Option<PathBuf>,
    /// Where the password is written (0600); a file in a private temporary directory when there is none.
    pub password_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            servers: 24,
            seed: 1,
            speed: 1.0,
            latency: Latency::None,
            faults: Vec::new(),
            personalities: Vec::new(),
            base: Ipv4Addr::new(127, 42, 0, 1),
            port: 8443,
            json: true,
            images: None,
            image_size: release::IMAGE_SIZE,
            counts: None,
            while_held: None,
            tools: None,
            password_file: None,
        }
    }
}

impl Options {
    /// The lab that is asked for.
    ///
    /// # Errors
    /// When a fault is not known or cannot be read.
    pub fn builder(&self) -> Result<Builder, LabError> {
        let mut rules = Vec::new();
        for word in &self.faults {
            rules.extend(fault::load(word)?);
        }
        let mut builder = Lab::builder();
        if !self.personalities.is_empty() {
            builder = builder.personalities(self.personalities.clone());
        }
        Ok(builder
            .servers(self.servers)
            .seed(self.seed)
            .speed(self.speed)
            .latency(self.latency)
            .listen(self.base, self.port)
            .lived_in()
            .faults(rules))
    }
}

/// One line of `firmdeck lab --json`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    address: String,
    /// HTTPS; absent where there is none.
    port: Option<u16>,
    /// IPMI (UDP); absent where it is switched off.
    ipmi: Option<u16>,
    vendor: &'a str,
    personality: &'a str,
    model: String,
    serial: String,
    username: &'a str,
    password_file: &'a Path,
}

/// One machine of the file of counts.
#[derive(Debug, Serialize)]
struct Happened {
    address: String,
    serial: String,
    #[serde(flatten)]
    counts: Counts,
}

/// Runs a lab: prints one JSON line a BMC, then serves until SIGTERM or SIGINT. The password is in a file that only its
/// owner can read, and the file goes when the lab does.
///
/// # Errors
/// When it cannot start, or cannot write its lines or its password.
pub async fn run(options: Options, mut out: impl Write) -> Result<(), LabError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| written("its signals", error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| written("its signals", error))?;
    // Each BMC listens: a thousand nearly fill the usual limit. Where it stays too low, listening says so.
    let _ = open_files::raise();
    let lab = options.builder()?.start().await?;
    if let Some(directory) = &options.images {
        let machines: Vec<_> = lab.bmcs().map(super::bmc::Bmc::machine).collect();
        stock::write(directory, &release(&machines, options.seed), options.image_size)
            .map_err(|error| written(&directory.display().to_string(), error))?;
        stock::write_signed(directory, &release::signed_apart(&machines, options.seed), options.image_size)
            .map_err(|error| written(&directory.display().to_string(), error))?;
    }
    if let Some(directory) = &options.tools {
        let wrote = std::env::current_exe().and_then(|firmdeck| stand_in::write(directory, &firmdeck));
        wrote.map_err(|error| written(&directory.display().to_string(), error))?;
    }
    let secret = PasswordFile::write(options.password_file.as_deref(), lab.password())?;
    for bmc in lab.bmcs() {
        let machine = bmc.machine();
        let identity = machine.identity;
        let line = Line {
            address: bmc.address().ip().to_string(),
            port: identity.personality.has_https().then_some(bmc.address().port()),
            ipmi: machine.ipmi.then_some(bmc.address().port()),
            vendor: identity.personality.vendor(),
            personality: identity.personality.name(),
            model: identity.model,
            serial: identity.serial,
            username: bmc.user(),
            password_file: &secret.path,
        };
        let text = if options.json {
            serde_json::to_string(&line).map_err(|error| written("its lines", error.into()))?
        } else {
            let Line { address, port, ipmi, vendor, model, serial, username, password_file, .. } = line;
            let secret = password_file.display();
            let ways =
                [port.map(|port| format!("{address}:{port}")), ipmi.map(|port| format!("IPMI {address}:{port}"))];
            let ways: Vec<_> = ways.into_iter().flatten().collect();
            let ways = ways.join(", ");
            format!("{ways}  {vendor} {model}  {serial}  user {username}, password in {secret}")
        };
        writeln!(out, "{text}").map_err(|error| written("its lines", error))?;
    }
    out.flush().map_err(|error| written("its lines", error))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = let_go(options.while_held.as_deref()) => {}
    }
    if let Some(path) = &options.counts {
        let happened = lab.bmcs().map(|bmc| {
            let machine = bmc.machine();
            Happened { address: bmc.address().to_string(), serial: machine.identity.serial, counts: machine.counts }
        });
        let text = serde_json::to_vec_pretty(&happened.collect::<Vec<_>>());
        let wrote = text.map_err(io::Error::from).and_then(|text| fs::write(path, text));
        wrote.map_err(|error| written(&path.display().to_string(), error))?;
    }
    lab.stop().await;
    Ok(())
}

/// How often it is looked whether somebody still holds the lock, and for how many looks nobody must: an engine that
/// was killed has its successor in that time.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 30;

/// Waits until nobody holds the lock on `path`; for ever, where there is none to look at.
async fn let_go(path: Option<&Path>) {
    let Some(path) = path else { return std::future::pending().await };
    let clock = Clock::system();
    let mut free = 0;
    while free < LOOKS {
        clock.pause(LOOK).await;
        // Our own look is over with the handle; who asks for the lock waits no longer than that.
        let held = fs::File::open(path).is_ok_and(|file| file.try_lock_shared().is_err());
        free = if held { 0 } else { free + 1 };
    }
}

fn written(what: &str, error: io::Error) -> LabError {
    LabError::Write { what: what.to_owned(), error }
}

/// The password's file; removed with this value.
struct PasswordFile {
    path: PathBuf,
    directory: Option<PathBuf>,
}

impl PasswordFile {
    fn write(path: Option<&Path>, password: &str) -> Result<Self, LabError> {
        let file = match path {
            Some(path) => Self { path: path.to_owned(), directory: None },
            None => {
                let directory = std::env::temp_dir().join(format!("firmdeck-lab-{}", std::process::id()));
                let made = fs::DirBuilder::new().mode(0o700).create(&directory);
                made.map_err(|error| written(&directory.display().to_string(), error))?;
                Self { path: directory.join("password"), directory: Some(directory) }
            }
        };
        let mut options = OpenOptions::new();
        // A file that is there already may be another's, or open to others: only a new one is ours.
        let opened = options.write(true).create_new(true).mode(0o600).open(&file.path);
        let wrote = opened.and_then(|mut handle| writeln!(handle, "{password}"));
        wrote.map_err(|error| written(&file.path.display().to_string(), error))?;
        Ok(file)
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        // Best effort: a file that stays behind opens nothing once the lab is gone.
        let _ = fs::remove_file(&self.path);
        if let Some(directory) = &self.directory {
            let _ = fs::remove_dir(directory);
        }
    }
}
