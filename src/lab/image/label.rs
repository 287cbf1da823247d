//! What an image says of itself.

use crate::lab::{model::Kind, personality::Personality};

/// The first line of a label: no real package has it, and no BMC of the lab takes an image without it.
pub(super) const MARKER: &str = "FIRMDECK-LAB-IMAGE 1\n";
/// The last line of a label.
pub(super) const END: &str = "end-of-label\n";
/// The line before the sum's sixteen digits, which count as zeros in the sum itself.
pub(super) const SUM: &str = "checksum=";

/// An image to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Whose container, and which generation.
    pub personality: Personality,
    /// Which hardware it is for, as [`crate::lab::release::hardware`] names it: Dell system ids (`090E`), HPE target
    /// GUIDs, Supermicro board and id (`X13DEM-1C5D`) or BMC platform, OpenBMC machine names.
    pub fits: Vec<String>,
    /// [`Kind::Bios`] or [`Kind::Bmc`].
    pub kind: Kind,
    /// The version as the inventory will show it.
    pub version: String,
    /// Release date, `YYYY-MM-DD`.
    pub released: String,
    /// The oldest version it can be installed over.
    pub min_from: Option<String>,
    /// The size of the file in bytes; at least 32 KiB, rounded up to a multiple of 512.
    pub size: u64,
    /// What its filling is drawn from.
    pub seed: u64,
}

/// What a read image says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    spec: Spec,
    pub(super) checksum: String,
}

impl Label {
    /// The image as it was asked for.
    #[must_use]
    pub fn spec(&self) -> Spec {
        self.spec.clone()
    }
}

impl std::ops::Deref for Label {
    type Target = Spec;

    fn deref(&self) -> &Spec {
        &self.spec
    }
}

impl Spec {
    /// The label as text, the sum's digits all zero.
    pub(super) fn label(&self, size: u64) -> String {
        let Self { personality, fits, kind, version, released, min_from, seed, .. } = self;
        let kind = if *kind == Kind::Bios { "bios" } else { "bmc" };
        let min_from = min_from.as_deref().unwrap_or_default();
        format!(
            "{MARKER}personality={personality}\nfits={}\nkind={kind}\nversion={version}\nreleased={released}\n\
             min_from={min_from}\nsize={size}\nseed={seed}\n{SUM}0000000000000000\n{END}",
            fits.join(",")
        )
    }
}

/// Reads the lines between marker and end.
pub(super) fn parse(text: &str) -> Option<Label> {
    let value = |name: &str| {
        text.lines().find_map(|line| line.split_once('=').filter(|(key, _)| *key == name)).map(|(_, value)| value)
    };
    let text = |name: &str| value(name).map(str::to_owned);
    Some(Label {
        spec: Spec {
            personality: value("personality")?.parse().ok()?,
            fits: value("fits")?.split(',').map(str::to_owned).collect(),
            kind: match value("kind")? {
                "bios" => Kind::Bios,
                "bmc" => Kind::Bmc,
                _ => return None,
            },
            version: text("version")?,
            released: text("released")?,
            min_from: text("min_from").filter(|version| !version.is_empty()),
            size: value("size")?.parse().ok()?,
            seed: value("seed")?.parse().ok()?,
        },
        checksum: text("checksum")?,
    })
}
