//! How the lines of the terminal are shared out. One place, so that keys move by the page that is drawn.

use ratatui::layout::Size;

use super::{
    model::{Dialog, Model, Screen, Tab},
    view::{help, server, why},
};

/// Nothing of use can be shown on less.
pub const LEAST: Size = Size { width: 60, height: 16 };

/// True where list and detail have room side by side.
#[must_use]
pub const fn is_wide(size: Size) -> bool {
    size.width >= 112 && size.height >= 30
}

/// True where there is no room for a screen.
#[must_use]
pub const fn is_too_small(size: Size) -> bool {
    size.width < LEAST.width || size.height < LEAST.height
}

/// Status line and tabs above; notice and hints below.
pub const ABOVE: u16 = 2;
/// See [`ABOVE`].
pub const BELOW: u16 = 2;

/// Lines under a BMC's log: the entry under the cursor in full, with a rule above.
pub const EVENT: u16 = 4;

/// Lines under two sides: both values under the cursor in full, with a rule above.
pub const PAIR: u16 = 5;

/// Lines between them.
#[must_use]
pub const fn body(size: Size) -> u16 {
    size.height.saturating_sub(ABOVE + BELOW)
}

/// The width of the left pane where there are two.
#[must_use]
pub const fn left(size: Size) -> u16 {
    if is_wide(size) { size.width - size.width / 5 * 2 + 4 } else { size.width }
}

/// Lines of the pane under the fleet table, its rule among them.
#[must_use]
pub const fn feed(size: Size) -> u16 {
    if is_wide(size) { 10 } else { 0 }
}

/// Lines of the options under the goals, with a blank one above.
pub const OPTIONS: u16 = 8;

/// Lines under the plan table: what it costs and what cannot be interrupted.
#[must_use]
pub const fn summary(size: Size) -> u16 {
    match (is_wide(size), size.height) {
        (true, 44..) => 12,
        (true, _) => 9,
        (false, _) => 8,
    }
}

/// Lines of journal or transcript under the board, without their rule.
#[must_use]
pub const fn tail(size: Size) -> u16 {
    let body = body(size);
    let tail = body * 3 / 10;
    if tail < 3 { 3 } else { tail }
}

/// Lines under the list of runs, without their rule.
#[must_use]
pub const fn run_detail(size: Size) -> u16 {
    body(size) / 2
}

/// Lines under a server's components where there is room for them: what was odd, and what the last run did.
#[must_use]
pub fn below_components(model: &Model) -> u16 {
    if is_wide(model.size) && model.server.tab == Tab::Components { body(model.size) / 2 } else { 0 }
}

/// Rows of the table on the screen.
#[must_use]
pub fn page(model: &Model) -> usize {
    let size = model.size;
    let taken = match model.screen() {
        // heading, and what is selected
        Screen::Fleet => 2 + feed(size),
        // for whom, blank, heading
        Screen::Plan if model.plan.shown.is_none() => 3 + OPTIONS,
        Screen::Plan => 2 + summary(size),
        // two lines of sums, heading, rule, stop rule
        Screen::Run => 5 + tail(size),
        Screen::Runs => 2 + run_detail(size),
        Screen::Server => server::ABOVE + below_components(model),
        Screen::Journal | Screen::Log | Screen::Explorer => 1,
        Screen::Why => 0,
        Screen::Events => 1 + EVENT,
        Screen::Beside => 2 + PAIR,
    };
    usize::from(body(size).saturating_sub(taken)).max(1)
}

/// How far the screen on top can be scrolled, where it has no table of its own cursor.
#[must_use]
pub fn last_line(model: &Model) -> usize {
    let entries = |count: usize| count.saturating_sub(1);
    match model.screen() {
        Screen::Server => match model.server.tab {
            Tab::Components => entries(model.detail.of(&model.server.id).map_or(0, |server| server.components.len())),
            Tab::Notes => {
                let lines = server::notes(model, usize::from(model.size.width)).len();
                lines.saturating_sub(page(model))
            }
            Tab::Journal => entries(model.journal.value.as_ref().map_or(0, |journal| journal.lines.len())),
            Tab::Transcript => entries(model.transcript.value.as_ref().map_or(0, |page| page.exchanges.len())),
        },
        Screen::Why => {
            let lines = why::lines(model, usize::from(model.size.width)).len();
            lines.saturating_sub(page(model))
        }
        Screen::Explorer => entries(model.resource.of(&model.explorer.place).map_or(0, |shown| shown.lines.len())),
        Screen::Events => {
            let logs = model.events.of(&model.events_of).map(|document| &document.logs);
            entries(logs.into_iter().flatten().map(|log| log.entries.len()).sum())
        }
        Screen::Beside => {
            let sides = model.beside.of.as_ref().and_then(|of| model.sides.of(of));
            entries(sides.map_or(0, |sides| sides.shown(model.beside.all).count()))
        }
        Screen::Journal => entries(model.journal.value.as_ref().map_or(0, |journal| journal.lines.len())),
        _ => 0,
    }
}

/// How far the open dialog can be scrolled.
#[must_use]
pub fn last_of_dialog(model: &Model) -> usize {
    match model.dialog {
        Some(Dialog::Help { .. }) => {
            let lines = help::lines(model, usize::from(help::width(model.size))).len();
            lines.saturating_sub(usize::from(body(model.size).saturating_sub(1)))
        }
        Some(Dialog::Columns { .. }) => super::model::columns::Column::ALL.len() - 1,
        _ => 0,
    }
}
