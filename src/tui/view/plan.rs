//! A plan: what changes, which hosts go away and for how long, what cannot be interrupted, and what is left out and why.

use ratatui::layout::Rect;

use crate::{
    domain::plan::{BiosPlan, ServerPlan, Update},
    tui::{
        glyphs, layout,
        model::{
            Model,
            plan::{Line, PlanRow, Shown, cost},
        },
        text,
        theme::Role,
    },
};

use super::{chrome, pen::Pen};

const NAME: u16 = 17;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, shown: &Shown, area: Rect) {
    sums(pen, model, shown, area);
    let left = layout::left(model.size);
    let page = u16::try_from(layout::page(model)).unwrap_or(u16::MAX);
    table(pen, model, shown, Rect { y: area.y + 1, width: left, height: page + 1, ..area });
    if let Some((x, width)) = chrome::split(pen, model, area.y + 1, page + 1) {
        beside(pen, model, shown, Rect { x, y: area.y + 1, width, height: page + 1 });
    }
    summary(pen, model, shown, Rect { y: area.y + 2 + page, height: layout::summary(model.size), ..area });
}

fn sums(pen: &mut Pen<'_>, model: &Model, shown: &Shown, area: Rect) {
    let totals = &shown.totals;
    let goal = shown.document.plan.wanted();
    let change = format!("  {} to change", text::count(totals.change, "server"));
    let updates = format!(" ({})", text::count(totals.updates, "update"));
    let settings = format!(" ({})", text::count(totals.settings, "BIOS setting"));
    let refused = format!("  {} refused", totals.refused);
    let nothing = format!("  {} need nothing", totals.nothing);
    let mut parts =
        vec![(goal.as_str(), Role::Strong), (change.as_str(), Role::Changed), (updates.as_str(), Role::Text)];
    if totals.settings > 0 {
        parts.push((&settings, Role::Text));
    }
    if totals.refused > 0 {
        parts.push((&refused, Role::Blocked));
    }
    if totals.nothing > 0 {
        parts.push((&nothing, Role::Muted));
    }
    let not_covered = format!("  {} not covered", totals.not_covered);
    if totals.not_covered > 0 {
        parts.push((&not_covered, Role::Muted));
    }
    let digest = format!("digest {}", shown.digest());
    let used = pen.right(1, area.y, area.width.saturating_sub(2), &digest, Role::Strong);
    pen.parts(1, area.y, area.width.saturating_sub(used + 4), &parts);
    if let Some(stale) = &model.plan.stale {
        let words = format!("the plan is stale: {stale}");
        pen.text(1, area.y, area.width.saturating_sub(used + 4), &format!("{words:<200}"), Role::Failed);
    }
}

fn table(pen: &mut Pen<'_>, model: &Model, shown: &Shown, area: Rect) {
    let (step, cost_at) = columns(area.width);
    pen.heading(area.x, area.y, area.width, "");
    pen.heading(3, area.y, NAME, "SERVER");
    pen.heading(4 + NAME, area.y, step, "STEP");
    pen.heading(cost_at, area.y, area.width.saturating_sub(cost_at), "WHAT GOES AWAY");
    let cursor = &model.plan.cursor;
    for (y, index) in (area.y + 1..area.bottom()).zip(cursor.top..shown.rows.len()) {
        let Some((server, row)) = shown.at(index) else { break };
        draw_row(pen, server, row, area, y);
        if index == cursor.index {
            pen.text(area.x, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(area.x, y, area.width, Role::Cursor);
        }
    }
}

/// The width of the step, and where its cost begins.
const fn columns(width: u16) -> (u16, u16) {
    let step = width.saturating_sub(4 + NAME + 1 + 17);
    (step, 4 + NAME + step + 1)
}

fn draw_row(pen: &mut Pen<'_>, server: &ServerPlan, row: &PlanRow, area: Rect, y: u16) {
    let (step, cost_at) = columns(area.width);
    let at = 4 + NAME;
    if row.first {
        pen.text(3, y, NAME, &name(server), Role::Text);
    }
    let rest = area.width.saturating_sub(at);
    match row.line {
        Line::Update(index) => {
            let Some(update) = server.updates.get(index) else { return };
            change(pen, update, index, at, y, step);
            let minutes = format!("{} {}m", cost(update), update.minutes);
            let role = if update.host_off || update.host_reset { Role::Warning } else { Role::Text };
            pen.text(cost_at, y, area.width.saturating_sub(cost_at), &minutes, role);
        }
        Line::Bios => {
            let Some(bios) = &server.bios else { return };
            let words = format!("BIOS {}: {}", bios.profile, settings(bios));
            pen.text(at, y, step, &words, Role::Changed);
            let (cost, role) = reset(bios);
            pen.text(cost_at, y, area.width.saturating_sub(cost_at), cost, role);
        }
        Line::LeftOut(index) => {
            let Some(left) = server.left_out.get(index) else { return };
            pen.text(at, y, rest, &format!("- {} left as it is: {}", left.name, left.why), Role::Blocked);
        }
        Line::Refused => {
            let why = server.refused.as_ref().map(ToString::to_string).unwrap_or_default();
            pen.text(at, y, rest, &format!("- refused: {why}"), Role::Blocked);
        }
        Line::Nothing => {
            let words = match &server.refused {
                Some(why) => format!("- {why}"),
                None if server.bios.is_some() => "- nothing to do: BIOS settings as wanted".to_owned(),
                None => format!("- nothing to do: {} as wanted", text::count(server.left_out.len(), "component")),
            };
            pen.text(at, y, rest, &words, Role::Muted);
        }
    }
}

/// What is changed, from what to what. Where there is no room for all, the vendor's name for the part gives way to its kind,
/// and then the version before is cut.
fn change(pen: &mut Pen<'_>, update: &Update, index: usize, x: u16, y: u16, columns: u16) {
    let to = format!(" {} {}", pen.glyphs().arrow(), update.to);
    let number = format!("{} ", index + 1);
    let room = usize::from(columns);
    let kind = update.kind.to_string().to_uppercase();
    let versions = text::width(&update.from) + text::width(&to);
    let name =
        if text::width(&number) + text::width(&update.name) + 1 + versions <= room { &update.name } else { &kind };
    let name = format!("{number}{name} ");
    let used = pen.text(x, y, columns, &name, Role::Text);
    let left = columns - used;
    let from = left.saturating_sub(u16::try_from(text::width(&to)).unwrap_or(u16::MAX)).max(left.min(8));
    let used = used + pen.text(x + used, y, from, &update.from, Role::Changed);
    pen.text(x + used, y, columns - used, &to, Role::Changed);
}

/// The settings that change, in a few words.
fn settings(bios: &BiosPlan) -> String {
    let first = bios.changes.first().map(|change| change.attribute.as_str()).unwrap_or_default();
    match bios.changes.len() {
        0 | 1 => first.to_owned(),
        count => format!("{first} and {} more", count - 1),
    }
}

/// What settings cost.
const fn reset(bios: &BiosPlan) -> (&'static str, Role) {
    if bios.resets_host { ("host reset", Role::Warning) } else { ("staged, no reset", Role::Text) }
}

fn name(server: &ServerPlan) -> String {
    server.name.clone().unwrap_or_else(|| server.endpoint.to_string())
}

fn summary(pen: &mut Pen<'_>, model: &Model, shown: &Shown, area: Rect) {
    let (plan, totals) = (&shown.document.plan, &shown.totals);
    let options = &plan.options;
    pen.rule(0, area.y, area.width, &[("what it costs", Role::Strong)]);
    let order = if options.canary {
        let canary = plan.servers.iter().find(|server| server.has_work()).map(name).unwrap_or_default();
        format!(
            "canary {canary}, then {} at once, {} uploads at once",
            options.servers_at_once, options.uploads_at_once
        )
    } else {
        format!("no canary: {} servers at once, {} uploads at once", options.servers_at_once, options.uploads_at_once)
    };
    let hosts = match totals.hosts {
        0 => "no host goes off or is reset".to_owned(),
        hosts => format!(
            "{} off or reset, each up to {} min ({})",
            text::count(hosts, "host"),
            totals.host_minutes,
            options.power
        ),
    };
    let bmcs = match totals.bmcs {
        0 => "no BMC resets itself".to_owned(),
        bmcs => format!("{} reset, no console meanwhile", text::count(bmcs, "BMC")),
    };
    let files = format!(
        "{}, {}, each checked by SHA-256 before it is sent",
        text::count(totals.images, "image"),
        text::bytes(totals.bytes)
    );
    let lines = [
        ("order", order, Role::Text),
        ("hosts", hosts, if totals.hosts > 0 { Role::Warning } else { Role::Text }),
        ("BMCs", bmcs, Role::Text),
        ("images", files, Role::Text),
        (
            "stop",
            format!("after {}; what is under way ends", text::count(options.stop_after as usize, "failure")),
            Role::Text,
        ),
        ("never cut", "a BMC that writes firmware, and a host that boots after it".into(), Role::Text),
        ("same as", format!("firmdeck run --plan {}", shown.digest()), Role::Muted),
    ];
    let left_out =
        format!("{} left as they are for a reason to know; see the list", text::count(totals.left_out, "component"));
    for (y, (head, words, role)) in (area.y + 1..area.bottom()).zip(lines) {
        let head = format!("{head:<10}");
        pen.parts(1, y, area.width.saturating_sub(2), &[(&head, Role::Muted), (&words, role)]);
    }
    if totals.left_out > 0 && layout::is_wide(model.size) {
        pen.parts(
            1,
            area.y + 8,
            area.width.saturating_sub(2),
            &[("left out  ", Role::Muted), (&left_out, Role::Blocked)],
        );
    }
}

/// All of the line under the cursor.
fn beside(pen: &mut Pen<'_>, model: &Model, shown: &Shown, area: Rect) {
    let Some((server, row)) = shown.at(model.plan.cursor.index) else { return };
    let mut y = area.y;
    let mut tell = |pen: &mut Pen<'_>, head: &str, words: &str, role: Role| {
        for (index, line) in text::wrap(words, usize::from(area.width.saturating_sub(11))).iter().enumerate() {
            if y < area.bottom() {
                let head = format!("{:<11}", if index == 0 { head } else { "" });
                pen.parts(area.x, y, area.width, &[(&head, Role::Muted), (line, role)]);
            }
            y += 1;
        }
    };
    tell(pen, "server", &name(server), Role::Title);
    tell(pen, "bmc", &server.endpoint.to_string(), Role::Text);
    match row.line {
        Line::Update(index) => {
            let Some(update) = server.updates.get(index) else { return };
            let sha256: String = update.image.sha256.to_string().chars().take(16).collect();
            tell(pen, "update", &format!("{} of {}", index + 1, server.updates.len()), Role::Text);
            tell(pen, "component", &format!("{} ({})", update.name, update.kind), Role::Text);
            tell(pen, "from", &update.from, Role::Text);
            tell(pen, "to", &update.to, Role::Changed);
            tell(pen, "why", &update.why, Role::Text);
            tell(pen, "image", &update.image.file, Role::Text);
            tell(pen, "", &format!("{}  sha256 {sha256}..", text::bytes(update.image.size)), Role::Muted);
            tell(pen, "goes away", &format!("{}, about {} min", cost(update), update.minutes), Role::Warning);
            tell(pen, "host away", &format!("{} min in all on this server", server.host_minutes()), Role::Text);
            for (index, rung) in update.ladder.rungs.iter().enumerate() {
                tell(
                    pen,
                    if index == 0 { "method" } else { "then" },
                    &format!("{}: {}", rung.method, rung.why),
                    Role::Text,
                );
            }
            for rung in &update.ladder.left_out {
                tell(pen, "not tried", &format!("{}: {}", rung.method, rung.why), Role::Muted);
            }
            if let Some(why) = &server.order {
                tell(pen, "order", why, Role::Muted);
            }
        }
        Line::Bios => {
            let Some(bios) = &server.bios else { return };
            tell(pen, "profile", &bios.profile, Role::Text);
            for change in &bios.changes {
                let arrow = pen.glyphs().arrow();
                tell(
                    pen,
                    "setting",
                    &format!("{} {} {arrow} {}", change.attribute, change.from, change.to),
                    Role::Changed,
                );
            }
            tell(pen, "as wanted", &text::count(bios.already.len(), "setting"), Role::Muted);
            if let Some(why) = &bios.why {
                tell(pen, "method", &format!("{}: {why}", bios.way), Role::Muted);
            }
            let (cost, role) = reset(bios);
            tell(pen, "goes away", cost, role);
        }
        Line::LeftOut(index) => {
            let Some(left) = server.left_out.get(index) else { return };
            tell(pen, "component", &left.name, Role::Text);
            tell(pen, "runs", left.version.as_deref().unwrap_or("?"), Role::Text);
            tell(pen, "left as is", &left.why.to_string(), Role::Blocked);
        }
        Line::Refused | Line::Nothing => {
            if let Some(why) = &server.refused {
                tell(pen, "refused", &why.to_string(), if why.is_well() { Role::Muted } else { Role::Blocked });
            }
            for left in &server.left_out {
                tell(pen, &left.name.chars().take(10).collect::<String>(), &left.why.to_string(), Role::Muted);
            }
        }
    }
}
