//! A run as its screen shows it: one row a server, from the same fold as everything else.

use jiff::Timestamp;

use super::{
    live::{BoardPhase, BoardRow, RunBoard, RunHead},
    runs::RunLine,
    wire::SCHEMA,
    words,
};
use crate::{
    domain::{
        bios::Change,
        phase::{Phase, ServerState},
        plan::ServerPlan,
        run::{BiosSettled, RunEvent, ServerRun, Settled},
    },
    engine::run::{Carries, RunState, Times},
};

/// The whole board.
#[must_use]
pub fn board(state: &RunState, carries: &Carries) -> RunBoard {
    let rows = state.servers.iter().map(|(plan, run)| row(plan, run, state.times(plan.id)));
    RunBoard { schema: SCHEMA, run: head(state, carries), servers: rows.collect(), seq: state.seq }
}

/// The run as a whole.
#[must_use]
pub fn head(state: &RunState, carries: &Carries) -> RunHead {
    RunHead {
        line: RunLine::from(state),
        goal: state.row.plan.wanted(),
        carried: *carries == Carries::Yes,
        held: if state.state().is_over() { None } else { held(state, carries) },
        stop_after: state.row.plan.options.stop_after,
        ended: state.whole.iter().rev().find_map(|(at, event)| match event {
            RunEvent::Ended { .. } => Some(at.to_string()),
            _ => None,
        }),
    }
}

/// A run of which nothing more than its number can be told.
#[must_use]
pub fn unreadable(run: i64, why: &str) -> RunHead {
    let line = RunLine { run, state: ServerState::Uncertain.word().into(), ..RunLine::default() };
    RunHead { line, held: Some(format!("its record cannot be read: {why}")), ..RunHead::default() }
}

/// Why nothing new begins, by the last word on it.
fn held(state: &RunState, carries: &Carries) -> Option<String> {
    if let Carries::No(why) = carries {
        let why = why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
        return Some(format!("nobody carries it on{why}: `firmdeck runs resume {}`", state.row.id));
    }
    let mut held = None;
    for (_, event) in &state.whole {
        match event {
            RunEvent::Started { .. } | RunEvent::Resumed { unattended: false, .. } => held = None,
            RunEvent::HoldReleased { .. } => held = None,
            RunEvent::Held { why } => {
                held = Some(format!("{why}: new pushes and resets wait for `firmdeck runs resume {}`", state.row.id));
            }
            RunEvent::AbortAsked { actor } => held = Some(format!("{actor} asked it to end as soon as it can")),
            RunEvent::StopAsked { actor } => held = Some(format!("{actor} asked it to stop")),
            RunEvent::Halted { why } => held = Some(why.clone()),
            RunEvent::Ended { .. } | RunEvent::Resumed { .. } => {}
        }
    }
    held
}

/// One server.
#[must_use]
pub fn row(plan: &ServerPlan, run: &ServerRun, times: Times) -> BoardRow {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let phases: Vec<BoardPhase> = run
        .phases
        .iter()
        .map(|record| BoardPhase {
            state: record.state.word().into(),
            began: text(record.began),
            ended: text(record.ended),
            why: record.state.why().map(str::to_owned),
        })
        .collect();
    let current = open_update(run);
    let record = current.map(|index| &run.updates[index]);
    let applied = run.updates.iter().filter(|update| matches!(update.settled, Some(Settled::Applied { .. }))).count();
    BoardRow {
        id: plan.id.to_string(),
        name: plan.name.clone().unwrap_or_else(|| plan.endpoint.to_string()),
        state: run.state.word().into(),
        phases,
        now: (run.state == ServerState::Running).then(|| now(plan, run, current)).flatten(),
        word: record.and_then(|record| record.word.clone()),
        percent: record.and_then(|record| record.percent),
        sent: None,
        why: if run.state.is_over() { why(plan, run) } else { None },
        updates: (applied, run.updates.len()),
        settings: settings(run),
        bios: changes(plan, run).iter().map(words::of_change).collect(),
        began: text(run.phases.first().and_then(|record| record.began)),
        last: text(times.last),
        ended: if run.state.is_over() { text(times.last) } else { None },
    }
}

/// What changes in its BIOS: as it was handed over, or before that as it is planned.
fn changes<'a>(plan: &'a ServerPlan, run: &'a ServerRun) -> &'a [Change] {
    match &plan.bios {
        Some(bios) if run.bios.attempts.is_empty() => &bios.changes,
        _ => &run.bios.changes,
    }
}

fn settings(run: &ServerRun) -> (usize, usize) {
    let all = run.bios.changes.len();
    match &run.bios.settled {
        Some(BiosSettled::Applied { read_back }) => (read_back.len(), all),
        _ => (0, all),
    }
}

/// The update that is being worked on, if one is.
fn open_update(run: &ServerRun) -> Option<usize> {
    let is_open = run.current() == Some(Phase::FirmwareUpdate);
    run.updates.iter().position(|update| update.settled.is_none()).filter(|_| is_open)
}

fn now(plan: &ServerPlan, run: &ServerRun, update: Option<usize>) -> Option<String> {
    if let Some(goal) = run.power.intended {
        return Some(format!("switching the host {}", words::of_power(goal)));
    }
    if let Some(index) = update {
        let named = words::of_update(plan.updates.get(index)?);
        let last = run.updates[index].attempts.last();
        return Some(match last {
            None => named,
            Some(attempt) => match &attempt.outcome {
                None => format!("{named}: {}", attempt.method),
                Some(outcome) => format!("{named}: {outcome}"),
            },
        });
    }
    let phase = run.current()?;
    let record = run.phases.iter().find(|record| record.phase == phase)?;
    Some(match record.steps.last() {
        Some(step) => format!("{phase}: after {}", step.step),
        None => phase.to_string(),
    })
}

/// Why a server is not what was wanted of it: of the first phase, then of the first update, that says so.
fn why(plan: &ServerPlan, run: &ServerRun) -> Option<String> {
    if run.state == ServerState::Succeeded {
        return None;
    }
    let refused = plan.refused.as_ref().map(ToString::to_string);
    let of_phase = || {
        let states = run.phases.iter().map(|record| &record.state);
        states.filter(|state| !state.lets_go_on()).find_map(|state| state.why()).map(str::to_owned)
    };
    let of_update = || {
        run.updates.iter().find_map(|update| match &update.settled {
            Some(Settled::Failed { why, .. } | Settled::Blocked { why } | Settled::Uncertain { why }) => {
                Some(why.clone())
            }
            _ => None,
        })
    };
    refused.or_else(of_update).or_else(of_phase)
}
