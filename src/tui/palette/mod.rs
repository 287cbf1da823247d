//! Commands by name: what is typed to what can be done, whether it is of use now, and how a shell says the same.

mod argument;
mod shell;

#[cfg(test)]
mod tests;

use super::{
    action::{self, ACTIONS, Action, Argument, Context, Id, is_command},
    allowed::{Refusal, allowed},
    model::Model,
};
pub(super) use argument::{column, server};
pub use argument::{link, size};
pub use shell::shell;

/// Something that can be asked for.
#[derive(Debug, Clone)]
pub struct Command {
    /// What it does.
    pub action: &'static Action,
    /// What was typed after its name.
    pub argument: Option<String>,
    /// Whether it is of use now, and why not.
    pub state: Result<(), Refusal>,
}

impl Command {
    fn of(model: &Model, action: &'static Action, argument: Option<&str>) -> Self {
        let argument = argument.map(str::to_owned);
        let state = state(model, action, argument.as_deref());
        Self { action, argument, state }
    }

    /// All of it, as it is typed.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.argument {
            Some(argument) => format!("{} {argument}", self.action.name),
            None => self.action.name.to_owned(),
        }
    }

    /// The same with what may be typed after it.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.argument, self.action.argument) {
            (None, Some(argument)) => format!("{} {}", self.action.name, argument.words()),
            _ => self.line(),
        }
    }

    /// True where more must be typed before it means anything.
    #[must_use]
    pub fn is_half(&self) -> bool {
        self.argument.is_none() && self.action.argument.is_some_and(Argument::is_needed)
    }
}

/// What `typed` may be the beginning of, the likeliest first: everything where it is empty.
#[must_use]
pub fn commands(model: &Model, typed: &str) -> Vec<Command> {
    let typed = typed.trim_start();
    let all = names(model);
    // the longest name that was typed whole, with something after it
    let whole = all.iter().filter_map(|action| Some((*action, action.argument?, after(typed, action.name)?)));
    if let Some((action, argument, rest)) = whole.max_by_key(|(action, ..)| action.name.len()) {
        let values = argument.values(model);
        let fitting = values.iter().filter(|value| begins(value, rest));
        let mut found: Vec<Command> = fitting.map(|value| Command::of(model, action, Some(value))).collect();
        if argument.is_free() && !rest.is_empty() && !found.iter().any(|one| one.argument.as_deref() == Some(rest)) {
            found.insert(0, Command::of(model, action, Some(rest)));
        }
        if !found.is_empty() || !rest.is_empty() {
            return found;
        }
    }
    let typed = typed.trim_end();
    let mut found: Vec<(usize, usize, &'static Action)> = all
        .iter()
        .enumerate()
        .filter_map(|(index, action)| Some((closeness(action.name, typed)?, index, *action)))
        .collect();
    found.sort_by_key(|(closeness, index, _)| (*closeness, *index));
    found.into_iter().map(|(_, _, action)| Command::of(model, action, None)).collect()
}

/// Every action that has a name here, each name once: as it is meant on the screen that is open, where it is of use there.
fn names(model: &Model) -> Vec<&'static Action> {
    let here = action::below(model);
    let mut found: Vec<&'static Action> = Vec::new();
    for action in action::of(here).chain(ACTIONS).filter(|action| is_command(action)) {
        if !found.iter().any(|known| known.name == action.name) {
            found.push(action);
        }
    }
    found
}

/// What stands after `name` and a blank.
fn after<'a>(typed: &'a str, name: &str) -> Option<&'a str> {
    let rest = typed.get(name.len()..)?;
    (begins(typed, name) && rest.starts_with(' ')).then(|| rest.trim_start())
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// How well `typed` fits a name, the smaller the better: it is the name, its beginning, or each of its words begins one of
/// the name's in that order, or stands somewhere in it.
fn closeness(name: &str, typed: &str) -> Option<usize> {
    if name.eq_ignore_ascii_case(typed) {
        return Some(0);
    }
    if begins(name, typed) {
        return Some(1);
    }
    let mut words = name.split(' ');
    if typed.split_whitespace().all(|part| words.any(|word| begins(word, part))) {
        return Some(2);
    }
    name.contains(&typed.to_ascii_lowercase()).then_some(3)
}

/// Whether it is of use now, and why not.
fn state(model: &Model, action: &Action, argument: Option<&str>) -> Result<(), Refusal> {
    if let (Some(kind), Some(argument)) = (action.argument, argument)
        && let Some(judged) = kind.judge(model, argument)
    {
        return judged;
    }
    let here = action::below(model);
    if !action.contexts.iter().any(|context| *context == here || *context == Context::Everywhere) {
        let places: Vec<&str> = ACTIONS
            .iter()
            .filter(|known| known.name == action.name)
            .flat_map(|known| known.contexts)
            .filter(|context| !context.is_dialog())
            .map(|context| context.words())
            .collect();
        return Err(Refusal { why: format!("that is for {}", places.join(", ")) });
    }
    // the palette itself is what is open
    if action.id == Id::Palette { Ok(()) } else { allowed(model, action.id) }
}
