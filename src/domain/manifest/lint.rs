//! Mistakes that show only when all images and baselines stand side by side.

use std::collections::BTreeMap;

use super::{
    Image, Match, Problem, Requirement, Wanted,
    parse::{Parsed, PlacedBaseline, PlacedImage},
};
use crate::domain::{
    kind::Kind,
    version::{self, Hint, Order},
    words,
};

/// Finds what is wrong between the images and baselines of all files.
pub(super) fn across(all: &mut Parsed) {
    let mut found = Vec::new();
    // equal versions have one normal form, so only few images need to be compared with each other
    let mut same: BTreeMap<_, Vec<&Image>> = BTreeMap::new();
    for later in &all.images {
        let key = (later.image.vendor, later.image.kind, normalised(&later.image));
        let before = same.entry(key).or_default();
        if let Some(earlier) = before.iter().find(|earlier| is_other_file(earlier, &later.image)) {
            let problem = Problem::OtherHash {
                other: earlier.id.clone(),
                kind: later.image.kind,
                version: later.image.version.clone(),
            };
            found.push(later.at.finding(problem));
        }
        before.push(&later.image);
    }
    cycles(&all.images, &mut found);
    for baseline in &all.baselines {
        wanted(baseline, all, &mut found);
    }
    all.findings.append(&mut found);
}

fn hint(image: &Image, kind: Kind) -> Hint<'static> {
    Hint { vendor: Some(image.vendor.word()), kind: Some(kind.word()), name: None }
}

fn order(image: &Image, kind: Kind, a: &str, b: &str) -> Order {
    match image.family.filter(|_| kind == image.kind) {
        Some(family) => version::compare(family, a, b).order,
        None => version::compare_as_read(hint(image, kind), a, b).order,
    }
}

fn normalised(image: &Image) -> Option<String> {
    match image.family {
        Some(family) => version::normalise(family, &image.version),
        None => version::normalise_as_read(hint(image, image.kind), &image.version),
    }
}

/// Whether two images of one version are for the same component, and are not the same file.
fn is_other_file(a: &Image, b: &Image) -> bool {
    // one normal form, but perhaps of two ROM families
    a.sha256 != b.sha256
        && order(a, a.kind, &a.version, &b.version) == Order::Equal
        && a.matches.iter().any(|one| b.matches.iter().any(|other| overlap(one, other)))
}

/// Whether a component may fit both rules.
fn overlap(a: &Match, b: &Match) -> bool {
    let alike = |a: &[String], b: &[String]| {
        let like = |a: &String, b: &String| words::is_like(a, b) || words::is_like(b, a);
        a.is_empty() || b.is_empty() || a.iter().any(|a| b.iter().any(|b| like(a, b)))
    };
    a.machines.vendor == b.machines.vendor
        && alike(&a.machines.models, &b.machines.models)
        && alike(&a.machines.boards, &b.machines.boards)
        && alike(&a.machines.generations, &b.machines.generations)
        && alike(&a.software_ids, &b.software_ids)
        && alike(&a.components, &b.components)
}

/// Whether installing `other` is a way to fulfil a requirement of `image`.
fn fulfils(other: &Image, image: &Image, requirement: &Requirement) -> bool {
    let same_machines = image.matches.iter().any(|a| {
        other.matches.iter().any(|b| {
            let machines = |rule: &Match| Match {
                machines: rule.machines.clone(),
                software_ids: Vec::new(),
                components: Vec::new(),
            };
            overlap(&machines(a), &machines(b))
        })
    });
    other.kind == requirement.kind
        && same_machines
        && matches!(order(other, other.kind, &requirement.at_least, &other.version), Order::Less | Order::Equal)
}

/// Images that can never be installed because they wait for each other.
///
/// An image can be installed if each of its requirements has a candidate that can be, or none at all: then the machine
/// may fulfil it already. What remains waits for itself.
fn cycles(images: &[PlacedImage], found: &mut Vec<super::Finding>) {
    let candidates: Vec<Vec<Vec<usize>>> = images
        .iter()
        .map(|PlacedImage { image, .. }| {
            let ways = |requirement| {
                let fulfilling =
                    images.iter().enumerate().filter(|(_, other)| fulfils(&other.image, image, requirement));
                fulfilling.map(|(index, _)| index).collect()
            };
            image.requires.iter().map(ways).collect()
        })
        .collect();
    let mut installable = vec![false; images.len()];
    loop {
        let before = installable.iter().filter(|yes| **yes).count();
        for (index, requirements) in candidates.iter().enumerate() {
            installable[index] =
                requirements.iter().all(|ways| ways.is_empty() || ways.iter().any(|other| installable[*other]));
        }
        if installable.iter().filter(|yes| **yes).count() == before {
            break;
        }
    }
    let mut told = vec![false; images.len()];
    for start in 0..images.len() {
        if installable[start] || told[start] {
            continue;
        }
        // from a stuck image every step leads to another stuck one, so the walk must come back to where it was
        let mut path: Vec<usize> = Vec::new();
        let mut at = start;
        while !path.contains(&at) {
            path.push(at);
            let stuck =
                candidates[at].iter().find(|ways| !ways.is_empty() && ways.iter().all(|way| !installable[*way]));
            match stuck.and_then(|ways| ways.first()) {
                Some(next) => at = *next,
                None => break,
            }
        }
        let begin = path.iter().position(|index| *index == at).unwrap_or(0);
        let ring = &path[begin..];
        if ring.iter().any(|index| told[*index]) {
            path.iter().for_each(|index| told[*index] = true);
            continue;
        }
        path.iter().for_each(|index| told[*index] = true);
        let mut ids: Vec<String> = ring.iter().map(|index| images[*index].image.id.clone()).collect();
        ids.extend(ids.first().cloned());
        found.push(images[at].at.finding(Problem::Cycle { path: ids }));
    }
}

fn wanted(placed: &PlacedBaseline, all: &Parsed, found: &mut Vec<super::Finding>) {
    for (rule, places) in placed.baseline.rules.iter().zip(&placed.wanted_at) {
        let mut seen: Vec<(Kind, &[String])> = Vec::new();
        for (wanted, place) in rule.wanted.iter().zip(places) {
            let (kind, components): (Kind, &[String]) = match wanted {
                Wanted::Version { kind, components, .. } => (*kind, components),
                Wanted::Image { image: id } => {
                    let Some(image) = all.images.iter().map(|placed| &placed.image).find(|image| image.id == *id)
                    else {
                        // an image with mistakes of its own is known all the same
                        if !all.ids.iter().any(|(known, _)| known == id) {
                            let nearest = words::nearest(id, all.ids.iter().map(|(known, _)| known.as_str()));
                            let nearest = nearest.map(str::to_owned);
                            found.push(place.finding(Problem::UnknownImage { written: id.clone(), nearest }));
                        }
                        continue;
                    };
                    let vendor = rule.machines.vendor;
                    if !image.matches.iter().any(|rule| rule.machines.vendor == vendor) {
                        found.push(place.finding(Problem::NotForThese { image: id.clone(), vendor }));
                    }
                    // several images of one kind are usual: one for each NIC, or for each board
                    if !matches!(image.kind, Kind::Bios | Kind::Bmc) {
                        continue;
                    }
                    let other_machines = rule.wanted.iter().any(|other| match other {
                        Wanted::Image { image: other } if other != id => all.images.iter().any(|placed| {
                            let other_image = &placed.image;
                            other_image.id == *other
                                && other_image.kind == image.kind
                                && !other_image.matches.iter().any(|a| image.matches.iter().any(|b| overlap(a, b)))
                        }),
                        _ => false,
                    });
                    if other_machines {
                        continue;
                    }
                    (image.kind, &[])
                }
            };
            if seen.contains(&(kind, components)) {
                found.push(place.finding(Problem::WantedTwice { kind }));
            }
            seen.push((kind, components));
        }
    }
}
