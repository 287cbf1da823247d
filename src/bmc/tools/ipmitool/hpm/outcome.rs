//! How an upgrade ended, in the classes of the ladder. Pure.

use super::{
    super::trouble::{Trouble, code, last, recognise},
    parse_percent,
};
use crate::{
    bmc::tools::Ended,
    domain::attempt::{Attempt, Receipt},
};

/// How `hpm upgrade` ended that said this. `sent` are the image bytes that its table shows as uploaded.
///
/// Before the upload a refusal is one; once it has begun only reading decides, whatever the reason: a failure may come
/// after 100 percent, and of an activation whose session dies nobody knows.
#[must_use]
pub fn upgrade_outcome(ended: &Ended, said: &str, sent: u64) -> Attempt {
    let lower = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if ended.is_well() && has(&["firmware upgrade procedure successful"]) {
        return Attempt::Accepted { receipt: Receipt::default() };
    }
    // Its table has a row as soon as a first block may have left. Without one the BMC refused to begin.
    let no_row = !said.lines().any(|line| parse_percent(line).is_some());
    let refused_to_begin = sent == 0 && no_row && has(&["error initiating upgrade action"]);
    if !refused_to_begin && (has(&["performing upgrade stage", "performing activation stage"]) || sent > 0) {
        let sent = sent.max(total_sent(&lower).unwrap_or(0));
        return Attempt::Unknown { why: format!("ipmitool {ended}: {}", words(said)), sent };
    }
    let refused = |why: String| Attempt::Refused { why, message_ids: Vec::new() };
    let trouble = recognise(ended, said);
    match trouble {
        // Its preparation may have begun to erase.
        Some(Trouble::Tool(Ended::Deadline | Ended::Silent | Ended::Stopped | Ended::Signal(_)))
            if has(&["performing preparation stage"]) =>
        {
            Attempt::Unknown { why: format!("ipmitool {ended} while the BMC prepared"), sent: 0 }
        }
        Some(Trouble::Tool(Ended::Asked(question))) => {
            refused(format!("ipmitool asked `{question}`, which nobody answers by chance"))
        }
        Some(Trouble::Tool(ended)) => Attempt::NotStarted { why: format!("ipmitool {ended}") },
        Some(trouble @ (Trouble::NoSession { .. } | Trouble::NotOffered { .. })) => not_started(&trouble),
        Some(Trouble::Busy { said }) => Attempt::Busy { why: said, retry_after: None },
        Some(trouble @ (Trouble::WrongCredentials { .. } | Trouble::NoPrivilege { .. })) => {
            refused(trouble.to_string())
        }
        _ if has(&["might not be supporting the hpm.1"]) => not_started(&Trouble::NotOffered { said: said.to_owned() }),
        _ if has(&[
            "invalid image file for product",
            "invalid image file for device",
            "invalid image file for manuf",
        ]) =>
        {
            refused(format!("the image is for another board: {}", words(said)))
        }
        _ if matches!(code(&lower), Some(0xC0 | 0xC3 | 0xD5)) => {
            Attempt::Busy { why: words(said).to_owned(), retry_after: None }
        }
        _ => refused(words(said).to_owned()),
    }
}

/// Why a BMC's HPM.1 cannot be used at all.
fn not_started(trouble: &Trouble) -> Attempt {
    Attempt::NotStarted {
        why: match trouble {
            Trouble::NotOffered { .. } => {
                "the BMC speaks IPMI and takes no HPM.1 updates (completion code 0xc1)".into()
            }
            other => other.to_string(),
        },
    }
}

/// The line that says why: ipmitool ends every failure with the same one.
fn words(said: &str) -> &str {
    const SAYS_NOTHING: [&str; 4] =
        ["Firmware upgrade procedure failed", "PICMG HPM.1 Upgrade Agent", "Use \"force\" option", "(*) Component"];
    let lines = said.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric));
    let mut telling =
        lines.filter(|line| !line.starts_with('|') && !SAYS_NOTHING.iter().any(|word| line.starts_with(word)));
    telling.next_back().unwrap_or_else(|| last(said))
}

/// `TotalSent:0x708`.
fn total_sent(lower: &str) -> Option<u64> {
    let (_, after) = lower.rsplit_once("totalsent:0x")?;
    let digits: String = after.chars().take_while(char::is_ascii_hexdigit).take(16).collect();
    u64::from_str_radix(&digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AGENT: &str = "\nPICMG HPM.1 Upgrade Agent 1.0.9: \n\n";
    const PREPARED: &str = "Validating firmware image integrity...OK\nPerforming preparation stage...\n";

    fn failed(said: &str) -> Attempt {
        upgrade_outcome(&Ended::Exit(1), &format!("{AGENT}{PREPARED}{said}Firmware upgrade procedure failed\n"), 0)
    }

    #[test]
    fn success_is_accepted_and_read_back_by_others() {
        let said =
            "Performing upgrade stage:\nPerforming activation stage: \nOK\n\nFirmware upgrade procedure successful\n";
        assert_eq!(upgrade_outcome(&Ended::Exit(0), said, 3000), Attempt::Accepted { receipt: Receipt::default() });
    }

    #[test]
    fn a_bmc_without_hpm_or_without_a_session_lets_the_next_method_be_tried() {
        let said = "Error getting target upgrade capabilities, ccode: 0xc1: Invalid command\nBoard might not be supporting the HPM.1 Standards\n";
        let Attempt::NotStarted { why } = upgrade_outcome(&Ended::Exit(1), said, 0) else { panic!() };
        assert!(why.contains("takes no HPM.1"), "{why}");
        let said = "Error: Unable to establish IPMI v2 / RMCP+ session\n";
        let Attempt::NotStarted { why } = upgrade_outcome(&Ended::Exit(1), said, 0) else { panic!() };
        assert!(why.contains("switched off") && why.contains("password are wrong"), "{why}");
    }

    #[test]
    fn what_is_wrong_with_the_image_is_a_refusal() {
        for (said, word) in [
            ("    Invalid MD5 signature\n", "Invalid MD5 signature"),
            ("    Invalid header checksum\n", "Invalid header checksum"),
            ("    Invalid Action record.\n", "Invalid Action record."),
            (
                "    Invalid image file for product 4660\n\n Use \"force\" option for copying all the components\n",
                "another board",
            ),
        ] {
            let Attempt::Refused { why, .. } = failed(said) else { panic!("{said}") };
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn a_bmc_that_is_at_something_is_waited_for() {
        let initiating =
            "Performing upgrade stage:\nError initiating upgrade action\ncompcode=0xd5: not in this state\n";
        let Attempt::Busy { .. } = failed(initiating) else { panic!() };
        let row = "|   0|BMC-FW       |   1.08 00000000 | ---.-- -------- |   2.05 00000000 |  0%|\n";
        let Attempt::Unknown { .. } = failed(&format!("{initiating}{row}")) else { panic!() };
    }

    #[test]
    fn once_the_upload_has_begun_only_reading_decides() {
        let begun = "Performing upgrade stage:\nError in Upload FIRMWARE command [rc=-1]\nTotalSent:0x708\n";
        let Attempt::Unknown { sent, why } = failed(begun) else { panic!() };
        assert_eq!(sent, 0x708);
        assert!(why.contains("TotalSent") || why.contains("Upload FIRMWARE"), "{why}");
        for ended in [Ended::Deadline, Ended::Stopped, Ended::Signal(9), Ended::Exit(1)] {
            assert!(matches!(upgrade_outcome(&ended, begun, 5), Attempt::Unknown { sent: 0x708, .. }));
            assert!(matches!(upgrade_outcome(&ended, "", 5), Attempt::Unknown { sent: 5, .. }));
        }
    }

    #[test]
    fn what_never_ran_or_was_ended_while_it_prepared_is_told_apart() {
        assert!(matches!(upgrade_outcome(&Ended::NotRun("x".into()), "", 0), Attempt::NotStarted { .. }));
        assert!(matches!(upgrade_outcome(&Ended::Deadline, AGENT, 0), Attempt::NotStarted { .. }));
        assert!(matches!(upgrade_outcome(&Ended::Deadline, PREPARED, 0), Attempt::Unknown { sent: 0, .. }));
        let asked = Ended::Asked("Continue ignoring DeviceID/ProductID/ManufacturingID (Y/N):".into());
        assert!(matches!(upgrade_outcome(&asked, PREPARED, 0), Attempt::Refused { .. }));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(
            text in "(\\PC|\n|0x|totalsent:|ccode|Performing upgrade stage){0,100}", status in 0_i32..3
        ) {
            let _ = upgrade_outcome(&Ended::Exit(status), &text, 0);
        }
    }
}
