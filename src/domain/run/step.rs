//! The sub-steps of phases that are written down, each under its own word.

use crate::domain::phase::Phase;

/// A sub-step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Nobody else works on the BMC from this machine.
    Lease,
    /// It answers, and it is a Redfish service.
    Address,
    /// It shows the certificate that is pinned, at a level that is allowed.
    Tls,
    /// It takes the credential.
    Credentials,
    /// It can be read, and it is the machine of the plan.
    Identity,
    /// The account may update.
    Privilege,
    /// Nothing about the machine is critical.
    Health,
    /// The power policy lets the plan's resets be made.
    Power,
    /// The BMC has no work of its own.
    Idle,
    /// The vendor's own conditions hold.
    VendorGates,
    /// The images are there and intact.
    Images,
    /// The inventory is read.
    Inventory,
    /// The log is read.
    Log,
    /// Versions are those that the plan was made for.
    PlanHolds,
    /// The BIOS is read: its settings, what waits there, what it says of them.
    BiosRead,
    /// The profile fits it, and nobody else's settings wait there.
    BiosCheck,
    /// What was set before is kept.
    BiosBackup,
    /// The BMC holds the changes.
    BiosApply,
    /// The host was reset for them.
    BiosReset,
    /// Each value is read back.
    BiosVerify,
    /// Every target is reached.
    Targets,
    /// Health is no worse than before.
    HealthAfter,
    /// The inventory is read again.
    InventoryAfter,
    /// No critical event is new in the log.
    LogAfter,
}

impl Step {
    /// All, in the order in which they are taken.
    pub const ALL: [Self; 24] = [
        Self::Lease,
        Self::Address,
        Self::Tls,
        Self::Credentials,
        Self::Identity,
        Self::Privilege,
        Self::Health,
        Self::Power,
        Self::Idle,
        Self::VendorGates,
        Self::Images,
        Self::Inventory,
        Self::Log,
        Self::PlanHolds,
        Self::BiosRead,
        Self::BiosCheck,
        Self::BiosBackup,
        Self::BiosApply,
        Self::BiosReset,
        Self::BiosVerify,
        Self::InventoryAfter,
        Self::Targets,
        Self::HealthAfter,
        Self::LogAfter,
    ];

    /// The phase that it is a part of.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            Self::Inventory | Self::Log | Self::PlanHolds => Phase::FirmwareAnalysis,
            Self::BiosRead
            | Self::BiosCheck
            | Self::BiosBackup
            | Self::BiosApply
            | Self::BiosReset
            | Self::BiosVerify => Phase::BiosConfiguration,
            Self::InventoryAfter | Self::Targets | Self::HealthAfter | Self::LogAfter => Phase::FinalValidation,
            _ => Phase::PreFlight,
        }
    }

    /// Its word in journals and documents; a phase has no word twice.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Address => "address",
            Self::Tls => "tls",
            Self::Credentials => "credentials",
            Self::Identity => "identity",
            Self::Privilege => "privilege",
            Self::Health | Self::HealthAfter => "health",
            Self::Power => "power",
            Self::Idle => "idle",
            Self::VendorGates => "vendor_gates",
            Self::Images => "images",
            Self::Inventory | Self::InventoryAfter => "inventory",
            Self::Log | Self::LogAfter => "log",
            Self::PlanHolds => "plan_holds",
            Self::BiosRead => "read",
            Self::BiosCheck => "check",
            Self::BiosBackup => "backup",
            Self::BiosApply => "apply",
            Self::BiosReset => "reset",
            Self::BiosVerify => "verify",
            Self::Targets => "targets",
        }
    }

    /// The steps of entering a BMC, in their order.
    pub const ENTERING: [Self; 4] = [Self::Address, Self::Tls, Self::Credentials, Self::Identity];

    /// Which step of entering a BMC a failure of `kind` is of.
    #[must_use]
    pub fn of_failure(kind: &str) -> Self {
        match kind {
            "no_such_name" | "connection_refused" | "no_answer" | "unreachable" | "plain_http" | "not_redfish"
            | "hung" | "cut" | "deadline" => Self::Address,
            "tls_failed"
            | "tls_level_refused"
            | "certificate_changed"
            | "certificate_unknown"
            | "certificate_untrusted" => Self::Tls,
            "no_credentials"
            | "wrong_credentials"
            | "credentials_refused_before"
            | "credential_source"
            | "password_change_required"
            | "session_table_full" => Self::Credentials,
            _ => Self::Identity,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_phase_has_no_word_twice_and_steps_stand_in_the_order_of_phases() {
        let words: HashSet<_> = Step::ALL.iter().map(|step| (step.phase(), step.word())).collect();
        assert_eq!(words.len(), Step::ALL.len());
        assert!(Step::ALL.is_sorted_by_key(|step| step.phase()));
    }
}
