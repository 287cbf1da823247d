//! What can be planned for, for whom, and how.

use ratatui::layout::Rect;

use crate::{
    domain::plan::PowerPolicy,
    tui::{
        action::{Context, Id},
        glyphs, layout,
        model::Model,
        text,
        theme::Role,
    },
};

use super::pen::Pen;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let width = area.width.saturating_sub(2);
    let scope = &model.plan.scope;
    if scope.ids.is_empty() {
        return nobody(pen, model, area);
    }
    let mut parts = vec![("Plan for ", Role::Text), (scope.words.as_str(), Role::Strong)];
    let unidentified = format!("   {} never identified are left out", scope.unidentified);
    if scope.unidentified > 0 {
        parts.push((&unidentified, Role::Warning));
    }
    if model.plan.asking {
        parts.push(("   making the plan", Role::Running));
    }
    pen.parts(1, area.y, width, &parts);
    pen.heading(0, area.y + 2, area.width, "   WHAT      NAME                      BRINGS");
    let page = layout::page(model);
    let room = u16::try_from(page).unwrap_or(u16::MAX);
    let table = Rect { y: area.y + 3, height: room, ..area };
    goals(pen, model, table);
    options(pen, model, table.bottom() + 1, width);
}

fn nobody(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let key = |id| model.keymap.first(Context::Fleet, id);
    let fleet = format!("{:<7} goes to the fleet", key(Id::GoFleet));
    let select = key(Id::Select);
    let select = format!("{select:<7} selects servers there, {} selects all that are shown", key(Id::SelectShown));
    let plan = format!("{:<7} comes back here with them", key(Id::Plan));
    let words = [
        "No servers are chosen to plan for.",
        "",
        &fleet,
        &select,
        &plan,
        "",
        "A plan changes nothing. It is started by typing the first digits of its digest.",
    ];
    for (y, line) in (area.y + 2..area.bottom()).zip(words) {
        pen.text(4, y, area.width.saturating_sub(5), line, Role::Text);
    }
}

fn goals(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let width = area.width.saturating_sub(2);
    let Some(goals) = &model.goals.value else {
        let words = model.goals.error.as_deref().unwrap_or("asking the engine what can be planned for");
        tell(pen, area, words, Role::Muted);
        return;
    };
    if let Some(error) = &model.plan.error {
        tell(pen, area, &format!("There is no plan: {error}"), Role::Failed);
        return;
    }
    if !goals.mistakes.is_empty() {
        let words = format!("Nothing is planned while the manifests have mistakes:\n{}", goals.mistakes.join("\n"));
        tell(pen, area, &words, Role::Failed);
        return;
    }
    if goals.is_empty() {
        let words = "The manifests name no baseline and no image.\n\nAdd a file to the manifest directory, and the \
                     images with: firmdeck images add FILE\nfirmdeck manifest new --from FILE --for SERVER writes a draft.";
        tell(pen, area, words, Role::Text);
        return;
    }
    let rows =
        goals.baselines.iter().map(|goal| ("baseline", goal)).chain(goals.images.iter().map(|goal| ("image", goal)));
    let rows = rows.chain(goals.bios_profiles.iter().map(|goal| ("settings", goal)));
    let cursor = &model.plan.goal;
    for (y, (index, (kind, goal))) in (area.y..area.bottom()).zip(rows.enumerate().skip(cursor.top)) {
        let kind = format!("{kind:<9} ");
        let used = pen.text(3, y, width, &kind, Role::Muted);
        pen.text(3 + used, y, 25, &goal.name, Role::Strong);
        pen.text(29 + used, y, width.saturating_sub(29 + used), &goal.what, Role::Text);
        if index == cursor.index {
            pen.text(0, y, 1, &glyphs::CURSOR.to_string(), Role::Text);
            pen.restyle(0, y, area.width, Role::Cursor);
        }
    }
}

fn tell(pen: &mut Pen<'_>, area: Rect, words: &str, role: Role) {
    for (y, line) in (area.y..area.bottom()).zip(text::wrap(words, usize::from(area.width.saturating_sub(4)))) {
        pen.text(3, y, area.width.saturating_sub(4), &line, role);
    }
}

fn options(pen: &mut Pen<'_>, model: &Model, y: u16, width: u16) {
    let options = &model.plan.options;
    let policy = match options.power {
        PowerPolicy::Never => "what needs a reset, or the host off, is left out",
        PowerPolicy::IfOff => "only hosts that are off already",
        PowerPolicy::Graceful => "asks the OS; a host that will not go down blocks",
        PowerPolicy::Forced => "asks first, then forces",
    };
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let limits = format!(
        "{} at once, {} at once",
        text::count(options.servers_at_once as usize, "server"),
        text::count(options.uploads_at_once as usize, "upload")
    );
    let key = |id| model.keymap.first(Context::Goals, id);
    let fewer = format!("{} {}", key(Id::MoreFailures), key(Id::FewerFailures));
    let rows: [(String, &str, String, &str); 6] = [
        (key(Id::Power), "power policy", options.power.to_string(), policy),
        (key(Id::Canary), "canary", yes(options.canary), "one server first; the others after it succeeded"),
        (key(Id::Downgrade), "downgrade", yes(options.downgrade), "may an older version be flashed over a newer one"),
        (
            key(Id::TpmOverride),
            "tpm override",
            yes(options.tpm_override),
            "may ROM and BMC be flashed where a TPM is enabled",
        ),
        (fewer, "stop after", text::count(options.stop_after as usize, "failure"), "then no further server is begun"),
        (String::new(), "limits", limits, ""),
    ];
    pen.rule(0, y, width + 2, &[("how", Role::Strong)]);
    for (y, (key, name, value, help)) in (y + 1..).zip(rows) {
        let (key, name) = (format!("{key:<4}"), format!("{name:<14}"));
        let value = format!("{value:<12}");
        pen.parts(1, y, width, &[(&key, Role::Key), (&name, Role::Text), (&value, Role::Strong), (help, Role::Muted)]);
    }
}
