//! What went wrong, by racadm's words and codes. Pure.
//!
//! Its exit status is documented nowhere: programs that use it look at the status and for the word ERROR (facts 3.2).

use super::{NAME as TOOL, codes};
use crate::bmc::tools::{Ended, Trouble, trouble::last};

/// Codes with which a command went well, whatever else is said.
const GOOD: [&str; 5] = ["RAC987", "RAC1017", "RAC1024", "RAC1056", "RAC1118"];
/// Codes of a service of the iDRAC that is not there yet, or at something: RAC1135 says that its instrumentation has stopped,
/// SYS518 that a data source is not available.
const BUSY: [&str; 2] = ["RAC1135", "SYS518"];

/// What is wrong with a command that ended so and said this; nothing where it went well.
#[must_use]
pub fn recognise(ended: &Ended, said: &str) -> Option<Trouble> {
    let Ended::Exit(status) = *ended else { return Some(Trouble::Tool { tool: TOOL, ended: ended.clone() }) };
    let lower = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let found = codes(said);
    let is = |known: &[&str]| found.iter().any(|code| known.contains(&code.id.as_str()));
    let words = || last(said);
    if has(&["login failed", "invalid username or password", "login denied"]) {
        return Some(Trouble::WrongCredentials { tool: TOOL, said: words() });
    }
    if has(&["unable to connect to rac", "unable to connect to the idrac", "could not connect"]) {
        return Some(Trouble::Unreachable { tool: TOOL, said: words() });
    }
    if is(&BUSY) || has(&["instrumentation has stopped", "operation is already in progress"]) {
        return Some(Trouble::Busy { tool: TOOL, said: words() });
    }
    let says_error = said.lines().any(|line| line.trim_start().starts_with("ERROR"));
    if status == 0 && !says_error {
        return None;
    }
    if has(&["license", "licence"]) {
        return Some(Trouble::Unlicensed { licence: words() });
    }
    if has(&["invalid subcommand", "unrecognized", "not supported", "usage error"]) {
        return Some(Trouble::NotOffered { tool: TOOL, said: words() });
    }
    if is(&GOOD) {
        return None;
    }
    let ids: Vec<String> = found.into_iter().map(|code| code.id).collect();
    Some(if says_error || !ids.is_empty() {
        Trouble::Refused { said: words(), codes: ids }
    } else {
        Trouble::Failed { tool: TOOL, status, said: words() }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(status: i32, said: &str) -> Option<Trouble> {
        recognise(&Ended::Exit(status), said)
    }

    #[test]
    fn what_racadm_says_is_told_apart() {
        let login = "ERROR: Login failed - invalid username or password\n";
        assert!(matches!(of(1, login), Some(Trouble::WrongCredentials { .. })));
        assert!(matches!(of(0, login), Some(Trouble::WrongCredentials { .. })));
        let away = "ERROR: Unable to connect to RAC at specified IP address.\n";
        assert!(matches!(of(2, away), Some(Trouble::Unreachable { .. })));
        let stopped = "RAC1135: The instrumentation has stopped.\n";
        assert!(matches!(of(1, stopped), Some(Trouble::Busy { .. })));
        let Some(Trouble::Refused { codes, .. }) = of(1, "ERROR: RAC0505: no.\nRED007: Unable to verify.\n") else {
            panic!()
        };
        assert_eq!(codes, ["RAC0505", "RED007"]);
        assert!(matches!(of(1, "ERROR: Invalid subcommand specified.\n"), Some(Trouble::NotOffered { .. })));
        assert!(matches!(of(48, "nothing"), Some(Trouble::Failed { status: 48, .. })));
    }

    #[test]
    fn a_good_code_is_good_whatever_the_status_and_an_error_is_one_in_spite_of_it() {
        assert_eq!(of(48, "RAC987: Firmware update job for x is initiated.\n"), None);
        assert_eq!(of(0, "Security Alert: Certificate is invalid - self signed certificate\nBios Version = 1\n"), None);
        assert!(of(0, "ERROR: something else\n").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in "(\\PC|\n|ERROR: |RAC1|:|login failed){0,60}", status in 0_i32..3) {
            let _ = recognise(&Ended::Exit(status), &text);
        }
    }
}
