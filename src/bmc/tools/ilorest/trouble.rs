//! What went wrong, by ilorest's codes. Pure.
//!
//! Source: the tool's own table of return codes (facts 3.1), and what each was seen to mean (facts testbeds 7).

use super::NAME as TOOL;
use crate::bmc::tools::{Ended, Trouble, trouble::last};

/// What is wrong with a command that ended so and said this, in a session; nothing where it went well.
#[must_use]
pub fn recognise(ended: &Ended, said: &str) -> Option<Trouble> {
    let Ended::Exit(status) = *ended else { return Some(Trouble::Tool { tool: TOOL, ended: ended.clone() }) };
    let words = last(said);
    Some(match status {
        0 => return None,
        // Two-factor logins end as wrong ones: nobody is there to type a code.
        32 | 131..=134 | 46 => Trouble::WrongCredentials { tool: TOOL, said: words },
        // The session is gone, or there never was one.
        30 | 31 | 33 | 44 | 149 => Trouble::Unreachable { tool: TOOL, said: words },
        // Update service, task queue, resources that are not there yet, device discovery.
        80 | 85 | 102 | 105 => Trouble::Busy { tool: TOOL, said: words },
        59 => Trouble::Unlicensed { licence: words },
        // Its command line and its own installation.
        1..=3 | 13 | 34 | 35 | 47 => Trouble::NotOffered { tool: TOOL, said: words },
        // The file, the account's privilege, TPM, iLO's version or answer, security state, the queue, target, flash of this kind.
        4..=7 | 29 | 54 | 58 | 63 | 75 | 104 | 106..=108 => Trouble::Refused { said: words, codes: codes(said) },
        _ => Trouble::Failed { tool: TOOL, status, said: words },
    })
}

/// The same at a login, where the code of a session that is over also means a wrong password: iLO answers 401 to the first
/// request that follows.
pub(super) fn at_login(ended: &Ended, said: &str) -> Option<Trouble> {
    match *ended {
        Ended::Exit(30) => Some(Trouble::WrongCredentials { tool: TOOL, said: last(said) }),
        _ => recognise(ended, said),
    }
}

/// MessageIds of iLO in a text: `iLO.2.14.UpdateSignatureValidationFailed`.
pub(super) fn codes(said: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let words = said.split(|c: char| !is_part(c)).map(|word| word.trim_matches('.'));
    let mut found: Vec<String> =
        words.filter(|word| word.starts_with("iLO.") && word.split('.').count() > 2).map(str::to_owned).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(status: i32) -> Trouble {
        recognise(&Ended::Exit(status), "\nsome words.\n").unwrap()
    }

    #[test]
    fn every_code_of_the_table_has_its_class() {
        assert_eq!(recognise(&Ended::Exit(0), "ERROR"), None);
        assert!(matches!(of(32), Trouble::WrongCredentials { .. }));
        assert!(matches!(of(133), Trouble::WrongCredentials { .. }));
        assert!(matches!(of(33), Trouble::Unreachable { .. }) && matches!(of(149), Trouble::Unreachable { .. }));
        assert!(matches!(of(102), Trouble::Busy { .. }) && matches!(of(105), Trouble::Busy { .. }));
        assert!(matches!(of(59), Trouble::Unlicensed { .. }));
        assert!(matches!(of(13), Trouble::NotOffered { .. }));
        assert!(matches!(of(7), Trouble::Refused { .. }) && matches!(of(104), Trouble::Refused { .. }));
        assert!(matches!(of(255), Trouble::Failed { status: 255, .. }));
        assert!(matches!(recognise(&Ended::Deadline, ""), Some(Trouble::Tool { .. })));
    }

    #[test]
    fn a_session_that_is_over_at_once_was_a_wrong_password() {
        assert!(matches!(at_login(&Ended::Exit(30), ""), Some(Trouble::WrongCredentials { .. })));
        assert!(matches!(of(30), Trouble::Unreachable { .. }));
    }

    #[test]
    fn message_ids_are_found_in_whatever_stands_around_them() {
        let said = "{MessageId:iLO.2.14.UpdateInvalidFile}\n[400] iLO.2.14.LicenseKeyRequired. iLO 5 iLO.";
        assert_eq!(codes(said), ["iLO.2.14.UpdateInvalidFile", "iLO.2.14.LicenseKeyRequired"]);
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in "(\\PC|\n|iLO\\.|\\.){0,100}", status in 0_i32..256) {
            let _ = at_login(&Ended::Exit(status), &text);
            let _ = codes(&text);
        }
    }
}
