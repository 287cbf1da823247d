//! Supermicro's own BMC software.

use serde_json::{Value, json};

use super::{Facts, Gate, Profile, Wanted};
use crate::{
    bmc::redfish::{doc::Doc, update::UpdateRequest},
    domain::{
        inventory::{Component, Slot, Stack},
        kind::Kind,
        verdict::Verdict,
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

    fn has_gates(&self) -> bool {
        true
    }

    /// A lockdown blocks changes (captured tree of a SYS-821GE-TNHR); SimpleUpdate wants a licence that the multipart
    /// push of BMC and BIOS does not (Redfish Reference Guide 3.4, table of licences).
    fn gates(&self, _: &str, manager: Doc<'_>, wanted: Wanted) -> Vec<Gate> {
        let oem = manager.at(&["Oem", "Supermicro"]);
        let lockdown = oem.link("SysLockdown").map(|uri| Gate::at(uri, lockdown));
        let licences = oem.link("LicenseManager").filter(|_| wanted.simple_update_alone);
        let licence = licences.map(|uri| Gate::at(format!("{}/QueryLicense", uri.trim_end_matches('/')), licence));
        lockdown.into_iter().chain(licence).collect()
    }

    /// The health event log.
    fn health_logs(&self) -> &'static [&'static str] {
        &["Log1"]
    }
}

fn lockdown(resource: Doc<'_>) -> Verdict {
    match resource.bool("SysLockdownEnabled") {
        Some(true) => Verdict::refuses(
            "the BMC is in system lockdown, which blocks updates",
            "end the lockdown on the BMC's own page, then run again",
        ),
        Some(false) => Verdict::Holds,
        None => Verdict::Unknown("the BMC does not say whether it is locked down".into()),
    }
}

/// Each licence is a text that holds JSON (captured tree of a SYS-821GE-TNHR).
fn licence(resource: Doc<'_>) -> Verdict {
    const ENOUGH: [&str; 2] = ["SFT-DCMS-SINGLE", "SFT-OOB-LIC"];
    let Some(licences) = resource.raw().get("Licenses").and_then(Value::as_array) else {
        return Verdict::Unknown("the BMC does not say which licences it has".into());
    };
    if licences.iter().any(|licence| ENOUGH.iter().any(|name| licence.to_string().contains(name))) {
        return Verdict::Holds;
    }
    Verdict::refuses(
        "the licence for SimpleUpdate (SFT-DCMS-SINGLE or SFT-OOB-LIC) is not activated",
        "activate one of them on the BMC, then run again",
    )
}
