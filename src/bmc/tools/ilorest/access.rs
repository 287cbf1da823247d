//! How ilorest gets to an iLO.

use secrecy::{ExposeSecret as _, SecretString};

use super::{NAME, Trouble};
use crate::bmc::tools::{Access, Argument, Setting};

/// The file with the login, in the private directory.
const CONFIGURATION: &str = "ilorest.conf";

/// The options before the command: the login's file, and cache and logs that are this conversation's alone.
pub(super) fn arguments() -> Vec<Argument> {
    ["--nologo", "--config", CONFIGURATION, "--cache-dir", "cache", "--logdir", "."].map(Argument::word).to_vec()
}

/// The file with the login. ilorest reads no variable of its environment; an argument would show the password to all; and
/// what it asks on a terminal would come with its other questions. The address is no part of it: with the address in the
/// file alone, a login ends with code 149.
///
/// # Errors
/// When user name or password cannot stand in such a file: its values are lines, without space at their ends.
pub(super) fn configuration(access: &Access) -> Result<Setting, Trouble> {
    let (user, password) = (access.credentials.username.as_str(), access.credentials.password.expose_secret());
    for (what, text) in [("the user name", user), ("the password", password)] {
        let odd = text.is_empty() || text.trim() != text || text.chars().any(char::is_control);
        if odd {
            let why = format!("{what} is empty, ends in a space or has a control character in it");
            return Err(Trouble::Unsayable { tool: NAME, why });
        }
    }
    // The section's name differs from build to build; each reads its own.
    let section = |name: &str| format!("[{name}]\nusername = {user}\npassword = {password}\n");
    let text = section("redfish") + &section("ilorest");
    Ok(Setting { name: CONFIGURATION, value: SecretString::from(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bmc::Credentials, domain::target::Endpoint};

    fn access(username: &str, password: &str) -> Access {
        let credentials = Credentials { username: username.into(), password: SecretString::from(password) };
        Access::new(Endpoint { host: "192.0.2.7".into(), port: 443 }, credentials)
    }

    #[test]
    fn the_login_stands_in_the_file_and_nowhere_on_the_command_line() {
        let access = access("admin", "hunter2;%#");
        let line: Vec<String> = arguments().iter().map(ToString::to_string).collect();
        assert!(!line.join(" ").contains("hunter2") && !line.join(" ").contains("admin"));
        let file = configuration(&access).unwrap();
        assert!(file.value.expose_secret().contains("\npassword = hunter2;%#\n"));
    }

    #[test]
    fn a_login_that_such_a_file_cannot_hold_is_said_to_be_one() {
        for (user, password) in [("admin", "two\nlines"), ("admin", " space"), ("", "x"), ("a\u{7}", "x")] {
            let trouble = configuration(&access(user, password)).unwrap_err();
            assert!(!trouble.to_string().contains("two"), "{trouble}");
        }
    }
}
