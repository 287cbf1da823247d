//! `update(&mut Model, Msg) -> Vec<Effect>`: everything that happens on the screen, without a terminal, an engine or a clock.

mod act;
mod engine;
mod help;
mod keys;
mod look;
mod palette;
mod wants;

#[cfg(test)]
pub(super) mod tests;

use crate::api::live::VaultState;

use super::{
    layout,
    model::{Dialog, Link, Model, Screen, field::Hidden, usable},
    msg::{Effect, Msg},
    theme::Role,
};

pub use act::show_run;

/// Takes what happened into the model, and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::At(now) => {
            model.now = now;
            return effects;
        }
        Msg::Minute | Msg::Logged => {}
        Msg::Input(input) => keys::input(model, input, &mut effects),
        Msg::Resize(size) => model.size = usable(size),
        Msg::Settings(settings) => palette::settings(model, *settings),
        Msg::Attached(hello) => {
            if let Link::Lost { since, .. } = &model.link {
                let words = format!(
                    "the engine was lost at {} and is back; what it did meanwhile was read",
                    since.strftime("%H:%M:%SZ")
                );
                model.say(words, Role::Warning);
            }
            let is_locked = hello.vault == VaultState::Locked;
            model.link = Link::Up(hello);
            engine::attached(model);
            // Without it no BMC can be spoken to; Esc leaves it locked.
            if is_locked && model.dialog.is_none() {
                model.dialog = Some(Dialog::Unlock { field: Hidden::default() });
            }
        }
        Msg::Lost(why) => engine::lost(model, why),
        Msg::Engine(message) => engine::message(model, *message),
        Msg::Answer(answer) => engine::answer(model, answer),
    }
    settle(model);
    wants::wants(model, &mut effects);
    effects
}

/// Puts every cursor back on its thing, and every window around its cursor.
fn settle(model: &mut Model) {
    let page = layout::page(model);
    match model.screen() {
        Screen::Fleet => {
            let mut cursor = std::mem::take(&mut model.fleet.cursor);
            cursor.settle(&model.fleet, page);
            model.fleet.cursor = cursor;
        }
        Screen::Plan => {
            if let Some(shown) = &model.plan.shown {
                model.plan.cursor.settle(shown.ids(), page);
            } else if let Some(goals) = &model.goals.value {
                model.plan.goal.settle(&super::model::plan::goal_ids(goals), page);
            }
        }
        Screen::Run => {
            let mut cursor = std::mem::take(&mut model.run.cursor);
            cursor.settle(&model.run, page);
            model.run.cursor = cursor;
        }
        Screen::Runs => {
            let runs: Vec<String> = model.runs.value.iter().flatten().map(|head| head.line.run.to_string()).collect();
            model.runs_cursor.settle(&runs, page);
        }
        Screen::Server => model.server.at = model.server.at.min(layout::last_line(model)),
        Screen::Journal => model.journal_back = model.journal_back.min(layout::last_line(model)),
        Screen::Why => model.why_at = model.why_at.min(layout::last_line(model)),
        // a line to come back to is kept until the resource is there
        Screen::Explorer if model.resource.of(&model.explorer.place).is_none() => {}
        Screen::Explorer => model.explorer.at = model.explorer.at.min(layout::last_line(model)),
        Screen::Events => model.events_at = model.events_at.min(layout::last_line(model)),
        Screen::Beside => model.beside.at = model.beside.at.min(layout::last_line(model)),
        Screen::Log => {}
    }
}
