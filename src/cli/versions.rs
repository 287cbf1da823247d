//! `firmdeck versions`

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::wire::SCHEMA,
    domain::version::{self, Family, Hint},
};

/// Compare firmware version strings
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say whether version A is less, equal or greater than B, or incomparable, and why
    #[command(after_help = "Example:\n  firmdeck versions compare --family hex 96.00.61.00.01 96.00.A6.00.01\n  \
                            firmdeck versions compare --vendor HPE --kind bmc 'iLO 5 v2.72' '2.78 Nov 07 2022'\n\n\
                            Families: dot sfx hex rom ilo len nv mlx bld rev opaque. Without one it follows from \
                            vendor, kind and the strings; where they leave it open the answer is incomparable.")]
    Compare {
        /// The family both are of
        #[arg(long, conflicts_with_all = ["vendor", "kind", "name"])]
        family: Option<Family>,
        /// The maker of the component's server
        #[arg(long)]
        vendor: Option<String>,
        /// The kind of the component: bios bmc cpld nic storage drive psu gpu tpm other
        #[arg(long)]
        kind: Option<crate::domain::kind::Kind>,
        /// The component's name, as the BMC writes it
        #[arg(long)]
        name: Option<String>,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
        /// A version as read
        #[arg(allow_hyphen_values = true)]
        a: String,
        /// Another
        #[arg(allow_hyphen_values = true)]
        b: String,
    },
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    a: &'a str,
    b: &'a str,
    order: String,
    why: String,
    family: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let Verb::Compare { family, vendor, kind, name, json, a, b } = &arguments.verb;
    let compared = match family {
        Some(family) => version::compare(*family, a, b),
        None => {
            let hint = Hint { vendor: vendor.as_deref(), kind: kind.map(|kind| kind.word()), name: name.as_deref() };
            version::compare_as_read(hint, a, b)
        }
    };
    if *json {
        output::json(&Document {
            schema: SCHEMA,
            a,
            b,
            order: compared.order.to_string(),
            why: compared.why.to_string(),
            family: compared.family.map(|family| family.to_string()),
        })?;
    } else {
        output::line(&output::safe(&format!("{}: {}", compared.order, compared.why)))?;
    }
    Ok(Exit::Well)
}
