//! What a keymap must not say.

use super::Bound;
use crate::{
    config::Mistake,
    tui::{
        action::{Context, Id, is_command},
        key::Key,
    },
};

/// Every mistake, each once however many places it concerns.
pub(super) fn mistakes(bound: &[Bound]) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = Vec::new();
    let mut tell = |mistake: Mistake| {
        if !found.contains(&mistake) {
            found.push(mistake);
        }
    };
    for (context, ..) in Context::ALL {
        let own: Vec<&Bound> = bound.iter().filter(|bound| bound.context == context).collect();
        own.iter().filter_map(|one| alone(one)).for_each(&mut tell);
        for (index, one) in own.iter().enumerate() {
            own[index..].iter().filter_map(|other| both(one, other)).for_each(&mut tell);
        }
    }
    found
}

/// What is wrong with a line by itself.
fn alone(bound: &Bound) -> Option<Mistake> {
    let Bound { context, action, chords, at } = bound;
    let name = action.name;
    let single = chords.iter().find(|chord| matches!(chord.0.as_slice(), [Key::Char(_)]));
    let printable = chords.iter().find(|chord| matches!(chord.0.first(), Some(Key::Char(_))));
    match (single, printable) {
        (Some(chord), _) if action.danger => {
            let what = format!("`{name}` cannot be taken back: it must not be on the single key {chord}");
            return Some(at.mistake(what));
        }
        (_, Some(chord)) if context.is_typed_into() => {
            return Some(at.mistake(format!("{chord} is text in {}: `{name}` needs another key", context.words())));
        }
        _ => {}
    }
    // Without them nobody finds out, or gets out.
    let needed = !is_command(action) || matches!(action.id, Id::Palette | Id::Leave);
    (needed && chords.is_empty()).then(|| at.mistake(format!("`{name}` needs a key in {}", context.words())))
}

/// What is wrong between two lines of one place, or inside of one.
fn both(one: &Bound, other: &Bound) -> Option<Mistake> {
    let same = one.action.id == other.action.id;
    for chord in &one.chords {
        for second in &other.chords {
            let clash = if chord == second && !same {
                format!("{chord} means two things")
            } else if chord.begins(second) {
                format!("{chord} would never be told from the beginning of {second}")
            } else if second.begins(chord) {
                format!("{second} would never be told from the beginning of {chord}")
            } else {
                continue;
            };
            // the operator's line is the one to change
            let (mine, theirs) = if one.at.file == super::EMBEDDED_NAME { (other, one) } else { (one, other) };
            let (at, action) = (theirs.at.words(), theirs.action.name);
            let place = mine.context.words();
            return Some(mine.at.mistake(format!("{clash} in {place}: `{}`, and `{action}` ({at})", mine.action.name)));
        }
    }
    None
}
