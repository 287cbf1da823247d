//! Supermicro's own BMC software.

use super::{Facts, Profile};
use crate::{
    bmc::redfish::doc::Doc,
    domain::inventory::{Component, Slot, Stack},
};

pub(super) struct Supermicro;

impl Profile for Supermicro {
    fn stack(&self) -> Stack {
        Stack::Supermicro
    }

    /// X10 to X13 often name neither Vendor nor Product, only an Oem object (captured tree of a SYS-821GE-TNHR).
    fn answers(&self, facts: &Facts<'_>) -> bool {
        facts.root().at(&["Oem"]).has("Supermicro") || matches!(facts.root().str("Vendor"), Some("SMCI" | "Supermicro"))
    }

    fn maker(&self) -> Option<&'static str> {
        Some("Supermicro")
    }

    fn wants_chassis(&self) -> bool {
        true
    }

    /// The generation is in the board's name: X13DEG-OAD, H12SSL-i, B12SPE.
    fn generation(&self, facts: &Facts<'_>) -> Option<(String, String)> {
        let board = Doc::new(facts.chassis?).str("Model")?;
        let digits: String = board.chars().skip(1).take_while(char::is_ascii_digit).take(2).collect();
        (board.starts_with(['X', 'H', 'B', 'M']) && !digits.is_empty())
            .then(|| (board[..=digits.len()].to_owned(), "Chassis#Model".into()))
    }

    /// Images are for a board, not for a model: the board's name stands in the chassis.
    fn board(&self, facts: &Facts<'_>) -> Option<String> {
        Doc::new(facts.chassis?).str("Model").map(str::to_owned)
    }

    /// Backup, golden and staged banks are members of their own.
    fn refine(&self, _: Doc<'_>, component: &mut Component) {
        for (prefix, slot) in [("Backup_", Slot::Backup), ("Golden_", Slot::Golden), ("Staging_", Slot::Staged)] {
            if component.id.starts_with(prefix) {
                component.slot = slot;
            }
        }
    }
}
