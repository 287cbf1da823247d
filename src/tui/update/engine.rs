//! What the engine says, asked or by itself.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{act::show_run, look};
use crate::{
    api::live::{ExchangeLine, FleetRow, JournalLine, Listener, Message, VaultState},
    tui::{
        model::{
            Dialog, Link, Model, Reading, Screen, beside::Sides, columns, cursor::Cursor, explorer, journal::Journal,
            plan::Shown,
        },
        msg::Answer,
        text,
        theme::Role,
    },
};

/// The engine answers, perhaps after an absence: what is known may be old.
pub(super) fn attached(model: &mut Model) {
    model.fleet_load.outdated();
    model.runs.outdated();
    model.goals.outdated();
    model.detail.outdated();
    model.board.outdated();
    model.journal.outdated();
    model.transcript.outdated();
    model.diagnosis.outdated();
    model.matching.outdated();
}

/// The engine is gone. What it was asked will not be answered; what it said stays on the screen.
pub(super) fn lost(model: &mut Model, why: String) {
    let since = match &model.link {
        Link::Lost { since, .. } => *since,
        _ => model.now,
    };
    model.link = Link::Lost { since, why };
    model.fleet_load.lost();
    model.runs.lost();
    model.goals.lost();
    model.detail.lost();
    model.board.lost();
    model.journal.lost();
    model.transcript.lost();
    model.diagnosis.lost();
    model.matching.lost();
    model.resource.lost();
    if let Some(hunt) = &mut model.explorer.hunt {
        (hunt.asked, hunt.goes_on) = (None, false);
    }
    model.events.lost();
    model.sides.lost();
    model.plan.asking = false;
    model.reading = None;
    (model.others, model.own) = (Vec::new(), None);
}

/// A message of the event stream.
pub(super) fn message(model: &mut Model, message: Message) {
    match message {
        Message::Entry(line) => entry(model, line),
        Message::Row { run, row } => {
            if model.transcript.key.as_ref() == Some(&row.id) {
                model.transcript.outdated();
            }
            if model.diagnosis.key.as_ref().is_some_and(|(of, server)| *of == run && *server == row.id) {
                model.diagnosis.outdated();
            }
            model.run.put(run, row, model.now);
        }
        Message::Run(head) => {
            model.run.head(&head);
            // which servers are in a run, and what they run after it
            model.fleet_load.outdated();
            model.detail.outdated();
            if let Some(runs) = &mut model.runs.value {
                match runs.iter_mut().find(|known| known.line.run == head.line.run) {
                    Some(known) => *known = head,
                    None => {
                        let at = runs.partition_point(|known| known.line.run > head.line.run);
                        runs.insert(at, head);
                    }
                }
            }
            choose_run(model);
        }
        Message::Reading { progress, done, .. } => {
            // rows appear as they are read
            model.fleet_load.outdated();
            if done {
                read_anew(model);
            }
            if !model.reading.as_ref().is_some_and(|reading| reading.ours) {
                model.reading = (!done).then_some(Reading { progress, ours: false, number: None });
            }
        }
        Message::Present { here, own } => present(model, here, own),
        Message::Vault { state } => {
            if let Link::Up(hello) = &mut model.link {
                hello.vault = state;
            }
            if state == VaultState::Open && matches!(model.dialog, Some(Dialog::Unlock { .. })) {
                model.dialog = None;
                model.say("the vault was opened elsewhere", Role::Muted);
            }
        }
        Message::Resync => attached(model),
        Message::Caught { .. } | Message::Unknown => {}
    }
}

/// Who has come and who has gone is told where nothing else is.
fn present(model: &mut Model, here: Vec<Listener>, own: Option<u64>) {
    let is_first = own.is_some();
    model.own = own.or(model.own);
    let others: Vec<Listener> = here.into_iter().filter(|one| Some(one.number) != model.own).collect();
    let missing = |one: &Listener, among: &[Listener]| !among.iter().any(|other| other.number == one.number);
    let come = others.iter().find(|one| missing(one, &model.others)).map(|one| (one.clone(), "looks on too"));
    let gone = model.others.iter().find(|one| missing(one, &others)).map(|one| (one.clone(), "has gone"));
    if let (Some((one, what)), false, None) = (come.or(gone), is_first, &model.notice) {
        model.say(format!("{} {what}", text::listener(&one)), Role::Muted);
    }
    model.others = others;
}

fn entry(model: &mut Model, line: JournalLine) {
    if let Some(of) = model.journal.key.clone() {
        let found = model.journal.value.as_ref().and_then(|journal| journal.run);
        let missed = match &mut model.journal.value {
            Some(journal) => {
                let before = journal.lines.len();
                let missed = journal.append(&of, &line);
                // whoever reads further back stays where they read
                if journal.lines.len() > before && model.journal_back > 0 {
                    model.journal_back += 1;
                }
                missed
            }
            None => of.holds(&line, found),
        };
        if missed {
            model.journal.outdated();
        }
    }
    model.remember(line);
}

/// BMCs were read: what is shown of them may be old.
fn read_anew(model: &mut Model) {
    model.detail.outdated();
    if model.fleet.filter.is_the_engines() {
        model.matching.outdated();
    }
}

/// Takes the fleet as it is now, and sees whether it is still as the plan on the screen found it.
fn fleet(model: &mut Model, rows: Vec<FleetRow>) {
    if let Some(shown) = &model.plan.shown {
        let planned: HashSet<String> =
            shown.document.plan.servers.iter().filter(|plan| plan.has_work()).map(|plan| plan.id.to_string()).collect();
        let changed = rows.iter().filter(|row| planned.contains(&row.id));
        let changed = changed.filter_map(|row| difference(model.fleet.find(&row.id)?, row)).next();
        model.plan.stale = model.plan.stale.take().or(changed);
    }
    model.fleet.load(rows);
}

/// What of a server's firmware is not as it was.
fn difference(before: &FleetRow, after: &FleetRow) -> Option<String> {
    let name = columns::name(after);
    let changed = |what: &str, before: &Option<String>, after: &Option<String>| {
        (before != after).then(|| format!("{name}: {what} is now {}", after.as_deref().unwrap_or("unknown")))
    };
    changed("BIOS", &before.bios, &after.bios).or_else(|| changed("BMC", &before.bmc, &after.bmc))
}

/// An answer to what was asked.
pub(super) fn answer(model: &mut Model, answer: Answer) {
    match answer {
        Answer::Fleet(answer) => {
            let answer = answer.map(|document| fleet(model, document.servers));
            if let Err(why) = &answer {
                failed(model, "the fleet was not read", why);
            }
            model.fleet_load.answer(&(), answer);
        }
        Answer::Server(id, answer) => model.detail.answer(&id, answer),
        Answer::Matched(text, answer) => matched(model, text, answer),
        Answer::Goals(answer) => model.goals.answer(&(), answer),
        Answer::Plan(answer) => {
            model.plan.asking = false;
            match answer {
                Ok(document) => {
                    model.plan.shown = Some(Shown::of(*document, model.plan.scope.ids.len()));
                    (model.plan.error, model.plan.stale) = (None, None);
                    model.plan.cursor = Cursor::default();
                }
                Err(why) => model.plan.error = Some(why),
            }
        }
        Answer::Started(Ok(run)) => {
            (model.plan.shown, model.plan.stale) = (None, None);
            model.fleet.select_none();
            model.runs.outdated();
            show_run(model, run);
            model.say(format!("run {run} has begun"), Role::Good);
        }
        Answer::Started(Err(why)) => failed(model, "the run was not started", &why),
        Answer::Runs(answer) => {
            model.runs.answer(&(), answer);
            choose_run(model);
        }
        Answer::Board(run, answer) => {
            let answer = answer.map(|board| {
                if model.run.run == Some(run) {
                    model.run.load(board);
                }
            });
            model.board.answer(&run, answer);
        }
        Answer::Journal(of, answer) => {
            let answer = answer.map(|(run, page)| {
                let mut journal = model.journal.of(&of).cloned().unwrap_or(Journal { run, ..Journal::default() });
                journal.extend(page);
                journal
            });
            model.journal.answer(&of, answer);
        }
        Answer::Transcript(server, answer) => {
            model.transcript.answer(&server, answer);
            around(model);
        }
        Answer::Resource(place, answer) => {
            if look::hunted(model, &place, &answer) && place != model.explorer.place {
                return;
            }
            model.resource.answer(&place, answer.map(|document| explorer::Shown::of(*document)));
        }
        Answer::Events(server, answer) => model.events.answer(&server, answer),
        Answer::Beside(of, answer) => {
            // Of resources the engine's answers name servers by id.
            let answer = answer.map(|sides| {
                let [left, right] = [&sides.left, &sides.right].map(|side| model.name_of(side));
                Sides { left, right, ..sides }
            });
            model.sides.answer(&of, answer);
        }
        Answer::Diagnosis(of, answer) => model.diagnosis.answer(&of, answer),
        Answer::Done(Ok(words)) => {
            model.runs.outdated();
            model.board.outdated();
            model.say(words, Role::Good);
        }
        Answer::Done(Err(why)) => failed(model, "nothing was done", &why),
        Answer::Began(number) => {
            if let Some(reading) = &mut model.reading {
                reading.number = Some(number);
            }
        }
        Answer::Reading(progress) => {
            let number = model.reading.as_ref().and_then(|reading| reading.number);
            model.reading = Some(Reading { progress, ours: true, number });
        }
        Answer::Read(answer) => {
            model.reading = None;
            model.fleet_load.outdated();
            match answer {
                Ok(summary) => {
                    let mut words = format!("read {}", text::count(summary.read, "BMC"));
                    for (count, what) in [
                        (summary.failed, "not read"),
                        (summary.new, "new"),
                        (summary.changed, "changed"),
                        (summary.without, "addresses without a BMC"),
                        (summary.pinned, "certificates pinned"),
                    ] {
                        if count > 0 {
                            words = format!("{words}, {count} {what}");
                        }
                    }
                    model.say(words, if summary.failed > 0 { Role::Warning } else { Role::Good });
                }
                Err(why) => failed(model, "the reading ended", &why),
            }
        }
    }
}

/// Scrolls the transcript to the time that it is to be shown at.
fn around(model: &mut Model) {
    let Some(page) = model.transcript.of(&model.server.id) else { return };
    let Some(at) = model.server.around.take() else { return };
    let (Ok(at), first) = (at.parse::<Timestamp>(), page.exchanges.first().map(|line| line.at.clone())) else { return };
    let after = |line: &&ExchangeLine| line.at.parse::<Timestamp>().is_ok_and(|then| then > at);
    model.server.at = page.exchanges.iter().rev().take_while(after).count();
    if first.and_then(|first| first.parse::<Timestamp>().ok()).is_some_and(|first| first > at) {
        model.say("what was said then is older than what is shown; e writes all of it to a file", Role::Warning);
    }
}

fn matched(model: &mut Model, text: String, answer: Result<Vec<String>, String>) {
    let current = model.matching.key.as_ref() == Some(&text);
    match answer {
        Ok(ids) if current => {
            let keys = model.fleet.label_keys();
            let query = crate::domain::filter::Query::parse(&text, &keys.into_iter().collect::<Vec<_>>());
            if let Ok(query) = query {
                model.fleet.set_filter(text.clone(), query, Some(ids.into_iter().collect()));
            }
            model.matching.answer(&text, Ok(()));
        }
        Ok(_) => model.matching.answer(&text, Ok(())),
        Err(why) => {
            failed(model, "the filter was not applied", &why);
            model.matching.answer(&text, Err(why));
        }
    }
}

/// The run screen shows something as soon as there is something: the run under way, else the last one.
fn choose_run(model: &mut Model) {
    if model.run.run.is_none() && model.screen() == Screen::Run && !matches!(model.dialog, Some(Dialog::Confirm { .. }))
    {
        let run = model.carried().next().or_else(|| model.runs.value.as_ref()?.first()).map(|head| head.line.run);
        if let Some(run) = run {
            model.run.open(run);
        }
    }
}

fn failed(model: &mut Model, what: &str, why: &str) {
    let why = why.lines().next().unwrap_or_default();
    model.say(format!("{what}: {why}"), Role::Failed);
}
