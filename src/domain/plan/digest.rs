//! What a confirmation is bound to.

use serde::Serialize;
use sha2::Digest;

use super::{Goal, Options, Plan, Update};
use crate::domain::{
    bios::{BiosWay, Wishes},
    digest::Sha256,
    machine::Numbers,
};

/// What the digest covers: who, what, from what, to what, by which bytes and ways, and how it is carried out. Names and
/// addresses are not in it: they may change without changing what is done.
#[derive(Serialize)]
struct Bound<'a> {
    goal: &'a Goal,
    options: &'a Options,
    servers: Vec<(u64, &'a Numbers, Vec<BoundUpdate<'a>>)>,
    /// Left out where no profile is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    bios_profile: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bios: Vec<BoundBios<'a>>,
}

/// What a profile wants of a server and by which way, and not what a look at it said besides: that changes by itself, and the
/// run looks anew.
#[derive(Serialize)]
struct BoundBios<'a> {
    server: u64,
    wishes: &'a Wishes,
    resets_host: bool,
    /// Left out where it is Redfish, so that older plans keep their digest.
    #[serde(skip_serializing_if = "BiosWay::is_usual")]
    way: BiosWay,
}

#[derive(Serialize)]
struct BoundUpdate<'a> {
    component: &'a str,
    from: &'a str,
    to: &'a str,
    sha256: Sha256,
    methods: &'a [crate::domain::offers::Method],
    host_reset: bool,
    host_off: bool,
}

impl<'a> From<&'a Update> for BoundUpdate<'a> {
    fn from(update: &'a Update) -> Self {
        Self {
            component: &update.component,
            from: &update.from,
            to: &update.to,
            sha256: update.image.sha256,
            methods: &update.methods,
            host_reset: update.host_reset,
            host_off: update.host_off,
        }
    }
}

impl Plan {
    /// SHA-256 of the plan's binding part as JSON, its members in the order of the code.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        let servers = self
            .servers
            .iter()
            .map(|server| (server.id.0, &server.identity, server.updates.iter().map(BoundUpdate::from).collect()));
        let bios = self.servers.iter().filter_map(|server| {
            let bios = server.bios.as_ref()?;
            let (wishes, resets_host, way) = (&bios.wishes, bios.resets_host, bios.way);
            Some(BoundBios { server: server.id.0, wishes, resets_host, way })
        });
        let bound = Bound {
            goal: &self.goal,
            options: &self.options,
            servers: servers.collect(),
            bios_profile: self.bios_profile.as_deref(),
            bios: bios.collect(),
        };
        // Plain data of strings, numbers and lists always has a JSON form; an empty one would be no plan's digest.
        let json = serde_json::to_vec(&bound).unwrap_or_default();
        Sha256(sha2::Sha256::digest(json).into())
    }
}
