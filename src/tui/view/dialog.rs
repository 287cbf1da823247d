//! What lies over a screen: help, the columns, and the question that is answered by typing a word.

use ratatui::layout::Rect;

use crate::tui::{
    action::{Context, Id},
    layout,
    model::{
        Ask, Dialog, Model,
        columns::Column,
        field::Field,
        run::{is_over, progress},
    },
    text,
    theme::Role,
};

use super::{fleet, help, palette, pen::Pen};

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model) {
    match &model.dialog {
        Some(Dialog::Help { .. }) => help::draw(pen, model),
        Some(Dialog::Palette { field, choice, .. }) => palette::draw(pen, model, field, *choice),
        Some(Dialog::Columns { index }) => columns(pen, model, *index),
        Some(Dialog::Confirm { ask, field }) => confirm(pen, model, ask, field),
        Some(Dialog::Discover { field, .. }) => line(pen, model, "search for BMCs at: ", field),
        Some(Dialog::Other { field, .. }) => line(pen, model, "hold it against the server: ", field),
        Some(Dialog::Go { field, .. }) => line(pen, model, "go to: ", field),
        Some(Dialog::Unlock { field }) => {
            // as long as what was typed, and nothing of it
            let stars = "*".repeat(field.count().min(64));
            line(pen, model, "passphrase of the vault (Esc leaves it locked): ", &Field::with(&stars));
        }
        Some(Dialog::Search { field }) => line(pen, model, "find: ", field),
        // typed beside the tabs, above what it chooses
        Some(Dialog::Filter { .. }) | None => {}
    }
}

/// What is being typed, on the last line of the screen's body.
fn line(pen: &mut Pen<'_>, model: &Model, before: &str, field: &Field) {
    let (y, width) = (layout::ABOVE + layout::body(model.size) - 1, model.size.width);
    pen.wipe(Rect { x: 0, y, width, height: 1 });
    let used = pen.text(1, y, width, before, Role::Strong);
    pen.field(1 + used, y, width.saturating_sub(used + 2), &field.text(), field.at);
}

/// A box at the bottom of the screen, of so many lines and as wide as is good to read.
fn sheet(pen: &mut Pen<'_>, model: &Model, lines: u16, title: &str, role: Role) -> Rect {
    let body = layout::body(model.size);
    let height = (lines + 2).min(body);
    let width = model.size.width.saturating_sub(2).min(100);
    let area = Rect { x: 1, y: layout::ABOVE + body - height, width, height };
    pen.frame(area, title, role)
}

fn columns(pen: &mut Pen<'_>, model: &Model, index: usize) {
    let area = sheet(pen, model, Column::ALL.len() as u16, "columns", Role::Strong);
    let shown = fleet::fit(model, layout::left(model.size));
    let room = usize::from(area.height);
    let top = (index + 1).saturating_sub(room);
    for (y, (line, column)) in (area.y..area.bottom()).zip(Column::ALL.into_iter().enumerate().skip(top)) {
        let state = if model.fleet.off.contains(&column) {
            "off    "
        } else if shown.iter().any(|(known, _)| *known == column) {
            "on     "
        } else {
            "no room"
        };
        let heading = format!("  {:<12}", column.heading());
        pen.parts(
            area.x,
            y,
            area.width,
            &[(state, Role::Text), (&heading, Role::Strong), (column.help(), Role::Muted)],
        );
        if line == index {
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
}

fn confirm(pen: &mut Pen<'_>, model: &Model, ask: &Ask, field: &Field) {
    let (title, lines) = question(model, ask);
    let width = usize::from(model.size.width.saturating_sub(6).min(96));
    let lines: Vec<(String, Role)> = lines
        .iter()
        .flat_map(|(words, role)| text::wrap(words, width).into_iter().map(move |line| (line, *role)))
        .collect();
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(layout::body(model.size).saturating_sub(4));
    let area = sheet(pen, model, count + 2, &title, Role::Danger);
    for (y, (words, role)) in (area.y..area.bottom().saturating_sub(2)).zip(&lines) {
        pen.text(area.x, y, area.width, words, *role);
    }
    let y = area.bottom().saturating_sub(1);
    let before = match ask {
        Ask::Start { digest } => {
            format!("Type the first 4 of the digest {} to start: ", digest.chars().take(8).collect::<String>())
        }
        _ => format!("Type {} and press Enter: ", ask.word()),
    };
    let used = pen.text(area.x, y, area.width, &before, Role::Strong);
    pen.field(area.x + used, y, 12.min(area.width - used), &field.text(), field.at);
    let rest = area.width.saturating_sub(used + 13);
    let cancel = model.keymap.first(Context::Confirm, Id::Cancel);
    pen.text(area.x + used + 13, y, rest, &format!("{cancel} cancels"), Role::Muted);
}

/// What is asked, and all that a person must know to answer.
fn question(model: &Model, ask: &Ask) -> (String, Vec<(String, Role)>) {
    let mut lines = Vec::new();
    match ask {
        Ask::Start { .. } => {
            let Some(shown) = &model.plan.shown else { return ("start".into(), lines) };
            let totals = &shown.totals;
            let title = format!("start the run on {}?", text::count(totals.change, "server"));
            if totals.hosts > 0 {
                let names: Vec<String> = shown
                    .document
                    .plan
                    .servers
                    .iter()
                    .filter(|server| server.refused.is_none() && server.host_minutes() > 0)
                    .map(|server| server.name.clone().unwrap_or_else(|| server.endpoint.to_string()))
                    .collect();
                let few = names.iter().take(8).cloned().collect::<Vec<_>>().join(" ");
                let more = names.len().saturating_sub(8);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                lines.push((
                    format!(
                        "{} WILL go off or be reset, up to {} min each:",
                        text::count(totals.hosts, "host"),
                        totals.host_minutes
                    ),
                    Role::Warning,
                ));
                lines.push((format!("{few}{more}"), Role::Strong));
            } else {
                lines.push(("No host goes off or is reset.".into(), Role::Text));
            }
            if shown.document.plan.servers.iter().flat_map(|server| &server.updates).any(|update| update.tpm_override) {
                let words = "ROM and BMC are flashed where a TPM is enabled: suspend what is sealed to it first.";
                lines.push((words.into(), Role::Warning));
            }
            lines.push(("Once a BMC writes firmware it is not interrupted; stop lets it end.".into(), Role::Text));
            lines.push(match &model.plan.stale {
                Some(what) => {
                    let replan = model.keymap.first(Context::Plan, Id::Replan);
                    (format!("The plan is stale: {what}. Esc, then {replan} plans again."), Role::Failed)
                }
                None => ("Nothing has been sent to any server yet.".into(), Role::Good),
            });
            (title, lines)
        }
        Ask::Stop { run } => {
            let count = |state: &str| model.run.counted(state);
            lines.push((
                format!(
                    "{} under way finish their current step; {} do not begin.",
                    text::count(count("running"), "server"),
                    count("pending")
                ),
                Role::Text,
            ));
            lines.push((
                "What was borrowed from a BMC is given back, and a host is brought back to its power state.".into(),
                Role::Text,
            ));
            lines.push(("The run can be resumed.".into(), Role::Good));
            (format!("stop run {run}?"), lines)
        }
        Ask::Abort { run } => {
            let names: Vec<&str> = running(model).take(8).collect();
            lines.push((format!("Under way: {}", names.join(" ")), Role::Strong));
            lines.push(("What may be interrupted is, at once. A BMC that writes firmware is never cut off: the engine refuses, and says how long it takes.".into(), Role::Warning));
            let stop = model.keymap.first(Context::Run, Id::AskStop);
            lines.push((format!("Stop ({stop}) is gentler: it lets every step end."), Role::Text));
            (format!("abort run {run}?"), lines)
        }
        Ask::Resume { run } => {
            let head = model.run_head();
            let (over, all) = head.map(progress).unwrap_or_default();
            lines.push((
                format!(
                    "{} of {} are not over. Their BMCs are read first; what they say decides what is left to do.",
                    all - over.min(all),
                    text::count(all, "server")
                ),
                Role::Text,
            ));
            if let Some(held) = head.and_then(|head| head.held.as_ref()) {
                lines.push((format!("It is held: {held}"), Role::Warning));
            }
            lines.push(("Images are sent and hosts are reset again, as the plan says.".into(), Role::Warning));
            (format!("resume run {run}?"), lines)
        }
        Ask::Retry { run, server, name } => {
            if let Some(row) = model.run.find(server) {
                let why = row.why.as_deref().unwrap_or("no reason is known");
                lines.push((format!("It ended {}: {why}", row.state), Role::Text));
                lines.push((
                    format!(
                        "{} of {} were read back; they are not sent again.",
                        row.updates.0,
                        text::count(row.updates.1, "update")
                    ),
                    Role::Text,
                ));
            }
            lines.push((
                "The rest begins anew, with every check before it. Its host may be reset.".into(),
                Role::Warning,
            ));
            lines.push((
                "Or next: by the next method, if the last one left nothing behind. Or skip: without what failed."
                    .into(),
                Role::Muted,
            ));
            (format!("try {name} again in run {run}?"), lines)
        }
    }
}

fn running(model: &Model) -> impl Iterator<Item = &str> {
    let rows = model.run.board().into_iter().flat_map(|board| &board.servers);
    rows.filter(|row| !is_over(&row.state) && row.state != "pending").map(|row| row.name.as_str())
}
