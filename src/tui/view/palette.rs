//! The commands that fit what is being typed, and of the one that is chosen what it does, why not now, and how a shell says it.

use ratatui::layout::Rect;

use crate::tui::{
    layout,
    model::{Model, field::Field},
    palette::{Command, shell},
    text,
    theme::Role,
};

use super::pen::Pen;

/// Lines about the one that is chosen: what it does on two, why not now, and the shell's words.
const ABOUT: u16 = 4;
/// Commands that are listed, where there is room.
const LISTED: u16 = 12;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, field: &Field, choice: usize) {
    let commands = model.commands();
    // as many as there may be, so that nothing jumps while one types
    let body = layout::body(model.size);
    let listed = LISTED.min((body / 2).saturating_sub(3));
    let height = (listed + ABOUT + 4).min(body);
    let area = Rect { x: 0, y: layout::ABOVE + body - height, width: model.size.width, height };
    let area = pen.frame(area, "command", Role::Strong);
    pen.text(area.x, area.y, 1, ":", Role::Key);
    pen.field(area.x + 2, area.y, area.width.saturating_sub(2), &field.text(), field.at);
    if commands.is_empty() {
        pen.text(area.x + 2, area.y + 1, area.width, "no command is called so", Role::Muted);
        return;
    }
    let choice = choice.min(commands.len() - 1);
    let room = usize::from(listed);
    let top = (choice + 1).saturating_sub(room);
    let longest = commands.iter().map(|command| text::width(&command.title())).max().unwrap_or_default();
    let name = u16::try_from(longest).unwrap_or(u16::MAX).min(area.width / 2);
    for (y, (index, command)) in (area.y + 1..area.y + 1 + listed).zip(commands.iter().enumerate().skip(top)) {
        line(pen, command, (area.x, y, area.width), name);
        if index == choice {
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
    let y = area.y + 1 + listed;
    pen.rule(area.x, y, area.width, &[]);
    if let Some(command) = commands.get(choice) {
        let more = commands.len().saturating_sub(top + room);
        if more > 0 {
            pen.right(area.x, y, area.width.saturating_sub(1), &format!(" {more} more "), Role::Muted);
        }
        about(pen, model, command, (area.x, y + 1, area.width));
    }
}

/// Its name, and what it does or why not now.
fn line(pen: &mut Pen<'_>, command: &Command, (x, y, width): (u16, u16, u16), name: u16) {
    let role = if command.state.is_ok() { Role::Key } else { Role::Muted };
    pen.text(x, y, name, &command.title(), role);
    let rest = width.saturating_sub(name + 2);
    match &command.state {
        Ok(()) => pen.text(x + name + 2, y, rest, command.action.help, Role::Text),
        Err(refusal) => pen.text(x + name + 2, y, rest, &format!("not now: {}", refusal.why), Role::Muted),
    };
}

fn about(pen: &mut Pen<'_>, model: &Model, command: &Command, (x, y, width): (u16, u16, u16)) {
    for (y, words) in (y..y + 2).zip(text::wrap(command.action.help, usize::from(width))) {
        pen.text(x, y, width, &words, Role::Text);
    }
    if let Err(refusal) = &command.state {
        pen.text(x, y + 2, width, &format!("not now: {}", refusal.why), Role::Warning);
    }
    if let Some(words) = shell(model, command.action.id, command.argument.as_deref()) {
        pen.parts(x, y + 3, width, &[("shell  ", Role::Muted), (&words, Role::Strong)]);
    }
}
