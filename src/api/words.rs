//! What a journal entry says, in words for a person: the same on the screen, the command line and in exports.

use crate::{
    domain::{
        bios::{Change, Sent},
        plan::{ServerPlan, Update},
        run::{Event, PowerGoal, RunEvent, Settled},
    },
    store::Entry,
};

/// The words of an entry. `plan`: of the server that the entry is of, to name the updates that it counts.
#[must_use]
pub fn of_entry(entry: &Entry, plan: Option<&ServerPlan>) -> String {
    let known = if entry.server.is_some() {
        serde_json::from_str(&entry.event).ok().map(|event| of_event(&event, plan))
    } else {
        serde_json::from_str(&entry.event).ok().map(|event| of_run_event(&event))
    };
    known.unwrap_or_else(|| "an event of another version of firmdeck".into())
}

fn of_event(event: &Event, plan: Option<&ServerPlan>) -> String {
    let name = |index: &usize| {
        let update = plan.and_then(|plan| plan.updates.get(*index));
        update.map_or_else(|| format!("update {}", index + 1), of_update)
    };
    match event {
        Event::PhaseBegan { phase } => format!("{phase} begins"),
        Event::StepEnded { phase, step, state, .. } => {
            with_why(format!("{phase}: {step} {}", state.word()), state.why())
        }
        Event::PhaseEnded { phase, state } => with_why(format!("{phase} {}", state.word()), state.why()),
        Event::Analysed { versions, .. } => format!("{} versions kept as they were before", versions.len()),
        Event::LogRead { .. } => "the BMC's event log is read up to here".into(),
        Event::PushIntended { update, method } => format!("{}: handing over by {method}", name(update)),
        Event::PushEnded { update, attempt } => format!("{}: {attempt}", name(update)),
        Event::LoanIntended { update, loan } => format!("{}: borrowing {}", name(update), loan.what),
        Event::LoanReturned => "what was borrowed is given back".into(),
        Event::LoanKept { why } => why.clone(),
        Event::ActivationIntended { update } => format!("{}: resetting the BMC, which then runs it", name(update)),
        Event::Activated { update } => format!("{}: the BMC restarts", name(update)),
        Event::StartIntended { update } => format!("{}: telling the BMC to start", name(update)),
        Event::Started { update, .. } => format!("{}: started", name(update)),
        Event::TaskSaid { update, word, percent, .. } => match percent {
            Some(percent) => format!("{}: {word} ({percent} %)", name(update)),
            None => format!("{}: {word}", name(update)),
        },
        Event::UpdateSettled { update, settled } => format!("{}: {}", name(update), of_settled(settled)),
        Event::BiosBackedUp { attributes } => format!("{} BIOS attributes kept as they were before", attributes.len()),
        Event::BiosIntended { changes, way, .. } => {
            let words: Vec<_> = changes.iter().map(of_change).collect();
            let by = if way.is_usual() { String::new() } else { format!(" by {way}") };
            format!("BIOS: handing over{by} {}", words.join(", "))
        }
        Event::BiosSent { sent } => format!("BIOS: {}", of_sent(sent)),
        Event::BiosHeld => "BIOS: the BMC holds every change".into(),
        Event::BiosSettled { settled } => {
            with_why(format!("BIOS: {}", settled.word().replace('_', " ")), settled.why())
        }
        Event::Repinned { to, .. } => format!("the same BMC shows another certificate after its flash: pinned {to}"),
        Event::PowerIntended { goal, forced } => {
            format!("switching the host {}{}", of_power(*goal), if *forced { " by force" } else { "" })
        }
        Event::PowerReached { goal } => format!("the host is {}", of_power(*goal)),
        Event::PowerFailed { goal, why } => format!("the host did not get {}: {why}", of_power(*goal)),
        Event::CalledOff { how } => format!("{}: nothing new is begun", how.word()),
        Event::Held { why } => format!("waits for a person: {why}"),
        Event::Released => "waits no longer".into(),
        Event::Ended { state } => format!("ended: {state}"),
        Event::RetryAsked { how } => match (how.next_method, how.skip) {
            (true, _) => "to be tried again by another method".into(),
            (_, true) => "to be tried again without the update that failed".into(),
            _ => "to be tried again".into(),
        },
    }
}

fn of_run_event(event: &RunEvent) -> String {
    match event {
        RunEvent::Started { actor } => format!("started by {actor}"),
        RunEvent::Resumed { actor, .. } => format!("resumed by {actor}"),
        RunEvent::AbortAsked { actor } => format!("{actor} asked it to end as soon as it can"),
        RunEvent::Held { why } => format!("held: {why}; new pushes and resets wait for `firmdeck runs resume`"),
        RunEvent::HoldReleased { actor } => format!("{actor} lets it go on"),
        RunEvent::StopAsked { actor } => format!("{actor} asked it to stop"),
        RunEvent::Halted { why } => why.clone(),
        RunEvent::Ended { state } => format!("ended: {state}"),
    }
}

/// `BIOS 2.1 -> 2.5`.
#[must_use]
pub fn of_update(update: &Update) -> String {
    format!("{} {} -> {}", update.name, update.from, update.to)
}

/// `ProcVirtualization Disabled -> Enabled`.
#[must_use]
pub fn of_change(change: &Change) -> String {
    format!("{} {} -> {}", change.attribute, change.from, change.to)
}

fn of_sent(sent: &Sent) -> String {
    match sent {
        Sent::Taken { job: Some(job) } => format!("taken, {job}"),
        Sent::Taken { job: None } => "taken".into(),
        Sent::Busy { why, .. } => format!("busy: {why}"),
        Sent::Refused { why, .. } => format!("refused: {why}"),
        Sent::Unknown { why } => format!("no clear answer: {why}"),
        Sent::Uncommitted { why } => format!("wait without a job: {why}"),
        Sent::NotTaken { why } => format!("did not take: {why}"),
    }
}

fn of_settled(settled: &Settled) -> String {
    match settled {
        Settled::Applied { read_back } => format!("applied, {read_back} read back"),
        Settled::Failed { why, .. }
        | Settled::Blocked { why }
        | Settled::Uncertain { why }
        | Settled::Skipped { why } => {
            format!("{}: {why}", settled.word())
        }
        Settled::Staged => settled.word().into(),
    }
}

/// `on`, `off`.
#[must_use]
pub const fn of_power(goal: PowerGoal) -> &'static str {
    match goal {
        PowerGoal::Off => "off",
        PowerGoal::On => "on",
    }
}

fn with_why(words: String, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{words}: {why}"),
        None => words,
    }
}

/// How a tool's stream is marked where its lines stand: what it says, what it complains of, what it is answered.
#[must_use]
pub fn stream_mark(stream: &str) -> &'static str {
    match stream {
        "errors" => "!",
        "answer" => "<",
        _ => "|",
    }
}
