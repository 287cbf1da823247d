//! How SUM and SAA get to a BMC.

use secrecy::{ExposeSecret as _, SecretString};

use super::Trouble;
use crate::bmc::tools::{Access, Argument, Setting};

/// The file with the password, in the private directory.
const PASSWORD: &str = "password";
/// The port that they take. That another may be named behind the host is confirmed by no public source, so that a usual one
/// is not.
const HTTPS: u16 = 443;

/// The options before the command. The password is read from a file (`-f`, which no public source confirms).
///
/// # Errors
/// When address or user name would be misread.
pub(super) fn arguments(access: &Access, tool: &'static str) -> Result<Vec<Argument>, Trouble> {
    let unsayable = Trouble::unsayable(tool);
    let place = if access.endpoint.port == HTTPS {
        Argument::host(&access.endpoint)
    } else {
        Argument::address(&access.endpoint)
    };
    let word = Argument::word;
    let user = Argument::user(&access.credentials).map_err(&unsayable)?;
    Ok(vec![word("-i"), place.map_err(&unsayable)?, word("-u"), user, word("-f"), word(PASSWORD)])
}

/// The file with the password: its first line.
///
/// # Errors
/// When a line cannot hold it.
pub(super) fn password(access: &Access, tool: &'static str) -> Result<Setting, Trouble> {
    let password = access.credentials.password.expose_secret();
    if password.is_empty() || password.chars().any(char::is_control) {
        let why = "the password is empty or has a control character in it".to_owned();
        return Err(Trouble::Unsayable { tool, why });
    }
    Ok(Setting { name: PASSWORD, value: SecretString::from(format!("{password}\n")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bmc::Credentials, domain::target::Endpoint};

    fn access(password: &str, port: u16) -> Access {
        let credentials = Credentials { username: "ADMIN".into(), password: SecretString::from(password) };
        Access::new(Endpoint { host: "192.0.2.7".into(), port }, credentials)
    }

    #[test]
    fn the_password_is_a_line_of_a_file_and_no_argument() {
        let line = |port| {
            let words = arguments(&access("hunter2", port), "sum").unwrap();
            words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line(443), "-i 192.0.2.7 -u ADMIN -f password");
        assert_eq!(line(8443), "-i 192.0.2.7:8443 -u ADMIN -f password");
        assert_eq!(password(&access("hunter2", 443), "sum").unwrap().value.expose_secret(), "hunter2\n");
        assert!(password(&access("a\nb", 443), "sum").is_err());
    }
}
