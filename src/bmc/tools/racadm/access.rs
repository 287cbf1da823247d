//! How racadm gets to an iDRAC.

use super::{NAME, Trouble};
use crate::{
    bmc::{
        Credentials,
        tools::{Answer, Argument, Input},
        transcript::Redactor,
    },
    domain::target::Endpoint,
};

/// The port that racadm takes where none is named.
const HTTPS: u16 = 443;

/// An iDRAC's web service and who comes in.
#[derive(Debug)]
pub struct Access {
    endpoint: Endpoint,
    credentials: Credentials,
    redactor: Redactor,
}

impl Access {
    /// Access to an iDRAC. The port is that of HTTPS.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        let redactor = Redactor::knowing(&credentials);
        Self { endpoint, credentials, redactor }
    }

    pub(super) const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The options before the subcommand.
    ///
    /// # Errors
    /// When racadm would misread the address.
    pub(super) fn arguments(&self) -> Result<Vec<Argument>, Trouble> {
        let place = if self.endpoint.port == HTTPS {
            Argument::host(&self.endpoint)
        } else {
            Argument::address(&self.endpoint)
        };
        let place = place.map_err(Trouble::unsayable(NAME))?;
        Ok(vec![Argument::word("-r"), place, Argument::word("-i")])
    }

    /// What is answered to `-i`.
    pub(super) fn answers(&self) -> Input {
        Input::Terminal(vec![
            Answer::name("UserName:", self.credentials.username.clone()),
            Answer::secret("Password:", self.credentials.password.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn neither_user_nor_password_is_an_argument_and_a_usual_port_is_none_either() {
        let line = |port| {
            let credentials = Credentials { username: "root".into(), password: SecretString::from("hunter2") };
            let access = Access::new(Endpoint { host: "192.0.2.7".into(), port }, credentials);
            access.arguments().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line(443), "-r 192.0.2.7 -i");
        assert_eq!(line(8443), "-r 192.0.2.7:8443 -i");
    }
}
