//! `firmdeck completions`

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::exit::{Exit, Stop};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  firmdeck completions bash > /etc/bash_completion.d/firmdeck\n  \
                        firmdeck completions zsh > ~/.zfunc/_firmdeck")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    // clap_complete takes a writer that cannot fail, so the script is made first
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "firmdeck", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_verbs() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut crate::cli::Arguments::command(), "firmdeck", &mut script);
            assert!(String::from_utf8(script).unwrap().contains("inventory"), "{shell}");
        }
    }
}
