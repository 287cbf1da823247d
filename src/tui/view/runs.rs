//! Every run, and how the one under the cursor went.

use ratatui::layout::Rect;

use crate::{
    api::live::RunHead,
    tui::{glyphs, layout, model::Model, text, theme::Role},
};

use super::{journal, pen::Pen, run::state_role};

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(runs) = model.runs.value.as_ref().filter(|runs| !runs.is_empty()) else { return empty(pen, model, area) };
    let actor = if area.width >= 100 { 20 } else { 8 };
    let goal = area.width.saturating_sub(3 + 5 + 17 + actor + 1 + 32);
    let heads =
        [("RUN", 5), ("STARTED (UTC)", 17), ("BY", actor + 1), ("WANTED", goal), (" SRV   OK FAIL OTHER RESULT", 32)];
    pen.heading(0, area.y, area.width, "");
    let mut x = 3;
    for (head, width) in heads {
        pen.heading(x, area.y, width, head);
        x += width;
    }
    let page = layout::page(model);
    let cursor = &model.runs_cursor;
    for (line, (index, head)) in (0..page).zip(runs.iter().enumerate().skip(cursor.top)) {
        let Ok(line) = u16::try_from(line) else { break };
        let y = area.y + 1 + line;
        draw_row(pen, head, y, actor, goal);
        if index == cursor.index {
            pen.text(0, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(0, y, area.width, Role::Cursor);
        }
    }
    if let Some(head) = model.listed_run() {
        let y = area.y + 1 + u16::try_from(page).unwrap_or(u16::MAX);
        detail(pen, model, head, Rect { y, height: layout::run_detail(model.size) + 1, ..area });
    }
}

fn empty(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let words: Vec<&str> = match (&model.runs.error, &model.runs.value) {
        (Some(why), _) => vec!["The runs were not read:", why],
        (None, None) => vec!["Reading the runs."],
        (None, Some(_)) => vec![
            "There was no run yet.",
            "",
            "Every run that is started, here or with firmdeck run, is listed here with its journal, for ever.",
        ],
    };
    for (y, line) in (area.y + 2..area.bottom()).zip(words) {
        pen.text(4, y, area.width.saturating_sub(5), line, Role::Text);
    }
}

fn draw_row(pen: &mut Pen<'_>, head: &RunHead, y: u16, actor: u16, goal: u16) {
    let count = |state: &str| head.line.servers.get(state).copied().unwrap_or_default();
    let all: usize = head.line.servers.values().sum();
    let (ok, failed) = (count("succeeded"), count("failed"));
    let mut x = 3;
    x += pen.text(x, y, 5, &format!("{:<5}", head.line.run), Role::Strong);
    x += pen.text(x, y, 17, &format!("{:<17}", text::day_of(&head.line.started)), Role::Text);
    pen.text(x, y, actor, &head.line.actor, Role::Text);
    x += actor + 1;
    pen.text(x, y, goal.saturating_sub(1), head.goal.trim_start_matches("baseline "), Role::Text);
    x += goal;
    x += pen.text(x, y, 10, &format!("{all:>4} {ok:>4} "), Role::Text);
    x += pen.text(x, y, 5, &format!("{failed:>4} "), if failed > 0 { Role::Failed } else { Role::Text });
    x += pen.text(x, y, 6, &format!("{:>5} ", all.saturating_sub(ok + failed)), Role::Text);
    let (words, role) = match (&head.held, head.carried) {
        (Some(_), true) => ("HELD".to_owned(), Role::Failed),
        _ => (head.line.state.clone(), state_role(&head.line.state)),
    };
    pen.text(x, y, 10, &words, role);
}

fn detail(pen: &mut Pen<'_>, model: &Model, head: &RunHead, area: Rect) {
    let title = format!("run {}", head.line.run);
    pen.rule(0, area.y, area.width, &[(&title, Role::Strong), (" and its journal", Role::Text)]);
    let plan: String = head.line.plan.chars().take(12).collect();
    let mut words = format!("plan {plan}   {}   by {}", head.goal, head.line.actor);
    if let Some(ended) = &head.ended {
        words = format!("{words}   took {}", text::took(&head.line.started, ended));
    }
    pen.text(1, area.y + 1, area.width.saturating_sub(2), &words, Role::Text);
    let mut y = area.y + 2;
    if let Some(held) = &head.held {
        pen.text(1, y, area.width.saturating_sub(2), &format!("held: {held}"), Role::Warning);
        y += 1;
    }
    journal::entries(pen, model, Rect { y, height: area.bottom().saturating_sub(y), ..area }, 0, true);
}
