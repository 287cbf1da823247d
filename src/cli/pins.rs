//! `firmdeck pins`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    bmc::tls::{Fingerprint, Level},
    config::addresses,
    domain::{
        failure::Weight,
        target::{Endpoint, HTTPS},
    },
};

/// Certificates of BMCs: list, accept, import, forget
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the pinned certificates and the TLS level each BMC needs
    #[command(after_help = "Example:\n  firmdeck pins list --json")]
    List {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Pin the certificate that a BMC shows now; sends it no credential
    #[command(after_help = "Example:\n  firmdeck pins accept 10.0.0.5\n  firmdeck pins accept --level legacy 10.0.0.9")]
    Accept {
        /// The BMC's address, or a range or CIDR
        address: String,
        /// The port, where the address names none
        #[arg(long, default_value_t = HTTPS)]
        port: u16,
        /// The lowest TLS level to allow for it: strict, compat or legacy
        #[arg(long)]
        level: Option<Level>,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take pins over from a file of lines `ADDRESS FINGERPRINT` (SHA-256 of the certificate)
    #[command(after_help = "Example:\n  firmdeck pins import pins.txt\n\nA line: 10.0.0.5:443 sha256:9f86d0...")]
    Import {
        /// The file
        file: PathBuf,
        /// The port, where a line names none
        #[arg(long, default_value_t = HTTPS)]
        port: u16,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Forget what is remembered of a BMC: its pin, or that it refused a credential
    #[command(after_help = "Example:\n  firmdeck pins forget 10.0.0.5\n  firmdeck pins forget --refusal 10.0.0.5")]
    Forget {
        /// The BMC's address
        address: String,
        /// The port, where the address names none
        #[arg(long, default_value_t = HTTPS)]
        port: u16,
        /// Forget the refused credential instead of the pin
        #[arg(long)]
        refusal: bool,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    match arguments.verb {
        Verb::List { json } => list(places, json).await,
        Verb::Accept { address, port, level, json } => accept(places, endpoints(&address, port)?, level, json).await,
        Verb::Import { file, port, json } => import(places, &file, port, json).await,
        Verb::Forget { address, port, refusal, json } => {
            forget(places, endpoints(&address, port)?, refusal, json).await
        }
    }
}

fn endpoints(text: &str, port: u16) -> Result<Vec<Endpoint>, Stop> {
    let targets = addresses::expand(text, port).map_err(Stop::usage)?;
    Ok(targets.into_iter().map(|target| target.endpoint).collect())
}

async fn list(places: &Places, json: bool) -> Result<Exit, Stop> {
    let document = places.client().await?.pins().await?;
    if json {
        output::json(&document)?;
        return Ok(Exit::Well);
    }
    let rows: Vec<_> = document
        .pins
        .iter()
        .map(|pin| {
            let endpoint = Endpoint { host: pin.address.clone(), port: pin.port };
            vec![
                endpoint.to_string(),
                pin.level.clone().unwrap_or_else(|| "?".into()),
                pin.origin.clone(),
                pin.since.clone(),
                pin.fingerprint.clone().unwrap_or_else(|| "-".into()),
            ]
        })
        .collect();
    output::table(&["BMC", "TLS", "ORIGIN", "SINCE", "CERTIFICATE"], &rows)?;
    Ok(Exit::Well)
}

async fn accept(places: &Places, endpoints: Vec<Endpoint>, level: Option<Level>, json: bool) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let mut exit = Exit::Well;
    for endpoint in endpoints {
        let name = endpoint.to_string();
        match client.accept_pin(endpoint, level).await? {
            Ok(accepted) if json => output::json(&serde_json::json!({
                "schema": crate::api::wire::SCHEMA,
                "bmc": name,
                "before": accepted.before,
                "fingerprint": accepted.fingerprint,
                "level": accepted.level,
            }))?,
            Ok(accepted) => {
                let before = match accepted.before {
                    Some(before) if before == accepted.fingerprint => " (unchanged)".into(),
                    Some(before) => format!(" (was {before})"),
                    None => String::new(),
                };
                output::line(&format!("{name}: pinned {}{before}, TLS {}", accepted.fingerprint, accepted.level))?;
            }
            Err(failure) => {
                output::failure(&name, &failure);
                exit = match (exit, failure.weight) {
                    (Exit::Well | Exit::Blocked, Weight::Blocked) => Exit::Blocked,
                    _ => Exit::SomeFailed,
                };
            }
        }
    }
    Ok(exit)
}

async fn import(places: &Places, file: &PathBuf, port: u16, json: bool) -> Result<Exit, Stop> {
    let text = std::fs::read_to_string(file).map_err(|error| Stop::usage(format!("{}: {error}", file.display())))?;
    let mut pins = Vec::new();
    let mut mistakes = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match pin_of(line, port) {
            Ok(pin) => pins.push(pin),
            Err(what) => mistakes.push(format!("{}:{}: {what}", file.display(), index + 1)),
        }
    }
    if !mistakes.is_empty() {
        mistakes.push("nothing was imported".into());
        return Err(Stop::usage(mistakes.join("\n")));
    }
    let count = pins.len();
    places.client().await?.import_pins(pins).await?;
    if json {
        output::json(&serde_json::json!({ "schema": crate::api::wire::SCHEMA, "imported": count }))?;
    } else {
        output::line(&format!("{count} pins imported"))?;
    }
    Ok(Exit::Well)
}

fn pin_of(line: &str, port: u16) -> Result<(Endpoint, Fingerprint), String> {
    let (address, fingerprint) = line.split_once(char::is_whitespace).ok_or("a line is `ADDRESS FINGERPRINT`")?;
    match addresses::expand(address, port)?.as_slice() {
        [target] => Ok((target.endpoint.clone(), fingerprint.parse()?)),
        _ => Err(format!("`{address}` stands for several addresses")),
    }
}

async fn forget(places: &Places, endpoints: Vec<Endpoint>, refusal: bool, json: bool) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let mut count = 0;
    for endpoint in endpoints {
        let there_was =
            if refusal { client.forget_refusal(endpoint).await? } else { client.forget_pin(endpoint).await? };
        count += usize::from(there_was);
    }
    let what = if refusal { "refused credentials" } else { "pins" };
    if json {
        output::json(&serde_json::json!({ "schema": crate::api::wire::SCHEMA, "forgotten": count }))?;
    } else {
        output::line(&format!("{count} {what} forgotten"))?;
    }
    Ok(Exit::Well)
}
