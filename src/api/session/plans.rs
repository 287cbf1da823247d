//! Plans: made from what is known, kept under their digest, checked on the servers.

use std::collections::HashSet;

use super::Session;
use crate::{
    api::{
        filter, offered,
        requests::PlanRequest,
        runs::{CheckDocument, CheckRow, PlanDocument, PlanError, StepRow},
        wire::{SCHEMA, Server},
    },
    config::manifests,
    domain::{
        bios::Profile,
        inventory::{Inventory, ServerId},
        manifest::{Image, Manifest},
        plan::{Candidate, Goal, Options, Plan, make, with_profile},
        vendor::Vendor,
    },
};

impl Session {
    /// Plans for the servers that are asked for, and keeps the plan.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanDocument, PlanError> {
        // A plan goes by the tools that are there.
        self.engine.tools(false).await;
        let PlanRequest { goal, bios_profile, options, servers, query } = request;
        let mut document = self.inventory(None)?;
        if let Some(wanted) = servers {
            let wanted: HashSet<String> = wanted.into_iter().collect();
            let known: HashSet<&str> = document.servers.iter().filter_map(|server| server.id.as_deref()).collect();
            if let Some(unknown) = wanted.iter().find(|id| !known.contains(id.as_str())) {
                return Err(PlanError::NoSuchServer(unknown.clone()));
            }
            document.servers.retain(|server| server.id.as_ref().is_some_and(|id| wanted.contains(id)));
        }
        if let Some(query) = query {
            let query = self.query(&query).map_err(PlanError::Query)?;
            document = filter::apply(document, &query).document;
        }
        let ids: HashSet<ServerId> = document.servers.iter().filter_map(id_of).collect();
        let plan = self.make(&goal, bios_profile.as_deref(), options, &ids)?;
        let plan = self.with_readings(plan, &ids).await?;
        self.check_images(&plan).await?;
        let digest = self.engine.store().add_plan(plan.clone(), self.engine.clock().now()).await?;
        Ok(PlanDocument { schema: SCHEMA, digest: digest.to_string(), plan })
    }

    /// The plan with what its BIOSes say of the profile. They are read now; the rest is then made again from the
    /// inventories that were read with them.
    async fn with_readings(&self, plan: Plan, ids: &HashSet<ServerId>) -> Result<Plan, PlanError> {
        let concerned: Vec<_> = plan.servers.iter().filter(|server| server.bios.is_some()).cloned().collect();
        if concerned.is_empty() {
            return Ok(plan);
        }
        let readings = self.engine.read_bioses(concerned).await;
        let mut plan = self.make(&plan.goal, plan.bios_profile.as_deref(), plan.options, ids)?;
        for server in plan.servers.iter_mut().filter(|server| server.bios.is_some()) {
            let unread = || Err("its model was not known before; plan again".to_owned());
            let reading = readings.get(&server.id).map_or_else(unread, |read| read.as_ref().map_err(Clone::clone));
            server.take_reading(reading);
        }
        Ok(plan)
    }

    pub(super) fn make(
        &self,
        goal: &Goal,
        bios_profile: Option<&str>,
        options: Options,
        ids: &HashSet<ServerId>,
    ) -> Result<Plan, PlanError> {
        let manifest = self.manifest()?;
        check_goal(&manifest, goal)?;
        let profile = bios_profile.map(|name| find_profile(&manifest, name)).transpose()?;
        let here = crate::engine::here::Here::read();
        let (tools, settings) = (self.engine.toolbox(), self.engine.config());
        let mut seen = HashSet::new();
        let stored = self.engine.store().servers()?;
        let candidates: Vec<_> = stored
            .iter()
            .filter_map(|server| {
                let (id, inventory) = (server.id?, server.inventory.as_ref()?);
                (ids.contains(&id) && seen.insert(id)).then(|| Candidate {
                    id,
                    endpoint: &server.target.endpoint,
                    name: server.target.name.as_deref(),
                    inventory,
                    here: here.is(inventory),
                    tools,
                    tiers: settings.ladder.of(&server.target, vendor_of(inventory)),
                })
            })
            .collect();
        let plan = make(&candidates, &manifest, goal.clone(), options);
        Ok(match profile {
            Some(profile) => with_profile(plan, &candidates, profile),
            None => plan,
        })
    }

    /// Every image of the plan is there, intact, and says nothing of itself that speaks against its manifest or against a
    /// machine that it is planned for.
    pub(super) async fn check_images(&self, plan: &Plan) -> Result<(), PlanError> {
        let manifest = self.manifest()?;
        let mut ids: Vec<String> =
            plan.servers.iter().flat_map(|server| &server.updates).map(|update| update.image.id.clone()).collect();
        ids.sort();
        ids.dedup();
        let images: Vec<Image> = ids.iter().filter_map(|id| manifest.image(id)).cloned().collect();
        let looked = self.look_at_images(images).await.map_err(|failure| PlanError::Unreadable(failure.what))?;
        let (looks, mut found) = looked;
        found.extend(offered::misfits(plan, &looks, &self.engine.store().servers()?));
        if found.is_empty() { Ok(()) } else { Err(PlanError::Images(found)) }
    }

    fn manifest(&self) -> Result<Manifest, PlanError> {
        // Profiles alone are planned without any manifest.
        let profiles = self.bios_profiles();
        let manifests = self.manifests().filter(|directory| profiles.is_none() || directory.is_dir());
        let directories: Vec<_> = manifests.into_iter().chain(profiles).collect();
        let files = manifests::read(&directories).map_err(|mistakes| {
            PlanError::Unreadable(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        manifests::report(&files).into_manifest().map_err(PlanError::Manifests)
    }

    /// The one plan whose digest begins with `beginning`.
    pub fn find_plan(&self, beginning: &str) -> Result<Plan, PlanError> {
        let mut found = self.engine.store().plans(beginning)?;
        match found.len() {
            0 => Err(PlanError::NoSuchPlan(beginning.into())),
            1 => Ok(found.remove(0)),
            count => Err(PlanError::Ambiguous { beginning: beginning.into(), count }),
        }
    }

    /// Takes pre_flight alone for each server of a plan; nothing is changed on any.
    pub async fn check(&self, digest: &str) -> Result<CheckDocument, PlanError> {
        let plan = self.find_plan(digest)?;
        let digest = plan.digest().to_string();
        let rows = self.engine.check(plan).await?.into_iter().map(|one| CheckRow {
            id: one.server.to_string(),
            name: one.name.unwrap_or_else(|| one.endpoint.to_string()),
            state: one.state.word().into(),
            why: one.state.why().map(str::to_owned),
            steps: one.steps.iter().map(StepRow::from).collect(),
        });
        Ok(CheckDocument { schema: SCHEMA, plan: digest, servers: rows.collect() })
    }
}

fn id_of(server: &Server) -> Option<ServerId> {
    server.id.clone()?.try_into().ok()
}

fn find_profile<'a>(manifest: &'a Manifest, name: &str) -> Result<&'a Profile, PlanError> {
    manifest.bios_profile(name).ok_or_else(|| PlanError::NoSuchGoal {
        what: "BIOS profile",
        name: name.to_owned(),
        known: list(manifest.bios_profiles.iter().map(|profile| profile.name.as_str()).collect()),
    })
}

fn list(names: Vec<&str>) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn check_goal(manifest: &Manifest, goal: &Goal) -> Result<(), PlanError> {
    match goal {
        Goal::Baseline(name) if manifest.baseline(name).is_none() => Err(PlanError::NoSuchGoal {
            what: "baseline",
            name: name.clone(),
            known: list(manifest.baselines.iter().map(|baseline| baseline.name.as_str()).collect()),
        }),
        Goal::Image(id) if manifest.image(id).is_none() => Err(PlanError::NoSuchGoal {
            what: "image",
            name: id.clone(),
            known: list(manifest.images.iter().map(|image| image.id.as_str()).collect()),
        }),
        _ => Ok(()),
    }
}

fn vendor_of(inventory: &Inventory) -> Option<Vendor> {
    inventory.identity.vendor.value().and_then(|brand| Vendor::from_text(brand))
}
