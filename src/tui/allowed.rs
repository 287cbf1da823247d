//! Why an action is of no use now.

use crate::api::live::VaultState;

use super::{
    action::{Context, Id},
    model::{Dialog, Model, Screen, Tab, run},
};

/// A reason, in words that follow "not now: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub why: String,
}

fn no<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { why: why.into() })
}

/// Whether `id` is of use now, and why not.
pub fn allowed(model: &Model, id: Id) -> Result<(), Refusal> {
    match id {
        Id::Select => match model.fleet.current() {
            None => no("no server is shown"),
            Some(row) if row.here => no("firmdeck runs on this machine: it cannot be updated from here"),
            Some(_) => Ok(()),
        },
        Id::SelectShown | Id::Sort | Id::Reverse | Id::Filter if model.fleet.total() == 0 => {
            no("no server is known yet")
        }
        Id::SelectNone if model.fleet.selected() == 0 => no("nothing is selected"),
        Id::Open => open(model),
        Id::Plan => plan(model),
        Id::Discover => reading(model),
        Id::Refresh => refresh(model),
        Id::CallOff => match model.reading.as_ref().filter(|reading| reading.ours) {
            None => no("no reading of yours is under way"),
            Some(reading) if reading.number.is_none() => no("it is only just beginning"),
            Some(_) => engine(model),
        },
        Id::MakePlan => make_plan(model),
        Id::FewerFailures if model.plan.options.stop_after <= 1 => no("the first failure stops the run already"),
        Id::AskStart => start(model),
        Id::NextWrong if model.run.next_wrong().is_none() => no("no server of those shown went wrong"),
        Id::Show | Id::Pane if model.run.board().is_none() => no("no run is on the screen"),
        Id::AskStop | Id::AskAbort | Id::AskResume => of_run(model, id),
        Id::AskRetry => retry(model),
        Id::Journal => match model.screen() {
            Screen::Runs if model.listed_run().is_none() => no("there was no run yet"),
            Screen::Run if model.run.run.is_none() => no("no run is on the screen"),
            _ => Ok(()),
        },
        Id::Search | Id::Again if model.screen() == Screen::Explorer => explorer(model, id),
        Id::Follow | Id::Hunt | Id::Mark | Id::Diff => explorer(model, id),
        Id::Out if model.explorer.trail.is_empty() => no("this is where the walk began; Esc leaves it"),
        Id::Why => match model.run.current() {
            None => no("no server is shown"),
            Some(row) if !run::is_wrong(&row.state) => no("nothing went wrong on it"),
            Some(_) => Ok(()),
        },
        Id::Around | Id::Browse | Id::Events | Id::Compare => looking(model, id),
        Id::Bundle => bundle(model),
        Id::Unlock => match &model.link {
            super::model::Link::Up(hello) if hello.vault == VaultState::Locked => Ok(()),
            super::model::Link::Up(hello) if hello.vault == VaultState::Open => no("it is open"),
            super::model::Link::Up(_) => no("no credential is taken from a vault"),
            _ => engine(model),
        },
        Id::Copy if super::model::copy::copied(model).is_none() => no("nothing to copy is under the cursor"),
        Id::Search | Id::Again | Id::Wrap | Id::Export => transcript(model, id),
        Id::Confirm => confirm(model),
        Id::Accept => accept(model),
        _ => Ok(()),
    }
}

/// A BMC is asked through the engine, and must have been identified.
fn looking(model: &Model, id: Id) -> Result<(), Refusal> {
    let Some(subject) = model.subject() else { return no("no server is under the cursor") };
    let is_known = model.fleet.find(&subject).is_none_or(|row| row.read_at.is_some());
    if !is_known && id != Id::Around {
        return no(format!("nothing was ever read from it: {} reads it", key(model, Context::Fleet, Id::Refresh)));
    }
    engine(model)
}

fn bundle(model: &Model) -> Result<(), Refusal> {
    let is_there = match model.screen() {
        Screen::Runs => model.listed_run().is_some(),
        _ => model.run.run.is_some(),
    };
    if is_there { engine(model) } else { no("no run is on the screen") }
}

fn explorer(model: &Model, id: Id) -> Result<(), Refusal> {
    let Some(shown) = model.resource.of(&model.explorer.place) else { return no("the BMC has not answered yet") };
    let own = |id| key(model, Context::Explorer, id);
    match id {
        Id::Follow if shown.lines.get(model.explorer.at).is_none_or(|line| line.link.is_none()) => {
            no("this line leads nowhere")
        }
        Id::Again | Id::Hunt if model.explorer.find.is_empty() => {
            no(format!("nothing was looked for yet: {} asks what", own(Id::Search)))
        }
        Id::Diff if model.explorer.mark.as_ref() == Some(&model.explorer.place) => {
            no(format!("this is the marked resource: go to another, or {} marks none", own(Id::Mark)))
        }
        Id::Follow | Id::Hunt | Id::Diff => engine(model),
        _ => Ok(()),
    }
}

fn key(model: &Model, context: Context, id: Id) -> String {
    model.keymap.first(context, id)
}

fn engine(model: &Model) -> Result<(), Refusal> {
    model.unreachable().map_or(Ok(()), no)
}

fn open(model: &Model) -> Result<(), Refusal> {
    match model.screen() {
        Screen::Fleet if model.fleet.current().is_none() => no("no server is shown"),
        Screen::Run if model.run.current().is_none() => no("no server is shown"),
        Screen::Runs if model.listed_run().is_none() => no("there was no run yet"),
        _ => Ok(()),
    }
}

fn plan(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    let subjects = match model.screen() {
        Screen::Server => model.fleet.find(&model.server.id).into_iter().collect(),
        _ => model.fleet.subjects(),
    };
    match subjects.as_slice() {
        [] => no("no server is selected"),
        [one] if one.here => no("firmdeck runs on this machine: it cannot be updated from here"),
        all if all.iter().all(|row| row.read_at.is_none()) => {
            no(format!("nothing was read from it yet: {} reads it", key(model, Context::Server, Id::Refresh)))
        }
        _ => Ok(()),
    }
}

fn reading(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    if model.reading.as_ref().is_some_and(|reading| reading.ours) {
        return no(format!("a reading is under way; {} calls it off", key(model, Context::Fleet, Id::CallOff)));
    }
    Ok(())
}

fn refresh(model: &Model) -> Result<(), Refusal> {
    match model.screen() {
        Screen::Runs => engine(model),
        Screen::Fleet if model.fleet.total() == 0 => {
            no(format!("no server is known yet: {} searches for some", key(model, Context::Fleet, Id::Discover)))
        }
        _ => reading(model),
    }
}

fn make_plan(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    if model.plan.asking {
        return no("the plan is being made");
    }
    if model.plan.scope.ids.is_empty() {
        let plan = key(model, Context::Fleet, Id::Plan);
        return no(format!("no servers are chosen: select some on the fleet screen, then {plan}"));
    }
    match &model.goals.value {
        None => no("what can be planned for is not known yet"),
        Some(goals) if !goals.mistakes.is_empty() => no("the manifests have mistakes"),
        Some(goals) if goals.is_empty() => no("the manifests name nothing to plan for"),
        Some(_) => Ok(()),
    }
}

fn start(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    let Some(shown) = &model.plan.shown else { return no("there is no plan") };
    if shown.totals.change == 0 {
        return no("the plan changes nothing");
    }
    if let Some(what) = &model.plan.stale {
        return no(format!("the plan is stale: {what}; {} plans again", key(model, Context::Plan, Id::Replan)));
    }
    Ok(())
}

fn transcript(model: &Model, id: Id) -> Result<(), Refusal> {
    let page = model.transcript.value.as_ref().filter(|_| model.server.tab == Tab::Transcript);
    match (page, id) {
        (None, _) => {
            let key = key(model, Context::Server, Id::NextTab);
            no(format!("the transcript is not on the screen: {key} goes there"))
        }
        (Some(page), _) if page.exchanges.is_empty() => no("nothing was said to this BMC yet"),
        (_, Id::Again) if model.server.find.is_empty() => {
            no(format!("nothing was looked for yet: {} asks what", key(model, Context::Server, Id::Search)))
        }
        (_, Id::Export) => engine(model),
        _ => Ok(()),
    }
}

fn of_run(model: &Model, id: Id) -> Result<(), Refusal> {
    engine(model)?;
    let Some(head) = model.run_head() else { return no("no run is on the screen") };
    let (over, all) = run::progress(head);
    match id {
        _ if over >= all && all > 0 => no("every server of it is over"),
        Id::AskResume if head.carried && head.held.is_none() => no("it is under way"),
        Id::AskStop | Id::AskAbort if !head.carried => {
            no(format!("no engine carries it now: {} resumes it", key(model, Context::Run, Id::AskResume)))
        }
        _ => Ok(()),
    }
}

fn retry(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    let row = match &model.why {
        Some((_, server)) if model.screen() == Screen::Why => model.run.find(server),
        _ => model.run.current(),
    };
    let Some(row) = row else { return no("no server is shown") };
    if run::is_over(&row.state) && !matches!(row.state.as_str(), "succeeded" | "skipped") {
        return Ok(());
    }
    no(match row.state.as_str() {
        "pending" => "it has not begun",
        "running" => "it is under way",
        "skipped" => "nothing was to be done on it",
        _ => "it has succeeded",
    })
}

fn confirm(model: &Model) -> Result<(), Refusal> {
    engine(model)?;
    let Some(Dialog::Confirm { ask, field }) = &model.dialog else { return no("nothing was asked") };
    if let (super::model::Ask::Start { .. }, Some(what)) = (ask, &model.plan.stale) {
        return no(format!("the plan is stale: {what}"));
    }
    if ask.is_confirmed_by(&field.text()) {
        return Ok(());
    }
    no(format!("type {} first", ask.word()))
}

/// What is chosen among the commands, where they are open.
fn accept(model: &Model) -> Result<(), Refusal> {
    let Some(chosen) = model.chosen_command() else { return Ok(()) };
    if chosen.is_half() { Ok(()) } else { chosen.state }
}
