//! What a hint says about the families to try.

use super::{Family, Hint};

/// Whose firmware it is, as far as that decides a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    Hpe,
    Dell,
    Supermicro,
    Lenovo,
    Nvidia,
    Mellanox,
    Ami,
    Gigabyte,
    Intel,
    Cray,
    OpenBmc,
}

/// Words in a vendor's name, lower case. Source: facts, vendors 2.1. `ami` and `hp` only as the whole name.
const MAKERS: [(&str, Maker); 16] = [
    ("cray", Maker::Cray),
    ("hpe", Maker::Hpe),
    ("hewlett", Maker::Hpe),
    ("dell", Maker::Dell),
    ("supermicro", Maker::Supermicro),
    ("super micro", Maker::Supermicro),
    ("smci", Maker::Supermicro),
    ("lenovo", Maker::Lenovo),
    ("nvidia", Maker::Nvidia),
    ("mellanox", Maker::Mellanox),
    ("mlnx", Maker::Mellanox),
    ("american megatrends", Maker::Ami),
    ("giga", Maker::Gigabyte),
    ("intel", Maker::Intel),
    ("openbmc", Maker::OpenBmc),
    ("openpower", Maker::OpenBmc),
];

/// Words in the name of a Mellanox adapter, lower case.
const MELLANOX: [&str; 6] = ["mellanox", "connectx", "bluefield", "mcx", "mbf", "mlnx"];

/// Words in the name of another maker's adapter, lower case.
const OTHER_ADAPTERS: [&str; 8] =
    ["broadcom", "intel", "qlogic", "emulex", "marvell", "chelsio", "solarflare", "netxtreme"];

impl Hint<'_> {
    pub(super) fn maker(&self) -> Option<Maker> {
        let vendor = self.vendor?.trim().to_ascii_lowercase();
        match vendor.as_str() {
            "ami" => Some(Maker::Ami),
            "hp" => Some(Maker::Hpe),
            _ => MAKERS.into_iter().find(|(word, _)| vendor.contains(word)).map(|(_, maker)| maker),
        }
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
        if named(&["diagnostics"]) && maker == Some(Maker::Dell) {
            return &[Rev];
        }
        if maker == Some(Maker::Hpe) && self.kind.is_none_or(|kind| kind == "other") {
            if named(&["system rom"]) {
                return &[Rom];
            }
            if name.starts_with("ilo ") || name == "ilo" {
                return &[Ilo];
            }
        }
        match (self.kind.map(str::to_ascii_lowercase).as_deref(), maker) {
            (Some("bios"), Some(Maker::Hpe)) => &[Rom],
            (Some("bios"), Some(Maker::Dell)) => &[Dot, Rev],
            (Some("bios"), Some(Maker::Supermicro)) => &[Sfx, Dot],
            (Some("bios" | "bmc"), Some(Maker::Lenovo)) => &[Len],
            (Some("bios"), Some(Maker::Gigabyte | Maker::Ami)) => &[Rev, Dot, Nv],
            (Some("bmc"), Some(Maker::Hpe)) => &[Ilo],
            (Some("bmc"), Some(Maker::Dell)) => &[Dot],
            (Some("bmc"), Some(Maker::Supermicro | Maker::Gigabyte | Maker::Ami)) => &[Dot, Nv],
            (Some("bios" | "bmc"), Some(Maker::Nvidia | Maker::Intel | Maker::Cray | Maker::OpenBmc)) => &[Nv],
            (Some("cpld" | "psu"), _) => &[Hex, Dot],
            (Some("gpu"), _) => &[Hex, Nv],
            (Some("nic"), _) if named(&OTHER_ADAPTERS) => &[Dot],
            (Some("nic"), maker) if maker == Some(Maker::Mellanox) || named(&MELLANOX) => &[Mlx],
            (None, Some(Maker::Mellanox)) => &[Mlx],
            (None | Some("other"), _) if named(&MELLANOX) => &[Mlx],
            (Some("drive"), _) => &[Dot, Opaque],
            (Some("tpm"), _) => &[Dot],
            _ => &[],
        }
    }
}
