//! `firmdeck vault`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Places,
    exit::{Exit, Stop},
    output, prompt,
};
use crate::{
    api::{client::Client, live::VaultState, wire::SCHEMA},
    config::vault::{Vault, VaultError},
};

/// Passwords of BMCs in one encrypted file, which the engine opens once
#[derive(Debug, Args)]
#[command(after_help = "A [[credentials]] entry takes a password by its name:\n  \
                        [[credentials]]\n  for = \"10.0.0.0/22\"\n  username = \"admin\"\n  password_vault = \"racks\"\n\n\
                        Passphrase and passwords are asked for at the terminal, unseen; where standard input is no terminal \
                        each is a line of it, in the order in which they are asked for.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an empty vault under a passphrase
    #[command(after_help = "Example:\n  firmdeck vault init")]
    Init,
    /// Keep a password under a name, in place of the one before
    #[command(after_help = "Example:\n  firmdeck vault set racks")]
    Set {
        /// The name by which entries of `[[credentials]]` take it
        name: String,
    },
    /// List the names in the vault
    #[command(after_help = "Example:\n  firmdeck vault list --json")]
    List {
        /// Print a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Forget a password
    #[command(after_help = "Example:\n  firmdeck vault remove racks")]
    Remove {
        /// Its name
        name: String,
    },
    /// Open the vault for the engine, until that ends
    #[command(after_help = "Example:\n  firmdeck vault unlock")]
    Unlock,
}

pub(super) async fn run(arguments: Arguments, places: &Places) -> Result<Exit, Stop> {
    let config = places.read_config()?;
    let path = config.vault.ok_or_else(|| Stop::error("no place for a vault is known: give --config"))?;
    match arguments.verb {
        Verb::Init => {
            if path.exists() {
                return Err(VaultError::Exists(path.display().to_string()).into());
            }
            let passphrase = prompt::secret("New passphrase")?;
            let again = prompt::secret("The same again")?;
            if passphrase.expose_secret() != again.expose_secret() {
                return Err(Stop::usage("the two are not the same: no vault was made"));
            }
            blocking(&path, &passphrase, |path, passphrase| Vault::init(path, passphrase)).await?;
            output::line(&format!("{} is made; `firmdeck vault set NAME` keeps a password in it", path.display()))?;
        }
        Verb::Set { name, .. } => {
            let passphrase = prompt::secret("Passphrase")?;
            let mut vault = blocking(&path, &passphrase, |path, passphrase| Vault::open(path, passphrase)).await?;
            let password = prompt::secret(&format!("Password {name}"))?;
            let had = vault.set(&name, password);
            blocking(&path, &passphrase, move |path, passphrase| vault.save(path, passphrase)).await?;
            output::line(&format!("{name} is {}", if had { "another now" } else { "kept" }))?;
            renew(places, passphrase).await?;
        }
        Verb::List { json } => {
            let passphrase = prompt::secret("Passphrase")?;
            let vault = blocking(&path, &passphrase, |path, passphrase| Vault::open(path, passphrase)).await?;
            let names: Vec<&str> = vault.names().collect();
            if json {
                output::json(&serde_json::json!({ "schema": SCHEMA, "names": names }))?;
            } else {
                names.iter().try_for_each(|name| output::line(&output::safe(name)))?;
            }
        }
        Verb::Remove { name } => {
            let passphrase = prompt::secret("Passphrase")?;
            let mut vault = blocking(&path, &passphrase, |path, passphrase| Vault::open(path, passphrase)).await?;
            if !vault.remove(&name) {
                return Err(Stop::usage(format!("the vault has no password called {name}")));
            }
            blocking(&path, &passphrase, move |path, passphrase| vault.save(path, passphrase)).await?;
            output::line(&format!("{name} is forgotten"))?;
            renew(places, passphrase).await?;
        }
        Verb::Unlock => {
            let client = places.client().await?;
            client.unlock_vault(&prompt::secret("Passphrase")?).await?;
            output::line("the engine has the vault, until it ends")?;
        }
    }
    Ok(Exit::Well)
}

/// An engine that has the vault takes what is in it now.
async fn renew(places: &Places, passphrase: SecretString) -> Result<(), Stop> {
    let client = Client::of(&places.state_dir);
    match client.hello().await {
        Ok(hello) if hello.vault == VaultState::Open => Ok(client.unlock_vault(&passphrase).await?),
        _ => Ok(()),
    }
}

/// Opens the vault for the engine, where it is locked and a person can be asked.
pub(super) async fn unlock(client: &Client) -> Result<(), Stop> {
    // One that goes away just now is reached again by whatever is asked next, or told of there.
    let is_locked = client.hello().await.is_ok_and(|hello| hello.vault == VaultState::Locked);
    if is_locked && prompt::is_possible() {
        client.unlock_vault(&prompt::secret("Passphrase of the vault")?).await?;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    path: &std::path::Path,
    passphrase: &SecretString,
    what: impl FnOnce(&PathBuf, &SecretString) -> Result<T, VaultError> + Send + 'static,
) -> Result<T, Stop> {
    let (path, passphrase) = (path.to_path_buf(), passphrase.clone());
    let done = tokio::task::spawn_blocking(move || what(&path, &passphrase)).await;
    Ok(done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?)
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Failed { .. } => Self::error(error.to_string()),
            VaultError::Refused(_) => Self::blocked(error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}
