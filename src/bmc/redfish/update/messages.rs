//! MessageIds that decide how an attempt ended, of every registry in one table: they are matched by their last part,
//! since prefix and version vary (`Base.1.8.Success`, `IDRAC.2.8.RAC0218`, `SMC.1.0.OemLicenseNotPassed`).

/// What a MessageId in a refusal means for the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// A licence is missing. Before all others: a licence message is never a reason to try something else.
    Licence,
    /// Someone else is at it, or there is no room: later.
    Busy,
    /// The BMC does not have this way in.
    Unsupported,
}

/// Sources: DMTF Base and Update registries; HPE iLO registry (HPE redfish docs); Dell EEMI; Supermicro Redfish
/// Reference Guide 3.4 (facts: vendors 1.6, 2.2 to 2.4).
const MEANINGS: [(&str, Meaning); 27] = [
    // Base
    ("LicenseRequired", Meaning::Licence),
    ("ServiceTemporarilyUnavailable", Meaning::Busy),
    ("ResourceInUse", Meaning::Busy),
    ("SessionLimitExceeded", Meaning::Busy),
    ("CreateLimitReachedForResource", Meaning::Busy),
    ("ActionNotSupported", Meaning::Unsupported),
    ("ActionParameterNotSupported", Meaning::Unsupported),
    ("ResourceMissingAtURI", Meaning::Unsupported),
    ("OperationNotAllowed", Meaning::Unsupported),
    // Update
    ("UpdateInProgress", Meaning::Busy),
    // iLO
    ("LicenseKeyRequired", Meaning::Licence),
    ("FirmwareFlashAlreadyInProgress", Meaning::Busy),
    ("ComponentUploadAlreadyInProgress", Meaning::Busy),
    ("ResourceBeingFlashed", Meaning::Busy),
    ("DeviceIsBusy", Meaning::Busy),
    ("ResourceTemporarilyUnavailable", Meaning::Busy),
    ("UpdateRepositoryUnavailable", Meaning::Busy),
    ("UpdateRepositoryUnavailableDueToBMCReset", Meaning::Busy),
    ("UpdateTaskQueueFull", Meaning::Busy),
    // right after a change of power (sushy: retry-ilo-not-ready-error)
    ("InvalidOperationForSystemState", Meaning::Busy),
    // iDRAC: the session table is full; a data source is not up yet; no such method on an iDRAC8
    ("RAC0218", Meaning::Busy),
    ("SYS518", Meaning::Busy),
    ("SYS402", Meaning::Unsupported),
    // Supermicro
    ("OemLicenseNotPassed", Meaning::Licence),
    ("OemFirmwareAlreadyInUpdateMode", Meaning::Busy),
    ("OemBiosUpdateIsInProgress", Meaning::Busy),
    ("OemBmcUpdateIsInProgress", Meaning::Busy),
];

/// The last part of a MessageId.
pub(super) fn name(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

/// What `ids` mean, the weightiest first. Nothing where none of them decides.
pub(super) fn meaning<S: AsRef<str>>(ids: &[S]) -> Option<Meaning> {
    let known = |id: &S| MEANINGS.iter().find(|(known, _)| *known == name(id.as_ref())).map(|(_, meaning)| *meaning);
    ids.iter().filter_map(known).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_last_part_whatever_its_registry_and_version() {
        for id in ["Base.1.8.ResourceInUse", "Base.1.10.3.ResourceInUse", "ResourceInUse"] {
            assert_eq!(meaning(&[id]), Some(Meaning::Busy), "{id}");
        }
        assert_eq!(meaning(&["Base.1.8.GeneralError"]), None);
        assert_eq!(meaning::<&str>(&[]), None);
    }

    #[test]
    fn a_missing_licence_outweighs_every_other_message() {
        let ids = ["Base.1.0.ActionNotSupported", "Base.1.0.0.OemLicenseNotPassed"];
        assert_eq!(meaning(&ids), Some(Meaning::Licence));
    }
}
