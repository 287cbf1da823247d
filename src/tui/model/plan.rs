//! The plan screen: what can be wanted, for whom, under which options, and the plan that came of it.

use super::cursor::Cursor;
use crate::{
    api::{
        live::{FleetRow, GoalsDocument},
        runs::PlanDocument,
    },
    domain::{
        inventory::ServerId,
        plan::{BiosPlan, Goal, Options, Plan, PowerPolicy, ServerPlan, Update, Why},
    },
};

/// Who is planned for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Their ids.
    pub ids: Vec<String>,
    /// In words: "3 selected servers", "r12u03".
    pub words: String,
    /// Servers left out because nothing was ever identified at their address.
    pub unidentified: usize,
}

impl Scope {
    /// Of these servers.
    #[must_use]
    pub fn of(rows: &[&FleetRow], selected: bool) -> Self {
        let ids: Vec<String> =
            rows.iter().map(|row| row.id.clone()).filter(|id| ServerId::try_from(id.clone()).is_ok()).collect();
        let words = match rows {
            [row] if !selected => super::columns::name(row).into_owned(),
            _ => crate::tui::text::count(rows.len(), "selected server"),
        };
        Self { unidentified: rows.len() - ids.len(), ids, words }
    }
}

/// A plan that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What is wanted.
    pub goal: Goal,
    /// The BIOS profile, where one is wanted.
    pub bios_profile: Option<String>,
    /// How.
    pub options: Options,
    /// For whom.
    pub servers: Vec<String>,
}

/// What a line of the plan table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The update of this index.
    Update(usize),
    /// What the profile changes in its BIOS.
    Bios,
    /// The component of this index is left as it is, and a person should know.
    LeftOut(usize),
    /// Nothing is done to the server at all.
    Refused,
    /// Nothing is to be done to it.
    Nothing,
}

/// A line of the plan table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// The index of the server in the plan.
    pub server: usize,
    /// What it tells.
    pub line: Line,
    /// True where it is the first of its server.
    pub first: bool,
}

/// Sums over a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Servers that will be changed.
    pub change: usize,
    /// Updates on them.
    pub updates: usize,
    /// BIOS settings that change on them.
    pub settings: usize,
    /// Servers that need nothing.
    pub nothing: usize,
    /// Servers that were chosen and for which nothing is wanted at all.
    pub not_covered: usize,
    /// Servers that are refused.
    pub refused: usize,
    /// Components left as they are for a reason that a person should know.
    pub left_out: usize,
    /// Servers whose host goes off or is reset.
    pub hosts: usize,
    /// The longest that one of them is away, in minutes.
    pub host_minutes: u32,
    /// Servers whose BMC resets itself.
    pub bmcs: usize,
    /// Different images.
    pub images: usize,
    /// Bytes of them.
    pub bytes: u64,
}

/// A plan that is on the screen.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The plan and its digest.
    pub document: PlanDocument,
    /// The lines of its table.
    pub rows: Vec<PlanRow>,
    /// Sums.
    pub totals: Totals,
    ids: Vec<String>,
}

/// The plan screen.
#[derive(Debug, Clone, Default)]
pub struct PlanPage {
    /// Who is planned for.
    pub scope: Scope,
    /// How it is carried out.
    pub options: Options,
    /// The cursor in the goals.
    pub goal: Cursor,
    /// True while the engine makes a plan.
    pub asking: bool,
    /// The plan.
    pub shown: Option<Shown>,
    /// Why there is none.
    pub error: Option<String>,
    /// The cursor in the plan.
    pub cursor: Cursor,
    /// What has changed since the plan was made, so that it would be refused.
    pub stale: Option<String>,
}

/// The ids of the goals, as the cursor names them: baselines first, BIOS profiles last.
#[must_use]
pub fn goal_ids(goals: &GoalsDocument) -> Vec<String> {
    let baselines = goals.baselines.iter().map(|goal| format!("baseline {}", goal.name));
    let images = goals.images.iter().map(|goal| format!("image {}", goal.name));
    baselines.chain(images).chain(goals.bios_profiles.iter().map(|goal| format!("settings {}", goal.name))).collect()
}

/// The goal that the row at `index` stands for, and the BIOS profile.
#[must_use]
pub fn goal_at(goals: &GoalsDocument, index: usize) -> Option<(Goal, Option<String>)> {
    let (baselines, images) = (goals.baselines.len(), goals.images.len());
    if let Some(goal) = goals.baselines.get(index) {
        return Some((Goal::Baseline(goal.name.clone()), None));
    }
    if let Some(goal) = goals.images.get(index - baselines) {
        return Some((Goal::Image(goal.name.clone()), None));
    }
    let profile = goals.bios_profiles.get(index - baselines - images)?;
    Some((Goal::NoFirmware, Some(profile.name.clone())))
}

/// The next policy after `policy`, round and round.
#[must_use]
pub const fn next_policy(policy: PowerPolicy) -> PowerPolicy {
    match policy {
        PowerPolicy::Never => PowerPolicy::IfOff,
        PowerPolicy::IfOff => PowerPolicy::Graceful,
        PowerPolicy::Graceful => PowerPolicy::Forced,
        PowerPolicy::Forced => PowerPolicy::Never,
    }
}

impl Shown {
    /// Lays a plan for `chosen` servers out: servers that change first, then what a person must know, then those that need nothing.
    #[must_use]
    pub fn of(document: PlanDocument, chosen: usize) -> Self {
        let mut rows = Vec::new();
        for rank in 0..3 {
            for (server, plan) in document.plan.servers.iter().enumerate() {
                if rank_of(plan) == rank {
                    lines(server, plan, &mut rows);
                }
            }
        }
        let ids = rows.iter().map(|row| format!("{}/{:?}", row.server, row.line)).collect();
        let not_covered = chosen.saturating_sub(document.plan.servers.len());
        Self { totals: Totals { not_covered, ..totals(&document.plan) }, document, rows, ids }
    }

    /// The ids of the rows, for the cursor.
    #[must_use]
    pub const fn ids(&self) -> &Vec<String> {
        &self.ids
    }

    /// The server and the line at `index`.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<(&ServerPlan, &PlanRow)> {
        let row = self.rows.get(index)?;
        Some((self.document.plan.servers.get(row.server)?, row))
    }

    /// The first digits of the digest, which a person types to start.
    #[must_use]
    pub fn word(&self) -> String {
        self.document.digest.chars().take(4).collect()
    }

    /// The digest as it is shown and given to `firmdeck run --plan`.
    #[must_use]
    pub fn digest(&self) -> String {
        self.document.digest.chars().take(8).collect()
    }
}

fn rank_of(plan: &ServerPlan) -> u8 {
    let matters =
        plan.refused.as_ref().is_some_and(|why| !why.is_well()) || plan.left_out.iter().any(|left| !left.why.is_well());
    if plan.has_work() {
        0
    } else if matters {
        1
    } else {
        2
    }
}

fn lines(server: usize, plan: &ServerPlan, rows: &mut Vec<PlanRow>) {
    let before = rows.len();
    let mut push = |line| rows.push(PlanRow { server, line, first: rows.len() == before });
    match &plan.refused {
        Some(Why::NothingForIt) => push(Line::Nothing),
        Some(_) => push(Line::Refused),
        None => {
            for update in 0..plan.updates.len() {
                push(Line::Update(update));
            }
            if plan.bios.as_ref().is_some_and(BiosPlan::has_work) {
                push(Line::Bios);
            }
            for (index, left) in plan.left_out.iter().enumerate() {
                if !left.why.is_well() {
                    push(Line::LeftOut(index));
                }
            }
        }
    }
    if rows.len() == before {
        rows.push(PlanRow { server, line: Line::Nothing, first: true });
    }
}

fn totals(plan: &Plan) -> Totals {
    let mut totals = Totals::default();
    let mut images = std::collections::BTreeMap::new();
    for server in &plan.servers {
        if let Some(why) = &server.refused {
            if why.is_well() {
                totals.nothing += 1
            } else {
                totals.refused += 1
            }
            continue;
        }
        totals.left_out += server.left_out.iter().filter(|left| !left.why.is_well()).count();
        if !server.has_work() {
            totals.nothing += 1;
            continue;
        }
        totals.change += 1;
        totals.updates += server.updates.len();
        totals.settings += server.bios.as_ref().map_or(0, |bios| bios.changes.len());
        totals.hosts += usize::from(server.host_minutes() > 0);
        totals.host_minutes = totals.host_minutes.max(server.host_minutes());
        totals.bmcs += usize::from(server.updates.iter().any(|update| update.bmc_reset));
        images.extend(server.updates.iter().map(|update| (&update.image.id, update.image.size)));
    }
    totals.images = images.len();
    totals.bytes = images.values().sum();
    totals
}

/// What an update costs, in words: which part goes away.
#[must_use]
pub fn cost(update: &Update) -> &'static str {
    match (update.host_off, update.host_reset, update.bmc_reset) {
        (true, _, true) => "host off + bmc",
        (true, _, false) => "host off",
        (false, true, true) => "host+bmc reset",
        (false, true, false) => "host reset",
        (false, false, true) => "bmc reset",
        (false, false, false) => "no reset",
    }
}
