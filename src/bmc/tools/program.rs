//! Where a tool is, and whether it is the tool that its name says.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{Argument, Call, Ended, Gathered, Runner};
use crate::bmc::transcript::Redactor;

/// Telling its version takes a tool no longer than this; ilorest takes two seconds.
const PROBE: Duration = Duration::from_secs(20);

/// A tool by its name, and how it is told from others of that name.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// The program's name.
    pub name: &'static str,
    /// Whose it is.
    pub maker: &'static str,
    /// How it is asked who it is.
    pub ask: &'static [&'static str],
    /// What it answers then, in lower case, and no other program of that name does.
    pub says: &'static str,
}

/// A tool that was found and is what its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Where it is, resolved once.
    pub path: PathBuf,
    /// What it says of its version.
    pub version: String,
}

/// Why there is no such tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It is nowhere.
    #[error("{name} ({maker}) is not installed: it is in none of {searched}")]
    Absent {
        /// Its name.
        name: &'static str,
        /// Whose it is.
        maker: &'static str,
        /// Where it was looked for.
        searched: String,
    },
    /// The configured path leads nowhere, or to nothing that can be run.
    #[error("{name}: {path} {why}; next: correct its path in firmdeck.toml")]
    Unusable {
        /// Its name.
        name: &'static str,
        /// The configured path.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Another program has its name.
    #[error("{path} is not {maker}'s {name}: it says `{said}`; next: give the tool's path in firmdeck.toml")]
    Impostor {
        /// Its name.
        name: &'static str,
        /// Whose it should be.
        maker: &'static str,
        /// Where the other one is.
        path: PathBuf,
        /// The first line that it said.
        said: String,
    },
    /// It cannot be asked who it is.
    #[error("{path} does not say who it is: it {ended}")]
    Mute {
        /// Where it is.
        path: PathBuf,
        /// How the question ended.
        ended: Ended,
    },
}

impl Tool {
    /// Finds the tool: at the configured absolute path, or on `PATH`; and asks it who it is.
    ///
    /// # Errors
    /// When it is not there, cannot be run, or is another program.
    pub async fn find(&self, configured: Option<&Path>, runner: &Runner) -> Result<Program, Missing> {
        let path = match configured {
            Some(path) => self.configured(path)?,
            None => self.on_path(env::var_os("PATH").unwrap_or_default())?,
        };
        self.identify(path, runner).await
    }

    fn configured(&self, path: &Path) -> Result<PathBuf, Missing> {
        let unusable = |why| Missing::Unusable { name: self.name, path: path.to_owned(), why };
        if !path.is_absolute() {
            return Err(unusable("is no absolute path"));
        }
        if !path.is_file() {
            return Err(unusable("is no file"));
        }
        if !is_executable(path) {
            return Err(unusable("cannot be executed"));
        }
        Ok(path.to_owned())
    }

    fn on_path(&self, path: OsString) -> Result<PathBuf, Missing> {
        // A relative place would make another tool of another working directory.
        let places = env::split_paths(&path).filter(|place| place.is_absolute());
        places.map(|place| place.join(self.name)).find(|path| path.is_file() && is_executable(path)).ok_or_else(|| {
            Missing::Absent { name: self.name, maker: self.maker, searched: path.to_string_lossy().into_owned() }
        })
    }

    async fn identify(&self, path: PathBuf, runner: &Runner) -> Result<Program, Missing> {
        let program = Program { name: self.name, path, version: String::new() };
        let (redactor, said) = (Redactor::default(), Gathered::default());
        let arguments = self.ask.iter().map(|word| Argument::word(word)).collect();
        let call = Call { deadline: PROBE, ..Call::new(&program, arguments, &redactor) };
        let report = runner.run(call, &said, &CancellationToken::new()).await;
        // Some say who they are and end with an error all the same.
        let Ended::Exit(_) = report.ended else {
            return Err(Missing::Mute { path: program.path, ended: report.ended });
        };
        let text = said.text();
        if !text.to_lowercase().contains(self.says) {
            let said = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
            return Err(Missing::Impostor { name: self.name, maker: self.maker, path: program.path, said });
        }
        let version = version(&text).unwrap_or_default();
        Ok(Program { version, ..program })
    }
}

/// The first word that looks like a version: digits with a point between.
fn version(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.map(|word| word.trim_start_matches('v')).find(is_version).map(str::to_owned)
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

impl AsRef<OsStr> for Program {
    fn as_ref(&self) -> &OsStr {
        self.path.as_os_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_among_words() {
        assert_eq!(version("ipmitool version 1.8.19").as_deref(), Some("1.8.19"));
        assert_eq!(version("Supermicro Update Manager (for UEFI BIOS) 2.14.0 (2024/02/15)").as_deref(), Some("2.14.0"));
        assert_eq!(version("RESTful Interface Tool 7.4.0.0\n").as_deref(), Some("7.4.0.0"));
        assert_eq!(version("no number at all"), None);
    }
}
