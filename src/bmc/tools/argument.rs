//! What may stand on a command line: words of ours, numbers, addresses, user names and paths. Never a secret.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::Path,
};

use crate::{bmc::Credentials, domain::target::Endpoint};

/// One argument. There is no way to make one from a text that was computed or a password: every process of the machine
/// may read the command lines of all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(OsString);

/// Why something cannot be said on a command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// The tool would take it for an option.
    #[error("`{0}` begins with a dash, which the tool would take for an option")]
    LooksLikeAnOption(String),
    /// A text of the system cannot hold it.
    #[error("it holds a zero byte")]
    ZeroByte,
    /// There is nothing to say.
    #[error("it is empty")]
    Empty,
}

impl Argument {
    /// A word that stands in our source.
    #[must_use]
    pub fn word(word: &'static str) -> Self {
        Self(word.into())
    }

    /// A number.
    #[must_use]
    pub fn number(number: impl Into<u64>) -> Self {
        Self(number.into().to_string().into())
    }

    /// The host of an endpoint.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn host(endpoint: &Endpoint) -> Result<Self, Unsayable> {
        plain(OsStr::new(&endpoint.host))
    }

    /// The user name of some credentials.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn user(credentials: &Credentials) -> Result<Self, Unsayable> {
        plain(OsStr::new(&credentials.username))
    }

    /// A file.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn path(path: &Path) -> Result<Self, Unsayable> {
        plain(path.as_os_str())
    }

    /// As the system wants it.
    #[must_use]
    pub fn as_os_str(&self) -> &OsStr {
        &self.0
    }
}

fn plain(text: &OsStr) -> Result<Argument, Unsayable> {
    match text.as_encoded_bytes() {
        [] => Err(Unsayable::Empty),
        [b'-', ..] => Err(Unsayable::LooksLikeAnOption(text.to_string_lossy().into_owned())),
        bytes if bytes.contains(&0) => Err(Unsayable::ZeroByte),
        _ => Ok(Argument(text.to_owned())),
    }
}

impl fmt::Display for Argument {
    /// As a shell would read it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            return f.write_str(&text);
        }
        write!(f, "'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn user(name: &str) -> Result<Argument, Unsayable> {
        Argument::user(&Credentials { username: name.into(), password: SecretString::from("x") })
    }

    #[test]
    fn what_a_tool_would_misread_is_no_argument() {
        assert_eq!(user("-P"), Err(Unsayable::LooksLikeAnOption("-P".into())));
        assert_eq!(user(""), Err(Unsayable::Empty));
        assert_eq!(user("a\0b"), Err(Unsayable::ZeroByte));
        assert!(Argument::host(&Endpoint { host: "-oProxy".into(), port: 623 }).is_err());
    }

    #[test]
    fn an_argument_is_shown_as_a_shell_reads_it() {
        let show = |path: &str| Argument::path(Path::new(path)).unwrap().to_string();
        assert_eq!(show("/a/b.hpm"), "/a/b.hpm");
        assert_eq!(show("/a b/it's"), r"'/a b/it'\''s'");
        assert_eq!(Argument::number(623_u16).to_string(), "623");
    }
}
