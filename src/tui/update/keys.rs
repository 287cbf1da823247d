//! Keys and pastes to actions, or into the field that is open.

use super::act::act;
use crate::{
    domain::filter::Query,
    tui::{
        action::{self, Context, Id},
        allowed::allowed,
        input::Input,
        key::{Chord, Key},
        keymap::Meaning,
        model::{Dialog, Model, fetched::Fetched, field::Field, filter},
        msg::Effect,
        theme::Role,
    },
};

/// Takes a key or a paste.
pub(super) fn input(model: &mut Model, input: Input, effects: &mut Vec<Effect>) {
    model.notice = None;
    match input {
        Input::Key(key) => press(model, key, effects),
        Input::Paste(text) => {
            model.pending.clear();
            paste(model, &text);
        }
    }
}

fn press(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let context = action::context(model);
    let mut pressed = std::mem::take(&mut model.pending);
    let begun = !pressed.is_empty();
    if begun && key == Key::Esc {
        return;
    }
    pressed.push(key);
    let action = match model.keymap.meaning(context, &pressed) {
        Meaning::Does(action) => action,
        Meaning::Begins => {
            model.pending = pressed;
            return;
        }
        Meaning::Nothing => {
            if let Some(Dialog::Unlock { field }) = &mut model.dialog {
                field.press(key);
            } else if !begun
                && let Some(field) = field(model)
                && field.press(key)
            {
                typed(model);
            } else if begun || !context.is_typed_into() {
                let help = model.key(Id::Help);
                model.say(format!("{} does nothing here; {help} shows what does", Chord(pressed)), Role::Muted);
            }
            return;
        }
    };
    match allowed(model, action.id) {
        Ok(()) => act(model, action.id, effects),
        Err(refusal) => model.say(format!("not now: {}", refusal.why), Role::Warning),
    }
}

fn paste(model: &mut Model, text: &str) {
    match &mut model.dialog {
        Some(Dialog::Unlock { field }) => return field.paste(text),
        // A confirmation is typed by a person who has read what it is of.
        Some(Dialog::Confirm { .. }) => return model.say("type the word: it cannot be pasted", Role::Warning),
        _ => {}
    }
    let Some(field) = field(model) else {
        return model.say("pasted text was ignored: no field is open", Role::Warning);
    };
    let whole = field.paste(text);
    typed(model);
    if !whole {
        model.say("the paste was too long: only its beginning was taken", Role::Warning);
    }
}

fn field(model: &mut Model) -> Option<&mut Field> {
    match &mut model.dialog {
        Some(
            Dialog::Filter { field, .. }
            | Dialog::Discover { field, .. }
            | Dialog::Go { field, .. }
            | Dialog::Other { field, .. }
            | Dialog::Search { field }
            | Dialog::Palette { field, .. }
            | Dialog::Help { search: Some(field), .. }
            | Dialog::Confirm { field, .. },
        ) => Some(field),
        _ => None,
    }
}

/// The open field has changed: a filter that the rows can answer is in force at once.
fn typed(model: &mut Model) {
    match &mut model.dialog {
        Some(Dialog::Filter { field, mistake, before }) => {
            let (text, before) = (field.text(), before.clone());
            let keys = model.fleet.label_keys();
            match Query::parse(&text, &keys.into_iter().collect::<Vec<_>>()) {
                Ok(query) => {
                    *mistake = None;
                    if !filter::needs_engine(&query) {
                        model.matching = Fetched::default();
                        model.fleet.set_filter(text, query, None);
                        return;
                    }
                    // What was typed on the way to it ("nic") was never meant.
                    if let Some(query) = before.parse().ok().filter(|query| !filter::needs_engine(query)) {
                        model.fleet.set_filter(before, query, None);
                    }
                    let accept = model.keymap.first(Context::Typing, Id::Accept);
                    model.say(format!("{accept} asks the engine, which knows the components"), Role::Muted);
                }
                Err(error) => *mistake = Some(error.to_string()),
            }
        }
        Some(Dialog::Discover { mistake, .. } | Dialog::Go { mistake, .. } | Dialog::Other { mistake, .. }) => {
            *mistake = None;
        }
        Some(Dialog::Palette { choice, recalled, .. }) => (*choice, *recalled) = (0, None),
        Some(Dialog::Help { top, find, search: Some(field) }) => (*top, *find) = (0, field.text()),
        _ => {}
    }
}
