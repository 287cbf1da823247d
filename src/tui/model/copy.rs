//! What `y` copies: the thing under the cursor as text that can stand in a ticket.

use super::{Model, Screen, Tab, columns, run, transcript};
use crate::{
    api::live::{BoardRow, DiagnosisRow, FleetRow},
    domain::compare::Pair,
    tui::text,
};

/// What it is, and its text.
#[must_use]
pub fn copied(model: &Model) -> Option<(String, String)> {
    match model.screen() {
        Screen::Fleet => model.fleet.current().map(|row| ("the server".into(), server_line(row))),
        Screen::Server => of_server(model),
        Screen::Plan => {
            let shown = model.plan.shown.as_ref()?;
            let digest: String = shown.document.digest.chars().take(12).collect();
            Some(("the command that starts it".into(), format!("firmdeck run --plan {digest}")))
        }
        Screen::Run => {
            let row = model.run.current()?;
            let told = model.run.run.and_then(|run| model.diagnosis.of(&(run, row.id.clone())));
            let told = told.filter(|_| run::is_wrong(&row.state)).map(|told| diagnoses(&told.diagnoses));
            Some(("the server's state".into(), [board_line(model, row), told.unwrap_or_default()].concat()))
        }
        Screen::Why => {
            let (run, server) = model.why.as_ref()?;
            let told = model.diagnosis.of(&(*run, server.clone()))?;
            let head = model.run.find(server).map(|row| board_line(model, row)).unwrap_or_default();
            Some(("the diagnosis".into(), format!("{head}{}", diagnoses(&told.diagnoses))))
        }
        Screen::Runs => {
            let head = model.listed_run()?;
            let line = &head.line;
            let words =
                format!("run {} {} by {} since {}: {}", line.run, head.goal, line.actor, line.started, line.state);
            Some(("the run".into(), words))
        }
        Screen::Journal => {
            let lines = &model.journal.value.as_ref()?.lines;
            let entry = lines.iter().rev().nth(model.journal_back)?;
            let server = entry.server.as_deref().unwrap_or("-");
            Some(("the entry".into(), format!("{} run {} {server} {}", entry.at, entry.run, entry.words)))
        }
        Screen::Log => None,
        Screen::Explorer => {
            let document = &model.resource.of(&model.explorer.place)?.document;
            let body = match &document.text {
                Some(text) => text.clone(),
                None => serde_json::to_string_pretty(&document.body).ok()?,
            };
            let name = model.name_of(&document.server);
            Some(("the resource".into(), format!("{name} GET {} HTTP {}\n{body}\n", document.path, document.status)))
        }
        Screen::Events => {
            let document = model.events.of(&model.events_of)?;
            let entry = document.logs.iter().flat_map(|log| &log.entries).nth(model.events_at)?;
            let (at, severity) = (entry.at.as_deref().unwrap_or("-"), entry.severity.as_deref().unwrap_or("-"));
            let name = model.name_of(&model.events_of);
            Some(("the entry".into(), format!("{name} {at} {severity} {}", entry.message)))
        }
        Screen::Beside => {
            let sides = model.sides.of(model.beside.of.as_ref()?)?;
            let lines: Vec<String> = sides.shown(model.beside.all).map(pair_line).collect();
            Some(("the differences".into(), format!("{} | {}\n{}\n", sides.left, sides.right, lines.join("\n"))))
        }
    }
}

fn of_server(model: &Model) -> Option<(String, String)> {
    let id = &model.server.id;
    match model.server.tab {
        Tab::Components => {
            let component = model.detail.of(id)?.components.get(model.server.at)?;
            let version = component.version.as_deref().unwrap_or("unknown");
            let words = format!("{} {} {} {version}", model.name_of(id), component.kind, component.name);
            Some(("the component".into(), words))
        }
        Tab::Notes => model.fleet.find(id).map(|row| ("the server".into(), server_line(row))),
        Tab::Journal => {
            let lines = &model.journal.value.as_ref()?.lines;
            let entry = lines.iter().rev().nth(model.server.at)?;
            Some(("the entry".into(), format!("{} {} {}", entry.at, model.name_of(id), entry.words)))
        }
        Tab::Transcript => {
            let line = model.transcript.of(id)?.exchanges.iter().rev().nth(model.server.at)?;
            let words = format!("{} {} {}", line.at, model.name_of(id), transcript::words_of(line));
            Some(("the line".into(), words))
        }
    }
}

fn server_line(row: &FleetRow) -> String {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let head = format!(
        "{} {} bmc {} {} {} serial {} BIOS {} BMC {}",
        columns::name(row),
        row.id,
        columns::endpoint(row),
        known(&row.vendor),
        known(&row.model),
        known(&row.serial),
        known(&row.bios),
        known(&row.bmc)
    );
    match &row.error {
        Some(error) => format!("{head}\nwhat: {}\nstate: {}\nnext: {}\n", error.what, error.state, error.next),
        None => head,
    }
}

fn board_line(model: &Model, row: &BoardRow) -> String {
    let run = model.run.run.unwrap_or_default();
    let why = row.why.as_deref().or(row.now.as_deref()).unwrap_or_default();
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("run {run} {} {} {}{why}\n", row.name, row.id, row.state)
}

fn diagnoses(rows: &[DiagnosisRow]) -> String {
    let mut lines = Vec::new();
    for DiagnosisRow { component, diagnosis } in rows {
        lines.extend(component.iter().map(|name| format!("component: {name}")));
        lines.push(format!("what: {}", diagnosis.cause));
        lines.push(format!("state: {}", diagnosis.state));
        lines.push(format!("next: {}", diagnosis.next));
        lines.extend(diagnosis.seen.iter().map(|seen| format!("seen: {seen}")));
        lines.extend(diagnosis.source.iter().map(|source| format!("known from: {source}")));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn pair_line(pair: &Pair) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".into());
    let mark = if pair.differs() { "!" } else { " " };
    format!("{mark} {}: {} | {}", pair.what, side(&pair.left), side(&pair.right))
}

/// Text for a clipboard or a file: no control character of a BMC's but the ends of lines.
#[must_use]
pub fn clean(text: &str) -> String {
    let glyphs = crate::tui::glyphs::Glyphs { utf8: true };
    text.chars().map(|letter| if letter == '\n' { letter } else { text::clean(letter, glyphs) }).collect()
}
