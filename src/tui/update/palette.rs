//! Commands by name, and what became of those that change the screen itself.

use super::act::{accept, act, open_server, show_run};
use crate::tui::{
    action::Id,
    model::{Dialog, Model, field::Field},
    msg::{Effect, Settings},
    palette::{self, Command},
    theme::Role,
};

/// Does what is chosen. What must not happen by mistake asks for its word here too.
pub(super) fn run(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(chosen) = model.chosen_command() else {
        if let Some(Dialog::Palette { field, .. }) = &model.dialog {
            let words = format!("no command is called {}", field.text().trim());
            model.say(words, Role::Warning);
        }
        return;
    };
    if chosen.is_half() {
        complete(model);
        return;
    }
    model.note_command(chosen.line());
    model.dialog = None;
    let Command { action, argument, .. } = chosen;
    match argument {
        Some(argument) => with(model, action.id, &argument, effects),
        None => act(model, action.id, effects),
    }
}

fn with(model: &mut Model, id: Id, argument: &str, effects: &mut Vec<Effect>) {
    match id {
        Id::Filter | Id::Discover | Id::Search | Id::GoTo | Id::Other => {
            // as if it had been typed where it is otherwise typed
            act(model, id, effects);
            if let Some(
                Dialog::Filter { field, .. }
                | Dialog::Discover { field, .. }
                | Dialog::Go { field, .. }
                | Dialog::Other { field, .. }
                | Dialog::Search { field },
            ) = &mut model.dialog
            {
                *field = Field::with(argument);
            }
            accept(model, effects);
        }
        Id::Open => {
            if let Some(id) = palette::server(model, argument).map(|row| row.id.clone()) {
                open_server(model, id);
            }
        }
        Id::GoRun => {
            if let Ok(run) = argument.parse() {
                show_run(model, run);
            }
        }
        Id::Sort => {
            model.fleet.sort = palette::column(argument);
            model.fleet.sift();
        }
        Id::Theme => effects.push(Effect::Theme(argument.to_owned())),
        Id::Link => effects.extend(palette::link(argument).map(Effect::Slow)),
        Id::Ascii => effects.push(Effect::Ascii(argument == "on")),
        Id::Size => effects.extend(palette::size(argument).map(Effect::Size)),
        _ => act(model, id, effects),
    }
}

/// Takes over what is chosen, with room for what may be typed after it.
pub(super) fn complete(model: &mut Model) {
    let Some(chosen) = model.chosen_command() else { return };
    let mut line = chosen.line();
    if chosen.argument.is_none() && chosen.action.argument.is_some() {
        line.push(' ');
    }
    model.dialog = Some(Dialog::Palette { field: Field::with(&line), choice: 0, recalled: None });
}

/// Through what fits; on an empty line back through what was typed before.
pub(super) fn step(model: &mut Model, by: isize) {
    let count = model.commands().len();
    let history = model.history.clone();
    let Some(Dialog::Palette { field, choice, recalled }) = &mut model.dialog else { return };
    let back = match *recalled {
        None if by < 0 && field.is_empty() => Some(0),
        None => None,
        Some(back) if by < 0 => Some((back + 1).min(history.len().saturating_sub(1))),
        Some(0) => {
            (*field, *choice, *recalled) = (Field::default(), 0, None);
            return;
        }
        Some(back) => Some(back - 1),
    };
    match back.and_then(|back| Some((back, history.iter().rev().nth(back)?))) {
        Some((back, line)) => (*field, *choice, *recalled) = (Field::with(line), 0, Some(back)),
        None => *choice = choice.saturating_add_signed(by).min(count.saturating_sub(1)),
    }
}

/// Takes in what became of a wish to look otherwise.
pub(super) fn settings(model: &mut Model, settings: Settings) {
    if let Some(keymap) = settings.keymap {
        model.keymap = keymap;
        model.pending.clear();
    }
    if let Some(themes) = settings.themes {
        model.themes = themes;
    }
    if let Some(ascii) = settings.ascii {
        model.ascii = ascii;
    }
    if settings.said.is_some() {
        model.notice = settings.said;
    }
}
