//! What each action does.

use super::{help, look, palette};
use crate::{
    config::addresses,
    domain::{filter::Query, target::HTTPS},
    tui::{
        action::Id,
        layout,
        model::{
            Ask, Dialog, Model, Reading, Screen, ServerPage, Tab, again,
            columns::Column,
            copy,
            fetched::Fetched,
            field::{Field, Hidden},
            filter,
            fleet::target,
            journal::JournalOf,
            plan::{self, PlanPage, Scope, Wish},
            run::Pane,
            transcript,
        },
        msg::Effect,
        theme::Role,
    },
};

/// Does `id`, which is allowed.
pub(super) fn act(model: &mut Model, id: Id, effects: &mut Vec<Effect>) {
    match id {
        Id::Up => step(model, -1),
        Id::Down => step(model, 1),
        Id::PageUp => step(model, -page(model)),
        Id::PageDown => step(model, page(model)),
        Id::First => step(model, isize::MIN),
        Id::Last => step(model, isize::MAX),
        Id::Open => open(model),
        Id::Select => select(model),
        Id::SelectShown => model.fleet.select_shown(),
        Id::SelectNone => model.fleet.select_none(),
        Id::Filter => {
            let before = model.fleet.filter.text.clone();
            model.dialog = Some(Dialog::Filter { field: Field::with(&before), before, mistake: None });
        }
        Id::Sort => sort(model),
        Id::Reverse => {
            model.fleet.reverse = !model.fleet.reverse;
            model.fleet.sift();
        }
        Id::Columns => model.dialog = Some(Dialog::Columns { index: 0 }),
        Id::Toggle => toggle_column(model),
        Id::Discover => model.dialog = Some(Dialog::Discover { field: Field::default(), mistake: None }),
        Id::Refresh => refresh(model, effects),
        Id::CallOff => effects.extend(model.reading.as_ref().and_then(|reading| reading.number).map(Effect::CallOff)),
        Id::NextTab => turn(model, 1),
        Id::PreviousTab => turn(model, Tab::ALL.len() - 1),
        Id::Plan => open_plan(model),
        Id::MakePlan
        | Id::Power
        | Id::Canary
        | Id::Downgrade
        | Id::TpmOverride
        | Id::MoreFailures
        | Id::FewerFailures
        | Id::Replan => {
            planning(model, id, effects);
        }
        Id::AskStart | Id::AskStop | Id::AskAbort | Id::AskResume | Id::AskRetry => ask(model, id),
        Id::Confirm => confirm(model, effects),
        Id::Accept => accept(model, effects),
        Id::Cancel => cancel(model),
        Id::NextWrong => {
            if let Some(index) = model.run.next_wrong() {
                let mut cursor = std::mem::take(&mut model.run.cursor);
                cursor.go(index, &model.run);
                model.run.cursor = cursor;
            }
        }
        Id::Show => {
            model.run.show = model.run.show.next();
            model.run.sift();
        }
        Id::Pane => {
            model.run.pane = if model.run.pane == Pane::Journal { Pane::Transcript } else { Pane::Journal };
            model.transcript.outdated();
        }
        Id::Why => {
            model.why = model.run.run.zip(model.run.current().map(|row| row.id.clone()));
            model.why_at = 0;
            model.raise(Screen::Why);
        }
        Id::Around
        | Id::Browse
        | Id::Events
        | Id::Compare
        | Id::Follow
        | Id::Out
        | Id::GoTo
        | Id::Mark
        | Id::Hunt
        | Id::Diff
        | Id::ShowSame
        | Id::Other => look::act(model, id),
        Id::Copy => effects.extend(copy::copied(model).map(|(what, text)| Effect::Copy { what, text })),
        Id::Unlock => model.dialog = Some(Dialog::Unlock { field: Hidden::default() }),
        Id::Bundle => {
            let run = match model.screen() {
                Screen::Runs => model.listed_run().map(|head| head.line.run),
                _ => model.run.run,
            };
            if let Some(run) = run {
                model.say(format!("writing the archive of run {run}"), Role::Muted);
                effects.push(Effect::Bundle(run));
            }
        }
        Id::Search if model.screen() == Screen::Explorer => {
            model.dialog = Some(Dialog::Search { field: Field::with(&model.explorer.find) });
        }
        Id::Again if model.screen() == Screen::Explorer => look::find(model, model.explorer.at + 1),
        Id::Search => model.dialog = Some(Dialog::Search { field: Field::with(&model.server.find) }),
        Id::Again => find(model, model.server.at + 1),
        Id::Wrap => model.server.wrap = !model.server.wrap,
        Id::Export => effects.push(Effect::Export(model.server.id.clone())),
        Id::Journal => open_journal(model),
        Id::GoFleet => model.switch(Screen::Fleet),
        Id::GoPlan => model.switch(Screen::Plan),
        Id::GoRun => go_run(model),
        Id::GoRuns => model.switch(Screen::Runs),
        Id::GoLog => model.switch(Screen::Log),
        Id::Help => model.dialog = Some(Dialog::Help { top: 0, find: String::new(), search: None }),
        Id::FindHelp => help::ask(model),
        Id::Palette => {
            model.dialog = Some(Dialog::Palette { field: Field::default(), choice: 0, recalled: None });
        }
        Id::Complete => palette::complete(model),
        Id::Reload => effects.push(Effect::Reload),
        // asked for by name, with what is to be
        Id::Theme | Id::Size | Id::Ascii | Id::Link => {}
        Id::Back => back(model),
        Id::Quit if model.screens().len() == 1 => effects.push(Effect::Leave),
        Id::Quit => drop(model.pop()),
        Id::Leave => effects.push(Effect::Leave),
        Id::Repaint => effects.push(Effect::Repaint),
        Id::Suspend => effects.push(Effect::Suspend),
    }
}

fn page(model: &Model) -> isize {
    isize::try_from(layout::page(model).saturating_sub(1).max(1)).unwrap_or(1)
}

pub(super) fn step(model: &mut Model, by: isize) {
    match &mut model.dialog {
        Some(Dialog::Help { top, .. } | Dialog::Columns { index: top }) => {
            *top = top.saturating_add_signed(by);
            let last = layout::last_of_dialog(model);
            if let Some(Dialog::Help { top, .. } | Dialog::Columns { index: top }) = &mut model.dialog {
                *top = (*top).min(last);
            }
            return;
        }
        Some(Dialog::Palette { .. }) => return palette::step(model, by),
        _ => {}
    }
    match model.screen() {
        Screen::Fleet => {
            let mut cursor = std::mem::take(&mut model.fleet.cursor);
            cursor.step(by, &model.fleet);
            model.fleet.cursor = cursor;
        }
        Screen::Run => {
            let mut cursor = std::mem::take(&mut model.run.cursor);
            cursor.step(by, &model.run);
            model.run.cursor = cursor;
        }
        Screen::Runs => {
            let runs: Vec<String> = model.runs.value.iter().flatten().map(|head| head.line.run.to_string()).collect();
            model.runs_cursor.step(by, &runs);
        }
        Screen::Plan => {
            if let Some(shown) = &model.plan.shown {
                model.plan.cursor.step(by, shown.ids());
            } else if let Some(goals) = &model.goals.value {
                model.plan.goal.step(by, &plan::goal_ids(goals));
            }
        }
        // These count from the end, where what comes is.
        Screen::Server if matches!(model.server.tab, Tab::Journal | Tab::Transcript) => {
            model.server.at = model.server.at.saturating_add_signed(by.saturating_neg());
        }
        Screen::Server => model.server.at = model.server.at.saturating_add_signed(by),
        Screen::Why => model.why_at = model.why_at.saturating_add_signed(by),
        Screen::Explorer => model.explorer.at = model.explorer.at.saturating_add_signed(by),
        Screen::Events => model.events_at = model.events_at.saturating_add_signed(by),
        Screen::Beside => model.beside.at = model.beside.at.saturating_add_signed(by),
        Screen::Journal => model.journal_back = model.journal_back.saturating_add_signed(by.saturating_neg()),
        Screen::Log => scroll_log(model, by),
    }
}

fn scroll_log(model: &mut Model, by: isize) {
    use tui_logger::TuiWidgetEvent::{EscapeKey, NextPageKey, PrevPageKey};
    let event = match by {
        isize::MAX => EscapeKey,
        1.. => NextPageKey,
        _ => PrevPageKey,
    };
    model.log.scrolled = by < 0 || (model.log.scrolled && by != isize::MAX);
    model.log.state.transition(event);
}

fn open(model: &mut Model) {
    let server = match model.screen() {
        Screen::Fleet => model.fleet.current().map(|row| row.id.clone()),
        Screen::Run => model.run.current().map(|row| row.id.clone()),
        Screen::Plan => {
            let at = model.plan.shown.as_ref().and_then(|shown| shown.at(model.plan.cursor.index));
            at.map(|(server, _)| server.id.to_string())
        }
        Screen::Runs => {
            if let Some(run) = model.listed_run().map(|head| head.line.run) {
                model.run.open(run);
                model.board.outdated();
                model.push(Screen::Run);
            }
            return;
        }
        _ => return,
    };
    if let Some(id) = server {
        open_server(model, id);
    }
}

/// Opens the screen of a server over the one that is open.
pub(super) fn open_server(model: &mut Model, id: String) {
    let tab = if model.screen() == Screen::Run { Tab::Journal } else { Tab::Components };
    model.server = ServerPage { id, tab, wrap: model.server.wrap, ..ServerPage::default() };
    model.detail.outdated();
    model.push(Screen::Server);
}

fn select(model: &mut Model) {
    if let Some(id) = model.fleet.current().map(|row| row.id.clone()) {
        model.fleet.toggle(&id);
        step(model, 1);
    }
}

fn sort(model: &mut Model) {
    const ORDERS: [Column; 7] = Column::SORTED;
    let now = model.fleet.sort.unwrap_or(Column::Server);
    let at = ORDERS.iter().position(|column| *column == now).unwrap_or_default();
    model.fleet.sort = ORDERS.get((at + 1) % ORDERS.len()).copied();
    model.fleet.sift();
}

fn toggle_column(model: &mut Model) {
    let Some(Dialog::Columns { index }) = model.dialog else { return };
    let Some(column) = Column::ALL.get(index) else { return };
    if *column == Column::Server {
        model.say("the name stays", Role::Warning);
    } else if !model.fleet.off.remove(column) {
        model.fleet.off.insert(*column);
    }
}

fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    let targets = match model.screen() {
        Screen::Runs => return model.runs.outdated(),
        Screen::Explorer => return model.resource.outdated(),
        Screen::Events => return model.events.outdated(),
        Screen::Beside => return model.sides.outdated(),
        Screen::Server => model.fleet.find(&model.server.id).map(target).into_iter().collect(),
        _ if model.fleet.selected() > 0 => model.fleet.subjects().into_iter().map(target).collect(),
        _ => model.fleet.all().map(target).collect(),
    };
    read(model, targets, true, effects);
}

fn read(model: &mut Model, targets: Vec<crate::domain::target::Target>, named: bool, effects: &mut Vec<Effect>) {
    let progress = crate::api::wire::Progress { read: 0, failed: 0, total: targets.len() };
    model.reading = Some(Reading { progress, ours: true, number: None });
    effects.push(Effect::Read { targets, named });
}

fn turn(model: &mut Model, by: usize) {
    let at = Tab::ALL.iter().position(|tab| *tab == model.server.tab).unwrap_or_default();
    model.server.tab = Tab::ALL.get((at + by) % Tab::ALL.len()).copied().unwrap_or_default();
    model.server.at = 0;
    model.transcript.outdated();
}

fn open_plan(model: &mut Model) {
    let scope = if model.screen() == Screen::Server {
        Scope::of(&model.fleet.find(&model.server.id).into_iter().collect::<Vec<_>>(), false)
    } else {
        Scope::of(&model.fleet.subjects(), model.fleet.selected() > 0)
    };
    model.plan = PlanPage { scope, options: model.plan.options, goal: model.plan.goal.clone(), ..PlanPage::default() };
    model.goals.outdated();
    model.push(Screen::Plan);
}

fn planning(model: &mut Model, id: Id, effects: &mut Vec<Effect>) {
    let options = &mut model.plan.options;
    match id {
        Id::Power => options.power = plan::next_policy(options.power),
        Id::Canary => options.canary = !options.canary,
        Id::Downgrade => options.downgrade = !options.downgrade,
        Id::TpmOverride => options.tpm_override = !options.tpm_override,
        Id::MoreFailures => options.stop_after = options.stop_after.saturating_add(1).min(999),
        Id::FewerFailures => options.stop_after = options.stop_after.saturating_sub(1).max(1),
        Id::Replan => (model.plan.shown, model.plan.stale) = (None, None),
        _ => {
            let goal = model.goals.value.as_ref().and_then(|goals| plan::goal_at(goals, model.plan.goal.index));
            if let Some((goal, bios_profile)) = goal {
                (model.plan.asking, model.plan.error) = (true, None);
                let (options, servers) = (model.plan.options, model.plan.scope.ids.clone());
                effects.push(Effect::Plan(Wish { goal, bios_profile, options, servers }));
            }
        }
    }
}

fn ask(model: &mut Model, id: Id) {
    let run = model.run.run.unwrap_or_default();
    let ask = match id {
        Id::AskStart => model.plan.shown.as_ref().map(|shown| Ask::Start { digest: shown.document.digest.clone() }),
        Id::AskStop => Some(Ask::Stop { run }),
        Id::AskAbort => Some(Ask::Abort { run }),
        Id::AskResume => Some(Ask::Resume { run }),
        _ if model.screen() == Screen::Why => {
            let row = model.why.as_ref().and_then(|(_, server)| model.run.find(server));
            row.map(|row| Ask::Retry { run, server: row.id.clone(), name: row.name.clone() })
        }
        _ => model.run.current().map(|row| Ask::Retry { run, server: row.id.clone(), name: row.name.clone() }),
    };
    model.dialog = ask.map(|ask| Dialog::Confirm { ask, field: Field::default() });
}

fn confirm(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Dialog::Confirm { ask, field }) = model.dialog.take() else { return };
    effects.push(match ask {
        Ask::Start { digest } => Effect::Start(digest),
        Ask::Stop { run } => Effect::Stop(run),
        Ask::Abort { run } => Effect::Abort(run),
        Ask::Resume { run } => Effect::Resume(run),
        Ask::Retry { run, server, .. } => Effect::Retry(run, server, again(&field.text()).unwrap_or_default()),
    });
}

pub(super) fn accept(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.dialog.take() {
        Some(open @ Dialog::Palette { .. }) => {
            model.dialog = Some(open);
            palette::run(model, effects);
        }
        Some(Dialog::Help { search: Some(field), .. }) => {
            model.dialog = Some(Dialog::Help { top: 0, find: field.text(), search: None });
        }
        Some(Dialog::Filter { field, before, .. }) => {
            let text = field.text();
            let keys = model.fleet.label_keys();
            match Query::parse(&text, &keys.into_iter().collect::<Vec<_>>()) {
                Ok(query) if filter::needs_engine(&query) => match model.unreachable() {
                    None => {
                        model.matching = Fetched::default();
                        if model.matching.wants(&text) {
                            model.say("asking the engine, which knows the components", Role::Muted);
                            effects.push(Effect::Match(text));
                        }
                    }
                    Some(why) => {
                        model.say(format!("not now: {why}"), Role::Warning);
                        model.dialog = Some(Dialog::Filter { field, before, mistake: None });
                    }
                },
                Ok(query) => model.fleet.set_filter(text, query, None),
                Err(error) => {
                    model.dialog = Some(Dialog::Filter { field, before, mistake: Some(error.to_string()) });
                }
            }
        }
        Some(Dialog::Discover { field, .. }) => discover(model, field, effects),
        Some(Dialog::Go { field, .. }) => look::go(model, field),
        Some(Dialog::Other { field, .. }) => look::other(model, field),
        Some(Dialog::Unlock { field }) if field.count() == 0 => {
            model.say("no passphrase was typed: the vault stays locked", Role::Warning);
        }
        Some(Dialog::Unlock { field }) => {
            model.say("opening the vault", Role::Muted);
            effects.push(Effect::Unlock(field));
        }
        Some(Dialog::Search { field }) if model.screen() == Screen::Explorer => {
            model.explorer.find = field.text();
            look::find(model, model.explorer.at);
        }
        Some(Dialog::Search { field }) => {
            model.server.find = field.text();
            find(model, 0);
        }
        other => model.dialog = other,
    }
}

/// Goes to the newest line with what is looked for that is `from` lines from the end or more.
fn find(model: &mut Model, from: usize) {
    let query = model.server.find.clone();
    let found = model.transcript.value.as_ref().and_then(|page| transcript::find(page, from, &query));
    match found {
        Some(at) => model.server.at = at,
        None if query.is_empty() => {}
        None if from > 0 => model.say(format!("not before this: {query}"), Role::Warning),
        None => {
            let export = model.key(Id::Export);
            model.say(format!("not in what is shown: {query}; {export} writes all of it to a file"), Role::Warning);
        }
    }
}

fn discover(model: &mut Model, field: Field, effects: &mut Vec<Effect>) {
    let mut targets = Vec::new();
    for word in field.text().split([' ', ',']).filter(|word| !word.is_empty()) {
        match addresses::expand(word, HTTPS) {
            Ok(more) => targets.extend(more),
            Err(mistake) => {
                model.dialog = Some(Dialog::Discover { field, mistake: Some(mistake) });
                return;
            }
        }
    }
    if targets.is_empty() {
        let mistake = Some("type at least one address".into());
        model.dialog = Some(Dialog::Discover { field, mistake });
    } else {
        read(model, targets, false, effects);
    }
}

fn cancel(model: &mut Model) {
    let open = model.dialog.take();
    if let Some(Dialog::Help { search: Some(_), .. }) = open {
        // what was looked for is forgotten; the help stays
        model.dialog = Some(Dialog::Help { top: 0, find: String::new(), search: None });
        return;
    }
    if let Some(Dialog::Filter { before, .. }) = open
        && before != model.fleet.filter.text
    {
        let keys = model.fleet.label_keys();
        if let Ok(query) = Query::parse(&before, &keys.into_iter().collect::<Vec<_>>()) {
            // one that the engine judged is asked again
            model.matching.outdated();
            let ids = filter::needs_engine(&query).then(Default::default);
            model.fleet.set_filter(before, query, ids);
        }
    }
}

fn back(model: &mut Model) {
    if model.pop() {
        return;
    }
    match model.screen() {
        Screen::Fleet if !model.fleet.filter.is_empty() => {
            model.matching = Fetched::default();
            model.fleet.set_filter(String::new(), Query::default(), None);
        }
        Screen::Fleet => {
            let words = format!("{} leaves; what runs goes on", model.key(Id::Quit));
            model.say(words, Role::Muted);
        }
        _ => model.switch(Screen::Fleet),
    }
}

fn open_journal(model: &mut Model) {
    let run = match model.screen() {
        Screen::Runs => model.listed_run().map(|head| head.line.run),
        _ => model.run.run,
    };
    if let Some(run) = run {
        if model.journal.key != Some(JournalOf::Run(run)) {
            model.journal = Fetched::default();
            model.journal.key = Some(JournalOf::Run(run));
        }
        model.journal_back = 0;
        model.push(Screen::Journal);
    }
}

fn go_run(model: &mut Model) {
    let run = model.carried().next().map(|head| head.line.run).or(model.run.run);
    let run = run.or_else(|| model.runs.value.as_ref()?.first().map(|head| head.line.run));
    match run {
        Some(run) => show_run(model, run),
        None => model.switch(Screen::Run),
    }
}

/// Opens the board of a run, in place of every screen.
pub fn show_run(model: &mut Model, run: i64) {
    model.run.open(run);
    model.board.outdated();
    model.switch(Screen::Run);
}
