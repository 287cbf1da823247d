//! What may stand on a command line: words of ours, numbers, addresses, user names and paths. Never a secret.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::Path,
};

use crate::{
    bmc::Credentials,
    domain::{bios::AttributeValue, target::Endpoint},
};

/// One argument. There is no way to make one from any text or from a password, only from what is known to be shown: every
/// process of the machine may read the command lines of all others.
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
    /// No address in the web that may be shown.
    #[error("`{0}` is no plain address in the web")]
    NoLink(String),
    /// What would break a line.
    #[error("it holds a control character")]
    ControlCharacter,
    /// No name that a BMC gives.
    #[error("`{0}` is no name that a BMC gives")]
    NoName(String),
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

    /// Host and port of an endpoint, as `host:port`.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn address(endpoint: &Endpoint) -> Result<Self, Unsayable> {
        plain(OsStr::new(&authority(endpoint)))
    }

    /// The web service of an endpoint, as `https://host:port`; without the port where it is the usual one.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn service(endpoint: &Endpoint) -> Result<Self, Unsayable> {
        plain(OsStr::new(&endpoint.host))?;
        let authority = authority(endpoint);
        let place = if endpoint.port == 443 { authority.trim_end_matches(":443") } else { &authority };
        plain(OsStr::new(&format!("https://{place}")))
    }

    /// An address in the web that a BMC fetches an image from. One with a user in it is refused: what stands before an `@` may
    /// be a password.
    ///
    /// # Errors
    /// When it is none, or carries a user.
    pub fn link(url: &str) -> Result<Self, Unsayable> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let rest = rest.ok_or_else(|| Unsayable::NoLink(url.to_owned()))?;
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || "@'\"\\`".contains(c);
        if rest.is_empty() || rest.contains(is_odd) {
            return Err(Unsayable::NoLink(rest.split('@').next_back().unwrap_or_default().to_owned()));
        }
        plain(OsStr::new(url))
    }

    /// A name that a BMC gave something: a job, a place of firmware.
    ///
    /// # Errors
    /// When it has anything in it but letters, digits and `.:#_-`.
    pub fn name(name: &str) -> Result<Self, Unsayable> {
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || ".:#_-".contains(c)) {
            return Err(Unsayable::NoName(name.to_owned()));
        }
        plain(OsStr::new(name))
    }

    /// The value of a BIOS setting, which plans and journals show: profiles hold no passwords.
    ///
    /// # Errors
    /// When a tool would misread it.
    pub fn value(value: &AttributeValue) -> Result<Self, Unsayable> {
        let text = value.to_string();
        match text.chars().any(char::is_control) {
            true => Err(Unsayable::ControlCharacter),
            // A setting may be made empty.
            false if text.is_empty() => Ok(Self(OsString::new())),
            false => plain(OsStr::new(&text)),
        }
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

/// `host:port`, with brackets around an IPv6 address.
fn authority(endpoint: &Endpoint) -> String {
    let Endpoint { host, port } = endpoint;
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
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
    fn a_link_with_a_user_in_it_is_no_argument_and_is_not_repeated() {
        let refused = Argument::link("http://root:hunter2@192.0.2.1/a.fwpkg").unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
        assert!(Argument::link("ftp://192.0.2.1/a").is_err() && Argument::link("http://").is_err());
        assert_eq!(Argument::link("http://192.0.2.1:8/a.bin").unwrap().to_string(), "http://192.0.2.1:8/a.bin");
    }

    #[test]
    fn endpoints_and_names_of_a_bmc_are_said_as_tools_read_them() {
        let at = |host: &str| Endpoint { host: host.into(), port: 8443 };
        assert_eq!(Argument::address(&at("fe80::1")).unwrap().to_string(), "'[fe80::1]:8443'");
        assert_eq!(Argument::service(&at("192.0.2.7")).unwrap().to_string(), "https://192.0.2.7:8443");
        let usual = Endpoint { host: "192.0.2.7".into(), port: 443 };
        assert_eq!(Argument::service(&usual).unwrap().to_string(), "https://192.0.2.7");
        assert!(Argument::address(&at("-r")).is_err() && Argument::service(&at("-r")).is_err());
        assert_eq!(Argument::name("JID_466849276889").unwrap().to_string(), "JID_466849276889");
        assert!(Argument::name("JID;reboot").is_err() && Argument::name("-i").is_err());
    }

    #[test]
    fn an_argument_is_shown_as_a_shell_reads_it() {
        let show = |path: &str| Argument::path(Path::new(path)).unwrap().to_string();
        assert_eq!(show("/a/b.hpm"), "/a/b.hpm");
        assert_eq!(show("/a b/it's"), r"'/a b/it'\''s'");
        assert_eq!(Argument::number(623_u16).to_string(), "623");
    }
}
