//! What is known of something that did not go as it was wanted: the journal's facts, and exchanges with the BMC. Nothing
//! else decides what is said of it.

use jiff::Timestamp;

use super::exchange::Exchange;
use crate::domain::{
    attempt::Attempt,
    inventory::{Inventory, Stack},
    kind::Kind,
    offers::Method,
    phase::{Phase, ServerState, State},
    plan::{ServerPlan, Update},
    run::{BiosSettled, PowerGoal, ServerRun, Settled, UpdateRecord},
    version::{self, Hint, Order},
};

/// Everything that a diagnosis is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The run's number.
    pub run: i64,
    /// Our id of the server.
    pub server: String,
    /// The BMC.
    pub bmc: BmcFacts,
    /// The update that it is about; absent where it is about the server as a whole.
    pub update: Option<UpdateFacts>,
    /// The phase that did not end well.
    pub phase: Option<Phase>,
    /// The sub-step of it.
    pub step: Option<String>,
    /// The fixed word of a failure to read the BMC: `wrong_credentials`, `session_table_full`.
    pub failure: Option<String>,
    /// `failed blocked uncertain cancelled`
    pub state: String,
    /// The run's own words for it.
    pub why: String,
    /// What is known of the server's standing, in words.
    pub standing: Vec<String>,
    /// MessageIds out of attempts and tasks.
    pub message_ids: Vec<String>,
    /// Exchanges with the BMC while it was tried, oldest first.
    pub exchanges: Vec<Exchange>,
    /// When it began and when it was over: exchanges outside of that prove nothing.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The last part of the URIs of the tasks that were followed.
    pub tasks: Vec<String>,
}

/// The BMC, as read last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BmcFacts {
    /// Its software.
    pub stack: Option<Stack>,
    /// Who made the machine.
    pub vendor: Option<String>,
    /// The vendor's generation word: `iDRAC9`.
    pub generation: Option<String>,
    /// The firmware that it runs.
    pub version: Option<String>,
}

/// An update that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateFacts {
    /// Which of the plan, from 0.
    pub index: usize,
    /// The vendor's name for the component.
    pub component: String,
    /// What it is.
    pub kind: Kind,
    /// The version before.
    pub from: String,
    /// The version wanted.
    pub to: String,
    /// The version read after, where one was.
    pub read_back: Option<String>,
    /// Every attempt: by which method, how it ended, in which words.
    pub attempts: Vec<(Method, Option<Attempt>)>,
    /// What the BMC said of its task last.
    pub said: Option<String>,
    /// How far its task said that it was, in percent.
    pub percent: Option<u8>,
}

impl UpdateFacts {
    /// The word of an attempt's end; `cut` where a crash left it open.
    fn outcome(attempt: Option<&Attempt>) -> &'static str {
        match attempt {
            None => "cut",
            Some(Attempt::NotStarted { .. }) => "not_started",
            Some(Attempt::Busy { .. }) => "busy",
            Some(Attempt::Refused { .. }) => "refused",
            Some(Attempt::Unknown { .. }) => "unknown",
            Some(Attempt::Accepted { .. }) => "accepted",
            Some(Attempt::NotTaken { .. }) => "not_taken",
        }
    }

    /// How the last attempt ended; `none` where there was none.
    #[must_use]
    pub fn last_outcome(&self) -> &'static str {
        self.attempts.last().map_or("none", |(_, attempt)| Self::outcome(attempt.as_ref()))
    }

    /// Whether the version wanted is older than the one before.
    #[must_use]
    pub fn is_downgrade(&self, bmc: &BmcFacts) -> bool {
        let hint =
            Hint { vendor: bmc.vendor.as_deref(), kind: Some(self.kind.word()), name: Some(self.component.as_str()) };
        version::compare_as_read(hint, &self.to, &self.from).order == Order::Less
    }
}

impl BmcFacts {
    /// Of an inventory.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        Self {
            stack: Some(inventory.identity.stack),
            vendor: inventory.identity.vendor.value().cloned(),
            generation: inventory.identity.generation.value().cloned(),
            version: inventory.bmc.value().cloned(),
        }
    }

    /// Whether its firmware is older than `version`. No, where that cannot be told.
    #[must_use]
    pub fn is_before(&self, version: &str) -> bool {
        let hint = Hint { vendor: self.vendor.as_deref(), kind: Some("bmc"), name: None };
        let of = |now: &String| version::compare_as_read(hint, now, version).order == Order::Less;
        self.version.as_ref().is_some_and(of)
    }
}

impl Evidence {
    /// Takes the exchanges that are of it.
    #[must_use]
    pub fn with(mut self, exchanges: &[Exchange]) -> Self {
        let Some((began, ended)) = self.window else { return self };
        let within = |exchange: &&Exchange| began <= exchange.at && exchange.at <= ended;
        self.exchanges = exchanges.iter().filter(within).filter(|one| self.tells(one)).cloned().collect();
        for id in self.exchanges.iter().flat_map(Exchange::message_ids) {
            if !self.message_ids.contains(&id) {
                self.message_ids.push(id);
            }
        }
        self
    }

    /// What was refused, what was asked to be done, and what our own tasks say. Other readings only say how things are:
    /// the messages in a log, or in somebody else's task, are no answer to us.
    fn tells(&self, exchange: &Exchange) -> bool {
        exchange.is_bad() || exchange.is_act() || self.tasks.iter().any(|task| task == exchange.member())
    }

    /// Every text in which words are looked for.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let attempts = self.update.iter().flat_map(|update| &update.attempts);
        let attempts = attempts.filter_map(|(_, attempt)| attempt.as_ref().map(ToString::to_string));
        let said = self.update.iter().filter_map(|update| update.said.clone());
        let messages = self.exchanges.iter().flat_map(Exchange::messages);
        [self.why.clone()].into_iter().chain(said).chain(attempts).chain(messages)
    }
}

/// What is to be explained of a server that is over: each update that did not succeed, then the phase, if what went
/// wrong there is not one of them. Exchanges are still to be added.
#[must_use]
pub fn of_server(run: i64, bmc: &BmcFacts, plan: &ServerPlan, record: &ServerRun) -> Vec<Evidence> {
    if !record.state.is_over() || matches!(record.state, ServerState::Succeeded | ServerState::Skipped) {
        return Vec::new();
    }
    let begin = Evidence { run, server: plan.id.to_string(), bmc: bmc.clone(), ..Evidence::default() };
    let mut all: Vec<Evidence> = Vec::new();
    for (index, (update, one)) in plan.updates.iter().zip(&record.updates).enumerate() {
        if let Some(evidence) = of_update(&begin, record, (index, update, one)) {
            all.push(evidence);
        }
    }
    all.extend(of_phase(&begin, record, all.is_empty()));
    if all.is_empty() && record.state == ServerState::Cancelled {
        all.push(Evidence { state: "cancelled".into(), why: why_cancelled(record), ..begin });
    }
    for evidence in &mut all {
        evidence.standing.extend(standing(plan, record, evidence.update.as_ref().map(|update| update.index)));
    }
    all
}

fn of_update(
    begin: &Evidence,
    record: &ServerRun,
    (index, update, one): (usize, &Update, &UpdateRecord),
) -> Option<Evidence> {
    let settled = one.settled.as_ref()?;
    let (why, read_back) = match settled {
        Settled::Failed { why, read_back } => (why, read_back.clone()),
        Settled::Blocked { why } | Settled::Uncertain { why } => (why, None),
        Settled::Applied { .. } | Settled::Staged | Settled::Skipped { .. } => return None,
    };
    let mut ids = one.message_ids.clone();
    for attempt in one.attempts.iter().filter_map(|attempt| attempt.outcome.as_ref()) {
        if let Attempt::Refused { message_ids, .. } = attempt {
            ids.extend(message_ids.iter().cloned());
        }
    }
    // One that was never tried begins where the one before it was over.
    let phase = record.phases.iter().find(|record| record.phase == Phase::FirmwareUpdate);
    let before = record.updates[..index].iter().filter_map(|update| update.settled_at).max();
    let began = one.attempts.first().map(|attempt| attempt.at).or(before).or_else(|| phase?.began);
    let settled_at = one.settled_at;
    let receipts = one.attempts.iter().filter_map(|attempt| match &attempt.outcome {
        Some(Attempt::Accepted { receipt }) => Some(receipt),
        _ => None,
    });
    let tasks = receipts.chain(&one.started).flat_map(|receipt| receipt.task.iter().chain(&receipt.monitor));
    let last = |uri: &String| uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    Some(Evidence {
        update: Some(UpdateFacts {
            index,
            component: update.name.clone(),
            kind: update.kind,
            from: update.from.clone(),
            to: update.to.clone(),
            read_back,
            attempts: one.attempts.iter().map(|attempt| (attempt.method, attempt.outcome.clone())).collect(),
            said: one.word.clone(),
            percent: one.percent,
        }),
        phase: Some(Phase::FirmwareUpdate),
        state: settled.word().into(),
        why: why.clone(),
        message_ids: ids,
        window: began.zip(settled_at),
        tasks: tasks.map(last).collect(),
        ..begin.clone()
    })
}

/// The phase that did not end well; `FirmwareUpdate` only where no update says why.
fn of_phase(begin: &Evidence, record: &ServerRun, no_update: bool) -> Option<Evidence> {
    let is_wrong = |state: &State| !state.lets_go_on() && state.why().is_some();
    let phase = record
        .phases
        .iter()
        .find(|one| is_wrong(&one.state) && (no_update || one.phase != Phase::FirmwareUpdate))
        // Where updates say why already, a later phase is heard only if it has something of its own to say.
        .filter(|one| no_update || matches!(one.phase, Phase::BiosConfiguration | Phase::FinalValidation));
    let Some(phase) = phase else {
        let why = record.kept.as_ref().filter(|_| no_update)?;
        return Some(Evidence { state: "blocked".into(), why: why.clone(), ..begin.clone() });
    };
    let step = phase.steps.iter().rev().find(|step| is_wrong(&step.state));
    let bios = record.bios.settled.as_ref().filter(|_| phase.phase == Phase::BiosConfiguration);
    let why = bios.and_then(BiosSettled::why).or_else(|| phase.state.why()).unwrap_or_default();
    Some(Evidence {
        phase: Some(phase.phase),
        step: step.map(|step| step.step.clone()),
        failure: step.and_then(|step| step.kind.clone()),
        state: phase.state.word().into(),
        why: why.to_owned(),
        window: phase.began.zip(phase.ended),
        ..begin.clone()
    })
}

/// What a server that was called off says of it: of the first update that was not begun, then of the first phase.
fn why_cancelled(record: &ServerRun) -> String {
    let updates = record.updates.iter().filter_map(|update| match &update.settled {
        Some(Settled::Skipped { why }) => Some(why.as_str()),
        _ => None,
    });
    let phases = record.phases.iter().filter_map(|phase| match &phase.state {
        State::Skipped { why } => Some(why.as_str()),
        _ => None,
    });
    let how = record.called_off.map_or("stopped", |how| how.word());
    updates.chain(phases).next().unwrap_or(how).to_owned()
}

/// What is known of how the server stands, most important first.
fn standing(plan: &ServerPlan, record: &ServerRun, about: Option<usize>) -> Vec<String> {
    let mut words = Vec::new();
    if let Some((update, one)) = about.and_then(|index| Some((plan.updates.get(index)?, record.updates.get(index)?))) {
        words.push(match &one.settled {
            Some(Settled::Failed { read_back: Some(version), .. }) => format!("{} was read as {version}", update.name),
            _ => format!("{} was read as {} before, and not since", update.name, update.from),
        });
        let accepted = one.attempts.iter().any(|attempt| matches!(attempt.outcome, Some(Attempt::Accepted { .. })));
        let unclear =
            one.attempts.iter().any(|attempt| matches!(attempt.outcome, None | Some(Attempt::Unknown { .. })));
        words.push(match one.attempts.is_empty() {
            true => "none of its image was handed over".into(),
            false if accepted => "the BMC had accepted its image".into(),
            false if unclear => "the BMC may have got its image".into(),
            false => "the BMC accepted no image for it".into(),
        });
    }
    let others = plan.updates.iter().zip(&record.updates).enumerate().filter(|(index, _)| Some(*index) != about);
    let (mut applied, mut staged) = (Vec::new(), Vec::new());
    for (_, (update, one)) in others {
        match &one.settled {
            Some(Settled::Applied { read_back }) => applied.push(format!("{} {read_back}", update.name)),
            Some(Settled::Staged) => staged.push(format!("{} {}", update.name, update.to)),
            _ => {}
        }
    }
    if !applied.is_empty() {
        words.push(format!("installed in this run: {}", applied.join(", ")));
    }
    if !staged.is_empty() {
        words.push(format!("staged until the host's next reset: {}", staged.join(", ")));
    }
    if let Some(goal) = record.power.intended.or(record.power.reached) {
        let how = match (record.power.intended.is_some(), goal) {
            (true, PowerGoal::Off) => "the host was told to switch off, and was not seen off",
            (true, PowerGoal::On) => "the host was told to switch on, and was not seen through its boot",
            (false, PowerGoal::Off) => "the host is off",
            (false, PowerGoal::On) => "the host was reset, and is on",
        };
        words.push(how.into());
    } else {
        words.push("the host was not reset".into());
    }
    words.extend(record.kept.iter().map(|kept| format!("not set back: {kept}")));
    words
}
