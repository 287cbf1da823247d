//! What went wrong, by what ipmitool says. Pure.

use super::access::{LONGEST_PASSWORD, LONGEST_USER};
use crate::bmc::tools::{Ended, Unsayable};

/// Why a command came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The password is longer than IPMI has room for.
    #[error(
        "the password has {length} bytes, and IPMI carries {LONGEST_PASSWORD} bytes at most (16 where a BMC stores IPMI 1.5 \
         passwords): this login can never work over IPMI; next: give the BMC's IPMI user a shorter password"
    )]
    PasswordTooLong {
        /// Its bytes.
        length: usize,
    },
    /// The user name is longer than IPMI has room for.
    #[error("the user name has {length} bytes, and IPMI carries {LONGEST_USER} bytes at most; next: use a shorter one")]
    UserTooLong {
        /// Its bytes.
        length: usize,
    },
    /// An argument would be misread.
    #[error("it cannot be given to ipmitool: {0}")]
    Unsayable(#[from] Unsayable),
    /// No RMCP+ session: there are several reasons, which ipmitool does not tell apart.
    #[error(
        "no IPMI session (RMCP+): IPMI over LAN is switched off or blocked there, or user name or password are wrong; next: \
         see whether IPMI over LAN is on in the BMC, and whether this user may use it"
    )]
    NoSession {
        /// What ipmitool said.
        said: String,
    },
    /// The BMC said that it is the login.
    #[error(
        "the BMC refused user name or password over IPMI; next: correct the credential, whose IPMI form may differ"
    )]
    WrongCredentials {
        /// What ipmitool said.
        said: String,
    },
    /// The BMC does not know the command.
    #[error("the BMC does not offer this over IPMI (completion code 0xc1)")]
    NotOffered {
        /// What ipmitool said.
        said: String,
    },
    /// The user may not.
    #[error("the IPMI user lacks the privilege for this (completion code 0xd4); next: give it the administrator's")]
    NoPrivilege {
        /// What ipmitool said.
        said: String,
    },
    /// It has no room now, or is at something.
    #[error("the BMC is busy: {said}")]
    Busy {
        /// What ipmitool said.
        said: String,
    },
    /// Anything else that it calls an error.
    #[error("ipmitool ended with status {status}: {}", last(said))]
    Failed {
        /// Its exit status.
        status: i32,
        /// What it said.
        said: String,
    },
    /// It ended well and what it says cannot be read.
    #[error("the answer to `{what}` cannot be read: {}", last(said))]
    Unreadable {
        /// The command.
        what: &'static str,
        /// What it said.
        said: String,
    },
    /// The tool itself did not come to its end.
    #[error("ipmitool {0}")]
    Tool(Ended),
}

/// What is wrong with a call that ended so and said this; nothing where it went well.
#[must_use]
pub fn recognise(ended: &Ended, said: &str) -> Option<Trouble> {
    let Ended::Exit(status) = *ended else { return Some(Trouble::Tool(ended.clone())) };
    if status == 0 {
        return None;
    }
    let owned = said.to_owned();
    let lower = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // RAKP 2 with "unauthorized name", or a key that only another password makes.
    if has(&[
        "unauthorized name",
        "hmac is invalid",
        "invalid user name",
        "password invalid",
        "rakp 4 message indicates",
    ]) {
        return Some(Trouble::WrongCredentials { said: owned });
    }
    if has(&["unable to establish", "no hostname", "address lookup", "get session challenge"]) {
        return Some(Trouble::NoSession { said: owned });
    }
    Some(match code(&lower) {
        Some(0xC1) => Trouble::NotOffered { said: owned },
        Some(0xD4) => Trouble::NoPrivilege { said: owned },
        Some(0xC0 | 0xC3 | 0xC4 | 0xD5) => Trouble::Busy { said: last(said).to_owned() },
        _ if has(&["invalid command"]) => Trouble::NotOffered { said: owned },
        _ if has(&["insufficient privilege"]) => Trouble::NoPrivilege { said: owned },
        _ if has(&["node busy"]) => Trouble::Busy { said: last(said).to_owned() },
        _ => Trouble::Failed { status, said: owned },
    })
}

/// The completion code that ipmitool quotes: `ccode: 0xc1`, `compcode=0x82`, `Completion Code 0xd5`.
pub(super) fn code(lower: &str) -> Option<u8> {
    ["ccode", "compcode", "completion code", "rsp=", "cc = "].iter().find_map(|word| {
        let (_, after) = lower.split_once(word)?;
        let (between, digits) = after.split_once("0x")?;
        let is_near = between.chars().all(|c| " =:(".contains(c));
        let digits: String = digits.chars().take_while(char::is_ascii_hexdigit).take(2).collect();
        u8::from_str_radix(&digits, 16).ok().filter(|_| is_near)
    })
}

/// The last line that says something.
pub(super) fn last(said: &str) -> &str {
    said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &str) -> Option<Trouble> {
        recognise(&Ended::Exit(1), said)
    }

    #[test]
    fn what_ipmitool_says_is_told_apart() {
        assert!(matches!(of("Error: Unable to establish IPMI v2 / RMCP+ session\n"), Some(Trouble::NoSession { .. })));
        assert!(matches!(
            of("> RAKP 2 HMAC is invalid\nError: Unable to establish IPMI v2 / RMCP+ session\n"),
            Some(Trouble::WrongCredentials { .. })
        ));
        let said = "Error getting target upgrade capabilities, ccode: 0xc1: Invalid command\nBoard might not be …";
        assert!(matches!(of(said), Some(Trouble::NotOffered { .. })));
        assert!(matches!(
            of("Set Chassis Power Control to Up/On failed: Insufficient privilege level"),
            Some(Trouble::NoPrivilege { .. })
        ));
        assert!(matches!(of("Get Device ID command failed: Node busy"), Some(Trouble::Busy { .. })));
        assert!(matches!(of("something else"), Some(Trouble::Failed { status: 1, .. })));
        assert_eq!(recognise(&Ended::Exit(0), "whatever 0xc1"), None);
        assert!(matches!(recognise(&Ended::Deadline, ""), Some(Trouble::Tool(Ended::Deadline))));
    }

    #[test]
    fn no_session_says_both_reasons() {
        let text = of("Error: Unable to establish IPMI v2 / RMCP+ session").unwrap().to_string();
        assert!(text.contains("switched off") && text.contains("password are wrong"), "{text}");
    }

    #[test]
    fn a_completion_code_is_found_where_it_is_quoted() {
        for (text, expected) in [
            ("ccode: 0xc1: invalid", Some(0xC1)),
            ("compcode=0x82", Some(0x82)),
            ("completion code 0xd5", Some(0xD5)),
            ("totalsent:0x708", None),
            ("ccode none and then 0x12", None),
            ("ccode: 0xzz", None),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }
}
