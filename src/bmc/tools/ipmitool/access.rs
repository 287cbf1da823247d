//! How ipmitool gets to a BMC.

use secrecy::ExposeSecret as _;

use super::Trouble;
use crate::bmc::tools::{Access, Argument, Setting};

/// Bytes of a password that IPMI 2.0 can carry (IPMI 2.0, 22.30); IPMI 1.5 has 16.
pub const LONGEST_PASSWORD: usize = 20;
/// Bytes of a user name that IPMI can carry (IPMI 2.0, 22.28).
pub const LONGEST_USER: usize = 16;

/// The password, by the variable that every version of ipmitool reads for `-E`.
pub(super) fn password(access: &Access) -> Setting {
    Setting { name: "IPMI_PASSWORD", value: access.credentials.password.clone() }
}

/// The arguments before the command: IPMI 2.0, where, who, and the cipher suite.
///
/// # Errors
/// When user name or password are longer than IPMI can carry: such a login can never work.
pub(super) fn arguments(access: &Access, suite: u8) -> Result<Vec<Argument>, Trouble> {
    let length = access.credentials.password.expose_secret().len();
    if length > LONGEST_PASSWORD {
        return Err(Trouble::PasswordTooLong { length });
    }
    let length = access.credentials.username.len();
    if length > LONGEST_USER {
        return Err(Trouble::UserTooLong { length });
    }
    let word = Argument::word;
    Ok(vec![
        word("-I"),
        word("lanplus"),
        word("-H"),
        Argument::host(&access.endpoint)?,
        word("-p"),
        Argument::number(access.endpoint.port),
        word("-U"),
        Argument::user(&access.credentials)?,
        word("-E"),
        word("-C"),
        Argument::number(suite),
    ])
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{bmc::Credentials, domain::target::Endpoint};

    fn access(username: &str, password: &str) -> Access {
        let credentials = Credentials { username: username.into(), password: SecretString::from(password) };
        Access::new(Endpoint { host: "192.0.2.7".into(), port: 623 }, credentials)
    }

    #[test]
    fn a_login_that_ipmi_cannot_carry_is_said_to_be_one() {
        let long = arguments(&access("root", &"x".repeat(21)), 17).unwrap_err();
        assert!(long.to_string().contains("20 bytes"), "{long}");
        assert!(arguments(&access("root", &"x".repeat(20)), 17).is_ok());
        assert!(matches!(arguments(&access(&"u".repeat(17), "x"), 17), Err(Trouble::UserTooLong { length: 17 })));
        assert!(matches!(arguments(&access("-U", "x"), 17), Err(Trouble::Unsayable(_))));
    }

    #[test]
    fn the_password_is_no_argument() {
        let arguments = arguments(&access("root", "hunter2"), 3).unwrap();
        let line: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        assert_eq!(line.join(" "), "-I lanplus -H 192.0.2.7 -p 623 -U root -E -C 3");
    }
}
