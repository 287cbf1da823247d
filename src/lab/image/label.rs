//! What an image says of itself.

use crate::lab::{model::Kind, personality::Personality};

/// The first line of a label: no real package has it, and no BMC of the lab takes an image without it.
pub(super) const MARKER: &str = "FIRMDECK-LAB-IMAGE 1\n";
/// The last line of a label.
pub(super) const END: &str = "end-of-label\n";
/// An image ends with the sum over everything before it, in so many hexadecimal digits: behind what its container reads
/// (a zip's comment, what follows a tar's end, the end of a flash image).
pub(super) const SUM: usize = 16;

/// What an image is: to be made, or as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Whose container, and which generation.
    pub personality: Personality,
    /// Which hardware it is for, as [`crate::lab::release::hardware`] names it: Dell system ids (`090E`), HPE target
    /// GUIDs, Supermicro board and id (`X13DEM-1C5D`) or BMC platform, OpenBMC machine names.
    pub fits: Vec<String>,
    /// One of those that the lab has images for.
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

impl Spec {
    /// The label as text.
    pub(super) fn label(&self, size: u64) -> String {
        let Self { personality, fits, kind, version, released, min_from, seed, .. } = self;
        let kind = kind.word();
        let min_from = min_from.as_deref().unwrap_or_default();
        format!(
            "{MARKER}personality={personality}\nfits={}\nkind={kind}\nversion={version}\nreleased={released}\n\
             min_from={min_from}\nsize={size}\nseed={seed}\n{END}",
            fits.join(",")
        )
    }
}

/// Reads the lines between marker and end.
pub(super) fn parse(text: &str) -> Option<Spec> {
    let value = |name: &str| {
        text.lines().find_map(|line| line.split_once('=').filter(|(key, _)| *key == name)).map(|(_, value)| value)
    };
    let text = |name: &str| value(name).map(str::to_owned);
    Some(Spec {
        personality: value("personality")?.parse().ok()?,
        fits: value("fits")?.split(',').map(str::to_owned).collect(),
        kind: Kind::from_word(value("kind")?)?,
        version: text("version")?,
        released: text("released")?,
        min_from: text("min_from").filter(|version| !version.is_empty()),
        size: value("size")?.parse().ok()?,
        seed: value("seed")?.parse().ok()?,
    })
}
