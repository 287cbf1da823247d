//! How a flash ended, in the classes of the ladder. Pure.

use super::{NAME, recognise, trouble::codes};
use crate::{
    bmc::tools::{Ended, Trouble, trouble::last},
    domain::attempt::{Attempt, Receipt},
};

/// What ilorest says once iLO has answered 200 to an image that it is to flash.
pub(super) const TAKEN: &str = " flashing successfully.";

/// What iLO says of an image that it will not flash: nothing of it was written (iLO's message registry).
const REFUSALS: [&str; 13] = [
    "DowngradeNotAllowed",
    "FWFlashTPMOverrideFlagRequired",
    "LicenseKeyRequired",
    "MinimumFirmwareVersionRequirementNotMet",
    "NewerVersionRequired",
    "NoMatchingDeviceFound",
    "NoMatchingTargetDeviceFound",
    "ServerConfigurationLockEnabled",
    "SystemSecurityRestriction",
    "UpdateBadHeader",
    "UpdateInvalidFile",
    "UpdateNotApplicable",
    "UpdateSignatureValidationFailed",
];

/// Whether a MessageId of iLO's is a no to an image: ilorest tells of none that its update service says after the upload.
#[must_use]
pub fn is_refusal(message_id: &str) -> bool {
    message_id.rsplit('.').next().is_some_and(|name| REFUSALS.contains(&name))
}

/// What ilorest says that a package came to. By HPE's types of components: iLO's own and power supplies (A), ROM and CPLD (B),
/// what the host's UEFI installs (C). A hint: only the version proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Type A: flashed and running, once iLO has reset itself where it is iLO's.
    Applied,
    /// Type B: flashed, and active with the host's next reset.
    Staged,
    /// Type C: in iLO's queue, and flashed in the host's next POST.
    Queued,
}

/// How a flash ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flashed {
    /// In the classes of the ladder.
    pub attempt: Attempt,
    /// What came of it, where ilorest says so.
    pub effect: Option<Effect>,
}

/// How a command that flashes ended. `bytes` are those of the image: ilorest tells no progress, so that from its first line
/// about the upload on all of them may have left.
#[must_use]
pub fn flash_outcome(ended: &Ended, said: &str, bytes: u64) -> Flashed {
    let lower = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let without = |attempt| Flashed { attempt, effect: None };
    let refused = |why: String| without(Attempt::Refused { why, message_ids: codes(said) });
    // Its own words for what it did not do, with which it ends well or ill.
    if has(&["skipping the re upload", "component is currently locked"]) {
        return refused(
            "iLO's repository holds this file already, locked by a task or an install set: nothing was uploaded".into(),
        );
    }
    if has(&["component type d,", "unable to flash this fwpkg file"]) {
        return refused(
            "the package is for an agent in the host's operating system (type D): no BMC installs it".into(),
        );
    }
    if has(&["exception found in taskqueue"]) {
        return refused(
            "a failed task at the head of iLO's queue keeps everything behind it from being flashed; next: see whose it is, and \
             remove it"
                .into(),
        );
    }
    if ended.is_well() {
        return Flashed { attempt: Attempt::Accepted { receipt: Receipt::default() }, effect: effect(&lower) };
    }
    if has(&["ilo returned 400 error code"]) {
        return refused(
            "iLO refused the upload with an empty 400: the account lacks the privilege to configure iLO, or the session is gone"
                .into(),
        );
    }
    // iLO has answered that it has the image; ilorest only looked on.
    let looked_on = matches!(ended, Ended::Stopped | Ended::Deadline | Ended::Silent | Ended::Signal(_));
    if looked_on && said.contains(TAKEN) {
        return without(Attempt::Accepted { receipt: Receipt::default() });
    }
    let may_have_left = has(&["flashing component", "uploading component", "starting upgrad"]);
    if may_have_left && !matches!(ended, Ended::NotRun(_)) {
        return without(Attempt::Unknown { why: format!("{NAME} {ended}: {}", last(said)), sent: bytes });
    }
    // `flashfwpkg` ends with its own code for what `uploadcomp` calls busy (102).
    if has(&["updateservice is busy"]) {
        return without(Attempt::Busy { why: "iLO's update service is at something else".into(), retry_after: None });
    }
    match recognise(ended, said) {
        Some(Trouble::Failed { status: 41 | 103, said, .. }) => {
            without(Attempt::Unknown { why: format!("{NAME} {ended}: {said}"), sent: bytes })
        }
        Some(trouble) => without(trouble.before_a_byte()),
        None => without(Attempt::Unknown { why: last(said), sent: bytes }),
    }
}

fn effect(lower: &str) -> Option<Effect> {
    if lower.contains("set to flash on reboot") || lower.contains("creating task") {
        return Some(Effect::Queued);
    }
    if lower.contains("reboot is required for this firmware") {
        return Some(Effect::Staged);
    }
    lower.contains("firmware has successfully been flashed").then_some(Effect::Applied)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGUN: &str = "Uploading firmware: x.fwpkg\nSuccessfully checked 'x.fwpkg'.\nFlashing component x.fwpkg.\n";

    fn failed(status: i32, said: &str) -> Attempt {
        flash_outcome(&Ended::Exit(status), said, 7).attempt
    }

    #[test]
    fn what_a_package_came_to_is_read_from_its_last_words() {
        let of = |said: &str| flash_outcome(&Ended::Exit(0), &format!("{BEGUN}{said}"), 7);
        let applied = of("Firmware has successfully been flashed.\niLO will reboot to complete flashing.\n");
        assert_eq!(applied.effect, Some(Effect::Applied));
        assert!(matches!(applied.attempt, Attempt::Accepted { .. }));
        let staged =
            "Firmware has successfully been flashed and a reboot is required for this firmware to take effect.\n";
        assert_eq!(of(staged).effect, Some(Effect::Staged));
        assert_eq!(of("This firmware is set to flash on reboot.\n").effect, Some(Effect::Queued));
        assert_eq!(of("").effect, None);
    }

    #[test]
    fn what_was_not_done_is_no_success_whatever_the_code_says() {
        for said in [
            "Component x is already present in repository ,Hence skipping the re upload\n",
            "Error: Component is currently locked by a taskqueue task or installset.\n",
            "Component Type D, Unable to flash this fwpkg file.\n",
        ] {
            assert!(matches!(failed(0, said), Attempt::Refused { .. }), "{said}");
        }
    }

    #[test]
    fn before_the_upload_each_code_has_its_class_and_after_it_only_reading_decides() {
        assert!(matches!(failed(102, "iLO UpdateService is busy. Please try again.\n"), Attempt::Busy { .. }));
        let busy = "ERROR : iLO UpdateService is busy. Please try again.\nERROR : Error occurred while updating the firmware.\n";
        assert!(matches!(failed(41, busy), Attempt::Busy { .. }));
        assert!(matches!(failed(59, "license\n"), Attempt::Refused { .. }));
        assert!(matches!(failed(149, ""), Attempt::NotStarted { .. }));
        assert!(matches!(failed(104, "Exception found in taskqueue which will\n"), Attempt::Refused { .. }));
        assert!(matches!(failed(103, BEGUN), Attempt::Unknown { sent: 7, .. }));
        assert!(matches!(failed(41, "\nStarting upgrade process...\n"), Attempt::Unknown { .. }));
        assert!(matches!(failed(30, BEGUN), Attempt::Unknown { .. }));
        for ended in [Ended::Deadline, Ended::Stopped, Ended::Silent, Ended::Signal(9)] {
            assert!(matches!(flash_outcome(&ended, BEGUN, 7).attempt, Attempt::Unknown { sent: 7, .. }));
            assert!(matches!(flash_outcome(&ended, "", 7).attempt, Attempt::NotStarted { .. }));
        }
    }

    #[test]
    fn what_ilo_has_taken_is_accepted_also_where_ilorest_did_not_look_on_to_the_end() {
        let taken = format!("{BEGUN}Component x.fwpkg flashing successfully.\nWaiting for iLO UpdateService\n");
        assert!(matches!(flash_outcome(&Ended::Stopped, &taken, 7).attempt, Attempt::Accepted { .. }));
        assert!(matches!(failed(103, &taken), Attempt::Unknown { .. }));
    }

    #[test]
    fn only_what_was_not_begun_is_a_refusal_of_ilos() {
        assert!(is_refusal("iLO.2.14.UpdateSignatureValidationFailed") && is_refusal("DowngradeNotAllowed"));
        for id in ["iLO.2.14.UpdateFailed", "iLO.2.14.UpdateInterrupted", "iLO.2.14.Success", ""] {
            assert!(!is_refusal(id), "{id}");
        }
    }

    #[test]
    fn an_empty_400_is_a_missing_privilege() {
        let said = format!("{BEGUN}Component x was not uploaded , iLO returned 400 error code. Check if\n");
        let Attempt::Refused { why, .. } = failed(103, &said) else { panic!() };
        assert!(why.contains("privilege"), "{why}");
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in "(\\PC|\n|flashing component|taskqueue){0,60}", status in 0_i32..256) {
            let _ = flash_outcome(&Ended::Exit(status), &text, 1);
        }
    }
}
