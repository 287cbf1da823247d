//! Firmware manifests: which images there are, what hardware each is for, and what a server should run.
//!
//! The files are TOML; `firmware-manifests/README.md` is their description. [`read`] takes all files of a fleet at
//! once, because a baseline may name images of another file, and reports every mistake with line and column.

mod baselines;
mod checksum;
mod draft;

mod finding;
mod lint;
mod matching;
mod names;
mod parse;
mod problem;
mod profiles;
mod table;

#[cfg(test)]
mod tests;

pub use checksum::BadChecksum;
pub use draft::{Draft, draft};

pub use finding::{Finding, Severity};
pub use matching::{Evidence, Fit, Hardware, Key, Part};
pub use problem::Problem;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{bios::Profile, digest::Sha256, installer::Installer, kind::Kind, vendor::Vendor, version::Family};

/// What all manifest files of a fleet say together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Every image, in the order of files and lines.
    pub images: Vec<Image>,
    /// Every baseline.
    pub baselines: Vec<Baseline>,
    /// In which order kinds are updated, where a file overrides a vendor's own order. Kinds left out come after.
    pub order: BTreeMap<Vendor, Vec<Kind>>,
    /// Every BIOS profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bios_profiles: Vec<Profile>,
}

/// A firmware image and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Unique among all manifests.
    pub id: String,
    /// Who packaged it; decides the format and the family of versions.
    pub vendor: Vendor,
    /// What it updates.
    pub kind: Kind,
    /// The version that a component reports once it runs.
    pub version: String,
    /// The family of `version`, where vendor and kind do not tell it.
    pub family: Option<Family>,
    /// The file's name, without a path.
    pub file: String,
    /// Where it can be fetched from, the preferred first.
    pub urls: Vec<String>,
    /// The file's digest.
    pub sha256: Sha256,
    /// The file's length in bytes.
    pub size: u64,
    /// Whether its failure stops the server's later phases.
    pub criticality: Criticality,
    /// It takes effect when the host is reset.
    pub host_reset: bool,
    /// The BMC resets itself to take it.
    pub bmc_reset: bool,
    /// The host must be off while it is written.
    pub host_off: bool,
    /// It takes effect only when the machine's power is cut.
    pub ac_cycle: bool,
    /// Who writes it.
    pub installed_by: Installer,
    /// The signature that comes with it in a file of its own (HPE's `.compsig`).
    pub signature: Option<Signature>,
    /// How long it takes once uploaded, in minutes, without the host's reset.
    pub minutes: Option<u32>,
    /// The oldest version that can be updated to this one directly.
    pub min_from: Option<String>,
    /// What other components must run first; all of them.
    pub requires: Vec<Requirement>,
    /// What it is for; one rule that fits is enough.
    pub matches: Vec<Match>,
    /// Remarks for the operator.
    pub notes: Option<String>,
}

/// A signature beside an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The file's name, without a path.
    pub file: String,
    /// The file's digest.
    pub sha256: Sha256,
}

/// Whether an update's failure stops a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Its failure stops the server before later phases.
    Critical,
    /// Its failure fails the component only.
    Normal,
}

/// Another component that must be at least at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Of which kind it is.
    pub kind: Kind,
    /// Its name or id, as patterns; empty stands for every component of the kind.
    pub components: Vec<String>,
    /// The oldest version that will do.
    pub at_least: String,
}

/// Machines: each list that is not empty must have a member that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machines {
    /// The brand of the machine.
    pub vendor: Vendor,
    /// Models, as patterns.
    pub models: Vec<String>,
    /// Ids or names of boards.
    pub boards: Vec<String>,
    /// Generation words: `iDRAC9`, `iLO 6`, `X13`.
    pub generations: Vec<String>,
}

/// What an image is for: components of some machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The machines.
    #[serde(flatten)]
    pub machines: Machines,
    /// Redfish SoftwareIds (Dell ComponentID) of the components; empty stands for all.
    pub software_ids: Vec<String>,
    /// Names or ids of the components, as patterns; empty stands for all of the image's kind.
    pub components: Vec<String>,
}

/// A named set of wanted versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Unique among all manifests.
    pub name: String,
    /// What is wanted on which machines.
    pub rules: Vec<BaselineRule>,
    /// Remarks for the operator.
    pub notes: Option<String>,
}

/// What is wanted on some machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineRule {
    /// The machines.
    #[serde(flatten)]
    pub machines: Machines,
    /// What they should run.
    pub wanted: Vec<Wanted>,
}

/// One wanted version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// What an image brings.
    Image {
        /// The image's id.
        image: String,
    },
    /// A version for which no image need be there: enough to judge compliance.
    Version {
        /// Of which components.
        kind: Kind,
        /// Their name or id, as patterns; empty stands for every component of the kind.
        components: Vec<String>,
        /// The version.
        version: String,
    },
}

/// A manifest file: its name as the operator knows it, and its text.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name, for messages.
    pub name: &'a str,
    /// All of it.
    pub text: &'a str,
}

/// What reading gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// What could be read. Only for showing where there are errors; nothing may be planned from it then.
    pub manifest: Manifest,
    /// Every mistake and every doubt, by file and place.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether something is wrong, not only doubtful.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The manifest, if nothing is wrong with it.
    ///
    /// # Errors
    /// Every finding, where at least one is an error.
    pub fn into_manifest(self) -> Result<Manifest, Vec<Finding>> {
        if self.has_errors() { Err(self.findings) } else { Ok(self.manifest) }
    }
}

/// Reads manifest files, and finds every mistake in each and between them.
#[must_use]
pub fn read(files: &[Source<'_>]) -> Report {
    let mut all = parse::Parsed::default();
    for file in files {
        parse::file(*file, &mut all);
    }
    lint::across(&mut all);
    all.findings.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    let manifest = Manifest {
        images: all.images.into_iter().map(|placed| placed.image).collect(),
        baselines: all.baselines.into_iter().map(|placed| placed.baseline).collect(),
        order: all.order,
        bios_profiles: all.profiles.into_iter().map(|placed| placed.profile).collect(),
    };
    Report { manifest, findings: all.findings }
}

impl Manifest {
    /// The image of that id.
    #[must_use]
    pub fn image(&self, id: &str) -> Option<&Image> {
        self.images.iter().find(|image| image.id == id)
    }

    /// The baseline of that name.
    #[must_use]
    pub fn baseline(&self, name: &str) -> Option<&Baseline> {
        self.baselines.iter().find(|baseline| baseline.name == name)
    }

    /// The BIOS profile of that name.
    #[must_use]
    pub fn bios_profile(&self, name: &str) -> Option<&Profile> {
        self.bios_profiles.iter().find(|profile| profile.name == name)
    }
}
