//! Supermicro's own BMC software.

use serde_json::{Value, json};

use super::{Facts, Profile};
use crate::{
    bmc::redfish::{doc::Doc, update::UpdateRequest},
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
    },
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

    /// Manager and Bios stand for their firmware; everything else is named by its inventory member (Redfish Reference
    /// Guide 3.4).
    fn targets(&self, request: &UpdateRequest<'_>) -> Vec<String> {
        match request.kind {
            Kind::Bmc => vec![request.manager.to_owned()],
            Kind::Bios => vec![format!("{}/Bios", request.system.trim_end_matches('/'))],
            _ => request.member().map(str::to_owned).into_iter().collect(),
        }
    }

    /// Verified first, flashed on StartUpdate: in one step it can stay stuck at verify (fwupd #4836).
    fn apply_time(&self, _: &UpdateRequest<'_>) -> Option<&'static str> {
        Some("OnStartUpdateRequest")
    }

    /// Without these the BMC comes back with factory settings and credentials. The BIOS set is the one that every
    /// generation takes (libredfish, supermicro.rs); more of them are known to some boards only.
    fn oem_parameters(&self, request: &UpdateRequest<'_>) -> Option<Value> {
        let (part, kept) = match request.kind {
            Kind::Bmc => {
                ("BMC", json!({ "PreserveCfg": true, "PreserveSdr": true, "PreserveSsl": true, "BackupBMC": false }))
            }
            Kind::Bios => (
                "BIOS",
                json!({ "PreserveME": true, "PreserveNVRAM": true, "PreserveSMBIOS": true, "BackupBIOS": false }),
            ),
            _ => return None,
        };
        Some(json!({ "Supermicro": { part: kept } }))
    }

    fn wants_start_update(&self) -> bool {
        true
    }
}
