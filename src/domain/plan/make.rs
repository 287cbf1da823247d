//! Making a plan.

use std::collections::BTreeMap;

use super::{
    Candidate, Goal, LeftOut, Options, Plan, PlannedImage, PowerPolicy, ServerPlan, Update, Why, chain, order,
};
use crate::domain::{
    installer::Installer,
    inventory::{Component, Slot, Stack, Updateable},
    kind::Kind,
    ladder::{Asked, Ladder},
    machine::Numbers,
    manifest::{Fit, Hardware, Image, Manifest, Part, Wanted},
    running,
    vendor::Vendor,
    version::{self, Order},
    words,
};

/// How long a flash takes where its manifest does not say, in minutes.
const USUAL_MINUTES: u32 = 10;

/// The plan that brings `candidates` to `goal` with the images of `manifest`.
#[must_use]
pub fn make(candidates: &[Candidate<'_>], manifest: &Manifest, goal: Goal, options: Options) -> Plan {
    let plans = candidates.iter().map(|candidate| server(candidate, manifest, &goal, &options));
    // What nothing is wanted of is no part of the plan.
    let servers = plans.filter(|plan| plan.refused != Some(Why::NothingForIt)).collect();
    Plan { goal, bios_profile: None, options, servers }
}

/// A plan that does nothing on the server; refused where nothing can be done on it at all.
pub(super) fn bare(candidate: &Candidate<'_>) -> ServerPlan {
    let identity = Numbers::of(candidate.inventory);
    ServerPlan {
        id: candidate.id,
        endpoint: candidate.endpoint.clone(),
        name: candidate.name.map(str::to_owned),
        refused: match () {
            () if candidate.here => Some(Why::Here),
            () if identity.is_anonymous() => Some(Why::Anonymous),
            () => None,
        },
        identity,
        updates: Vec::new(),
        order: None,
        left_out: Vec::new(),
        bios: None,
    }
}

fn server(candidate: &Candidate<'_>, manifest: &Manifest, goal: &Goal, options: &Options) -> ServerPlan {
    let mut plan = bare(candidate);
    if plan.refused.is_some() {
        return plan;
    }
    let machine = Machine::of(candidate);
    let wanted = match machine.wanted(manifest, goal) {
        Ok(wanted) => wanted,
        Err(why) => {
            plan.refused = Some(why);
            return plan;
        }
    };
    let mut chains = Vec::new();
    for (component, wish) in wanted {
        match wish.and_then(|image| machine.updates(component, image, manifest, goal, options)) {
            Ok(chain) => chains.push(chain),
            Err(why) => plan.left_out.push(left_out(component, why)),
        }
    }
    let order = order::sort(&mut chains, machine.vendor, &manifest.order);
    let moved = meet_requirements(&mut chains, &mut plan.left_out, &machine, manifest);
    plan.order =
        (chains.len() > 1).then(|| if moved { format!("{order}, but what an image requires first") } else { order });
    plan.updates = chains.into_iter().flatten().collect();
    plan
}

fn left_out(component: &Component, why: Why) -> LeftOut {
    LeftOut {
        component: component.id.clone(),
        name: component.name.clone(),
        version: component.version.value().cloned(),
        why,
    }
}

/// A candidate as images are matched to it.
pub(super) struct Machine<'a> {
    candidate: &'a Candidate<'a>,
    vendor: Option<Vendor>,
    boards: Vec<&'a str>,
}

type Wish<'a> = Result<&'a Image, Why>;

/// What is wanted of each component, by its id, and why the nearest miss missed.
#[derive(Default)]
struct Wishes<'a> {
    found: BTreeMap<&'a str, (&'a Component, Wish<'a>)>,
    nearest: Option<Why>,
}

impl<'a> Wishes<'a> {
    fn add(&mut self, component: &'a Component, wish: Wish<'a>) {
        let wish = match (self.found.get(component.id.as_str()), wish) {
            (Some((_, Ok(one))), Ok(other)) if one.id != other.id => {
                Err(Why::Conflict { one: one.id.clone(), other: other.id.clone() })
            }
            (_, wish) => wish,
        };
        self.found.insert(&component.id, (component, wish));
    }
}

/// Whether a component is one of those that patterns name; none name all.
fn is_named(patterns: &[String], component: &Component) -> bool {
    let is = |pattern: &String| words::is_like(pattern, &component.name) || words::is_like(pattern, &component.id);
    patterns.is_empty() || patterns.iter().any(is)
}

impl<'a> Machine<'a> {
    pub(super) fn of(candidate: &'a Candidate<'a>) -> Self {
        let identity = &candidate.inventory.identity;
        Self {
            candidate,
            vendor: identity.vendor.value().and_then(|brand| Vendor::from_text(brand)),
            boards: identity.board.as_deref().into_iter().collect(),
        }
    }

    fn brand(&self) -> Option<&'a str> {
        self.candidate.inventory.identity.vendor.value().map(String::as_str)
    }

    /// Who packages images for it: the brand; where nobody knows that, OpenBMC on its boards, and on those that speak IPMI alone
    /// whoever makes HPM.1 images, which are one standard's and name the board that they are for.
    fn packager(&self) -> Option<&'a str> {
        let standard = match self.candidate.inventory.identity.stack {
            Stack::OpenBmc => "OpenBMC",
            Stack::Ipmi => "HPM.1",
            _ => return self.brand(),
        };
        self.brand().filter(|_| self.vendor.is_some()).or(Some(standard))
    }

    pub(super) fn hardware(&self) -> Hardware<'_> {
        let identity = &self.candidate.inventory.identity;
        Hardware {
            vendor: self.packager(),
            model: identity.model.value().map(String::as_str),
            boards: &self.boards,
            generation: identity.generation.value().map(String::as_str),
        }
    }

    /// The components that run, not their backups.
    fn components(&self) -> impl Iterator<Item = &'a Component> {
        self.candidate.inventory.components.iter().filter(|component| component.slot == Slot::Running)
    }

    fn fit(&self, image: &Image, component: &Component) -> Fit {
        image.fit(&self.hardware(), &part(component))
    }

    /// What is wanted of each component; an error where the goal has nothing for this machine.
    fn wanted(&self, manifest: &'a Manifest, goal: &Goal) -> Result<Vec<(&'a Component, Wish<'a>)>, Why> {
        let mut wishes = Wishes::default();
        match goal {
            Goal::NoFirmware => {}
            Goal::Image(id) => match manifest.image(id) {
                Some(image) => self.wish_image(image, &mut wishes),
                None => return Err(Why::NoImage { wanted: id.clone() }),
            },
            Goal::Baseline(name) => {
                for rule in manifest.baseline(name).map(|baseline| baseline.rules.as_slice()).unwrap_or_default() {
                    match rule.fit(&self.hardware()) {
                        Fit::Match { .. } => self.wish_rule(&rule.wanted, manifest, &mut wishes),
                        Fit::Unproven { by } => wishes.nearest = Some(Why::Unproven { evidence: by.to_string() }),
                        Fit::Mismatch { .. } => {}
                    }
                }
            }
        }
        if wishes.found.is_empty() {
            return Err(wishes.nearest.unwrap_or(Why::NothingForIt));
        }
        Ok(wishes.found.into_values().collect())
    }

    fn wish_rule(&self, wanted: &'a [Wanted], manifest: &'a Manifest, wishes: &mut Wishes<'a>) {
        for one in wanted {
            match one {
                Wanted::Image { image } => {
                    if let Some(image) = manifest.image(image) {
                        self.wish_image(image, wishes);
                    }
                }
                Wanted::Version { kind, components, version } => {
                    for component in self.components().filter(|one| one.kind == *kind && is_named(components, one)) {
                        wishes.add(component, self.image_for(component, version, manifest));
                    }
                }
            }
        }
    }

    fn wish_image(&self, image: &'a Image, wishes: &mut Wishes<'a>) {
        for component in self.components().filter(|component| component.kind == image.kind) {
            match self.fit(image, component) {
                Fit::Match { .. } => wishes.add(component, Ok(image)),
                Fit::Mismatch { by } => wishes.nearest = Some(Why::Mismatch { evidence: by.to_string() }),
                Fit::Unproven { by } => wishes.nearest = Some(Why::Unproven { evidence: by.to_string() }),
            }
        }
    }

    fn image_for(&self, component: &Component, wanted: &str, manifest: &'a Manifest) -> Wish<'a> {
        let hint = running::hint(self.brand(), component);
        let brings = |image: &&Image| {
            version::compare_as_read(hint, &image.version, wanted).order == Order::Equal
                && self.fit(image, component).is_match()
        };
        manifest.images.iter().find(brings).ok_or_else(|| Why::NoImage { wanted: wanted.into() })
    }

    /// The ways of handing `image` over for `component`. The BMC may run another version by then: what it offers is read
    /// anew before each push.
    fn ladder(&self, component: &Component, image: &Image) -> Ladder {
        let inventory = self.candidate.inventory;
        let asked = Asked {
            stack: inventory.identity.stack,
            bmc: self
                .components()
                .find(|one| one.kind == Kind::Bmc)
                .and_then(|bmc| bmc.version.value())
                .map(String::as_str),
            kind: component.kind,
            file: &image.file,
            installer: image.installed_by,
            host_reset: image.host_reset,
            signature: image.signature.is_some(),
            tools: self.candidate.tools,
            tiers: self.candidate.tiers,
        };
        Ladder::of(&inventory.offers, asked)
    }

    /// The flashes that bring `component` to `image`.
    fn updates(
        &self,
        component: &Component,
        image: &'a Image,
        manifest: &'a Manifest,
        goal: &Goal,
        options: &Options,
    ) -> Result<Vec<Update>, Why> {
        let inventory = self.candidate.inventory;
        let from = component.version.value().ok_or_else(|| Why::VersionUnknown {
            reason: component.version.why_unknown().unwrap_or_default().into(),
        })?;
        let hint = running::hint(self.brand(), component);
        let compared = version::compare_as_read(hint, from, &image.version);
        let steps = match compared.order {
            Order::Equal => return Err(Why::AlreadyThere),
            Order::Greater if !options.downgrade => return Err(Why::Newer { wanted: image.version.clone() }),
            Order::Greater => vec![image],
            Order::Incomparable => {
                return Err(Why::NotComparable { wanted: image.version.clone(), reason: compared.why.to_string() });
            }
            Order::Less => {
                let fits = |other: &&Image| self.fit(other, component).is_match();
                let others: Vec<_> = manifest.images.iter().filter(fits).collect();
                chain::chain(hint, from, image, &others)?
            }
        };
        // iLO says so too of what it cannot flash itself and the host's UEFI can.
        if component.updateable == Updateable::No && image.installed_by == Installer::Bmc {
            return Err(Why::NotUpdateable);
        }
        let is_off = inventory.power.value().is_some_and(|power| power == "Off");
        let mut before = from.clone();
        let mut updates = Vec::with_capacity(steps.len());
        for step in steps {
            let ladder = self.ladder(component, step);
            if ladder.rungs.is_empty() {
                let left = ladder.left_out.iter().map(|rung| format!("{}: {}", rung.method, rung.why));
                return Err(Why::NoMethod {
                    stack: inventory.identity.stack,
                    left: left.collect::<Vec<_>>().join("; "),
                });
            }
            if step.ac_cycle {
                return Err(Why::NeedsAcCycle);
            }
            let max = inventory.offers.max_image_bytes.filter(|max| *max < step.size);
            if let Some(max) = max {
                return Err(Why::TooLarge { size: step.size, max });
            }
            match options.power {
                PowerPolicy::Never if step.host_reset || step.host_off => return Err(Why::PowerForbidden),
                PowerPolicy::IfOff if (step.host_reset || step.host_off) && !is_off => return Err(Why::HostIsOn),
                _ => {}
            }
            updates.push(Update {
                component: component.id.clone(),
                kind: component.kind,
                name: component.name.clone(),
                targets: component.targets.clone(),
                from: std::mem::replace(&mut before, step.version.clone()),
                to: step.version.clone(),
                image: PlannedImage {
                    id: step.id.clone(),
                    file: step.file.clone(),
                    sha256: step.sha256,
                    size: step.size,
                    signature: step.signature.clone(),
                },
                methods: ladder.methods(),
                ladder,
                criticality: step.criticality,
                host_reset: step.host_reset,
                bmc_reset: step.bmc_reset,
                host_off: step.host_off,
                tpm_override: options.tpm_override && is_measured(inventory.identity.stack, component.kind),
                minutes: step.minutes.unwrap_or(USUAL_MINUTES),
                why: if step.id == image.id { reason(goal) } else { format!("stepping stone to {}", image.version) },
            });
        }
        Ok(updates)
    }
}

/// Whether a trusted platform module measures it, and its BMC asks whether it may change (HPE: ROM and iLO).
fn is_measured(stack: Stack, kind: Kind) -> bool {
    stack == Stack::Ilo && matches!(kind, Kind::Bios | Kind::Bmc)
}

fn reason(goal: &Goal) -> String {
    match goal {
        Goal::Baseline(name) => format!("baseline {name}"),
        Goal::Image(id) => format!("image {id}"),
        Goal::NoFirmware => "no firmware".into(),
    }
}

fn part(component: &Component) -> Part<'_> {
    Part {
        kind: component.kind,
        id: &component.id,
        name: &component.name,
        software_id: component.software_id.as_deref(),
    }
}

/// Takes out what needs another component that nothing brings up, and moves what does bring it up before it. Whether
/// anything was moved.
fn meet_requirements(
    chains: &mut Vec<Vec<Update>>,
    left_out_list: &mut Vec<LeftOut>,
    machine: &Machine<'_>,
    manifest: &Manifest,
) -> bool {
    let mut moved = false;
    // One removal can take away what another needs; a move can only go forward, so both end.
    for _ in 0..=chains.len() * chains.len() {
        let Some((index, need)) = first_unmet(chains, machine, manifest) else { return moved };
        match need {
            Need::Later(provider) => {
                let chain = chains.remove(provider);
                chains.insert(index, chain);
                moved = true;
            }
            Need::Missing(needs) => {
                let chain = chains.remove(index);
                let id = chain.first().map(|update| update.component.clone()).unwrap_or_default();
                if let Some(component) = machine.components().find(|component| component.id == id) {
                    left_out_list.push(left_out(component, Why::Requirement { needs }));
                }
            }
        }
    }
    moved
}

enum Need {
    /// The chain at that place meets it, but stands later.
    Later(usize),
    /// Nothing does.
    Missing(String),
}

fn first_unmet(chains: &[Vec<Update>], machine: &Machine<'_>, manifest: &Manifest) -> Option<(usize, Need)> {
    for (index, chain_) in chains.iter().enumerate() {
        let requirements =
            chain_.iter().filter_map(|update| manifest.image(&update.image.id)).flat_map(|image| &image.requires);
        for requirement in requirements {
            let named = |component: &&Component| {
                component.kind == requirement.kind && is_named(&requirement.components, component)
            };
            for component in machine.components().filter(named) {
                let hint = running::hint(machine.brand(), component);
                let met = |version: &str| chain::at_least(hint, version, &requirement.at_least);
                if component.version.value().is_some_and(|version| met(version)) {
                    continue;
                }
                let provider = chains.iter().position(|other| {
                    other.last().is_some_and(|update| update.component == component.id && met(&update.to))
                });
                match provider {
                    Some(place) if place < index => {}
                    Some(place) if place > index => return Some((index, Need::Later(place))),
                    _ => {
                        let needs = format!("{} at least at {}", component.name, requirement.at_least);
                        return Some((index, Need::Missing(needs)));
                    }
                }
            }
        }
    }
    None
}
