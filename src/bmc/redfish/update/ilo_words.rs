//! iLO's message ids in words: iLO sends ids and arguments, and leaves the text to its registry.
//!
//! Source: HPE's iLO message registry (facts: vendors 2.2).

use super::messages;

/// What a person needs to know of each, and what to do where that is known.
const WORDS: [(&str, &str); 31] = [
    ("AlreadyUpToDate", "it runs this version already"),
    ("ComponentUploadFailed", "the upload did not arrive whole"),
    ("DailyUpdateLimitExceeded", "the iLO takes no more updates today"),
    ("DeviceResetRequired", "it takes effect once the device is reset"),
    ("DowngradeNotAllowed", "the iLO's downgrade policy forbids an older version"),
    (
        "FWFlashTPMOverrideFlagRequired",
        "a trusted platform module is enabled, and the flash was not allowed in spite of it; next: suspend what is sealed \
         to it (BitLocker and the like), then plan again with --tpm-override",
    ),
    ("LicenseKeyRequired", "an iLO licence is missing"),
    ("MinimumFirmwareVersionRequirementNotMet", "it needs an older version between (min_from)"),
    ("NewerVersionRequired", "the iLO demands a newer version"),
    ("NoMatchingDeviceFound", "the image is for a device that is not in this server"),
    ("NoMatchingTargetDeviceFound", "the image is for a device that is not in this server"),
    ("NonPLDMUpdateableTargetURI", "a target was named that only PLDM devices have"),
    ("ServerConfigurationLockEnabled", "the Server Configuration Lock is enabled; next: disable it, then run again"),
    ("SystemPowerOffRequired", "the server must be off for it (host_off in the manifest)"),
    ("SystemResetRequired", "it takes effect at the next reset of the host"),
    ("SystemSecurityRestriction", "the iLO's security state forbids it"),
    ("UpdateBadHeader", "the iLO finds its header damaged; next: fetch the image again"),
    ("UpdateBadParameter", "the iLO does not understand a parameter of the upload"),
    ("UpdateCancelled", "it was cancelled on the iLO"),
    ("UpdateFailed", "the flash failed"),
    ("UpdateFailedInPOST", "the flash in POST failed"),
    ("UpdateInPOST", "it is flashed in POST"),
    ("UpdateInterrupted", "it was interrupted"),
    ("UpdateInvalidFile", "the iLO knows no such file; next: check it with `firmdeck images inspect`"),
    ("UpdateNotApplicable", "it is not for this server"),
    ("UpdateRepositoryUnavailable", "the iLO's repository is not available now"),
    ("UpdateSignatureValidationFailed", "its signature is not valid on this iLO; a stepping stone may be missing"),
    ("UpdateTaskQueueFull", "the iLO's task queue is full"),
    ("UpdateWithPowerOff", "the server must be off for it (host_off in the manifest)"),
    ("UpdateWithPowerOn", "the server must be on for it"),
    ("ResourceBeingFlashed", "something is being flashed"),
];

/// Message `id` with its arguments in words. Nothing for ids that need none, or that nobody has put into words.
pub(in crate::bmc::redfish) fn of(id: &str, arguments: &[&str]) -> Option<String> {
    let (_, words) = WORDS.iter().find(|(known, _)| *known == messages::name(id))?;
    Some(if arguments.is_empty() { (*words).to_owned() } else { format!("{words}: {}", arguments.join(", ")) })
}
