//! Dell's names of places (FQDD), which Redfish and racadm share.

use crate::domain::kind::Kind;

/// FQDDs begin with the device class: `BIOS.Setup.1-1`, `NIC.Slot.5-1` (Dell's FQDD convention).
pub(super) fn kind_of_fqdd(fqdd: &str) -> Option<Kind> {
    let class = fqdd.split('.').next()?;
    Some(match class {
        "BIOS" => Kind::Bios,
        "iDRAC" => Kind::Bmc,
        "CPLD" => Kind::Cpld,
        "NIC" | "InfiniBand" | "FC" => Kind::Nic,
        "RAID" | "AHCI" | "NonRAID" | "BOSS" | "Enclosure" => Kind::Storage,
        "Disk" => Kind::Drive,
        "PSU" => Kind::Psu,
        "Video" | "ProcAccelerator" => Kind::Gpu,
        "TPM" => Kind::Tpm,
        "USC" | "DriverPack" | "Diagnostics" | "OSCollector" | "ServiceModule" => Kind::Other,
        _ => return None,
    })
}
