//! One server: its components, what was odd, what the last run did to it, and what was said to its BMC.

use ratatui::layout::Rect;

use crate::{
    api::{
        live::FleetRow,
        wire::{ComponentRow, Server},
    },
    tui::{
        action::Id,
        glyphs, layout,
        model::{
            Model, Tab,
            columns::{self, standing},
        },
        text,
        theme::Role,
    },
};

use super::{
    journal,
    pen::Pen,
    transcript::{self, Shown},
};

/// Lines above the table: two of who it is, one of parts, one of headings.
pub const ABOVE: u16 = 4;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let id = &model.server.id;
    let row = model.fleet.find(id);
    let server = model.detail.of(id).map(AsRef::as_ref);
    who(pen, model, row, server, Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area });
    parts(pen, model, server, area.y + 2);
    let below = Rect { y: area.y + 3, height: area.height.saturating_sub(3), ..area };
    match (model.server.tab, server) {
        (Tab::Journal, _) => journal::entries(pen, model, below, model.server.at, false),
        (Tab::Transcript, _) => transcript::draw(pen, model, below, Shown::Server),
        (_, None) => {
            let words = model.detail.error.as_deref().unwrap_or("reading what is known of it");
            pen.text(area.x + 1, below.y + 1, below.width, words, Role::Muted);
        }
        (Tab::Components, Some(server)) => {
            components(pen, model, server, below);
            let more = layout::below_components(model);
            if more > 0 {
                under(pen, model, Rect { y: area.bottom().saturating_sub(more), height: more, ..area });
            }
        }
        (Tab::Notes, Some(_)) => {
            let lines = notes(model, usize::from(area.width));
            for (y, (words, role)) in (below.y..below.bottom()).zip(lines.iter().skip(model.server.at)) {
                pen.text(area.x + 1, y, area.width.saturating_sub(2), words, *role);
            }
        }
    }
}

fn who(pen: &mut Pen<'_>, model: &Model, row: Option<&FleetRow>, server: Option<&Server>, area: Rect) {
    let Some(row) = row else {
        pen.text(area.x, area.y, area.width, "the engine knows no such server any more", Role::Warning);
        return;
    };
    let standing = standing(row);
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let first = format!(
        "{} {}   {}   bmc {}   ",
        known(&row.vendor),
        known(&row.model),
        known(&row.serial),
        columns::endpoint(row)
    );
    let seen = row
        .read_at
        .as_deref()
        .map_or_else(|| "never read".into(), |at| format!("read {} ago", text::age_of(at, model.now)));
    let seen = seen.replace("now ago", "just now");
    let used = pen.text(area.x, area.y, area.width, &first, Role::Text);
    pen.text(area.x + used, area.y, area.width - used, &standing.word, standing.role);
    let mut second = format!(
        "power {}   health {}   BIOS {}   BMC {}   ",
        known(&row.power).to_ascii_lowercase(),
        known(&row.health),
        known(&row.bios),
        known(&row.bmc)
    );
    if let Some(server) = server.filter(|server| server.systems.len() > 1) {
        second = format!("{second}{} systems behind this BMC   ", server.systems.len());
    }
    let used = pen.text(area.x, area.y + 1, area.width, &second, Role::Text);
    pen.text(area.x + used, area.y + 1, area.width - used, &seen, Role::Muted);
}

fn parts(pen: &mut Pen<'_>, model: &Model, server: Option<&Server>, y: u16) {
    let mut x = 0;
    for tab in Tab::ALL {
        let count = match (tab, server) {
            (Tab::Components, Some(server)) => format!(" {} ", server.components.len()),
            (Tab::Notes, Some(server)) => {
                let count = server.notes.len() + usize::from(server.error.is_some()) + server.unknown.len();
                if count > 0 { format!(" {count} ") } else { " ".into() }
            }
            _ => " ".into(),
        };
        let role = if tab == model.server.tab { Role::Tab } else { Role::Text };
        x += pen.text(x, y, model.size.width.saturating_sub(x), &format!(" {}{count}", tab.title()), role) + 1;
    }
}

fn components(pen: &mut Pen<'_>, model: &Model, server: &Server, area: Rect) {
    let widths = table_widths(area.width);
    heading(pen, area.x, area.y, area.width, widths);
    if server.components.is_empty() {
        let words = format!("no firmware was read yet; {} reads it", model.key(Id::Refresh));
        pen.text(area.x + 2, area.y + 1, area.width, &words, Role::Muted);
    }
    let page = layout::page(model);
    let top = (model.server.at + 1).saturating_sub(page);
    for (line, index) in (0..page).zip(top..server.components.len()) {
        let (Some(component), Ok(line)) = (server.components.get(index), u16::try_from(line)) else { break };
        let y = area.y + 1 + line;
        component_row(pen, component, area.x, y, widths);
        if index == model.server.at {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
}

/// Kind, name, version, slot, and what remains.
type Widths = [u16; 5];

fn table_widths(width: u16) -> Widths {
    let room = width.saturating_sub(1);
    match room {
        100.. => [8, 34, 24, 10, room.saturating_sub(80)],
        70..100 => [8, 28, 20, 0, room.saturating_sub(60)],
        _ => [8, room.saturating_sub(8 + 20 + 4), 20, 0, 0],
    }
}

fn heading(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, widths: Widths) {
    pen.heading(x, y, width, "");
    let mut at = x + 1;
    for (title, width) in ["KIND", "COMPONENT", "VERSION", "COPY", "OTHER COPIES, REMARKS"].into_iter().zip(widths) {
        pen.heading(at, y, width, title);
        at += if width == 0 { 0 } else { width + 1 };
    }
}

fn component_row(pen: &mut Pen<'_>, component: &ComponentRow, x: u16, y: u16, widths: Widths) {
    // where the copy has no column of its own, it is told only where it is not the usual one
    let copy = (widths[3] == 0 && component.slot != "running").then(|| component.slot.clone());
    let others: Vec<String> = copy
        .into_iter()
        .chain(component.others.iter().map(|other| format!("{} {}", slot(other.slot), other.version)))
        .collect();
    let more = match (&component.unknown, component.updateable) {
        (Some(why), _) => why.clone(),
        (None, Some(false)) => "cannot be updated".into(),
        _ => others.join(", "),
    };
    let version = component.version.as_deref().unwrap_or("?");
    let known = if component.version.is_some() { Role::Text } else { Role::Uncertain };
    let cells = [
        (component.kind.as_str(), Role::Muted),
        (component.name.as_str(), Role::Text),
        (version, known),
        (component.slot.as_str(), Role::Muted),
        (more.as_str(), Role::Muted),
    ];
    let mut at = x + 1;
    for ((words, role), width) in cells.into_iter().zip(widths) {
        pen.text(at, y, width, words, role);
        at += if width == 0 { 0 } else { width + 1 };
    }
}

/// What was odd, and what the last run did, under the components.
fn under(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let lines = notes(model, usize::from(area.width));
    let room = area.height / 3;
    pen.rule(0, area.y, area.width, &[("notes", Role::Strong)]);
    for (y, (words, role)) in (area.y + 1..area.y + room).zip(&lines) {
        pen.text(area.x + 1, y, area.width.saturating_sub(2), words, *role);
    }
    let y = area.y + room;
    pen.rule(0, y, area.width, &[("journal", Role::Strong), (" of the last run that had to do with it", Role::Text)]);
    let area = Rect { y: y + 1, height: area.height.saturating_sub(room + 1), ..area };
    journal::entries(pen, model, area, 0, false);
}

const fn slot(slot: crate::domain::inventory::Slot) -> &'static str {
    use crate::domain::inventory::Slot;
    match slot {
        Slot::Running => "running",
        Slot::Current => "current",
        Slot::Staged => "staged",
        Slot::Available => "available",
        Slot::Previous => "previous",
        Slot::Backup => "backup",
        Slot::Golden => "golden",
    }
}

/// What failed, what is unknown and why, and what was odd, in lines.
#[must_use]
pub fn notes(model: &Model, width: usize) -> Vec<(String, Role)> {
    let Some(server) = model.detail.of(&model.server.id) else { return Vec::new() };
    let width = width.saturating_sub(2);
    let mut lines = Vec::new();
    let mut tell = |head: &str, words: &str, role: Role| {
        for (index, line) in text::wrap(words, width.saturating_sub(11)).into_iter().enumerate() {
            lines.push((format!("{:<10} {line}", if index == 0 { head } else { "" }), role));
        }
    };
    if let Some(error) = &server.error {
        tell("FAILED", &error.what, Role::Failed);
        tell("state", &error.state, Role::Text);
        tell("next", &error.next, Role::Strong);
        tell("", " ", Role::Text);
    }
    for (field, why) in &server.unknown {
        tell("unknown", &format!("{field}: {why}"), Role::Uncertain);
    }
    for note in &server.notes {
        tell("odd", &format!("{}: {}", note.at, note.what), Role::Text);
    }
    if !server.also_at.is_empty() {
        tell("also at", &server.also_at.join(", "), Role::Muted);
    }
    if lines.is_empty() {
        lines.push(("nothing failed, nothing is unknown, and nothing was odd when it was read".into(), Role::Muted));
    }
    lines
}

/// The server under the fleet's cursor, beside the table.
pub(super) fn beside(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(row) = model.fleet.current() else { return };
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".into());
    let standing = standing(row);
    let name = format!("{}  ", columns::name(row));
    let used = pen.text(area.x, area.y, area.width, &name, Role::Title);
    pen.text(area.x + used, area.y, area.width - used, &standing.word, standing.role);
    let lines = [
        format!("{} {}   {}", known(&row.vendor), known(&row.model), known(&row.serial)),
        format!("bmc {}   {}", columns::endpoint(row), row.generation.as_deref().unwrap_or("")),
        format!("power {}   health {}", known(&row.power).to_ascii_lowercase(), known(&row.health)),
    ];
    for (y, words) in (area.y + 1..).zip(&lines) {
        pen.text(area.x, y, area.width, words, Role::Text);
    }
    let mut y = area.y + 5;
    if let Some(error) = &row.error {
        for (words, role) in [(&error.what, Role::Failed), (&error.state, Role::Text), (&error.next, Role::Strong)] {
            for line in text::wrap(words, usize::from(area.width)) {
                if y < area.bottom() {
                    pen.text(area.x, y, area.width, &line, role);
                    y += 1;
                }
            }
        }
        y += 1;
    }
    if y + 2 >= area.bottom() {
        return;
    }
    let Some(server) = model.detail.of(&row.id) else {
        pen.text(area.x, y, area.width, model.detail.error.as_deref().unwrap_or("reading its components"), Role::Muted);
        return;
    };
    let widths = [7, area.width.saturating_sub(7 + 18 + 3), 18, 0, 0];
    pen.heading(area.x.saturating_sub(1), y, area.width + 1, "");
    heading(pen, area.x.saturating_sub(1), y, area.width + 1, widths);
    let room = usize::from(area.bottom().saturating_sub(y + 1));
    let more = server.components.len().saturating_sub(room);
    let shown = if more > 0 { room.saturating_sub(1) } else { room };
    for (y, component) in (y + 1..).zip(server.components.iter().take(shown)) {
        component_row(pen, component, area.x.saturating_sub(1), y, widths);
    }
    if more > 0 {
        let open = model.key(Id::Open);
        let words = format!("{} more; {open} shows all", server.components.len() - shown);
        pen.text(area.x, area.bottom() - 1, area.width, &words, Role::Muted);
    }
}
