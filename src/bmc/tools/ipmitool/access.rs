//! How ipmitool gets to a BMC.

use secrecy::ExposeSecret as _;

use super::Trouble;
use crate::{
    bmc::{
        Credentials,
        tools::{Argument, Setting},
        transcript::Redactor,
    },
    domain::target::Endpoint,
};

/// Bytes of a password that IPMI 2.0 can carry (IPMI 2.0, 22.30); IPMI 1.5 has 16.
pub const LONGEST_PASSWORD: usize = 20;
/// Bytes of a user name that IPMI can carry (IPMI 2.0, 22.28).
pub const LONGEST_USER: usize = 16;

/// A BMC's IPMI address and who comes in. The port is that of IPMI, usually 623.
#[derive(Debug)]
pub struct Access {
    endpoint: Endpoint,
    credentials: Credentials,
    redactor: Redactor,
}

impl Access {
    /// Access to a BMC.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        let redactor = Redactor::knowing(&credentials);
        Self { endpoint, credentials, redactor }
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The password, by the variable that every version of ipmitool reads for `-E`.
    pub(super) fn password(&self) -> Setting {
        Setting { name: "IPMI_PASSWORD", value: self.credentials.password.clone() }
    }

    /// The arguments before the command: IPMI 2.0, where, who, and the cipher suite.
    ///
    /// # Errors
    /// When user name or password are longer than IPMI can carry: such a login can never work.
    pub(super) fn arguments(&self, suite: u8) -> Result<Vec<Argument>, Trouble> {
        let length = self.credentials.password.expose_secret().len();
        if length > LONGEST_PASSWORD {
            return Err(Trouble::PasswordTooLong { length });
        }
        let length = self.credentials.username.len();
        if length > LONGEST_USER {
            return Err(Trouble::UserTooLong { length });
        }
        let word = Argument::word;
        Ok(vec![
            word("-I"),
            word("lanplus"),
            word("-H"),
            Argument::host(&self.endpoint)?,
            word("-p"),
            Argument::number(self.endpoint.port),
            word("-U"),
            Argument::user(&self.credentials)?,
            word("-E"),
            word("-C"),
            Argument::number(suite),
        ])
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn access(username: &str, password: &str) -> Access {
        let credentials = Credentials { username: username.into(), password: SecretString::from(password) };
        Access::new(Endpoint { host: "192.0.2.7".into(), port: 623 }, credentials)
    }

    #[test]
    fn a_login_that_ipmi_cannot_carry_is_said_to_be_one() {
        let long = access("root", &"x".repeat(21)).arguments(17).unwrap_err();
        assert!(long.to_string().contains("20 bytes"), "{long}");
        assert!(access("root", &"x".repeat(20)).arguments(17).is_ok());
        assert!(matches!(access(&"u".repeat(17), "x").arguments(17), Err(Trouble::UserTooLong { length: 17 })));
        assert!(matches!(access("-U", "x").arguments(17), Err(Trouble::Unsayable(_))));
    }

    #[test]
    fn the_password_is_no_argument() {
        let arguments = access("root", "hunter2").arguments(3).unwrap();
        let line: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        assert_eq!(line.join(" "), "-I lanplus -H 192.0.2.7 -p 623 -U root -E -C 3");
    }
}
