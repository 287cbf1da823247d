//! How a shell says the same: what the screen does, the command line does too.

use crate::{
    domain::{
        inventory::ServerId,
        plan::{Goal, Options},
    },
    tui::{
        action::Id,
        model::{
            Model, Screen,
            plan::{self},
        },
    },
};

/// More servers than this are named by nobody on a command line.
const NAMED: usize = 6;

/// The command line that does the same as `id`, where there is one.
#[must_use]
pub fn shell(model: &Model, id: Id, argument: Option<&str>) -> Option<String> {
    let words = match id {
        Id::GoFleet => "inventory".into(),
        Id::Filter => format!("inventory --filter {}", quoted(argument?)),
        Id::Discover => format!("discover {}", argument?.split([' ', ',']).map(quoted).collect::<Vec<_>>().join(" ")),
        Id::Refresh => refresh(model)?,
        Id::Open => open(model, argument)?,
        Id::GoRuns => "runs list".into(),
        Id::GoRun => format!("runs attach {}", argument?.parse::<i64>().ok()?),
        Id::Journal => format!("runs show {}", run(model)?),
        Id::Export | Id::Pane => transcript(model)?,
        Id::MakePlan => make_plan(model)?,
        Id::AskStart => format!("run --plan {}", model.plan.shown.as_ref()?.digest()),
        Id::AskStop => format!("runs stop {}", run(model)?),
        Id::AskAbort => format!("runs abort {}", run(model)?),
        Id::AskResume => format!("runs resume {}", run(model)?),
        Id::AskRetry => format!("runs retry {} {}", run(model)?, subject(model)?),
        Id::Why => format!("runs show {}", run(model)?),
        Id::Bundle => format!("runs bundle {}", run(model)?),
        Id::Browse => format!("look get {}", subject(model)?),
        Id::GoTo => format!("look get {} {}", subject(model)?, quoted(argument?)),
        Id::Hunt if !model.explorer.find.is_empty() => {
            let (words, from) = (quoted(&model.explorer.find), quoted(&model.explorer.place.path));
            format!("look find {} {words} --from {from}", subject(model)?)
        }
        Id::Events => format!("look events {}", subject(model)?),
        Id::Compare => format!("look compare {}", subject(model)?),
        Id::Other => format!("look compare {} {}", subject(model)?, super::server(model, argument?)?.id),
        Id::Diff => diff(model)?,
        Id::Unlock => "vault unlock".into(),
        Id::Help => "--help".into(),
        _ => return None,
    };
    Some(format!("firmdeck {words}"))
}

fn run(model: &Model) -> Option<i64> {
    match model.screen() {
        Screen::Runs => model.listed_run().map(|head| head.line.run),
        Screen::Run | Screen::Why => model.run.run,
        _ => None,
    }
}

/// The server that is looked at, where it has an id of ours.
fn subject(model: &Model) -> Option<String> {
    let subject = model.subject()?;
    ServerId::try_from(subject.clone()).ok().map(|_| subject)
}

/// Only with a marked resource: which server is the healthy one, the engine says.
fn diff(model: &Model) -> Option<String> {
    let place = &model.explorer.place;
    let mark = model.explorer.mark.as_ref().filter(|mark| *mark != place)?;
    let with = if mark.server == place.server { String::new() } else { format!(" --with {}", place.server) };
    let path = if mark.path == place.path { String::new() } else { format!(" --path {}", quoted(&place.path)) };
    Some(format!("look diff {} {}{with}{path}", mark.server, quoted(&mark.path)))
}

fn open(model: &Model, argument: Option<&str>) -> Option<String> {
    if let (Screen::Runs, None) = (model.screen(), argument) {
        return Some(format!("runs show {}", run(model)?));
    }
    let row = match argument {
        Some(argument) => super::server(model, argument)?,
        None if model.screen() == Screen::Fleet => model.fleet.current()?,
        None => return None,
    };
    Some(format!("inventory --components --filter {}", quoted(&format!("id={}", row.id))))
}

fn refresh(model: &Model) -> Option<String> {
    let rows = match model.screen() {
        Screen::Server => vec![model.fleet.find(&model.server.id)?],
        Screen::Fleet if model.fleet.selected() > 0 => model.fleet.subjects(),
        Screen::Fleet => return Some("inventory --refresh".into()),
        Screen::Runs => return Some("runs list".into()),
        _ => return None,
    };
    let endpoint = |row: &&crate::api::live::FleetRow| {
        let host = if row.address.contains(':') { format!("[{}]", row.address) } else { row.address.clone() };
        quoted(&format!("{host}:{}", row.port))
    };
    let all: Vec<String> = rows.iter().map(endpoint).collect();
    (all.len() <= NAMED).then(|| format!("inventory {}", all.join(" ")))
}

fn transcript(model: &Model) -> Option<String> {
    let (run, server) = match model.screen() {
        Screen::Run => (model.run.run?, model.run.current()?.id.clone()),
        Screen::Server => {
            let id = model.server.id.clone();
            (model.fleet.find(&id).and_then(|row| row.run).or(model.run.run)?, id)
        }
        _ => return None,
    };
    Some(format!("runs transcript {run} {server} --json"))
}

/// Only where the plan is for the whole fleet, which is what the command line plans for.
fn make_plan(model: &Model) -> Option<String> {
    let scope = &model.plan.scope;
    let others = model.fleet.all().filter(|row| !row.here).count();
    if model.screen() != Screen::Plan || scope.ids.len() + scope.unidentified != others {
        return None;
    }
    let (goal, profile) = plan::goal_at(model.goals.value.as_ref()?, model.plan.goal.index)?;
    let mut words = match goal {
        Goal::Baseline(name) => format!("plan --baseline {}", quoted(&name)),
        Goal::Image(id) => format!("plan --image {}", quoted(&id)),
        Goal::NoFirmware => "plan".into(),
    };
    if let Some(profile) = profile {
        words.push_str(&format!(" --bios-profile {}", quoted(&profile)));
    }
    let (options, usual) = (model.plan.options, Options::default());
    if options.power != usual.power {
        words.push_str(&format!(" --power {}", options.power));
    }
    for (is_set, flag) in [
        (options.downgrade, " --downgrade"),
        (options.tpm_override, " --tpm-override"),
        (!options.canary, " --no-canary"),
    ] {
        words.push_str(if is_set { flag } else { "" });
    }
    if options.stop_after != usual.stop_after {
        words.push_str(&format!(" --stop-after {}", options.stop_after));
    }
    Some(words)
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@%+,=[]".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with('-') && !word.contains('[') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
