//! What is newer than a fleet has: for each kind of hardware the wanted versions of BIOS and BMC, with their images.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::{
    image::Spec,
    model::{Identity, Kind, Machine},
    personality::Personality,
};

/// Size of an image where nobody asks for another, in bytes.
pub const IMAGE_SIZE: u64 = 256 * 1024;

/// One wanted version and how to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which vendor's BMC.
    pub personality: Personality,
    /// Models of the fleet that it is for.
    pub models: Vec<String>,
    /// [`Kind::Bios`], [`Kind::Bmc`], [`Kind::Tpm`] or [`Kind::Storage`].
    pub kind: Kind,
    /// The wanted version.
    pub version: String,
    /// Its images in the order of installation: the last one is the wanted version, one before it the step in between
    /// for machines that are below its `min_from`.
    pub images: Vec<Spec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    release: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    personality: String,
    kind: Kind,
    models: Vec<String>,
    version: String,
    released: String,
    min_from: Option<String>,
    via: Option<(String, String)>,
}

/// The entries; a test reads them all.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("catalog/releases.toml")).map(|file| file.release).unwrap_or_default()
});

/// What is newer for these machines and has its signature in itself. The seed goes into the images' bytes.
#[must_use]
pub fn release(machines: &[Machine], seed: u64) -> Vec<Release> {
    drawn(machines, seed, |kind| kind != Kind::Storage)
}

/// What is newer and has its signature beside it ([`Spec::signature`]): components that only a vendor's own tool brings.
#[must_use]
pub fn signed_apart(machines: &[Machine], seed: u64) -> Vec<Release> {
    drawn(machines, seed, |kind| kind == Kind::Storage)
}

fn drawn(machines: &[Machine], seed: u64, wanted: impl Fn(Kind) -> bool) -> Vec<Release> {
    let mut releases = Vec::new();
    for entry in ENTRIES.iter().filter(|entry| wanted(entry.kind)) {
        let Ok(personality) = entry.personality.parse::<Personality>() else { continue };
        // A DUP names every system it is for; the others have an image for each hardware id.
        let mut groups: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
        let ours = machines.iter().map(|machine| (machine, &machine.identity)).filter(|(machine, identity)| {
            let has_it = machine.component(entry.kind).is_some();
            has_it && identity.personality == personality && entry.models.contains(&identity.model)
        });
        for (machine, identity) in ours {
            let software_id = machine.component(entry.kind).map_or("", |component| &component.software_id);
            let id = hardware(identity, entry.kind, software_id);
            let key = if personality.vendor() == "dell" { String::new() } else { id.clone() };
            let (ids, models) = groups.entry(key).or_default();
            for (list, one) in [(ids, id), (models, identity.model.clone())] {
                if !list.contains(&one) {
                    list.push(one);
                    list.sort();
                }
            }
        }
        for (fits, models) in groups.into_values() {
            let spec = |version: &str, released: &str, min_from: Option<&String>| Spec {
                personality,
                fits: fits.clone(),
                kind: entry.kind,
                version: version.to_owned(),
                released: released.to_owned(),
                min_from: min_from.cloned(),
                size: IMAGE_SIZE,
                seed,
            };
            let via = entry.via.iter().map(|(version, released)| spec(version, released, None));
            let last = spec(&entry.version, &entry.released, entry.min_from.as_ref());
            let images = via.chain([last]).collect();
            releases.push(Release { personality, models, kind: entry.kind, version: entry.version.clone(), images });
        }
    }
    releases
}

impl Release {
    /// Whether it is for this machine.
    #[must_use]
    pub fn is_for(&self, machine: &Machine) -> bool {
        self.images.last().is_some_and(|image| fits(machine, image))
    }

    /// The images this machine needs, in order: none when it has the wanted version already.
    #[must_use]
    pub fn path(&self, machine: &Machine) -> Vec<&Spec> {
        let from = machine.version(self.kind);
        let Some(last) = self.images.last().filter(|_| from != self.version) else { return Vec::new() };
        let direct = last.min_from.as_deref().is_none_or(|least| order(least) <= order(from));
        self.images.iter().filter(|image| *image == last || !direct).collect()
    }
}

/// Whether an image is for this machine's hardware and vendor, whatever its version.
#[must_use]
pub fn fits(machine: &Machine, image: &Spec) -> bool {
    let identity = &machine.identity;
    machine.component(image.kind).is_some_and(|component| {
        image.personality.vendor() == identity.personality.vendor()
            && image.fits.contains(&hardware(identity, image.kind, &component.software_id))
    })
}

/// What an image must be for to fit: Dell's system id in hexadecimal, HPE's target GUID (`software_id` behind the slash),
/// Supermicro's board with id or BMC platform, OpenBMC's machine name.
#[must_use]
pub fn hardware(identity: &Identity, kind: Kind, software_id: &str) -> String {
    match identity.personality {
        Personality::Idrac9 | Personality::Idrac9Early | Personality::Idrac8 => {
            format!("{:04X}", identity.board_id.parse::<u32>().unwrap_or_default())
        }
        Personality::Ilo5 | Personality::Ilo6 => {
            software_id.split_once('/').map_or("", |(_, target)| target).to_owned()
        }
        Personality::HpmBoard => identity.board_id.clone(),
        // A platform's name of the file that facts 2.4 quote.
        Personality::SupermicroX11 if kind == Kind::Bmc => "X11AST2500-4101MS".to_owned(),
        Personality::SupermicroX12 | Personality::SupermicroX13 if kind == Kind::Bmc => {
            format!("{}AST2600-ROT-5201MS", identity.board.get(..3).unwrap_or("X13"))
        }
        Personality::SupermicroX11 | Personality::SupermicroX12 | Personality::SupermicroX13 => {
            format!("{}-{}", identity.board, identity.board_id.trim_start_matches("0x").to_uppercase())
        }
        _ => identity.model.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase(),
    }
}

/// A version as the numbers in which one vendor's versions are ordered: `A42 v2.60 (08/11/2022)` and `2.72 Sep 04 2022`
/// by the number before the date, a letter (`1.4b`) as one more number.
#[must_use]
pub fn order(version: &str) -> Vec<u64> {
    let number = version.split_once(" v").map_or(version, |(_, rest)| rest);
    let number = number.split(' ').next().unwrap_or_default();
    let mut order = Vec::new();
    let mut digits = String::new();
    for one in number.chars().chain(['.']) {
        if one.is_ascii_digit() {
            digits.push(one);
            continue;
        }
        order.extend(digits.parse::<u64>().ok());
        digits.clear();
        if one.is_ascii_alphabetic() {
            order.push(u64::from(u32::from(one)));
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lab::fleet;

    #[test]
    fn every_entry_can_be_read_and_every_machine_has_something_newer() {
        toml::from_str::<File>(include_str!("catalog/releases.toml")).unwrap();
        let machines = fleet::fleet(70, 3, &Personality::ALL, false);
        let releases = release(&machines, 3);
        for machine in &machines {
            let is_enclosure = machine.identity.personality == Personality::Chassis;
            for kind in [Kind::Bios, Kind::Bmc].into_iter().filter(|kind| *kind == Kind::Bmc || !is_enclosure) {
                let ours: Vec<_> = releases.iter().filter(|one| one.kind == kind && one.is_for(machine)).collect();
                assert_eq!(ours.len(), 1, "{}", machine.identity.model);
                assert!(order(machine.version(kind)) < order(&ours[0].version), "{}", machine.version(kind));
                assert!(!ours[0].path(machine).is_empty());
            }
        }
        let names: Vec<_> = releases.iter().flat_map(|one| &one.images).map(Spec::file_name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }

    #[test]
    fn the_first_fleet_has_a_stepping_stone() {
        let machines = fleet::fleet(24, 1, &Personality::ALL, true);
        let releases = release(&machines, 1);
        let paths =
            |machine| releases.iter().filter(move |one| one.is_for(machine)).map(move |one| one.path(machine).len());
        assert!(machines.iter().flat_map(paths).any(|steps| steps == 2));
    }

    #[test]
    fn versions_are_ordered_within_a_vendor() {
        for (less, more) in [
            ("A42 v2.60 (08/11/2022)", "A42 v2.80 (06/14/2023)"),
            ("2.72 Sep 04 2022", "3.01 Jan 30 2024"),
            ("1.4", "1.4b"),
            ("1.4b", "1.6"),
            ("6.10.30.20", "6.10.80.00"),
            ("2.14.0-112-g7d10ab03f2", "2.15.0-dev-702-g3fa1c0de21"),
        ] {
            assert!(order(less) < order(more), "{less} {more}");
        }
    }
}
