//! Two servers or resources side by side, what differs first of all.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{
    domain::compare::Pair,
    tui::{glyphs, layout, model::Model, text, theme::Role},
};

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let page = &model.beside;
    let Some(of) = &page.of else { return };
    let width = area.width.saturating_sub(2);
    let Some(sides) = model.sides.of(of) else {
        let (words, role) = match &model.sides.error {
            Some(why) => (why.clone(), Role::Warning),
            None => ("looking at both".into(), Role::Muted),
        };
        for (y, line) in (area.y..area.bottom()).zip(text::wrap(&words, usize::from(width))) {
            pen.text(area.x + 1, y, width, &line, role);
        }
        return;
    };
    let differ = sides.rows.iter().filter(|pair| pair.differs()).count();
    let same = sides.rows.len() - differ;
    let counts = format!("{differ} differ, {same} are the same{}", if page.all { "" } else { " (v shows them)" });
    let role = if differ > 0 { Role::Warning } else { Role::Good };
    pen.parts(
        area.x + 1,
        area.y,
        width,
        &[
            (&counts, role),
            ("   beside ", Role::Muted),
            (&sides.right, Role::Strong),
            (": ", Role::Muted),
            (&sides.chosen, Role::Muted),
        ],
    );
    let columns = columns(area.width);
    let mut x = area.x + 1;
    pen.heading(area.x, area.y + 1, area.width, "");
    for (title, width) in ["WHAT", &sides.left, &sides.right].into_iter().zip(columns) {
        pen.heading(x, area.y + 1, width.saturating_sub(1), title);
        x += width;
    }
    let rows: Vec<&Pair> = sides.shown(page.all).collect();
    if rows.is_empty() {
        pen.text(area.x + 1, area.y + 2, width, "nothing differs", Role::Good);
    }
    let fit = layout::page(model);
    let top = (page.at + 1).saturating_sub(fit);
    for (y, (index, pair)) in (area.y + 2..area.bottom()).zip(rows.iter().enumerate().skip(top).take(fit)) {
        row(pen, pair, area.x, y, columns);
        if index == page.at {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
    if let Some(pair) = rows.get(page.at) {
        let below = area.bottom().saturating_sub(layout::PAIR);
        pen.rule(area.x, below, area.width, &[(&pair.what, Role::Strong)]);
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "not there".into());
        let lines = |name: &str, value: &Option<String>| {
            let mut lines = text::wrap(&format!("{name}: {}", side(value)), usize::from(width));
            lines.truncate(2);
            lines
        };
        let lines = lines(&sides.left, &pair.left).into_iter().chain(lines(&sides.right, &pair.right));
        for (y, line) in (below + 1..area.bottom()).zip(lines) {
            pen.text(area.x + 1, y, width, &line, Role::Text);
        }
    }
}

/// What it is about, and both sides; each with a blank after it.
fn columns(width: u16) -> [u16; 3] {
    let room = width.saturating_sub(2);
    let what = room * 2 / 5;
    let left = (room - what) / 2;
    [what, left, room - what - left]
}

fn row(pen: &mut Pen<'_>, pair: &Pair, x: u16, y: u16, columns: [u16; 3]) {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".into());
    // The mark is what says it where there are no colours.
    let mark = if pair.differs() { "! " } else { "  " };
    let role = if pair.differs() { Role::Changed } else { Role::Muted };
    let what = format!("{mark}{}", pair.what);
    let mut at = x + 1;
    for ((words, role), width) in
        [(what, Role::Text), (side(&pair.left), role), (side(&pair.right), role)].into_iter().zip(columns)
    {
        pen.text(at, y, width.saturating_sub(1), &words, role);
        at += width;
    }
}
