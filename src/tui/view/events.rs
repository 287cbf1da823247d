//! A BMC's own log of the machine's health, newest entries first.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{
    api::explore::EventRow,
    tui::{glyphs, layout, model::Model, text, theme::Role},
};

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    pen.heading(area.x, area.y, area.width, &format!(" {:<17}{:<10}MESSAGE", "TIME (UTC)", "SEVERITY"));
    let Some(document) = model.events.of(&model.events_of) else {
        let (words, role) = match &model.events.error {
            Some(why) => (why.clone(), Role::Warning),
            None => ("asking the BMC for its log".into(), Role::Muted),
        };
        tell(pen, area, &words, role);
        return;
    };
    let entries: Vec<&EventRow> = document.logs.iter().flat_map(|log| &log.entries).collect();
    if entries.is_empty() {
        let refused: Vec<String> = document
            .logs
            .iter()
            .filter_map(|log| log.why.as_ref().map(|why| format!("{} is not shown: {why}", log.name)))
            .collect();
        let words = match (document.logs.is_empty(), refused.is_empty()) {
            (true, _) => "This BMC names no log of the machine's health.".to_owned(),
            (false, true) => "The log is empty.".into(),
            (false, false) => refused.join("; "),
        };
        tell(pen, area, &words, Role::Muted);
        return;
    }
    let page = layout::page(model);
    let top = (model.events_at + 1).saturating_sub(page);
    for (y, (index, entry)) in (area.y + 1..area.bottom()).zip(entries.iter().enumerate().skip(top).take(page)) {
        let severity = entry.severity.as_deref().unwrap_or("-");
        let time = format!("{:<17}", entry.at.as_deref().map_or_else(|| "-".into(), text::day_of));
        let word = format!("{severity:<10}");
        let width = area.width.saturating_sub(2);
        pen.parts(area.x + 1, y, width, &[(&time, Role::Muted), (&word, role(severity)), (&entry.message, Role::Text)]);
        if index == model.events_at {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
    if let Some(entry) = entries.get(model.events_at) {
        let below = area.bottom().saturating_sub(layout::EVENT);
        let head = format!("entry {} of {}, newest first", model.events_at + 1, entries.len());
        pen.rule(area.x, below, area.width, &[(&head, Role::Strong)]);
        let words = format!("{} {}", entry.at.as_deref().unwrap_or("-"), entry.message);
        let lines = text::wrap(&words, usize::from(area.width.saturating_sub(2)));
        for (y, line) in (below + 1..area.bottom()).zip(lines) {
            pen.text(area.x + 1, y, area.width.saturating_sub(2), &line, Role::Text);
        }
    }
}

fn tell(pen: &mut Pen<'_>, area: Rect, words: &str, role: Role) {
    let lines = text::wrap(words, usize::from(area.width.saturating_sub(2)));
    for (y, line) in (area.y + 1..area.bottom()).zip(lines) {
        pen.text(area.x + 1, y, area.width.saturating_sub(2), &line, role);
    }
}

fn role(severity: &str) -> Role {
    match severity {
        "Critical" => Role::Failed,
        "Warning" => Role::Warning,
        "OK" => Role::Good,
        _ => Role::Text,
    }
}
