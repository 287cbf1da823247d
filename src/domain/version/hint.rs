//! What a hint says about the families to try.

use super::{Family, Hint};
use crate::domain::vendor::Vendor;

/// Words in the name of a Mellanox adapter, lower case.
const MELLANOX: [&str; 6] = ["mellanox", "connectx", "bluefield", "mcx", "mbf", "mlnx"];

/// Words in the name of another maker's adapter, lower case.
const OTHER_ADAPTERS: [&str; 8] =
    ["broadcom", "intel", "qlogic", "emulex", "marvell", "chelsio", "solarflare", "netxtreme"];

impl Hint<'_> {
    pub(super) fn maker(&self) -> Option<Vendor> {
        Vendor::from_text(self.vendor?)
    }

    pub(super) fn is_kind(&self, kind: &str) -> bool {
        self.kind.is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }

    /// Neither kind nor name is known.
    pub(super) fn is_unnamed(&self) -> bool {
        self.kind.is_none() && self.name.is_none()
    }

    fn name(&self) -> String {
        self.name.unwrap_or_default().to_ascii_lowercase()
    }

    /// The families that fit the component, the likeliest first; empty where nothing is known.
    pub(super) fn families(&self) -> &'static [Family] {
        use Family::{Dot, Hex, Ilo, Len, Mlx, Nv, Opaque, Rev, Rom, Sfx};
        let maker = self.maker();
        let name = self.name();
        let named = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if named(&["psid"]) {
            return &[Opaque];
        }
        if named(&["inforom", "erot"]) {
            return &[Nv];
        }
        if named(&["vbios", "cpld", "fpga", "programmable logic"]) && !self.is_kind("bios") {
            return &[Hex, Dot];
        }
        if named(&["diagnostics"]) && maker == Some(Vendor::Dell) {
            return &[Rev];
        }
        if maker == Some(Vendor::Hpe) && self.kind.is_none_or(|kind| kind == "other") {
            if named(&["system rom"]) {
                return &[Rom];
            }
            if name.starts_with("ilo ") || name == "ilo" {
                return &[Ilo];
            }
        }
        match (self.kind.map(str::to_ascii_lowercase).as_deref(), maker) {
            (Some("bios"), Some(Vendor::Hpe)) => &[Rom],
            (Some("bios"), Some(Vendor::Dell)) => &[Dot, Rev],
            (Some("bios"), Some(Vendor::Supermicro)) => &[Sfx, Dot],
            (Some("bios" | "bmc"), Some(Vendor::Lenovo)) => &[Len],
            (Some("bios"), Some(Vendor::Gigabyte | Vendor::Ami)) => &[Rev, Dot, Nv],
            (Some("bmc"), Some(Vendor::Hpe)) => &[Ilo],
            (Some("bmc"), Some(Vendor::Dell)) => &[Dot],
            (Some("bmc"), Some(Vendor::Supermicro | Vendor::Gigabyte | Vendor::Ami)) => &[Dot, Nv],
            (Some("bios" | "bmc"), Some(Vendor::Nvidia | Vendor::Intel | Vendor::Cray | Vendor::OpenBmc)) => &[Nv],
            (Some("cpld" | "psu"), _) => &[Hex, Dot],
            (Some("gpu"), _) => &[Hex, Nv],
            (Some("nic"), _) if named(&OTHER_ADAPTERS) => &[Dot],
            (Some("nic"), maker) if maker == Some(Vendor::Mellanox) || named(&MELLANOX) => &[Mlx],
            (None, Some(Vendor::Mellanox)) => &[Mlx],
            (None | Some("other"), _) if named(&MELLANOX) => &[Mlx],
            (Some("drive"), _) => &[Dot, Opaque],
            (Some("tpm"), _) => &[Dot],
            _ => &[],
        }
    }
}
