//! How racadm gets to an iDRAC.

use super::{NAME, Trouble};
use crate::bmc::tools::{Access, Answer, Argument, Input};

/// The port that racadm takes where none is named.
const HTTPS: u16 = 443;

/// The options before the subcommand.
///
/// # Errors
/// When racadm would misread the address.
pub(super) fn arguments(access: &Access) -> Result<Vec<Argument>, Trouble> {
    let place = if access.endpoint.port == HTTPS {
        Argument::host(&access.endpoint)
    } else {
        Argument::address(&access.endpoint)
    };
    let place = place.map_err(Trouble::unsayable(NAME))?;
    Ok(vec![Argument::word("-r"), place, Argument::word("-i")])
}

/// What is answered to `-i`.
pub(super) fn answers(access: &Access) -> Input {
    Input::Terminal(vec![
        Answer::name("UserName:", access.credentials.username.clone()),
        Answer::secret("Password:", access.credentials.password.clone()),
    ])
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{bmc::Credentials, domain::target::Endpoint};

    #[test]
    fn neither_user_nor_password_is_an_argument_and_a_usual_port_is_none_either() {
        let line = |port| {
            let credentials = Credentials { username: "root".into(), password: SecretString::from("hunter2") };
            let access = Access::new(Endpoint { host: "192.0.2.7".into(), port }, credentials);
            arguments(&access).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line(443), "-r 192.0.2.7 -i");
        assert_eq!(line(8443), "-r 192.0.2.7:8443 -i");
    }
}
