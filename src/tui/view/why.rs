//! What is told of a server that did not end well, whole: what happened, in what state it is, what to do next, what was
//! seen, and who knows of it.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::tui::{model::Model, text, theme::Role};

const HEAD: usize = 8;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let lines = lines(model, usize::from(area.width));
    for (y, (head, words, role)) in (area.y..area.bottom()).zip(lines.iter().skip(model.why_at)) {
        pen.text(area.x + 1, y, HEAD as u16, head, Role::Muted);
        let x = area.x + 1 + HEAD as u16;
        pen.text(x, y, area.width.saturating_sub(HEAD as u16 + 2), words, *role);
    }
}

/// All of it: the word before, the words, and how they look.
#[must_use]
pub fn lines(model: &Model, width: usize) -> Vec<(String, String, Role)> {
    let mut lines = Vec::new();
    let Some((run, server)) = &model.why else { return lines };
    let columns = width.saturating_sub(HEAD + 2);
    let mut tell = |head: &str, words: &str, role: Role| {
        for (index, line) in text::wrap(words, columns).into_iter().enumerate() {
            lines.push((if index == 0 { head.to_owned() } else { String::new() }, line, role));
        }
    };
    if let Some(row) = model.run.find(server) {
        let why = row.why.as_deref().unwrap_or_default();
        tell("ended", &format!("{} in run {run}: {why}", row.state), Role::Failed);
        tell("", " ", Role::Text);
    }
    match (model.diagnosis.of(&(*run, server.clone())), &model.diagnosis.error) {
        (Some(told), _) if told.diagnoses.is_empty() => tell("", "Nothing more is told of it.", Role::Muted),
        (Some(told), _) => {
            for row in &told.diagnoses {
                let diagnosis = &row.diagnosis;
                if let Some(component) = &row.component {
                    tell("of", component, Role::Strong);
                }
                tell("what", &diagnosis.cause, Role::Text);
                tell("state", &diagnosis.state, Role::Text);
                tell("next", &diagnosis.next, Role::Strong);
                for seen in &diagnosis.seen {
                    tell("seen", seen, Role::Muted);
                }
                if let Some(source) = &diagnosis.source {
                    tell("known", source, Role::Muted);
                }
                tell("", " ", Role::Text);
            }
        }
        (None, Some(why)) => tell("", &format!("what is known of it was not read: {why}"), Role::Warning),
        (None, None) => tell("", "asking what is known of it", Role::Muted),
    }
    lines
}
