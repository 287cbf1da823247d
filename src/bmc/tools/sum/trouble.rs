//! What went wrong, by their error block. Pure.

use super::{ErrorBlock, parse_error};
use crate::bmc::tools::{Ended, Trouble, trouble::last};

/// Words with which an image is refused before it is sent, or by the BMC once it has looked at it.
pub(super) const PREFLIGHT: [&str; 6] = [
    "invalid bios image",
    "invalid bmc image",
    "invalid image",
    "board id does not match",
    "signature",
    "not for this",
];

/// What is wrong with a command that ended so and said this; nothing where it went well. The block counts also where the process
/// ends well.
#[must_use]
pub fn recognise(tool: &'static str, ended: &Ended, said: &str) -> Option<Trouble> {
    let block = parse_error(said);
    let status = match (ended, &block) {
        (Ended::Exit(0), None) => return None,
        (Ended::Exit(status), _) => *status,
        (other, None) => return Some(Trouble::Tool { tool, ended: other.clone() }),
        (_, Some(_)) => 0,
    };
    let Some(block) = block else { return Some(bare(tool, status, said)) };
    if let Some(licence) = block.licence() {
        return Some(Trouble::Unlicensed { licence });
    }
    let words = block.words();
    let lower = words.to_lowercase();
    let has = |known: &[&str]| known.iter().any(|word| lower.contains(word));
    if block.http == Some(401) || has(&["password", "authentication", "unauthorized", "login"]) {
        return Some(Trouble::WrongCredentials { tool, said: words });
    }
    if has(&[
        "unable to connect",
        "cannot connect",
        "connection refused",
        "unreachable",
        "failed to connect",
        "timed out",
    ]) {
        return Some(Trouble::Unreachable { tool, said: words });
    }
    if has(&["busy", "another session", "in update mode", "is being updated", "locked by"]) {
        return Some(Trouble::Busy { tool, said: words });
    }
    if has(&["not supported", "invalid argument", "unknown option"]) {
        return Some(Trouble::NotOffered { tool, said: words });
    }
    if has(&PREFLIGHT) {
        return Some(Trouble::Refused { said: words, codes: code(&block) });
    }
    Some(Trouble::Failed {
        tool,
        status: block.exit.and_then(|exit| exit.try_into().ok()).unwrap_or(status),
        said: words,
    })
}

/// An end without a block: their own complaint about the command line, or nothing that is known.
fn bare(tool: &'static str, status: i32, said: &str) -> Trouble {
    let lower = said.to_lowercase();
    if ["invalid option", "unrecognized option", "unknown option", "invalid argument"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Trouble::NotOffered { tool, said: last(said) };
    }
    Trouble::Failed { tool, status, said: last(said) }
}

fn code(block: &ErrorBlock) -> Vec<String> {
    block.code.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> Trouble {
        let said = format!("<<<<<ERROR>>>>>\nExitCode = 80\nError message:\n{message}\n*****\n");
        recognise("sum", &Ended::Exit(80), &said).unwrap()
    }

    #[test]
    fn what_they_say_is_told_apart() {
        assert!(matches!(of("HTTP code: 401 (Unauthorized)"), Trouble::WrongCredentials { .. }));
        assert!(matches!(of("Failed to connect to the BMC."), Trouble::Unreachable { .. }));
        assert!(matches!(of("The BMC is busy: another session holds the update."), Trouble::Busy { .. }));
        assert!(matches!(of("This command is not supported on the platform."), Trouble::NotOffered { .. }));
        assert!(matches!(of("Invalid BIOS image file."), Trouble::Refused { .. }));
        assert!(matches!(of("Something else."), Trouble::Failed { status: 80, .. }));
    }

    #[test]
    fn a_flag_that_a_build_does_not_know_is_none_of_the_bmc_s_business() {
        let said = "sum: invalid option -- 'f'\n";
        assert!(matches!(recognise("sum", &Ended::Exit(1), said), Some(Trouble::NotOffered { .. })));
        assert_eq!(recognise("sum", &Ended::Exit(0), "Managed system....x\n"), None);
        assert!(matches!(recognise("sum", &Ended::Deadline, ""), Some(Trouble::Tool { .. })));
    }
}
