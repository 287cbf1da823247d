//! `view(frame, &Model, &Theme)`: the model as it looks. Reads everything, changes nothing.

mod beside;
pub mod chrome;
pub mod diagnosis;
mod dialog;
mod events;
mod explorer;
pub mod fleet;
pub mod goals;
pub mod help;
pub mod journal;
pub mod log;
mod palette;
pub mod pen;
pub mod plan;
pub mod run;
pub mod runs;
pub mod server;
mod transcript;
pub mod why;

#[cfg(test)]
mod tests;

use ratatui::{Frame, layout::Rect};

use super::{
    action::Id,
    layout,
    model::{Dialog, Model, Screen},
    theme::{Role, Theme},
};
use pen::Pen;

/// Draws the model.
pub fn view(frame: &mut Frame<'_>, model: &Model, theme: &Theme) {
    let area = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), theme);
    if layout::is_too_small(model.size) {
        too_small(&mut pen, model);
        if let Some(position) = pen.cursor.filter(|position| area.contains(*position)) {
            frame.set_cursor_position(position);
        }
        return;
    }
    let body = Rect { x: 0, y: layout::ABOVE, width: model.size.width, height: layout::body(model.size) };
    chrome::above(&mut pen, model);
    match model.screen() {
        Screen::Fleet => fleet::draw(&mut pen, model, body),
        Screen::Server => server::draw(&mut pen, model, body),
        Screen::Plan => match &model.plan.shown {
            Some(shown) => plan::draw(&mut pen, model, shown, body),
            None => goals::draw(&mut pen, model, body),
        },
        Screen::Run => run::draw(&mut pen, model, body),
        Screen::Runs => runs::draw(&mut pen, model, body),
        Screen::Journal => journal::draw(&mut pen, model, body),
        Screen::Log => log::draw(&mut pen, model, body),
        Screen::Why => why::draw(&mut pen, model, body),
        Screen::Explorer => explorer::draw(&mut pen, model, body),
        Screen::Events => events::draw(&mut pen, model, body),
        Screen::Beside => beside::draw(&mut pen, model, body),
    }
    chrome::below(&mut pen, model);
    dialog::draw(&mut pen, model);
    // a cursor outside of what the terminal really has would be put somewhere else
    if let Some(position) = pen.cursor.filter(|position| area.contains(*position)) {
        frame.set_cursor_position(position);
    }
}

fn too_small(pen: &mut Pen<'_>, model: &Model) {
    let (width, height) = (model.size.width, model.size.height);
    let here = format!("This terminal has {width} x {height}.");
    let (quit, command) = (model.key(Id::Leave), model.key(Id::Palette));
    let least = format!("firmdeck needs {} x {} or more.", layout::LEAST.width, layout::LEAST.height);
    let wrong = format!("Not so? {command} size 80x24");
    let leave = format!("What runs goes on. {quit} leaves");
    for (line, text) in (0..).zip([&least, &here, &wrong, &leave]) {
        pen.text(0, line, width, text, Role::Text);
    }
    // a size is typed here if anywhere
    let last = height.saturating_sub(1);
    if let Some(Dialog::Palette { field, .. }) = &model.dialog {
        pen.wipe(Rect { x: 0, y: last, width, height: 1 });
        pen.text(0, last, 1, ":", Role::Key);
        pen.field(1, last, width.saturating_sub(1), &field.text(), field.at);
    } else if let Some(notice) = &model.notice {
        pen.wipe(Rect { x: 0, y: last, width, height: 1 });
        pen.text(0, last, width, &notice.text, notice.role);
    }
}
