//! `update(&mut Model, Msg) -> Vec<Effect>`: everything that happens on the screen, without a terminal, an engine or a clock.

mod act;
mod engine;
mod help;
mod keys;
mod palette;
mod wants;

#[cfg(test)]
pub(super) mod tests;

use super::{
    layout,
    model::{Link, Model, Screen, usable},
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
            model.link = Link::Up(hello);
            engine::attached(model);
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
        Screen::Log => {}
    }
}
