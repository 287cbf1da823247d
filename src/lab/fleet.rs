//! Machines drawn from the catalogues: the same seed gives the same fleet.

mod identity;

use std::sync::LazyLock;

use serde::Deserialize;

use super::{
    model::{Component, Health, Kind, Machine, Post, Power},
    personality::Personality,
    random::Random,
};

/// The catalogues' models and parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    model: Vec<Model>,
    part: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    personality: String,
    name: String,
    #[serde(default)]
    sku: String,
    #[serde(default)]
    board: String,
    #[serde(default)]
    board_id: String,
    processor: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    key: String,
    kind: Kind,
    #[serde(default)]
    id: String,
    name: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    slot: String,
    #[serde(default)]
    software_id: String,
    #[serde(default)]
    manufacturer: String,
    /// The models it is for; all of the vendor's where there are none.
    #[serde(default)]
    models: Vec<String>,
    /// Version and release date, old to new.
    levels: Vec<(String, String)>,
    /// Whether the level before is kept for rollback.
    #[serde(default)]
    previous: bool,
    #[serde(default = "yes")]
    updateable: bool,
    /// How many in a hundred machines have it.
    #[serde(default = "always")]
    chance: usize,
}

fn yes() -> bool {
    true
}

fn always() -> usize {
    100
}

const FILES: [&str; 10] = [
    include_str!("catalog/dell.toml"),
    include_str!("catalog/dell_early.toml"),
    include_str!("catalog/dell_idrac8.toml"),
    include_str!("catalog/hpe.toml"),
    include_str!("catalog/supermicro.toml"),
    include_str!("catalog/supermicro_x11.toml"),
    include_str!("catalog/openbmc.toml"),
    include_str!("catalog/lenovo.toml"),
    include_str!("catalog/ami.toml"),
    include_str!("catalog/hpm.toml"),
];

/// The catalogue that has a personality's models. A file that cannot be read is left out; a test reads them all.
fn catalog(personality: Personality) -> Option<&'static Catalog> {
    static CATALOGS: LazyLock<Vec<Catalog>> =
        LazyLock::new(|| FILES.iter().filter_map(|file| toml::from_str(file).ok()).collect());
    CATALOGS.iter().find(|one| one.model.iter().any(|model| model.personality == personality.name()))
}

/// A fleet: the personalities dealt out in turn. `lived_in` leaves a few hosts off and a few unwell.
#[must_use]
pub fn fleet(servers: usize, seed: u64, personalities: &[Personality], lived_in: bool) -> Vec<Machine> {
    let mut machines = Vec::with_capacity(servers);
    for (index, personality) in (0..servers).zip(personalities.iter().copied().cycle()) {
        let mut machine = machine(personality, index, seed);
        if lived_in {
            live_in(&mut machine, seed);
        }
        machines.push(machine);
    }
    machines
}

/// One machine.
#[must_use]
pub fn machine(personality: Personality, index: usize, seed: u64) -> Machine {
    let mut random = Random::new(seed, place(index));
    let catalog = catalog(personality);
    let models: Vec<&Model> =
        catalog.iter().flat_map(|one| &one.model).filter(|model| model.personality == personality.name()).collect();
    let model = random.pick(&models).copied();
    let identity = identity::draw(personality, model, index, &mut random);
    let name = model.map_or("", |model| &model.name);
    let parts = catalog.iter().flat_map(|one| &one.part);
    let components = parts
        .filter(|part| part.models.is_empty() || part.models.iter().any(|one| one == name))
        .filter_map(|part| draw_part(part, &identity.mac, &mut random))
        .collect();
    Machine::new(identity, components)
}

fn place(index: usize) -> u64 {
    u64::try_from(index).unwrap_or_default()
}

fn draw_part(part: &Part, mac: &str, random: &mut Random) -> Option<Component> {
    // Every part draws the same numbers whether it is there or not, so that one change of a catalogue changes one part.
    let there = random.below(100) < part.chance;
    let level = random.below(part.levels.len());
    let (version, released) = part.levels.get(level)?;
    let before = level.checked_sub(1).and_then(|level| part.levels.get(level)).filter(|_| part.previous);
    let date = |text: &String| (!text.is_empty()).then(|| text.clone());
    there.then(|| Component {
        key: part.key.clone(),
        kind: part.kind,
        id: part.id.clone(),
        name: part.name.replace("${mac}", &mac.to_uppercase()),
        class: part.class.clone(),
        slot: part.slot.clone(),
        version: version.clone(),
        released: date(released),
        staged: None,
        previous: before.map(|(version, _)| version.clone()),
        previous_released: before.and_then(|(_, released)| date(released)),
        software_id: part.software_id.clone(),
        updateable: part.updateable,
        manufacturer: part.manufacturer.clone(),
    })
}

/// One host in twelve is off, one machine in twenty is not well.
fn live_in(machine: &mut Machine, seed: u64) {
    let mut random = Random::new(seed, place(machine.identity.index).wrapping_add(0x11FE));
    if random.below(12) == 0 {
        machine.power = Power::Off;
        machine.post = Post::Off;
    }
    if random.below(20) == 0 {
        machine.health = Health::Warning;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_catalogue_can_be_read() {
        for file in FILES {
            toml::from_str::<Catalog>(file).unwrap();
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_fleet_and_another_another() {
        let one = fleet(24, 7, &Personality::ALL, true);
        assert_eq!(one, fleet(24, 7, &Personality::ALL, true));
        assert_ne!(one, fleet(24, 8, &Personality::ALL, true));
    }

    #[test]
    fn twenty_four_servers_are_of_six_vendors_and_each_has_bios_and_bmc() {
        let machines = fleet(24, 7, &Personality::ALL, true);
        let vendors: BTreeSet<_> = machines.iter().map(|one| one.identity.personality.vendor()).collect();
        assert_eq!(vendors.len(), 6);
        for machine in &machines {
            assert!(!machine.version(Kind::Bios).is_empty() && !machine.version(Kind::Bmc).is_empty());
            let members = (machine.identity.personality.profile().firmware)(machine).len();
            assert!((4..=20).contains(&members), "{members} members");
            assert!(machine.identity.serial.contains("LAB"));
        }
    }

    #[test]
    fn no_two_of_a_thousand_share_a_name() {
        let machines = fleet(1000, 7, &Personality::ALL, false);
        let names: [fn(&Machine) -> &String; 3] =
            [|one| &one.identity.serial, |one| &one.identity.uuid, |one| &one.identity.mac];
        for name in names {
            assert_eq!(machines.iter().map(name).collect::<BTreeSet<_>>().len(), 1000);
        }
    }
}
