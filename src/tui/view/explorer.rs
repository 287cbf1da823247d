//! A resource of a BMC, line by line, as the BMC shows it now.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{
    api::explore::ResourceDocument,
    tui::{glyphs, layout, model::Model, text, theme::Role},
};

/// Columns of an indentation.
const INDENT: u16 = 2;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let (page, place) = (&model.explorer, &model.explorer.place);
    let Some(shown) = model.resource.of(place) else {
        pen.heading(area.x, area.y, area.width, &format!(" GET {}", place.path));
        let (words, role) = match &model.resource.error {
            Some(why) => (why.clone(), Role::Warning),
            None => ("asking the BMC".into(), Role::Muted),
        };
        for (y, line) in (area.y + 1..area.bottom()).zip(text::wrap(&words, usize::from(area.width.saturating_sub(2))))
        {
            pen.text(area.x + 1, y, area.width.saturating_sub(2), &line, role);
        }
        return;
    };
    pen.heading(area.x, area.y, area.width, &heading(model, &shown.document));
    if shown.lines.is_empty() {
        pen.text(area.x + 1, area.y + 1, area.width, "the answer is empty", Role::Muted);
    }
    let rows = layout::page(model);
    let top = (page.at + 1).saturating_sub(rows);
    for (y, (index, line)) in (area.y + 1..area.bottom()).zip(shown.lines.iter().enumerate().skip(top).take(rows)) {
        let depth = u16::try_from(line.depth).unwrap_or(u16::MAX).saturating_mul(INDENT).min(area.width / 2);
        let x = area.x + 1 + depth;
        let room = area.width.saturating_sub(depth + 2);
        let key = if line.key.is_empty() { String::new() } else { format!("{}: ", line.key) };
        let role = if line.link.is_some() { Role::Key } else { Role::Text };
        let used = pen.parts(x, y, room, &[(&key, Role::Muted), (&line.value, role)]);
        if line.link.is_some() {
            pen.text(x + used, y, room.saturating_sub(used), " >", Role::Key);
        }
        if index == page.at {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
}

/// What is shown, or what is looked for elsewhere meanwhile.
fn heading(model: &Model, document: &ResourceDocument) -> String {
    let (page, place) = (&model.explorer, &model.explorer.place);
    if let Some(hunt) = page.hunt.as_ref().filter(|hunt| hunt.goes_on)
        && let Some(asked) = &hunt.asked
    {
        return format!(" looking for {}: {} resources, at {}", hunt.words, hunt.walk.read, asked.path);
    }
    let marked = if page.mark.as_ref() == Some(place) { "  MARKED" } else { "" };
    let size = text::bytes(document.length as u64);
    let stale = model.resource.error.as_deref().map_or_else(String::new, |why| format!("  not read again: {why}"));
    format!(" {}  HTTP {}  {size}{marked}{stale}", place.path, document.status)
}
