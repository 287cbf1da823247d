//! `firmdeck man`

use std::{io::Write, path::PathBuf};

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::exit::{Exit, Stop};

/// Print the manual page, or write the pages of all verbs to a directory
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck man | man -l -\n  firmdeck man --dir /usr/local/share/man/man1")]
pub(super) struct Arguments {
    /// Write firmdeck.1 and a page a verb there
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let command = super::Arguments::command();
    match &arguments.dir {
        Some(directory) => clap_mangen::generate_to(command, directory)
            .map_err(|error| Stop::error(format!("{}: {error}", directory.display())))?,
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            std::io::stdout().lock().write_all(&page)?;
        }
    }
    Ok(Exit::Well)
}
