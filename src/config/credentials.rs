//! Which credential is for which BMC, and where its secret comes from.

use std::{
    collections::BTreeMap,
    io::Read as _,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{scope::Scope, vault::Vault};
use crate::{bmc::Credentials, domain::target::Target};

/// `[[credentials]]`: exactly one source of the password.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which BMCs.
    #[serde(rename = "for")]
    pub scope: Scope,
    /// The account.
    pub username: String,
    /// The environment variable that holds the password.
    pub password_env: Option<String>,
    /// A file of mode 0600 that holds the password in its first line.
    pub password_file: Option<PathBuf>,
    /// A command that prints the password; run without a shell and without input.
    pub password_command: Option<Vec<String>>,
    /// The name of a password in the vault.
    pub password_vault: Option<String>,
}

/// Why there is no credential for a BMC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// No entry matches.
    #[error("no credential is configured for it")]
    None,
    /// Two entries match it equally well.
    #[error("two [[credentials]] entries (users {0} and {1}) match it equally well; make one more specific")]
    Tie(String, String),
    /// The source of the secret failed.
    #[error("the credential of user {username}: {what}")]
    Source {
        /// The account.
        username: String,
        /// What failed. Never holds what a command printed.
        what: String,
    },
}

const COMMAND_DEADLINE: Duration = Duration::from_secs(30);

impl Entry {
    pub(super) fn check(&self) -> Result<(), String> {
        let sources = [
            self.password_env.is_some(),
            self.password_file.is_some(),
            self.password_command.is_some(),
            self.password_vault.is_some(),
        ];
        match sources.into_iter().filter(|given| *given).count() {
            1 => Ok(()),
            _ => Err(format!(
                "credentials of user `{}`: give exactly one of password_env, password_file, password_command and password_vault",
                self.username
            )),
        }
    }

    fn resolve(&self, environment: &Environment, vault: Option<&Vault>) -> Result<Credentials, CredentialError> {
        let secret = match (&self.password_env, &self.password_file, &self.password_command, &self.password_vault) {
            (Some(name), ..) => environment.secret(name),
            (_, Some(path), ..) => from_file(path),
            (_, _, Some(command), _) => from_command(command),
            (_, _, _, Some(name)) => from_vault(name, vault),
            _ => Err("no source".into()),
        };
        match secret {
            Ok(password) => Ok(Credentials { username: self.username.clone(), password }),
            Err(what) => Err(CredentialError::Source { username: self.username.clone(), what }),
        }
    }
}

/// The variables of an operator's environment that credentials come from.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, SecretString>);

/// The account and the password for BMCs that no entry matches.
const USERNAME: &str = "FIRMDECK_USERNAME";
const PASSWORD: &str = "FIRMDECK_PASSWORD";

impl Environment {
    /// The variables that `entries` name, and those of the fallback, from this process's environment.
    #[must_use]
    pub fn of_process(entries: &[Entry]) -> Self {
        let named = entries.iter().filter_map(|entry| entry.password_env.as_deref()).chain([USERNAME, PASSWORD]);
        let read = |name: &str| Some((name.to_owned(), std::env::var(name).ok().filter(|value| !value.is_empty())?));
        named.filter_map(read).collect()
    }

    /// The names of the variables that it has.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Each variable with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Takes over what `other` has.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn secret(&self, name: &str) -> Result<SecretString, String> {
        self.0.get(name).cloned().ok_or_else(|| format!("the environment variable {name} is not set"))
    }

    fn fallback(&self) -> Option<Credentials> {
        let username = self.0.get(USERNAME)?.expose_secret().to_owned();
        Some(Credentials { username, password: self.0.get(PASSWORD)?.clone() })
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
    }
}

/// The credentials of a configuration, each source asked once.
#[derive(Debug)]
pub struct CredentialBook {
    entries: Vec<(Entry, std::sync::OnceLock<Result<Credentials, CredentialError>>)>,
    environment: Environment,
    vault: Option<Arc<Vault>>,
}

impl CredentialBook {
    /// The book of `entries`, with what `environment` says, also for BMCs that no entry matches. The vault is locked.
    #[must_use]
    pub fn new(entries: Vec<Entry>, environment: Environment) -> Self {
        let entries = entries.into_iter().map(|entry| (entry, std::sync::OnceLock::new())).collect();
        Self { entries, environment, vault: None }
    }

    /// The same with the vault, where that is open.
    #[must_use]
    pub fn with_vault(self, vault: Option<Arc<Vault>>) -> Self {
        Self { vault, ..self }
    }

    /// The credential for `target`: that of the most specific entry, and no other. May run a command: call it where
    /// blocking is allowed.
    pub fn for_target(&self, target: &Target) -> Result<Credentials, CredentialError> {
        let mut matching: Vec<_> = self
            .entries
            .iter()
            .filter_map(|(entry, resolved)| Some((entry.scope.matches(target)?, entry, resolved)))
            .collect();
        matching.sort_by_key(|(rank, ..)| std::cmp::Reverse(*rank));
        match matching.as_slice() {
            [] => self.environment.fallback().ok_or(CredentialError::None),
            [(rank, first, _), (next, second, _), ..] if rank == next => {
                Err(CredentialError::Tie(first.username.clone(), second.username.clone()))
            }
            [(_, entry, resolved), ..] => {
                resolved.get_or_init(|| entry.resolve(&self.environment, self.vault.as_deref())).clone()
            }
        }
    }
}

fn from_vault(name: &str, vault: Option<&Vault>) -> Result<SecretString, String> {
    let vault = vault.ok_or("the vault is locked: `firmdeck vault unlock`, or V on the screen")?;
    let password = vault.get(name);
    password.cloned().ok_or_else(|| format!("the vault has no password called {name}: `firmdeck vault set {name}`"))
}

fn from_file(path: &Path) -> Result<SecretString, String> {
    let shown = path.display();
    let mut file = std::fs::File::open(path).map_err(|error| format!("{shown}: {error}"))?;
    let mode = file.metadata().map_err(|error| format!("{shown}: {error}"))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!("{shown} can be read by others (mode {:o}): `chmod 600 {shown}`", mode & 0o777));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|error| format!("{shown}: {error}"))?;
    first_line(&text).ok_or_else(|| format!("{shown} is empty"))
}

fn first_line(text: &str) -> Option<SecretString> {
    let line = text.lines().next()?;
    (!line.is_empty()).then(|| SecretString::from(line.to_owned()))
}

fn from_command(command: &[String]) -> Result<SecretString, String> {
    let [program, arguments @ ..] = command else { return Err("password_command is empty".into()) };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("`{program}`: {error}"))?;
    let Some(mut stdout) = child.stdout.take() else { return Err(format!("`{program}` has no output")) };
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Zeroizing::new(String::new());
        let outcome = stdout.read_to_string(&mut text).map(|_| text);
        // The receiver is gone only after its deadline, and then nobody wants the secret.
        let _ = sender.send(outcome);
    });
    let text = receiver.recv_timeout(COMMAND_DEADLINE);
    if text.is_err() {
        // Nothing is lost if it ended in this moment.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("`{program}`: {error}"))?;
    match text {
        Err(_) => Err(format!("`{program}` gave no password within {} s", COMMAND_DEADLINE.as_secs())),
        Ok(_) if !status.success() => Err(format!("`{program}` ended with {status}")),
        Ok(Err(error)) => Err(format!("`{program}`: {error}")),
        Ok(Ok(text)) => first_line(&text).ok_or_else(|| format!("`{program}` printed nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(scope: &str, username: &str, command: &[&str]) -> Entry {
        Entry {
            scope: scope.parse().unwrap(),
            username: username.into(),
            password_env: None,
            password_file: None,
            password_command: Some(command.iter().map(ToString::to_string).collect()),
            password_vault: None,
        }
    }

    #[test]
    fn only_the_most_specific_entry_is_asked() {
        let book = CredentialBook::new(
            vec![entry("*", "everyone", &["false"]), entry("10.0.0.0/24", "rack", &["echo", "s3cret"])],
            Environment::default(),
        );
        let found = book.for_target(&Target::at("10.0.0.7", 443)).unwrap();
        assert_eq!((found.username.as_str(), found.password.expose_secret()), ("rack", "s3cret"));
        let error = book.for_target(&Target::at("10.0.1.7", 443)).unwrap_err().to_string();
        assert!(error.contains("everyone") && error.contains("exit status: 1"), "{error}");
    }

    #[test]
    fn two_entries_that_match_equally_well_are_a_mistake_and_none_is_tried() {
        let book = CredentialBook::new(
            vec![entry("env=lab", "a", &["echo", "x"]), entry("site=b", "b", &["echo", "y"])],
            Environment::default(),
        );
        let mut target = Target::at("10.0.0.7", 443);
        target.labels.insert("env".into(), "lab".into());
        target.site = Some("b".into());
        assert_eq!(book.for_target(&target).unwrap_err(), CredentialError::Tie("a".into(), "b".into()));
    }

    #[test]
    fn a_password_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        std::fs::write(&path, "s3cret\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = from_file(&path).unwrap_err();
        assert!(error.contains("chmod 600") && !error.contains("s3cret"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(from_file(&path).unwrap().expose_secret(), "s3cret");
    }
}
