//! The fleet: a table of servers, with the one under the cursor and what happens beside it where there is room.

use ratatui::layout::Rect;

use crate::{
    api::live::FleetRow,
    tui::{
        action::Id,
        glyphs, layout,
        model::{
            Link, Model,
            columns::{Column, standing},
            cursor::Rows,
        },
        text,
        theme::Role,
    },
};

use super::{chrome, journal, pen::Pen, server};

/// Columns before the first: cursor, selection, and a blank.
const MARKS: u16 = 3;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let left = layout::left(model.size);
    if model.fleet.total() == 0 {
        return empty(pen, model, area);
    }
    table(pen, model, Rect { width: left, ..area });
    let page = u16::try_from(layout::page(model)).unwrap_or(u16::MAX);
    let info = area.y + 1 + page;
    about(pen, model, info, left);
    if let Some((x, width)) = chrome::split(pen, model, area.y, page + 2) {
        server::beside(pen, model, Rect { x, y: area.y, width, height: page + 2 });
    }
    let feed = layout::feed(model.size);
    if feed > 0 {
        let y = info + 1;
        pen.rule(0, y, area.width, &[("what happens", Role::Strong)]);
        if model.feed.is_empty() {
            pen.text(1, y + 1, area.width, "nothing yet; what runs do is told here", Role::Muted);
        }
        let lines = model.feed.iter().rev().take(usize::from(feed - 1)).rev();
        for (y, line) in (y + 1..).zip(lines) {
            journal::line(pen, model, 1, y, area.width - 2, line);
        }
    }
}

fn empty(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let discover = model.key(Id::Discover);
    let search = format!("{discover:<3} searches addresses for BMCs: 10.0.0.0/24, 10.0.0.5-99, bmc7.example.org");
    let words: &[&str] = match &model.link {
        _ if !model.fleet.loaded && model.fleet_load.error.is_none() => &["Waiting for the engine."],
        Link::Lost { .. } => &["The engine is lost, and it had not said yet which servers there are."],
        _ => &[
            "No server is known yet.",
            "",
            &search,
            "    No password is sent before a Redfish service has answered.",
            "",
            "On the command line:  firmdeck discover racks.toml",
            "To try it first on emulated servers:  firmdeck demo",
        ],
    };
    for (y, line) in (area.y + 2..area.bottom()).zip(words) {
        pen.text(4, y, area.width.saturating_sub(5), line, Role::Text);
    }
}

/// The columns that have room, with their widths: those that matter narrowed where they must be, then as wide as their
/// text, then others whose text has room whole.
#[must_use]
pub fn fit(model: &Model, width: u16) -> Vec<(Column, u16)> {
    const MATTER: u8 = 6;
    let mut wanted: Vec<Column> = Column::ALL.into_iter().filter(|column| !model.fleet.off.contains(column)).collect();
    wanted.sort_by_key(|column| column.priority());
    let full = |column: Column| {
        let heading = u16::try_from(column.heading().len()).unwrap_or(u16::MAX);
        model.fleet.width(column).clamp(heading, column.widths().1.max(heading))
    };
    let mut room = width.saturating_sub(MARKS);
    let mut taken: Vec<(Column, u16)> = Vec::new();
    let (matter, others): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|column| column.priority() <= MATTER);
    for column in matter {
        let least = full(column).min(column.widths().0);
        if least < room {
            room -= least + 1;
            taken.push((column, least));
        }
    }
    // name and state whole, then the others by turns, so that a long version does not take a model all of its room
    for (column, width) in taken.iter_mut().filter(|(column, _)| column.priority() <= 1) {
        let more = (full(*column) - *width).min(room);
        *width += more;
        room -= more;
    }
    while room > 0 {
        let before = room;
        for (column, width) in &mut taken {
            if *width < full(*column) && room > 0 {
                *width += 1;
                room -= 1;
            }
        }
        if room == before {
            break;
        }
    }
    for column in others {
        if full(column) < room {
            room -= full(column) + 1;
            taken.push((column, full(column)));
        }
    }
    taken.sort_by_key(|(column, _)| *column as usize);
    taken
}

fn table(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let columns = fit(model, area.width);
    pen.heading(area.x, area.y, area.width, "");
    let mut x = area.x + MARKS;
    for (column, width) in &columns {
        let sorted = model.fleet.sort.unwrap_or(Column::Server) == *column;
        let mark = match (sorted, model.fleet.reverse) {
            (false, _) => "",
            (true, false) => "+",
            (true, true) => "-",
        };
        let fits = *width > u16::try_from(column.heading().len()).unwrap_or_default();
        let heading = format!("{}{}", column.heading(), if fits { mark } else { "" });
        pen.heading(x, area.y, *width, &heading);
        x += width + 1;
    }
    let page = layout::page(model);
    let cursor = &model.fleet.cursor;
    if model.fleet.count() == 0 {
        let words = format!("no server is as the filter asks; {} ends the filter", model.key(Id::Back));
        pen.text(area.x + MARKS, area.y + 1, area.width.saturating_sub(MARKS), &words, Role::Muted);
    }
    for (line, index) in (0..page).zip(cursor.top..model.fleet.count()) {
        let (Some(row), Ok(line)) = (model.fleet.row(index), u16::try_from(line)) else { break };
        let y = area.y + 1 + line;
        draw_row(pen, model, row, &columns, area.x, y);
        if index == cursor.index {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
}

fn draw_row(pen: &mut Pen<'_>, model: &Model, row: &FleetRow, columns: &[(Column, u16)], x: u16, y: u16) {
    let selected = model.fleet.is_selected(&row.id);
    if selected {
        pen.text(x + 1, y, 1, &glyphs::SELECTED.to_string(), Role::Selected);
    }
    let old = row.error.is_some();
    let mut x = x + MARKS;
    if old {
        // also between the columns: one look for the whole row is fewer bytes
        let whole = columns.iter().map(|(_, width)| width + 1).sum();
        pen.restyle(x, y, whole, Role::Muted);
    }
    for (column, width) in columns {
        let text = column.text(row, model.now);
        let mut role = match column {
            Column::Server if selected => Role::Selected,
            Column::State => standing(row).role,
            // what is known is of the last good reading
            _ if old => Role::Muted,
            Column::Seen => Role::Muted,
            _ => Role::Text,
        };
        if text == "?" {
            role = Role::Uncertain;
        }
        let text = match (column, row.run, model.run.find(&row.id)) {
            (Column::State, Some(run), Some(board)) if model.run.run == Some(run) => match board.percent {
                // where both have no room, which run it is matters more
                Some(percent) => Some(format!("RUN {run} {percent}%"))
                    .filter(|words| words.len() <= usize::from(*width))
                    .map_or(text, Into::into),
                None => text,
            },
            _ => text,
        };
        pen.text(x, y, *width, &text, role);
        x += width + 1;
    }
}

/// What is selected, what is hidden, and in which order it stands.
fn about(pen: &mut Pen<'_>, model: &Model, y: u16, width: u16) {
    let fleet = &model.fleet;
    let mut parts: Vec<(String, Role)> = Vec::new();
    if fleet.selected() > 0 {
        parts.push((format!("{} selected", fleet.selected()), Role::Selected));
        if fleet.hidden() > 0 {
            parts.push((format!(" ({} hidden by filter)", fleet.hidden()), Role::Warning));
        }
        parts.push(("   ".into(), Role::Text));
    }
    let left_out = fleet.left_out();
    if left_out > 0 {
        parts.push((format!("{left_out} left out: a value is unknown   "), Role::Warning));
    }
    let more = fleet.count().saturating_sub(fleet.cursor.top + layout::page(model));
    if more > 0 {
        parts.push((format!("{more} more below   "), Role::Muted));
    }
    if let Some(error) = fleet.current().and_then(|row| row.error.as_ref()) {
        parts.push((text::wrap(&error.what, 400).into_iter().next().unwrap_or_default(), Role::Failed));
    }
    let parts: Vec<(&str, Role)> = parts.iter().map(|(words, role)| (words.as_str(), *role)).collect();
    pen.parts(1, y, width.saturating_sub(2), &parts);
}
