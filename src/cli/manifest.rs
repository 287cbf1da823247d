//! `firmdeck manifest`

mod new;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    Places,
    exit::{Exit, Stop},
    output,
};
use crate::{
    api::wire::SCHEMA,
    config::manifests,
    domain::{
        bios::Profile,
        manifest::{Baseline, BaselineRule, Finding, Image, Machines, Manifest, Report, Severity, Wanted},
    },
};

/// Firmware manifests and BIOS profiles: lint, show, new
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Find every mistake in manifest files, with line and column
    #[command(
        after_help = "Examples:\n  firmdeck manifest lint\n  firmdeck manifest lint dell.toml hpe.toml --json\n\n\
                            Files are read together: a baseline may name images of another file. Exits with 2 if \
                            there is an error; warnings alone are no error."
    )]
    Lint {
        /// Files or directories [default: firmware-manifests and bios-profiles beside the configuration file]
        #[arg(value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show what the manifests say: all of it, one image, one baseline, or one BIOS profile
    #[command(after_help = "Examples:\n  firmdeck manifest show\n  firmdeck manifest show 2026-q3")]
    Show {
        /// The id of an image, or the name of a baseline or BIOS profile
        #[arg(value_name = "IMAGE|BASELINE")]
        what: Option<String>,
        /// Files or directories instead of the configured ones
        #[arg(long, value_name = "FILE|DIR")]
        from: Vec<PathBuf>,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    New(new::Arguments),
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    match arguments.verb {
        Verb::Lint { paths, json } => lint(places, paths, json),
        Verb::Show { what, from, json } => show(places, what.as_deref(), from, json),
        Verb::New(new) => new::run(new, places).await,
    }
}

/// The files that were named, or those of the configured directory.
fn read(places: &Places, paths: Vec<PathBuf>) -> Result<(Vec<String>, Report), Stop> {
    let paths = if paths.is_empty() {
        let config = places.read_config()?;
        let profiles = config.bios_profiles.filter(|path| path.is_dir());
        let mut configured = config.manifests.into_iter().collect::<Vec<_>>();
        if let Some(directory) = configured.iter().find(|path| !path.exists()) {
            let path = directory.display();
            return Err(Stop::usage(format!(
                "there is no directory {path}: make it, name files, or set `manifests` in the configuration"
            )));
        }
        configured.extend(profiles);
        configured
    } else {
        paths
    };
    let files = manifests::read(&paths)
        .map_err(|mistakes| Stop::usage(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    Ok((files.iter().map(|file| file.name.clone()).collect(), manifests::report(&files)))
}

#[derive(Serialize)]
struct LintDocument<'a> {
    schema: u32,
    files: &'a [String],
    errors: usize,
    warnings: usize,
    findings: Vec<FindingRow<'a>>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    severity: Severity,
    file: &'a str,
    line: usize,
    column: usize,
    field: &'a str,
    /// A fixed word for scripts.
    problem: String,
    what: String,
}

impl<'a> From<&'a Finding> for FindingRow<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity,
            file: &finding.file,
            line: finding.line,
            column: finding.column,
            field: &finding.field,
            problem: finding.problem.word(),
            what: finding.problem.to_string(),
        }
    }
}

fn lint(places: &Places, paths: Vec<PathBuf>, json: bool) -> Result<Exit, Stop> {
    let (files, report) = read(places, paths)?;
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = report.findings.len() - errors;
    if json {
        let findings = report.findings.iter().map(FindingRow::from).collect();
        output::json(&LintDocument { schema: SCHEMA, files: &files, errors, warnings, findings })?;
    } else {
        for finding in &report.findings {
            output::line(&output::safe(&finding.to_string()))?;
        }
        let Manifest { images, baselines, bios_profiles, .. } = &report.manifest;
        let profiles = match bios_profiles.len() {
            0 => String::new(),
            count => format!(", {count} BIOS profiles"),
        };
        output::complain(&format!(
            "{} files, {} images, {} baselines{profiles}: {errors} errors, {warnings} warnings",
            files.len(),
            images.len(),
            baselines.len()
        ));
    }
    Ok(if errors == 0 { Exit::Well } else { Exit::Usage })
}

#[derive(Serialize)]
struct ShowDocument<'a> {
    schema: u32,
    manifest: &'a Manifest,
}

fn show(places: &Places, what: Option<&str>, from: Vec<PathBuf>, json: bool) -> Result<Exit, Stop> {
    let (_, report) = read(places, from)?;
    let errors = report.has_errors();
    let manifest = match what {
        None => report.manifest,
        Some(what) => only(report.manifest, what)?,
    };
    if json {
        output::json(&ShowDocument { schema: SCHEMA, manifest: &manifest })?;
    } else if what.is_some() {
        manifest.images.iter().try_for_each(show_image)?;
        manifest.baselines.iter().try_for_each(show_baseline)?;
        manifest.bios_profiles.iter().try_for_each(show_profile)?;
    } else {
        show_all(&manifest)?;
    }
    if errors {
        output::complain("the manifests have errors, and nothing is planned from them: `firmdeck manifest lint`");
        return Ok(Exit::Usage);
    }
    Ok(Exit::Well)
}

/// The image or the baseline of that name, alone.
fn only(mut manifest: Manifest, what: &str) -> Result<Manifest, Stop> {
    let ids = manifest.images.iter().map(|image| image.id.as_str());
    let names = manifest.baselines.iter().map(|baseline| baseline.name.as_str());
    let profiles = manifest.bios_profiles.iter().map(|profile| profile.name.as_str());
    let nearest = crate::domain::words::nearest(what, ids.chain(names).chain(profiles)).map(str::to_owned);
    manifest.images.retain(|image| image.id == what);
    manifest.baselines.retain(|baseline| baseline.name == what);
    manifest.bios_profiles.retain(|profile| profile.name == what);
    manifest.order.clear();
    if manifest.images.is_empty() && manifest.baselines.is_empty() && manifest.bios_profiles.is_empty() {
        let hint = crate::domain::words::did_you_mean(nearest.as_deref());
        return Err(Stop::usage(format!("no image, baseline or BIOS profile is called `{what}`{hint}")));
    }
    Ok(manifest)
}

fn show_all(manifest: &Manifest) -> Result<(), Stop> {
    let rows: Vec<_> = manifest
        .images
        .iter()
        .map(|image| {
            vec![
                image.id.clone(),
                image.vendor.to_string(),
                image.kind.to_string(),
                image.version.clone(),
                image.min_from.clone().unwrap_or_else(|| "-".into()),
                image.sha256.to_string().chars().take(12).collect(),
                effects(image).join(" "),
            ]
        })
        .collect();
    output::table(&["IMAGE", "VENDOR", "KIND", "VERSION", "FROM", "SHA256", "EFFECT"], &rows)?;
    for baseline in &manifest.baselines {
        output::line("")?;
        show_baseline(baseline)?;
    }
    for profile in &manifest.bios_profiles {
        output::line("")?;
        show_profile(profile)?;
    }
    for (vendor, order) in &manifest.order {
        let kinds: Vec<&str> = order.iter().map(|kind| kind.word()).collect();
        output::line(&format!("\norder of {vendor}: {}", kinds.join(", ")))?;
    }
    Ok(())
}

/// What an image does to the machine, in words.
fn effects(image: &Image) -> Vec<&'static str> {
    let effects = [
        (image.host_off, "host-off"),
        (image.host_reset, "host-reset"),
        (image.bmc_reset, "bmc-reset"),
        (image.ac_cycle, "ac-cycle"),
    ];
    effects.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect()
}

fn show_image(image: &Image) -> Result<(), Stop> {
    let say = |what: &str, value: &str| output::line(&output::safe(&format!("  {what:<12} {value}")));
    output::line(&image.id)?;
    say("vendor", image.vendor.word())?;
    say("kind", image.kind.word())?;
    say("version", &image.version)?;
    say("file", &image.file)?;
    say("sha256", &image.sha256.to_string())?;
    say("size", &format!("{} bytes", image.size))?;
    say(
        "criticality",
        if image.criticality == crate::domain::manifest::Criticality::Critical { "critical" } else { "normal" },
    )?;
    if let Some(minutes) = image.minutes {
        say("takes", &format!("{minutes} minutes"))?;
    }
    say("effect", &effects(image).join(", "))?;
    if let Some(min_from) = &image.min_from {
        say("from", &format!("{min_from} and newer"))?;
    }
    for requirement in &image.requires {
        let names = if requirement.components.is_empty() {
            String::new()
        } else {
            format!(" ({})", requirement.components.join(", "))
        };
        say("requires", &format!("{}{names} at least {}", requirement.kind, requirement.at_least))?;
    }
    for rule in &image.matches {
        let lists = [
            ("models", &rule.machines.models),
            ("boards", &rule.machines.boards),
            ("generations", &rule.machines.generations),
        ];
        let more = [("software_ids", &rule.software_ids), ("components", &rule.components)];
        let words: Vec<String> = lists
            .into_iter()
            .chain(more)
            .filter(|(_, list)| !list.is_empty())
            .map(|(what, list)| format!("{what} {}", list.join(", ")))
            .collect();
        say("for", &format!("{}: {}", rule.machines.vendor, words.join("; ")))?;
    }
    if let Some(notes) = &image.notes {
        say("notes", notes)?;
    }
    Ok(())
}

fn show_baseline(baseline: &Baseline) -> Result<(), Stop> {
    output::line(&output::safe(&format!("baseline {}", baseline.name)))?;
    if let Some(notes) = &baseline.notes {
        output::line(&output::safe(&format!("  {notes}")))?;
    }
    for BaselineRule { machines, wanted } in &baseline.rules {
        output::line(&output::safe(&format!("  {} {}", machines.vendor, of_machines(machines))))?;
        for wanted in wanted {
            let words = match wanted {
                Wanted::Image { image } => image.clone(),
                Wanted::Version { kind, components, version } if components.is_empty() => format!("{kind} {version}"),
                Wanted::Version { kind, components, version } => {
                    format!("{kind} ({}) {version}", components.join(", "))
                }
            };
            output::line(&output::safe(&format!("    {words}")))?;
        }
    }
    Ok(())
}

fn of_machines(machines: &Machines) -> String {
    let named = [&machines.models, &machines.boards, &machines.generations];
    let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
    if named.is_empty() { "all".to_owned() } else { named.join(", ") }
}

fn show_profile(profile: &Profile) -> Result<(), Stop> {
    let say = |words: &str| output::line(&output::safe(words));
    say(&format!("BIOS profile {}", profile.name))?;
    if let Some(notes) = &profile.notes {
        say(&format!("  {notes}"))?;
    }
    for rule in &profile.rules {
        say(&format!("  {} {}", rule.machines.vendor, of_machines(&rule.machines)))?;
        for (name, value) in &rule.attributes {
            let optional = if rule.optional.contains(name) { " (optional)" } else { "" };
            say(&format!("    {name} = {value}{optional}"))?;
        }
        let preserve: Vec<&str> = profile.preserve.iter().chain(&rule.preserve).map(String::as_str).collect();
        if !preserve.is_empty() {
            say(&format!("    preserved: {}", preserve.join(", ")))?;
        }
    }
    Ok(())
}
