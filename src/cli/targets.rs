//! Targets on the command line.

use std::{collections::HashSet, path::Path};

use super::exit::Stop;
use crate::{
    config::{addresses, targets},
    domain::target::{HTTPS, Target},
};

/// The targets that `arguments` stand for, each once: addresses, ranges, CIDR and names at each of `ports`, and the
/// lines of targets files.
pub(super) fn of(arguments: &[String], ports: &[u16]) -> Result<Vec<Target>, Stop> {
    let ports = if ports.is_empty() { &[HTTPS] } else { ports };
    let mut found: Vec<Target> = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if path.extension().is_some_and(|kind| kind == "toml" || kind == "csv") {
            found.extend(targets::read(path).map_err(|mistakes| {
                Stop::usage(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            })?);
        } else {
            for port in ports {
                found.extend(addresses::expand(argument, *port).map_err(Stop::usage)?);
            }
        }
    }
    let mut seen = HashSet::new();
    found.retain(|target| seen.insert(target.endpoint.clone()));
    Ok(found)
}
