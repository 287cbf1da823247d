//! A run before one's eyes: a line a server with its six phases, and what the one under the cursor is about.

use ratatui::layout::Rect;

use crate::{
    api::live::{BoardPhase, BoardRow, RunBoard},
    domain::phase::Phase,
    tui::{
        action::{Context, Id},
        glyphs, layout,
        model::{
            Model,
            cursor::Rows,
            run::{Pane, Show, is_over, is_wrong},
        },
        text,
        theme::Role,
    },
};

use super::{chrome, diagnosis, journal, pen::Pen, transcript};

/// The phases' heads where there is little room, and where there is more.
const SHORT: [&str; 6] = ["PRE", "ANA", "FW", "RST", "BIOS", "VAL"];
const CELL: u16 = 5;
const WIDE_CELL: u16 = 9;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(board) = model.run.board() else { return empty(pen, model, area) };
    sums(pen, model, board, area);
    let left = layout::left(model.size);
    let page = u16::try_from(layout::page(model)).unwrap_or(u16::MAX);
    table(pen, model, Rect { y: area.y + 2, width: left, height: page + 1, ..area });
    if let Some((x, width)) = chrome::split(pen, model, area.y + 2, page + 1) {
        beside(pen, model, Rect { x, y: area.y + 2, width, height: page + 1 });
    }
    tail(pen, model, Rect { y: area.y + 3 + page, height: layout::tail(model.size) + 1, ..area });
    stop_rule(pen, model, board, area.bottom().saturating_sub(1), area.width);
}

fn empty(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let key = |id| model.keymap.first(Context::Fleet, id);
    let (select, plan) = (key(Id::Select), key(Id::Plan));
    let fleet = format!("{:<7} goes to the fleet: {select} selects servers, {plan} plans for them", key(Id::GoFleet));
    let words: Vec<&str> = match (&model.board.error, model.run.run) {
        (Some(why), _) => vec!["The run was not read:", why],
        (None, Some(_)) => vec!["Reading the run."],
        (None, None) => vec![
            "There was no run yet.",
            "",
            &fleet,
            "A plan is started by typing the first digits of its digest; its run is then shown here.",
        ],
    };
    for (y, line) in (area.y + 2..area.bottom()).zip(words) {
        pen.text(4, y, area.width.saturating_sub(5), line, Role::Text);
    }
}

fn sums(pen: &mut Pen<'_>, model: &Model, board: &RunBoard, area: Rect) {
    let head = &board.run;
    let width = area.width.saturating_sub(2);
    let role = state_role(&head.line.state);
    let by = format!("   {}   by {}   started {}", head.goal, head.line.actor, text::time_of(&head.line.started));
    let age = match &head.ended {
        Some(ended) => format!(", took {}", text::took(&head.line.started, ended)),
        None => format!(", {} ago", text::age_of(&head.line.started, model.now)).replace("now ago", "just now"),
    };
    let carried = if head.carried || is_over(&head.line.state) { "" } else { "   no engine carries it" };
    let state = head.line.state.to_ascii_uppercase();
    pen.parts(1, area.y, width, &[(&state, role), (&by, Role::Text), (&age, Role::Muted), (carried, Role::Warning)]);
    // of the rows, as the table below shows them: the run's own word may come a moment before the last of them
    let all = board.servers.len();
    let count = |state: &str| model.run.counted(state);
    let over = all.saturating_sub(count("pending") + count("running"));
    let mut parts = vec![(format!("{over} of {} ended", text::count(all, "server")), Role::Strong)];
    for (state, role) in [
        ("succeeded", Role::Good),
        ("running", Role::Running),
        ("pending", Role::Text),
        ("failed", Role::Failed),
        ("uncertain", Role::Uncertain),
        ("blocked", Role::Blocked),
        ("cancelled", Role::Warning),
        ("skipped", Role::Muted),
    ] {
        if count(state) > 0 {
            parts.push((format!("  {} {state}", count(state)), role));
        }
    }
    if model.run.show != Show::All {
        parts.push((format!("   view: {}", model.run.show.words()), Role::Selected));
    }
    let bar = if area.width >= 100 { 30 } else { 10 };
    let parts: Vec<(&str, Role)> = parts.iter().map(|(words, role)| (words.as_str(), *role)).collect();
    let room = width.saturating_sub(bar + 2);
    pen.parts(1, area.y + 1, room, &parts);
    pen.meter(1 + room + 2, area.y + 1, bar, over, all, Role::Good);
}

struct Widths {
    name: u16,
    cell: u16,
    now: u16,
}

fn widths(model: &Model, width: u16) -> Widths {
    let cell = if width >= 110 { WIDE_CELL } else { CELL };
    // the end of a name is what tells it from the next
    let (least, most) = if width >= 96 { (13, 24) } else { (11, 17) };
    let name = model.run.name_width().clamp(least, most);
    Widths { name, cell, now: width.saturating_sub(3 + name + 1 + 6 * cell + 8).min(model.size.width) }
}

fn table(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let widths = widths(model, area.width);
    pen.heading(area.x, area.y, area.width, "   SERVER");
    let mut x = 3 + widths.name + 1;
    for head in SHORT {
        pen.heading(x, area.y, widths.cell, head);
        x += widths.cell;
    }
    pen.heading(x, area.y, widths.now, "NOW");
    pen.heading(area.width.saturating_sub(7), area.y, 6, "  TIME");
    if model.run.count() == 0 {
        let words = format!("no server is {}; {} shows others", model.run.show.words(), model.key(Id::Show));
        pen.text(3, area.y + 1, area.width.saturating_sub(4), &words, Role::Muted);
    }
    let cursor = &model.run.cursor;
    for (y, index) in (area.y + 1..area.bottom()).zip(cursor.top..model.run.count()) {
        let Some(row) = model.run.row(index) else { break };
        draw_row(pen, model, row, &widths, area.width, y);
        if index == cursor.index {
            pen.text(0, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(0, y, area.width, Role::Cursor);
        }
    }
}

fn draw_row(pen: &mut Pen<'_>, model: &Model, row: &BoardRow, widths: &Widths, width: u16, y: u16) {
    let name = if is_wrong(&row.state) { state_role(&row.state) } else { Role::Text };
    pen.text(3, y, widths.name, &row.name, name);
    let mut x = 3 + widths.name + 1;
    for (index, phase) in row.phases.iter().take(SHORT.len()).enumerate() {
        let (word, role) = cell(row, phase, index, widths.cell > CELL);
        pen.text(x, y, widths.cell - 1, &word, role);
        x += widths.cell;
    }
    let x = 3 + widths.name + 1 + 6 * widths.cell;
    let (now, role) = now(model, row);
    pen.text(x, y, widths.now, &now, role);
    pen.right(width.saturating_sub(7), y, 6, &time(model, row), Role::Muted);
}

/// How a phase stands, in a word that fits.
fn cell(row: &BoardRow, phase: &BoardPhase, index: usize, wide: bool) -> (String, Role) {
    let updates = index == 2;
    let word = match phase.state.as_str() {
        // it will never begin
        "pending" if row.state == "skipped" => "-".into(),
        "pending" => ".".into(),
        "running" if updates => row.percent.map_or_else(|| "run".into(), |percent| format!("{percent}%")),
        "running" => "run".into(),
        "done" => "ok".into(),
        "skipped" => "-".into(),
        "failed" => "FAIL".into(),
        "blocked" if wide => "BLOCKED".into(),
        "blocked" => "BLKD".into(),
        "uncertain" if wide => "UNCERT.".into(),
        "uncertain" => "UNC?".into(),
        other => other.to_owned(),
    };
    (word, state_role(&phase.state))
}

/// What is being done, or why it ended as it did.
fn now(model: &Model, row: &BoardRow) -> (String, Role) {
    let role = state_role(&row.state);
    match row.state.as_str() {
        "running" => {
            let mut words = row.now.clone().unwrap_or_else(|| "working".into());
            if let Some((sent, all)) = row.sent {
                let rate = model.run.rate(&row.id).map(|rate| format!(" {}/s", text::bytes(rate))).unwrap_or_default();
                words = format!("{} of {}{rate}  {words}", text::bytes(sent), text::bytes(all));
            } else if let Some(word) = &row.word {
                words = format!("{word}  {words}");
            }
            if let Some(silent) = silent(model, row) {
                return (format!("silent {silent}  {words}"), Role::Warning);
            }
            (words, Role::Text)
        }
        "pending" => ("waiting".into(), Role::Waiting),
        "succeeded" => {
            let (done, all) = row.updates;
            let settings = match row.settings {
                (_, 0) => String::new(),
                (read, all) => format!("{read} of {} read back", text::count(all, "BIOS setting")),
            };
            let updates = (all > 0 || settings.is_empty()).then(|| format!("{done} of {all} read back"));
            let words: Vec<_> =
                updates.into_iter().chain([settings].into_iter().filter(|one| !one.is_empty())).collect();
            (words.join(", "), role)
        }
        "skipped" => (row.why.clone().unwrap_or_else(|| "nothing was to be done".into()), role),
        state => match &row.why {
            Some(why) => (format!("{state}: {why}"), role),
            None => (state.to_owned(), role),
        },
    }
}

/// For how many minutes nothing was heard, from two on.
fn silent(model: &Model, row: &BoardRow) -> Option<String> {
    let last: jiff::Timestamp = row.last.as_deref()?.parse().ok()?;
    (model.now.duration_since(last).as_mins() >= 2).then(|| text::age(last, model.now))
}

/// How long it took, or has taken so far.
fn time(model: &Model, row: &BoardRow) -> String {
    match (&row.began, &row.ended) {
        (Some(began), Some(ended)) => text::took(began, ended),
        (Some(began), None) => text::age_of(began, model.now).replace("now", "0m"),
        _ => String::new(),
    }
}

/// How a state looks.
#[must_use]
pub fn state_role(state: &str) -> Role {
    match state {
        "running" => Role::Running,
        "done" | "succeeded" => Role::Good,
        "failed" => Role::Failed,
        "blocked" => Role::Blocked,
        "uncertain" => Role::Uncertain,
        "cancelled" => Role::Warning,
        "skipped" => Role::Muted,
        _ => Role::Waiting,
    }
}

/// The journal or the transcript of the server under the cursor; of one that needs a person, what is told of it first.
fn tail(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let row = model.run.current();
    let told = row.and_then(|row| diagnosis::of(model, row));
    let what = match model.run.pane {
        Pane::Journal if told.is_some() => " what happened, its state, and what is next",
        Pane::Journal => " journal",
        Pane::Transcript => " transcript",
    };
    let name = row.map_or("nothing", |row| row.name.as_str());
    pen.rule(0, area.y, area.width, &[(name, Role::Strong), (what, Role::Text)]);
    if row.is_none() {
        return;
    }
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    match model.run.pane {
        Pane::Journal if let Some(told) = told => {
            let used = diagnosis::draw(pen, told, area);
            // Where more than a line is left, the journal ends there.
            if used + 2 < area.height {
                let rest = Rect { y: area.y + used + 1, height: area.height - used - 1, ..area };
                journal::entries(pen, model, rest, 0, false);
            }
        }
        Pane::Journal => journal::entries(pen, model, area, 0, false),
        Pane::Transcript => transcript::draw(pen, model, area, transcript::Shown::Run),
    }
}

/// Why nothing new begins, or when that would be so.
fn stop_rule(pen: &mut Pen<'_>, model: &Model, board: &RunBoard, y: u16, width: u16) {
    let head = &board.run;
    let (words, role) = match &head.held {
        Some(held) if !is_over(&head.line.state) => {
            (format!("HELD: {held}   {} resumes", model.key(Id::AskResume)), Role::Failed)
        }
        Some(held) => (format!("it was held: {held}"), Role::Warning),
        None if is_over(&head.line.state) => (
            format!(
                "over; plan {}, journal and audit: {}",
                head.line.plan.chars().take(8).collect::<String>(),
                model.key(Id::Journal)
            ),
            Role::Muted,
        ),
        None => (
            format!(
                "stops after {}   closing this screen does not stop the run",
                text::count(head.stop_after as usize, "failure")
            ),
            Role::Muted,
        ),
    };
    pen.text(1, y, width.saturating_sub(2), &words, role);
}

/// The six phases of the server under the cursor.
fn beside(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let Some(row) = model.run.current() else { return };
    let used = pen.text(area.x, area.y, area.width, &format!("{}  ", row.name), Role::Title);
    pen.text(area.x + used, area.y, area.width - used, &row.state, state_role(&row.state));
    let mut y = area.y + 2;
    for (index, (phase, name)) in row.phases.iter().zip(Phase::ALL).enumerate() {
        let took = match (&phase.began, &phase.ended) {
            (Some(began), Some(ended)) => text::took(began, ended),
            (Some(began), None) => text::age_of(began, model.now).replace("now", "0m"),
            _ => String::new(),
        };
        let title = format!("{} {:<20}", index + 1, name.word().replace('_', " "));
        let state = format!("{:<10}", phase.state);
        let took = format!("{took:>8}");
        if y < area.bottom() {
            pen.parts(
                area.x,
                y,
                area.width,
                &[(&title, Role::Text), (&state, state_role(&phase.state)), (&took, Role::Muted)],
            );
        }
        y += 1;
        for line in text::wrap(phase.why.as_deref().unwrap_or_default(), usize::from(area.width.saturating_sub(4))) {
            if y < area.bottom() {
                pen.text(area.x + 2, y, area.width.saturating_sub(2), &line, state_role(&phase.state));
            }
            y += 1;
        }
        for line in row.bios.iter().filter(|_| index == 4) {
            if y < area.bottom() {
                pen.text(area.x + 2, y, area.width.saturating_sub(2), line, Role::Changed);
            }
            y += 1;
        }
        let percent = row.percent.filter(|_| index == 2 && phase.state == "running" && y < area.bottom());
        if let Some(percent) = percent {
            pen.meter(area.x + 2, y, area.width.saturating_sub(12), usize::from(percent), 100, Role::Running);
            pen.text(area.right().saturating_sub(8), y, 8, &format!("{percent}%"), Role::Running);
            y += 1;
        }
    }
    y += 1;
    let (words, role) = now(model, row);
    for line in text::wrap(&words, usize::from(area.width)) {
        if y < area.bottom() {
            pen.text(area.x, y, area.width, &line, role);
        }
        y += 1;
    }
}
