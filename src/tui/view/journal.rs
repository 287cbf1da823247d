//! Journals and transcripts: lines that end where what comes is added.

use ratatui::layout::Rect;

use crate::{
    api::live::JournalLine,
    tui::{
        model::{
            Model, columns,
            journal::{JournalOf, LONGEST},
        },
        text,
        theme::Role,
    },
};

use super::pen::Pen;

/// The journal of a whole run.
pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let run = match &model.journal.key {
        Some(JournalOf::Run(run)) => *run,
        _ => return,
    };
    let count = model.journal.value.as_ref().map_or(0, |journal| journal.lines.len());
    let columns = name_columns(model);
    let words = format!(" {:<TIME$}{:<columns$}WHAT HAPPENED IN RUN {run}   ({count} entries)", "TIME", "SERVER");
    pen.heading(area.x, area.y, area.width, &words);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    entries(pen, model, area, model.journal_back, true);
}

/// The entries that end `back` entries before the last, each over as many lines as it needs.
pub(super) fn entries(pen: &mut Pen<'_>, model: &Model, area: Rect, back: usize, names: bool) {
    let Some(journal) = &model.journal.value else {
        let words = match &model.journal.error {
            Some(why) => format!("the journal was not read: {why}"),
            None => "reading the journal".into(),
        };
        pen.text(area.x + 1, area.y, area.width, &words, Role::Muted);
        return;
    };
    if journal.lines.is_empty() {
        let words = if journal.run.is_none() && matches!(model.journal.key, Some(JournalOf::Last(_))) {
            "no run of late had to do with this server"
        } else {
            "nothing has happened yet"
        };
        pen.text(area.x + 1, area.y, area.width, words, Role::Muted);
        return;
    }
    let mut end = area.bottom();
    if journal.more && journal.lines.len() >= LONGEST {
        end = end.saturating_sub(1);
        let words = format!("only the first {LONGEST} entries are shown; all of them: firmdeck audit export");
        pen.text(area.x + 1, end, area.width, &words, Role::Warning);
    }
    let last = journal.lines.len().saturating_sub(back);
    let room = usize::from(end.saturating_sub(area.y));
    // from the end upwards, then drawn downwards
    let mut blocks = Vec::new();
    let mut used = 0;
    for line in journal.lines.get(..last).unwrap_or_default().iter().rev() {
        let block = block(model, line, usize::from(area.width.saturating_sub(2)), names);
        if used + block.len() > room && used > 0 {
            break;
        }
        used += block.len();
        blocks.push((line, block));
        if used >= room {
            break;
        }
    }
    let mut y = area.y;
    for (line, block) in blocks.iter().rev() {
        for (index, words) in block.iter().enumerate() {
            if y < end {
                let role = if index == 0 { Role::Text } else { role_of(line) };
                pen.text(area.x + 1, y, area.width.saturating_sub(2), words, role);
                if index == 0 {
                    recolour(pen, model, line, area.x + 1, y, area.width.saturating_sub(2), names);
                }
            }
            y = y.saturating_add(1);
        }
    }
}

const TIME: usize = 11;

/// The columns of the server's name.
const fn name_columns(model: &Model) -> usize {
    if model.size.width >= 100 { 20 } else { 14 }
}

fn block(model: &Model, line: &JournalLine, width: usize, names: bool) -> Vec<String> {
    let columns = name_columns(model);
    let before = if names { TIME + columns } else { TIME };
    let mut lines = text::wrap(&line.words, width.saturating_sub(before).max(10));
    if lines.is_empty() {
        lines.push(String::new());
    }
    for (index, words) in lines.iter_mut().enumerate() {
        let head = match (index, names) {
            (0, true) => {
                format!("{:<TIME$}{:<columns$}", text::time_of(&line.at), short(&name(model, line), columns - 1))
            }
            (0, false) => format!("{:<TIME$}", text::time_of(&line.at)),
            _ => " ".repeat(before),
        };
        words.insert_str(0, &head);
    }
    lines
}

fn short(name: &str, columns: usize) -> String {
    if text::width(name) <= columns {
        return name.to_owned();
    }
    name.chars().take(columns - 1).chain(['~']).collect()
}

fn name(model: &Model, line: &JournalLine) -> String {
    match &line.server {
        None => "run".into(),
        Some(id) => model.run.find(id).map_or_else(
            || model.fleet.find(id).map_or_else(|| id.clone(), |row| columns::name(row).into_owned()),
            |row| row.name.clone(),
        ),
    }
}

/// An entry on one line.
pub(super) fn line(pen: &mut Pen<'_>, model: &Model, x: u16, y: u16, width: u16, line: &JournalLine) {
    let words = block(model, line, usize::MAX >> 1, true).into_iter().next().unwrap_or_default();
    pen.text(x, y, width, &words, Role::Text);
    recolour(pen, model, line, x, y, width, true);
}

/// Times stand back, and what went wrong stands out.
fn recolour(pen: &mut Pen<'_>, model: &Model, line: &JournalLine, x: u16, y: u16, width: u16, names: bool) {
    let time = u16::try_from(TIME).unwrap_or_default();
    pen.restyle(x, y, time.min(width), Role::Muted);
    let before = if names { TIME + name_columns(model) } else { TIME };
    let before = u16::try_from(before).unwrap_or_default().min(width);
    let role = role_of(line);
    if role != Role::Text {
        pen.restyle(x + before, y, width - before, role);
    }
}

/// What an entry is, by the state that its event names.
#[must_use]
pub fn role_of(line: &JournalLine) -> Role {
    let event = &line.event;
    let word = |value: Option<&serde_json::Value>| {
        let value = value?;
        value
            .as_str()
            .or_else(|| value.get("state")?.as_str())
            .or_else(|| value.get("settled")?.as_str())
            .map(str::to_owned)
    };
    let state = word(event.get("state")).or_else(|| word(event.get("settled"))).unwrap_or_default();
    match state.as_str() {
        "failed" => Role::Failed,
        "uncertain" => Role::Uncertain,
        "blocked" => Role::Blocked,
        "succeeded" | "applied" => Role::Good,
        _ if event.get("event").and_then(serde_json::Value::as_str) == Some("halted") => Role::Failed,
        _ => Role::Text,
    }
}
