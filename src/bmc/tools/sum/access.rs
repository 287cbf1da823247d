//! How SUM and SAA get to a BMC.

use secrecy::{ExposeSecret as _, SecretString};

use super::Trouble;
use crate::{
    bmc::{
        Credentials,
        tools::{Argument, Setting},
        transcript::Redactor,
    },
    domain::target::Endpoint,
};

/// The file with the password, in the private directory.
const PASSWORD: &str = "password";
/// The port that they take. That another may be named behind the host is confirmed by no public source, so that a usual one
/// is not.
const HTTPS: u16 = 443;

/// A BMC's web service and who comes in.
#[derive(Debug)]
pub struct Access {
    endpoint: Endpoint,
    credentials: Credentials,
    redactor: Redactor,
}

impl Access {
    /// Access to a BMC. The port is that of HTTPS.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        let redactor = Redactor::knowing(&credentials);
        Self { endpoint, credentials, redactor }
    }

    pub(super) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The options before the command. The password is read from a file (`-f`, which no public source confirms).
    ///
    /// # Errors
    /// When address or user name would be misread.
    pub(super) fn arguments(&self, tool: &'static str) -> Result<Vec<Argument>, Trouble> {
        let unsayable = Trouble::unsayable(tool);
        let place = if self.endpoint.port == HTTPS {
            Argument::host(&self.endpoint)
        } else {
            Argument::address(&self.endpoint)
        };
        let word = Argument::word;
        let user = Argument::user(&self.credentials).map_err(&unsayable)?;
        Ok(vec![word("-i"), place.map_err(&unsayable)?, word("-u"), user, word("-f"), word(PASSWORD)])
    }

    /// The file with the password: its first line.
    ///
    /// # Errors
    /// When a line cannot hold it.
    pub(super) fn password(&self, tool: &'static str) -> Result<Setting, Trouble> {
        let password = self.credentials.password.expose_secret();
        if password.is_empty() || password.chars().any(char::is_control) {
            let why = "the password is empty or has a control character in it".to_owned();
            return Err(Trouble::Unsayable { tool, why });
        }
        Ok(Setting { name: PASSWORD, value: SecretString::from(format!("{password}\n")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(password: &str, port: u16) -> Access {
        let credentials = Credentials { username: "ADMIN".into(), password: SecretString::from(password) };
        Access::new(Endpoint { host: "192.0.2.7".into(), port }, credentials)
    }

    #[test]
    fn the_password_is_a_line_of_a_file_and_no_argument() {
        let line = |port| {
            let words = access("hunter2", port).arguments("sum").unwrap();
            words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line(443), "-i 192.0.2.7 -u ADMIN -f password");
        assert_eq!(line(8443), "-i 192.0.2.7:8443 -u ADMIN -f password");
        assert_eq!(access("hunter2", 443).password("sum").unwrap().value.expose_secret(), "hunter2\n");
        assert!(access("a\nb", 443).password("sum").is_err());
    }
}
