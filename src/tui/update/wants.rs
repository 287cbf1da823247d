//! What the screen lacks is asked for: told from what is open and under the cursor, so that nothing has to remember to.

use super::look;
use crate::tui::{
    layout,
    model::{
        Dialog, Model, Screen, Tab,
        journal::{Journal, JournalOf},
        run::{Pane, is_wrong},
    },
    msg::Effect,
};

/// Asks for what is wanted and not there, once at a time each.
pub(super) fn wants(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.unreachable().is_some() {
        return;
    }
    // names are needed everywhere, but what is new in them only where they are looked at
    let looked_at = !model.fleet.loaded || matches!(model.screen(), Screen::Fleet | Screen::Server | Screen::Plan);
    if looked_at && model.fleet_load.wants(&()) {
        effects.push(Effect::LoadFleet);
    }
    if model.runs.wants(&()) {
        effects.push(Effect::LoadRuns);
    }
    if model.fleet.filter.is_the_engines() || model.matching.is_waiting() {
        let text = match &model.dialog {
            Some(Dialog::Filter { .. }) => None,
            _ if model.fleet.filter.is_the_engines() => Some(model.fleet.filter.text.clone()),
            _ => model.matching.key.clone(),
        };
        if let Some(text) = text
            && model.matching.wants(&text)
        {
            effects.push(Effect::Match(text));
        }
    }
    if let Some(id) = detail(model)
        && model.detail.wants(&id)
    {
        effects.push(Effect::LoadServer(id));
    }
    if model.screen() == Screen::Plan && model.goals.wants(&()) {
        effects.push(Effect::LoadGoals);
    }
    if let Some(run) = model.run.run.filter(|_| model.screen() == Screen::Run)
        && model.board.wants(&run)
    {
        effects.push(Effect::LoadBoard(run));
    }
    if let Some(of) = journal(model) {
        // the next page of the same journal
        if model.journal.of(&of).is_some_and(Journal::wants_more) {
            model.journal.outdated();
        }
        if model.journal.wants(&of) {
            let after = model.journal.of(&of).map_or(0, Journal::last);
            effects.push(Effect::LoadJournal(of, after));
        }
    }
    if let Some(server) = transcript(model)
        && model.transcript.wants(&server)
    {
        effects.push(Effect::LoadTranscript(server));
    }
    if model.screen() == Screen::Explorer {
        let place = model.explorer.place.clone();
        if model.resource.wants(&place) {
            effects.push(Effect::LoadResource(place));
        }
        effects.extend(look::next_of_hunt(model).map(Effect::LoadResource));
    }
    if model.screen() == Screen::Events {
        let server = model.events_of.clone();
        if model.events.wants(&server) {
            effects.push(Effect::LoadEvents(server));
        }
    }
    if let Some(of) = model.beside.of.clone().filter(|_| model.screen() == Screen::Beside)
        && model.sides.wants(&of)
    {
        effects.push(Effect::LoadBeside(of));
    }
    if let Some(of) = diagnosis(model)
        && model.diagnosis.wants(&of)
    {
        effects.push(Effect::LoadDiagnosis(of));
    }
}

/// The server whose components are on the screen.
fn detail(model: &Model) -> Option<String> {
    match model.screen() {
        Screen::Server => Some(model.server.id.clone()),
        Screen::Fleet if layout::is_wide(model.size) => model.fleet.current().map(|row| row.id.clone()),
        _ => None,
    }
}

/// The journal that is on the screen.
pub(super) fn journal(model: &Model) -> Option<JournalOf> {
    match model.screen() {
        Screen::Server if model.server.tab == Tab::Journal || layout::below_components(model) > 0 => {
            let server = model.server.id.clone();
            let run = model.fleet.find(&server).and_then(|row| row.run);
            // from a run's board, that run's
            let run = run.or_else(|| model.run.run.filter(|_| model.screens().contains(&Screen::Run)));
            Some(match run {
                Some(run) => JournalOf::Server { run, server },
                None => JournalOf::Last(server),
            })
        }
        Screen::Journal => model.journal.key.clone().filter(|of| matches!(of, JournalOf::Run(_))),
        Screen::Run if model.run.pane == Pane::Journal => {
            let (run, row) = (model.run.run?, model.run.current()?);
            Some(JournalOf::Server { run, server: row.id.clone() })
        }
        Screen::Runs if model.dialog.is_none() => Some(JournalOf::Run(model.listed_run()?.line.run)),
        _ => None,
    }
}

/// The run and server of which it is on the screen what is told.
fn diagnosis(model: &Model) -> Option<(i64, String)> {
    if model.screen() == Screen::Why {
        return model.why.clone();
    }
    let is_told = model.screen() == Screen::Run && model.run.pane == Pane::Journal;
    let row = model.run.current().filter(|row| is_told && is_wrong(&row.state))?;
    Some((model.run.run?, row.id.clone()))
}

/// The server whose transcript is on the screen.
fn transcript(model: &Model) -> Option<String> {
    match model.screen() {
        Screen::Server if model.server.tab == Tab::Transcript => Some(model.server.id.clone()),
        Screen::Run if model.run.pane == Pane::Transcript => model.run.current().map(|row| row.id.clone()),
        _ => None,
    }
}
