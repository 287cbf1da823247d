//! How an update ended, in the classes of the ladder. Pure.

use super::{NAME, codes, recognise};
use crate::{
    bmc::tools::{Ended, Trouble, trouble::last},
    domain::attempt::{Attempt, Receipt},
};

/// Codes that an update was refused with for good: the package's signature, its hardware, its order, its version.
const REFUSALS: [&str; 5] = ["RED007", "RED097", "RED052", "RED006", "SUP0517"];

/// How `update -f` ended that said this. `jobs` are the update jobs that the queue has now and had not before: racadm names
/// none. `bytes` are those of the image.
#[must_use]
pub fn update_outcome(ended: &Ended, said: &str, jobs: &[&str], bytes: u64) -> Attempt {
    let initiated = codes(said).iter().any(|code| code.id == "RAC987");
    // A job that was not there before is the iDRAC's own word that it has the image.
    if let (Some(task), true) = (jobs.first(), jobs.len() == 1) {
        return Attempt::Accepted { receipt: Receipt { task: Some((*task).to_owned()), ..Receipt::default() } };
    }
    if initiated {
        return Attempt::Accepted { receipt: Receipt::default() };
    }
    let begun = has_begun(said);
    let trouble = recognise(ended, said);
    match trouble {
        Some(Trouble::Refused { codes, said })
            if !begun || codes.iter().any(|code| REFUSALS.contains(&code.as_str())) =>
        {
            Attempt::Refused { why: said, message_ids: codes }
        }
        Some(trouble @ (Trouble::WrongCredentials { .. } | Trouble::Unlicensed { .. })) => trouble.before_a_byte(),
        // The iDRAC has begun nothing of ours, also where the file is on it already.
        Some(trouble @ Trouble::Busy { .. }) if said.to_lowercase().contains("already in progress") => {
            trouble.before_a_byte()
        }
        Some(Trouble::Tool { ended: Ended::NotRun(why), .. }) => Attempt::NotStarted { why },
        Some(trouble) if !begun && !matches!(trouble, Trouble::Failed { .. }) => trouble.before_a_byte(),
        _ => Attempt::Unknown { why: format!("{NAME} {ended}: {}", last(said)), sent: bytes },
    }
}

/// Whether racadm says that it copies the image: from there on bytes may have left.
fn has_begun(said: &str) -> bool {
    said.to_lowercase().contains("copying operation has begun")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COPYING: &str = "        The Copying Operation has begun,\n        This might take several minutes.\n";

    fn of(status: i32, said: &str, jobs: &[&str]) -> Attempt {
        update_outcome(&Ended::Exit(status), said, jobs, 9)
    }

    #[test]
    fn a_new_job_or_the_good_code_is_an_accepted_image() {
        let said = format!("{COPYING}RAC987: Firmware update job for x.EXE is initiated.\n");
        let Attempt::Accepted { receipt } = of(0, &said, &["JID_1"]) else { panic!() };
        assert_eq!(receipt.task.as_deref(), Some("JID_1"));
        assert_eq!(of(0, &said, &[]), Attempt::Accepted { receipt: Receipt::default() });
        // Two new ones: one is another's, and nobody knows which.
        assert_eq!(of(48, &said, &["JID_1", "JID_2"]), Attempt::Accepted { receipt: Receipt::default() });
        // It ended ill, and the iDRAC has a job all the same.
        assert!(matches!(of(1, COPYING, &["JID_1"]), Attempt::Accepted { .. }));
    }

    #[test]
    fn before_the_copying_a_refusal_is_one_and_after_it_only_a_known_one() {
        assert!(matches!(of(1, "ERROR: Login failed - invalid username or password\n", &[]), Attempt::Refused { .. }));
        assert!(matches!(
            of(1, "ERROR: Unable to connect to RAC at specified IP address.\n", &[]),
            Attempt::NotStarted { .. }
        ));
        assert!(matches!(of(1, "RAC1135: stopped\n", &[]), Attempt::Busy { .. }));
        let other = format!("{COPYING}ERROR: A firmware update operation is already in progress.\n");
        assert!(matches!(of(1, &other, &[]), Attempt::Busy { .. }));
        assert!(matches!(of(1, "ERROR: RAC0604: no\n", &[]), Attempt::Refused { .. }));
        assert!(matches!(of(1, &format!("{COPYING}ERROR: RAC0604: no\n"), &[]), Attempt::Unknown { sent: 9, .. }));
        let Attempt::Refused { message_ids, .. } = of(1, &format!("{COPYING}RED007: Unable to verify.\n"), &[]) else {
            panic!()
        };
        assert_eq!(message_ids, ["RED007"]);
    }

    #[test]
    fn an_end_without_a_word_is_unknown() {
        assert!(matches!(of(1, "", &[]), Attempt::Unknown { .. }));
        assert!(matches!(of(0, COPYING, &[]), Attempt::Unknown { .. }));
        assert!(matches!(update_outcome(&Ended::Deadline, COPYING, &[], 9), Attempt::Unknown { .. }));
        assert!(matches!(update_outcome(&Ended::Deadline, "", &[], 9), Attempt::NotStarted { .. }));
        assert!(matches!(update_outcome(&Ended::NotRun("x".into()), "", &[], 9), Attempt::NotStarted { .. }));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(
            text in "(\\PC|\n|ERROR: |RAC987:|The Copying Operation has begun){0,60}", status in 0_i32..3
        ) {
            let _ = update_outcome(&Ended::Exit(status), &text, &[], 1);
        }
    }
}
