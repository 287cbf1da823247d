//! The BIOS part of a plan: what a profile wants of each server, and what a look at its BIOS said of that.

use serde::{Deserialize, Serialize};

use super::{Candidate, Options, Plan, PowerPolicy, ServerPlan, Why, make};
use crate::domain::{
    bios::{BiosReading, BiosWay, Change, Checked, Profile, Reason, Refused, Says, Wishes, check},
    inventory::ServerId,
};

/// What is done to the BIOS of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiosPlan {
    /// The profile's name.
    pub profile: String,
    /// What it wants here.
    #[serde(flatten)]
    pub wishes: Wishes,
    /// The host is reset for it, by the power policy. Else the values wait for whoever resets it.
    pub resets_host: bool,
    /// By which way it is read and set, as the look for the plan found it. The run goes by no other.
    #[serde(default, skip_serializing_if = "BiosWay::is_usual")]
    pub way: BiosWay,
    /// Why by this way, where it is not the usual one, and what cannot be checked beforehand by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What would change, as the BIOS was read for the plan. The run reads it anew.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Attributes that were as they are wanted.
    #[serde(default)]
    pub already: Vec<String>,
    /// Optional ones that the machine does not have.
    #[serde(default)]
    pub absent: Vec<String>,
    /// What was refused; then nothing is done to the server.
    #[serde(default)]
    pub refused: Vec<Refused>,
}

impl BiosPlan {
    /// What a check came to, in the plan's fields.
    fn take(&mut self, checked: Checked) {
        let Checked { changes, already, absent, refused } = checked;
        // Not even a mistaken password is kept.
        for one in refused.iter().filter(|one| one.reason == Reason::Secret) {
            self.wishes.wanted.remove(&one.attribute);
        }
        (self.changes, self.already, self.absent, self.refused) = (changes, already, absent, refused);
    }
}

/// The plan with what `profile` wants of `candidates` besides. Servers without any firmware to update join it.
#[must_use]
pub fn with_profile(mut plan: Plan, candidates: &[Candidate<'_>], profile: &Profile) -> Plan {
    plan.bios_profile = Some(profile.name.clone());
    let mut known: std::collections::BTreeMap<ServerId, ServerPlan> =
        plan.servers.into_iter().map(|server| (server.id, server)).collect();
    plan.servers = candidates
        .iter()
        .filter_map(|candidate| {
            let before = known.remove(&candidate.id);
            let says = profile.of(&make::Machine::of(candidate).hardware());
            let mut server = match (before, &says) {
                (Some(server), _) => server,
                (None, Says::Nothing) => return None,
                (None, _) => make::bare(candidate),
            };
            if server.refused.is_none() {
                add(&mut server, candidate, profile, says, &plan.options);
            }
            Some(server)
        })
        .collect();
    plan
}

fn add(server: &mut ServerPlan, candidate: &Candidate<'_>, profile: &Profile, says: Says, options: &Options) {
    match says {
        Says::Nothing => {}
        Says::Unproven(evidence) => refuse(server, Why::Unproven { evidence }),
        Says::Conflict { attribute, one, other } => {
            let (one, other) = (format!("{attribute} = {one}"), format!("{attribute} = {other}"));
            refuse(server, Why::Conflict { one, other });
        }
        Says::Wants(wishes) => {
            let is_off = candidate.inventory.power.value().is_some_and(|power| power == "Off");
            server.bios = Some(BiosPlan {
                profile: profile.name.clone(),
                wishes,
                resets_host: match options.power {
                    PowerPolicy::Never => false,
                    PowerPolicy::IfOff => is_off,
                    PowerPolicy::Graceful | PowerPolicy::Forced => true,
                },
                way: BiosWay::default(),
                why: None,
                changes: Vec::new(),
                already: Vec::new(),
                absent: Vec::new(),
                refused: Vec::new(),
            });
        }
    }
}

fn refuse(server: &mut ServerPlan, why: Why) {
    server.updates.clear();
    server.refused = Some(why);
}

impl ServerPlan {
    /// Takes in a look at the BIOS, or why there is none. What is refused, or cannot be read, keeps the whole server back.
    pub fn take_reading(&mut self, reading: Result<&BiosReading, String>) {
        let Some(bios) = &mut self.bios else { return };
        match reading {
            Ok(reading) => {
                (bios.way, bios.why) = (reading.way, reading.way.why().map(str::to_owned));
                bios.take(check(&bios.wishes, &reading.registry, &reading.attributes));
            }
            Err(reason) => return refuse(self, Why::BiosUnread { reason }),
        }
        if let Some(first) = bios.refused.first() {
            let first = format!("{}: {}", first.attribute, first.reason);
            let more = bios.refused.len() - 1;
            refuse(self, Why::BiosRefused { first, more });
        }
    }

    /// Whether anything is to be done on the server.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.refused.is_none() && (!self.updates.is_empty() || self.bios.as_ref().is_some_and(BiosPlan::has_work))
    }
}

impl BiosPlan {
    /// Whether it changes anything, as far as a look for the plan said.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl Plan {
    /// Takes over from `kept`, a plan made before for the same, what looks at BIOSes said then: a plan that is made again
    /// from what is stored is compared with it without asking any BMC.
    pub fn take_readings_of(&mut self, kept: &Self) {
        for server in &mut self.servers {
            let Some(before) = kept.servers.iter().find(|before| before.id == server.id) else { continue };
            let (Some(bios), Some(read)) = (&mut server.bios, &before.bios) else { continue };
            let is_refused = matches!(before.refused, Some(Why::BiosUnread { .. } | Why::BiosRefused { .. }));
            let is_secret = |one: &&Refused| one.reason == Reason::Secret;
            for one in read.refused.iter().filter(is_secret) {
                bios.wishes.wanted.remove(&one.attribute);
            }
            (bios.way, bios.why) = (read.way, read.why.clone());
            bios.changes.clone_from(&read.changes);
            bios.already.clone_from(&read.already);
            bios.absent.clone_from(&read.absent);
            bios.refused.clone_from(&read.refused);
            if is_refused && let Some(why) = before.refused.clone() {
                refuse(server, why);
            }
        }
    }
}
