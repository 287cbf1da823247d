//! What a firmware file says of itself, and whether that contradicts what a manifest says of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    installer::Installer,
    ipmi::HpmImage,
    kind::Kind,
    manifest::Image,
    vendor::Vendor,
    version::{self, Family, Hint, Order, Why},
    words,
};

/// How a file is packaged. Told by its bytes; by its name only where the bytes carry no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Dell Update Package for Windows, which iDRACs take too.
    DellDup,
    /// Dell Update Package for Linux: a script for the host.
    DellDupLinux,
    /// An iDRAC image out of a package: `.d7`, `.d9`, `.d10`.
    DellIdrac,
    /// HPE's zip with `payload.json`.
    HpeFwpkg,
    /// HPE's signed raw image: `.bin`, `.flash`, `.vme`.
    HpeSigned,
    /// HPE's self-extracting script of Gen9 and before.
    HpeScexe,
    /// Supermicro's raw image with a unique file name.
    Supermicro,
    /// OpenBMC's tar with a MANIFEST.
    OpenBmcTar,
    /// PICMG HPM.1, which AMI calls `.hpm`.
    Hpm1,
    /// Lenovo's `.uxz`.
    LenovoUxz,
    /// AMI's raw image: `.ima`, or with a BIOS Guard header.
    AmiRaw,
    /// A UEFI capsule.
    Capsule,
    /// DMTF's PLDM firmware update package, DSP0267.
    Pldm,
    /// A cabinet, as the Linux Vendor Firmware Service has them.
    Cab,
    /// A package for the host's operating system.
    Rpm,
    /// A raw system firmware without a container.
    RawBios,
    /// A zip of no vendor that is known: often several images together.
    Zip,
    /// HPE's Smart Component of the older form: a zip under HPE's number, whose signature lies beside it.
    HpeComponent,
    /// HPE's signature beside an image: `.compsig`.
    HpeSignature,
    /// A text, such as a web page that a failed download left.
    Text,
    /// Nothing that is known.
    Unknown,
}

impl Format {
    /// What it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::DellDup => "Dell Update Package (Windows)",
            Self::DellDupLinux => "Dell Update Package (Linux)",
            Self::DellIdrac => "Dell iDRAC image",
            Self::HpeFwpkg => "HPE firmware package (fwpkg)",
            Self::HpeSigned => "HPE signed image",
            Self::HpeScexe => "HPE scexe",
            Self::Supermicro => "Supermicro image",
            Self::OpenBmcTar => "OpenBMC tar",
            Self::Hpm1 => "HPM.1",
            Self::LenovoUxz => "Lenovo uxz",
            Self::AmiRaw => "AMI image",
            Self::Capsule => "UEFI capsule",
            Self::Pldm => "PLDM package",
            Self::Cab => "LVFS cabinet",
            Self::Rpm => "RPM package",
            Self::RawBios => "raw system firmware",
            Self::Zip => "zip",
            Self::HpeComponent => "HPE Smart Component (zip)",
            Self::HpeSignature => "HPE signature beside an image (compsig)",
            Self::Text => "text",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// Where the claims come from. A file is renamed in a second, so a name proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The file's bytes.
    Inside,
    /// Its name alone.
    ByName,
}

/// What a file says of itself. What it does not say is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// How it is packaged.
    pub format: Format,
    /// Who packaged it.
    pub vendor: Option<Vendor>,
    /// What it updates.
    pub kind: Option<Kind>,
    /// The version it brings, as it is written there.
    pub version: Option<String>,
    /// Boards and machines that it is for: Dell system ids, Supermicro board ids and names, OpenBMC machine names.
    pub boards: Vec<String>,
    /// Devices that it is for: Dell ComponentIDs, HPE targets, PLDM component identifiers, capsule GUIDs, IPMI product ids.
    pub software_ids: Vec<String>,
    /// Whether it carries a signature (which nobody has verified); absent where nothing tells.
    pub signed: Option<bool>,
    /// Where vendor, kind, version and boards come from.
    pub said: Said,
    /// Whether it carries the mark of firmdeck's lab: then nothing else may be offered it.
    #[serde(default)]
    pub lab: bool,
    /// Who writes it, where the file says so.
    #[serde(default)]
    pub installed_by: Option<Installer>,
    /// What it says in IPMI's numbers, where it is an HPM.1 image.
    #[serde(default)]
    pub hpm: Option<HpmImage>,
    /// Why no BMC takes it as it is, and what to do.
    pub unusable: Option<String>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

impl Inspected {
    /// A file that says nothing but how it is packaged.
    #[must_use]
    pub const fn bare(format: Format) -> Self {
        Self {
            format,
            vendor: None,
            kind: None,
            version: None,
            boards: Vec::new(),
            software_ids: Vec::new(),
            signed: None,
            said: Said::Inside,
            lab: false,
            installed_by: None,
            hpm: None,
            unusable: None,
            notes: Vec::new(),
        }
    }
}

/// Something that a file says of itself otherwise than its manifest. Such an image is never pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "contradiction")]
pub enum Contradiction {
    /// It is of another vendor.
    #[error("the file is of {inside}, the manifest says {manifest}")]
    Vendor {
        /// In the file.
        inside: Vendor,
        /// In the manifest.
        manifest: Vendor,
    },
    /// It updates something else.
    #[error("the file is a {inside} image, the manifest says {manifest}")]
    Kind {
        /// In the file.
        inside: Kind,
        /// In the manifest.
        manifest: Kind,
    },
    /// It is another version.
    #[error("the file holds version {inside}, the manifest says {manifest}: {why}")]
    Version {
        /// In the file.
        inside: String,
        /// In the manifest.
        manifest: String,
        /// Why they are not the same.
        why: Why,
    },
    /// It is for other boards.
    #[error("the file is for {}, the manifest's match rules name {}", inside.join(", "), manifest.join(", "))]
    Board {
        /// In the file.
        inside: Vec<String>,
        /// In the manifest.
        manifest: Vec<String>,
    },
    /// It is for other devices.
    #[error("the file is for devices {}, the manifest's match rules name {}", inside.join(", "), manifest.join(", "))]
    Device {
        /// In the file.
        inside: Vec<String>,
        /// In the manifest.
        manifest: Vec<String>,
    },
    /// Another writes it.
    #[error("the file is installed by {inside} (UpdatableBy), the manifest says {manifest} (installed_by)")]
    Installer {
        /// In the file.
        inside: Installer,
        /// In the manifest.
        manifest: Installer,
    },
    /// It is nothing that a BMC takes.
    #[error("{why}")]
    Unusable {
        /// Why, and what to do.
        why: String,
    },
}

/// Everything that `inspected` says otherwise than `image`. Empty where nothing contradicts, which proves no match.
#[must_use]
pub fn contradicts(inspected: &Inspected, image: &Image) -> Vec<Contradiction> {
    let mut found = Vec::new();
    if let Some(why) = &inspected.unusable {
        found.push(Contradiction::Unusable { why: why.clone() });
    }
    if let Some(inside) = inspected.vendor.filter(|inside| !same_maker(*inside, image.vendor)) {
        found.push(Contradiction::Vendor { inside, manifest: image.vendor });
    }
    if let Some(inside) = inspected.kind.filter(|inside| *inside != image.kind) {
        found.push(Contradiction::Kind { inside, manifest: image.kind });
    }
    if let Some(inside) = inspected.installed_by.filter(|inside| *inside != image.installed_by) {
        found.push(Contradiction::Installer { inside, manifest: image.installed_by });
    }
    if let Some(inside) = &inspected.version
        && let Some(why) = other_version(inspected.format, inside, image)
    {
        found.push(Contradiction::Version { inside: inside.clone(), manifest: image.version.clone(), why });
    }
    let boards: Vec<String> = image.matches.iter().flat_map(|rule| rule.machines.boards.clone()).collect();
    if has_none_of(&inspected.boards, &boards) {
        found.push(Contradiction::Board { inside: inspected.boards.clone(), manifest: boards });
    }
    let ids: Vec<String> = image.matches.iter().flat_map(|rule| rule.software_ids.clone()).collect();
    // an HPE manifest may go by SoftwareId where the package goes by target: only ids of one form contradict
    let comparable = inspected.software_ids.iter().any(|inside| ids.iter().any(|id| form(id) == form(inside)));
    if comparable && has_none_of(&inspected.software_ids, &ids) {
        found.push(Contradiction::Device { inside: inspected.software_ids.clone(), manifest: ids });
    }
    found
}

/// Mellanox is NVIDIA's, and AMI's containers come from whoever builds on AMI.
fn same_maker(inside: Vendor, manifest: Vendor) -> bool {
    let is_nvidia = |vendor| matches!(vendor, Vendor::Nvidia | Vendor::Mellanox);
    inside == manifest || (is_nvidia(inside) && is_nvidia(manifest)) || inside == Vendor::Ami
}

/// Why the version inside is surely another one. Strings without a common order contradict only if they are of two
/// lines (another ROM family) or two codes.
fn other_version(format: Format, inside: &str, image: &Image) -> Option<Why> {
    // the header has room for two numbers only; the manifest may say more
    let manifest: String = match format {
        Format::Hpm1 => image.version.split('.').take(2).collect::<Vec<_>>().join("."),
        _ => image.version.clone(),
    };
    let family = if format == Format::Hpm1 { Some(Family::Dot) } else { image.family };
    let comparison = match family {
        Some(family) => version::compare(family, inside, &manifest),
        None => {
            let hint = Hint { vendor: Some(image.vendor.word()), kind: Some(image.kind.word()), name: None };
            version::compare_as_read(hint, inside, &manifest)
        }
    };
    match (comparison.order, comparison.why) {
        (Order::Less | Order::Greater, why) | (Order::Incomparable, why @ (Why::OtherLine { .. } | Why::Codes)) => {
            Some(why)
        }
        _ => None,
    }
}

fn has_none_of(inside: &[String], manifest: &[String]) -> bool {
    let plain = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        text.strip_prefix("0x").map_or(text.clone(), str::to_owned)
    };
    let is_one = |inside: &String| {
        manifest.iter().any(|wanted| plain(wanted) == plain(inside) || words::is_like(wanted, inside))
    };
    !inside.is_empty() && !manifest.is_empty() && !inside.iter().any(is_one)
}

/// What sort of id a text is: GUID, `0x` number, plain number or another.
pub(super) fn form(id: &str) -> u8 {
    match id {
        _ if id.len() == 36 && id.matches('-').count() == 4 => 0,
        _ if id.starts_with("0x") => 1,
        _ if id.bytes().all(|b| b.is_ascii_digit()) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::manifest::{Criticality, Machines, Match};

    fn image() -> Image {
        Image {
            id: "i".into(),
            vendor: Vendor::Supermicro,
            kind: Kind::Bios,
            version: "1.4".into(),
            family: None,
            file: "f".into(),
            urls: Vec::new(),
            sha256: crate::domain::digest::Sha256([7; 32]),
            size: 1,
            criticality: Criticality::Critical,
            host_reset: true,
            bmc_reset: false,
            host_off: false,
            ac_cycle: false,
            installed_by: Installer::Bmc,
            signature: None,
            minutes: None,
            min_from: None,
            requires: Vec::new(),
            matches: vec![Match {
                machines: Machines {
                    vendor: Vendor::Supermicro,
                    models: Vec::new(),
                    boards: vec!["X13DEG-OAD".into(), "0x1D14".into()],
                    generations: Vec::new(),
                },
                software_ids: vec!["159".into()],
                components: Vec::new(),
            }],
            notes: None,
        }
    }

    fn inspected() -> Inspected {
        Inspected {
            vendor: Some(Vendor::Supermicro),
            kind: Some(Kind::Bios),
            version: Some("1.4".into()),
            boards: vec!["1d14".into()],
            ..Inspected::bare(Format::Supermicro)
        }
    }

    #[test]
    fn what_agrees_or_says_nothing_contradicts_nothing() {
        assert_eq!(contradicts(&inspected(), &image()), []);
        assert_eq!(contradicts(&Inspected::bare(Format::Unknown), &image()), []);
        let hpm = Inspected { version: Some("1.4".into()), ..Inspected::bare(Format::Hpm1) };
        assert_eq!(contradicts(&hpm, &Image { version: "1.04.17".into(), ..image() }), []);
        // GUIDs and ComponentIDs are two ways of naming devices
        let target = "00000000-0000-0000-0000-000000000264".to_owned();
        assert_eq!(contradicts(&Inspected { software_ids: vec![target], ..inspected() }, &image()), []);
    }

    #[test]
    fn each_contradiction_is_found() {
        let one = |odd: Inspected| {
            let found = contradicts(&odd, &image());
            assert_eq!(found.len(), 1, "{found:?}");
            found.into_iter().next().unwrap().to_string()
        };
        let other = |change: fn(&mut Inspected)| {
            let mut odd = inspected();
            change(&mut odd);
            one(odd)
        };
        assert_eq!(other(|i| i.vendor = Some(Vendor::Hpe)), "the file is of hpe, the manifest says supermicro");
        assert_eq!(other(|i| i.kind = Some(Kind::Bmc)), "the file is a bmc image, the manifest says bios");
        assert!(other(|i| i.version = Some("1.4a".into())).starts_with("the file holds version 1.4a"));
        assert!(other(|i| i.boards = vec!["1B11".into()]).contains("is for 1B11"));
        assert!(other(|i| i.software_ids = vec!["25227".into()]).contains("devices 25227"));
        assert_eq!(other(|i| i.unusable = Some("a script".into())), "a script");
    }

    #[test]
    fn another_rom_family_is_another_version_though_nobody_can_order_them() {
        let image = Image { vendor: Vendor::Hpe, version: "U30 v2.60".into(), ..image() };
        let odd = Inspected { version: Some("A42 v2.60".into()), ..Inspected::bare(Format::HpeFwpkg) };
        assert!(matches!(contradicts(&odd, &image).as_slice(), [Contradiction::Version { .. }]));
    }
}
