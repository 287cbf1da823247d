//! Stand-ins for vendors' tools that are not to be had: programs of ours that take their arguments, ask and print as they are
//! documented to, and reach the lab's BMCs alone. Each says with its first line that it is one.
//!
//! They reach a BMC by its HTTPS and the lab's own path there, so that the machine behind it, its counts and its faults are those
//! of every other way.

mod racadm;
mod sum;
mod wire;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A tool that one stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Dell's racadm.
    Racadm,
    /// Supermicro Update Manager.
    Sum,
    /// Its successor, SuperServer Automation Assistant.
    Saa,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Racadm, Self::Sum, Self::Saa];

    /// The program's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Racadm => "racadm",
            Self::Sum => "sum",
            Self::Saa => "saa",
        }
    }

    /// The first line of all that it prints.
    const fn says(self) -> &'static str {
        match self {
            Self::Racadm => "firmdeck lab stand-in for Dell's racadm",
            Self::Sum => "firmdeck lab stand-in for Supermicro's sum",
            Self::Saa => "firmdeck lab stand-in for Supermicro's saa",
        }
    }
}

impl std::str::FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|tool| tool.name() == text).ok_or_else(|| format!("no stand-in for `{text}`"))
    }
}

/// Runs one with a command line, to its exit status.
pub async fn run(tool: Tool, arguments: &[String]) -> i32 {
    say(&format!("{}\n", tool.says()));
    match tool {
        Tool::Racadm => racadm::run(arguments).await,
        Tool::Sum => sum::run(sum::SUM, arguments).await,
        Tool::Saa => sum::run(sum::SAA, arguments).await,
    }
}

/// Writes a program for each into a directory: a script that calls `firmdeck` as that stand-in.
///
/// # Errors
/// When it cannot be written.
pub fn write(directory: &Path, firmdeck: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(directory)?;
    let quoted = firmdeck.to_string_lossy().replace('\'', r"'\''");
    Tool::ALL
        .into_iter()
        .map(|tool| {
            let path = directory.join(tool.name());
            // A file that is there may be a program that runs, or a link to another.
            if path.symlink_metadata().is_ok() {
                fs::remove_file(&path)?;
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path)?;
            writeln!(file, "#!/bin/sh\nexec '{quoted}' lab stand-in {} -- \"$@\"", tool.name())?;
            Ok(path)
        })
        .collect()
}

/// Prints, and lets it be seen at once. Where nobody listens any more there is nothing to do.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
