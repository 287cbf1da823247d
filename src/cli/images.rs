//! `firmdeck images`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    Places,
    exit::{Exit, Stop},
    output::{self, ProgressLine},
};
use crate::{
    api::{
        error::{ApiError, Class},
        wire::{ByteProgress, ManifestCheck},
    },
    domain::inspected::{Inspected, Said},
};

/// Firmware images: add, list, verify, inspect
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Copy files into the repository, hashing them on the way
    #[command(after_help = "Example:\n  firmdeck images add BIOS_7YNRC_WN64_1.13.2.EXE ilo5_305.fwpkg\n\n\
                            A file that no BMC takes (a script, a bundle, a web page) is refused.")]
    Add {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print a JSON document for each file
        #[arg(long)]
        json: bool,
    },
    /// List the images of the repository
    #[command(after_help = "Example:\n  firmdeck images list --json")]
    List {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Hash images again; broken ones are moved to the quarantine
    #[command(after_help = "Examples:\n  firmdeck images verify\n  firmdeck images verify --quick 4f1c0d6b\n\n\
                            Exits with 1 if an image is broken.")]
    Verify {
        /// Names, or digests from their beginning; without any, all images
        #[arg(value_name = "IMAGE")]
        images: Vec<String>,
        /// Take a file that looks as it did (inode, size, times) to be intact
        #[arg(long)]
        quick: bool,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Say what a file, or an image of the repository, says of itself
    #[command(
        after_help = "Examples:\n  firmdeck images inspect ilo5_305.fwpkg\n  firmdeck images inspect 4f1c0d6b --json"
    )]
    Inspect {
        /// A file, a name in the repository, or a digest from its beginning
        #[arg(value_name = "FILE|IMAGE")]
        image: String,
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    match arguments.verb {
        Verb::Add { files, json } => add(places, files, json).await,
        Verb::List { json } => list(places, json).await,
        Verb::Verify { images, quick, json } => verify(places, images, quick, json).await,
        Verb::Inspect { image, json } => inspect(places, image, json).await,
    }
}

/// Shows on `line` how far the work on `what` is.
pub(super) fn watched<'a>(line: &'a mut ProgressLine, what: &'a str) -> impl FnMut(ByteProgress) + 'a {
    move |at| line.show(&format!("{what}: {} of {}", bytes(at.done), bytes(at.total)))
}

/// A length as people read it.
fn bytes(count: u64) -> String {
    const MIB: u64 = 1 << 20;
    match count {
        0..MIB => format!("{count} B"),
        _ => format!("{}.{} MiB", count / MIB, count % MIB * 10 / MIB),
    }
}

async fn add(places: &Places, files: Vec<PathBuf>, json: bool) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let mut failed: Option<ApiError> = None;
    for file in files {
        let name = file.display().to_string();
        // The engine works elsewhere than the shell that named the file.
        let path = std::path::absolute(&file).unwrap_or(file);
        let mut line = ProgressLine::new();
        let outcome = client.add_image(path, watched(&mut line, &name)).await;
        line.clear();
        match outcome {
            Ok(added) if json => output::json(&added)?,
            Ok(added) => {
                let image = &added.image;
                let word = if added.new { "added" } else { "known" };
                output::line(&output::safe(&format!("{word} {} {} {}", image.sha256, image.name, bytes(image.size))))?;
                if let Some(inspected) = &image.inspected {
                    describe(inspected)?;
                }
                if added.manifest.is_empty() {
                    output::line("  manifest   none names it: `firmdeck manifest new --from FILE`")?;
                }
                show_checks(&added.manifest)?;
            }
            Err(failure) => {
                output::complain(&format!("error: {}", output::safe(&failure.message)));
                failed = Some(failure);
            }
        }
    }
    Ok(match failed {
        None => Exit::Well,
        Some(failure) if failure.class == Class::Usage => Exit::Usage,
        Some(_) => Exit::Error,
    })
}

async fn list(places: &Places, json: bool) -> Result<Exit, Stop> {
    let document = places.client().await?.images().await?;
    if json {
        output::json(&document)?;
        return Ok(Exit::Well);
    }
    if document.images.is_empty() {
        output::complain("the repository holds no image yet: `firmdeck images add FILE`");
        return Ok(Exit::Well);
    }
    let known = |value: Option<String>| value.unwrap_or_else(|| "?".into());
    let rows: Vec<_> = document
        .images
        .iter()
        .map(|image| {
            let inspected = image.inspected.as_ref();
            vec![
                image.sha256.chars().take(12).collect(),
                image.name.clone(),
                bytes(image.size),
                known(inspected.map(|inspected| inspected.format.to_string())),
                known(inspected.and_then(|inspected| inspected.kind).map(|kind| kind.to_string())),
                known(inspected.and_then(|inspected| inspected.version.clone())),
                if image.manifest.is_empty() { "-".into() } else { image.manifest.join(" ") },
            ]
        })
        .collect();
    output::table(&["SHA256", "NAME", "SIZE", "FORMAT", "KIND", "VERSION", "MANIFEST"], &rows)?;
    Ok(Exit::Well)
}

async fn verify(places: &Places, images: Vec<String>, quick: bool, json: bool) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let mut line = ProgressLine::new();
    let outcome = client.verify_images(images, quick, watched(&mut line, "verifying")).await;
    line.clear();
    let document = outcome?;
    let broken = document.images.iter().filter(|row| row.why.is_some()).count();
    if json {
        output::json(&document)?;
    } else {
        for row in &document.images {
            let what = match (&row.why, &row.moved_to) {
                (Some(why), Some(at)) => format!("broken: {why}; moved to {at}"),
                _ if row.hashed => "intact".into(),
                _ => "intact, looks as it did".into(),
            };
            output::line(&output::safe(&format!("{:.12} {}: {what}", row.sha256, row.name)))?;
        }
        output::complain(&format!("{} looked at, {broken} broken", document.images.len()));
    }
    Ok(if broken == 0 { Exit::Well } else { Exit::Error })
}

async fn inspect(places: &Places, image: String, json: bool) -> Result<Exit, Stop> {
    let client = places.client().await?;
    let mut line = ProgressLine::new();
    let outcome = client.inspect_image(image.clone(), &std::env::current_dir()?, watched(&mut line, &image)).await;
    line.clear();
    let document = outcome?;
    if json {
        output::json(&document)?;
        return Ok(Exit::Well);
    }
    output::line(&output::safe(&format!("{} {} {}", document.sha256, document.name, bytes(document.size))))?;
    describe(&document.inspected)?;
    show_checks(&document.manifest)?;
    Ok(Exit::Well)
}

fn describe(inspected: &Inspected) -> Result<(), Stop> {
    let by_name = if inspected.said == Said::ByName { " (by its name alone)" } else { "" };
    let say = |what: &str, value: &str| output::line(&output::safe(&format!("  {what:<10} {value}")));
    say("format", &format!("{}{by_name}", inspected.format))?;
    let words = [
        ("vendor", inspected.vendor.map(|vendor| vendor.to_string())),
        ("kind", inspected.kind.map(|kind| kind.to_string())),
        ("version", inspected.version.clone()),
    ];
    for (what, value) in words {
        say(what, value.as_deref().unwrap_or("? (the file does not say)"))?;
    }
    for (what, values) in [("boards", &inspected.boards), ("devices", &inspected.software_ids)] {
        match values.as_slice() {
            [] => {}
            few if few.len() <= 6 => say(what, &few.join(", "))?,
            many => say(what, &format!("{} and {} more", many[..6].join(", "), many.len() - 6))?,
        }
    }
    match inspected.signed {
        Some(true) => say("signature", "present, not verified here")?,
        Some(false) => say("signature", "none")?,
        None => {}
    }
    for note in &inspected.notes {
        say("note", note)?;
    }
    if let Some(why) = &inspected.unusable {
        say("unusable", why)?;
    }
    Ok(())
}

fn show_checks(checks: &[ManifestCheck]) -> Result<(), Stop> {
    for check in checks {
        if check.contradictions.is_empty() {
            output::line(&output::safe(&format!("  manifest   {}: nothing contradicts it", check.id)))?;
        }
        for contradiction in &check.contradictions {
            output::line(&output::safe(&format!("  manifest   {}: CONTRADICTS: {contradiction}", check.id)))?;
        }
    }
    Ok(())
}
