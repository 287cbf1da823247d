//! The vault: passwords under names, in one file that is encrypted as a whole (AES-256-GCM), under a key that is made of a
//! passphrase (scrypt, RFC 7914).

use std::{collections::BTreeMap, fmt, fs, io, io::Write as _, os::unix::fs::PermissionsExt as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use openssl::{
    rand::rand_bytes,
    symm::{Cipher, decrypt_aead, encrypt_aead},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Letters that a passphrase has at least.
pub const SHORTEST: usize = 12;

/// scrypt's cost: 2^17 blocks of 1 KiB, so that each guess takes 128 MiB and some tenths of a second.
const COST: u64 = 1 << 17;
const BLOCKS: u64 = 8;
const MEMORY: u64 = 512 << 20;
/// What a file may ask for at most, so that a damaged one asks for no memory that is not there.
const MOST: u64 = 1 << 18;

const SALT: usize = 32;
/// Of GCM: 96 bits, drawn anew at every write.
const NONCE: usize = 12;
const TAG: usize = 16;

/// Why a vault cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is none.
    #[error("{0} is not there: `firmdeck vault init` makes one")]
    Missing(String),
    /// There is one already.
    #[error("{0} is there already: it is not written over")]
    Exists(String),
    /// Others can read it.
    #[error("{0} can be read by others: `chmod 600 {0}`")]
    Open(String),
    /// Not the right passphrase, or the file was changed.
    #[error("{0}: this is not its passphrase, or the file has been changed")]
    Refused(String),
    /// No vault of ours.
    #[error("{file}: {what}")]
    Broken {
        /// The file.
        file: String,
        /// What is wrong, with its field.
        what: String,
    },
    /// Too short.
    #[error("a passphrase has {SHORTEST} letters at least")]
    Short,
    /// The disk, or the library.
    #[error("{file}: {what}")]
    Failed {
        /// The file.
        file: String,
        /// What failed.
        what: String,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// The version of this form.
    firmdeck_vault: u32,
    /// scrypt's N; r is 8 and p is 1.
    cost: u64,
    salt: String,
    nonce: String,
    /// The encrypted JSON object of names and passwords, with GCM's tag behind it.
    data: String,
}

/// An opened vault. `Debug` shows its names alone.
#[derive(Clone, Default)]
pub struct Vault(BTreeMap<String, SecretString>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Vault {
    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The password under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Keeps a password under a name; true where there was another.
    pub fn set(&mut self, name: &str, password: SecretString) -> bool {
        self.0.insert(name.to_owned(), password).is_some()
    }

    /// Forgets a password; true where there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    /// Opens the vault at `path`. Takes some tenths of a second and 128 MiB: call it where blocking is allowed.
    pub fn open(path: &Path, passphrase: &SecretString) -> Result<Self, VaultError> {
        let file = path.display().to_string();
        let broken = |what: String| VaultError::Broken { file: file.clone(), what };
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => VaultError::Missing(file.clone()),
            _ => failed(path, &error),
        })?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(VaultError::Open(file));
        }
        let text = fs::read(path).map_err(|error| failed(path, &error))?;
        let sealed: Sealed = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        if sealed.firmdeck_vault != 1 {
            return Err(broken(format!("firmdeck_vault: version {} is not known here", sealed.firmdeck_vault)));
        }
        if !sealed.cost.is_power_of_two() || !(2..=MOST).contains(&sealed.cost) {
            return Err(broken(format!("cost: {} is none of scrypt's", sealed.cost)));
        }
        let bytes = |field: &str, text: &str| BASE64.decode(text).map_err(|error| broken(format!("{field}: {error}")));
        let (salt, nonce) = (bytes("salt", &sealed.salt)?, bytes("nonce", &sealed.nonce)?);
        let data = bytes("data", &sealed.data)?;
        if nonce.len() != NONCE || data.len() < TAG {
            return Err(broken("nonce or data is too short".into()));
        }
        let key = key(passphrase, &salt, sealed.cost).map_err(|what| broken(what.to_string()))?;
        let (data, tag) = data.split_at(data.len() - TAG);
        let plain = decrypt_aead(Cipher::aes_256_gcm(), &key[..], Some(&nonce), &bound(sealed.cost, &salt), data, tag);
        let plain = Zeroizing::new(plain.map_err(|_| VaultError::Refused(file.clone()))?);
        let secrets: BTreeMap<String, String> =
            serde_json::from_slice(&plain).map_err(|_| broken("data: what is in it is no list of passwords".into()))?;
        Ok(Self(secrets.into_iter().map(|(name, password)| (name, SecretString::from(password))).collect()))
    }

    /// Writes the vault to `path`, whole or not at all, mode 0600, with a new salt and nonce. Blocks as [`Vault::open`].
    pub fn save(&self, path: &Path, passphrase: &SecretString) -> Result<(), VaultError> {
        if passphrase.expose_secret().chars().count() < SHORTEST {
            return Err(VaultError::Short);
        }
        let library = |error: openssl::error::ErrorStack| VaultError::Failed {
            file: path.display().to_string(),
            what: error.to_string(),
        };
        let (mut salt, mut nonce, mut tag) = ([0; SALT], [0; NONCE], [0; TAG]);
        rand_bytes(&mut salt).and_then(|()| rand_bytes(&mut nonce)).map_err(library)?;
        let secrets: BTreeMap<&str, &str> =
            self.0.iter().map(|(name, password)| (name.as_str(), password.expose_secret())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&secrets).map_err(|error| failed(path, &error.into()))?);
        let key = key(passphrase, &salt, COST).map_err(library)?;
        let cipher = Cipher::aes_256_gcm();
        let mut data =
            encrypt_aead(cipher, &key[..], Some(&nonce), &bound(COST, &salt), &plain, &mut tag).map_err(library)?;
        data.extend_from_slice(&tag);
        let sealed = Sealed {
            firmdeck_vault: 1,
            cost: COST,
            salt: BASE64.encode(salt),
            nonce: BASE64.encode(nonce),
            data: BASE64.encode(data),
        };
        write(path, &sealed).map_err(|error| failed(path, &error))
    }

    /// Makes an empty vault; refused where there is one.
    pub fn init(path: &Path, passphrase: &SecretString) -> Result<(), VaultError> {
        if path.exists() {
            return Err(VaultError::Exists(path.display().to_string()));
        }
        Self::default().save(path, passphrase)
    }
}

fn write(path: &Path, sealed: &Sealed) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(directory)?;
    // 0600 from its first moment, as temporary files are.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut file, sealed)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn key(passphrase: &SecretString, salt: &[u8], cost: u64) -> Result<Zeroizing<[u8; 32]>, openssl::error::ErrorStack> {
    let mut key = Zeroizing::new([0; 32]);
    openssl::pkcs5::scrypt(passphrase.expose_secret().as_bytes(), salt, cost, BLOCKS, 1, MEMORY, &mut key[..])?;
    Ok(key)
}

/// What the tag covers besides the data: another cost or salt is another vault.
fn bound(cost: u64, salt: &[u8]) -> Vec<u8> {
    [b"firmdeck vault 1 ".as_slice(), &cost.to_be_bytes(), salt].concat()
}

fn failed(path: &Path, error: &io::Error) -> VaultError {
    VaultError::Failed { file: path.display().to_string(), what: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    const GOOD: &str = "correct horse battery";

    #[test]
    fn what_was_put_in_comes_out_under_the_same_passphrase_alone_and_its_bytes_tell_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.json");
        let mut vault = Vault::default();
        assert!(!vault.set("racks", phrase("Zq7-u/n+g\"uess")));
        vault.save(&path, &phrase(GOOD)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let opened = Vault::open(&path, &phrase(GOOD)).unwrap();
        assert_eq!(opened.get("racks").unwrap().expose_secret(), "Zq7-u/n+g\"uess");
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("racks") && !text.contains("uess"), "not even the names can be read");
        assert!(matches!(Vault::open(&path, &phrase("correct horse batterz")), Err(VaultError::Refused(_))));
        assert!(!format!("{opened:?}").contains("uess"));
    }

    #[test]
    fn a_file_that_was_changed_in_any_part_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.json");
        Vault::default().save(&path, &phrase(GOOD)).unwrap();
        let sealed: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let other = BASE64.encode([7; SALT]);
        for (field, value) in [
            ("data", serde_json::json!(BASE64.encode([1; 40]))),
            ("salt", serde_json::json!(other)),
            ("cost", serde_json::json!(COST / 2)),
            ("cost", serde_json::json!(u64::MAX)),
            ("nonce", serde_json::json!("AAAA")),
            ("nonce", serde_json::json!("no base64!")),
            ("firmdeck_vault", serde_json::json!(9)),
        ] {
            let mut changed = sealed.clone();
            changed[field] = value;
            fs::write(&path, changed.to_string()).unwrap();
            let error = Vault::open(&path, &phrase(GOOD)).unwrap_err();
            assert!(matches!(error, VaultError::Refused(_) | VaultError::Broken { .. }), "{field}: {error}");
        }
        fs::write(&path, "{").unwrap();
        assert!(Vault::open(&path, &phrase(GOOD)).unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn a_vault_is_made_once_and_kept_from_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.json");
        assert!(matches!(Vault::open(&path, &phrase(GOOD)), Err(VaultError::Missing(_))));
        assert!(matches!(Vault::init(&path, &phrase("short")), Err(VaultError::Short)));
        Vault::init(&path, &phrase(GOOD)).unwrap();
        assert!(matches!(Vault::init(&path, &phrase(GOOD)), Err(VaultError::Exists(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Vault::open(&path, &phrase(GOOD)), Err(VaultError::Open(_))));
    }
}
