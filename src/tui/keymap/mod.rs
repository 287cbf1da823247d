//! Which keys do what: `assets/keymap.toml`, and an operator's own over it.

mod check;
mod file;

#[cfg(test)]
mod tests;

use super::{
    action::{self, Action, Context, Id},
    key::{Chord, Key},
};
use crate::config::Mistake;
use file::Line;

/// What keys that were pressed mean.
#[derive(Debug, Clone, Copy)]
pub enum Meaning {
    /// This is done.
    Does(&'static Action),
    /// Others may follow.
    Begins,
    /// Nothing.
    Nothing,
}

/// What is done by which keys, for each place where keys go.
#[derive(Debug, Clone)]
pub struct Keymap {
    bound: Vec<Bound>,
}

#[derive(Debug, Clone)]
struct Bound {
    context: Context,
    action: &'static Action,
    chords: Vec<Chord>,
    /// Where that is written.
    at: At,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct At {
    file: String,
    place: Option<(usize, usize)>,
}

impl At {
    fn mistake(&self, what: String) -> Mistake {
        Mistake { file: self.file.clone(), at: self.place, what }
    }

    fn words(&self) -> String {
        self.place.map_or_else(|| self.file.clone(), |(line, _)| format!("{}:{line}", self.file))
    }
}

const EMBEDDED: &str = include_str!("../../../assets/keymap.toml");
const EMBEDDED_NAME: &str = "assets/keymap.toml";

impl Keymap {
    /// The keymap that firmdeck carries.
    ///
    /// # Errors
    /// Its mistakes, of which a test sees that there are none.
    pub fn embedded() -> Result<Self, Vec<Mistake>> {
        Self::of(&file::parse(EMBEDDED_NAME, EMBEDDED)?)
    }

    /// The same with what `text` says otherwise; `name` is the file's in messages.
    ///
    /// # Errors
    /// Every mistake: no TOML, an unknown section, action or key, a key that means two things or begins others, a
    /// printable key where text is typed, a single character for what cannot be taken back, nothing for what has no name.
    pub fn with(name: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut lines = file::parse(name, text)?;
        lines.extend(file::parse(EMBEDDED_NAME, EMBEDDED)?);
        Self::of(&lines)
    }

    /// The nearest of `lines` for each action in each place: of the file before, then of the nearest section.
    fn of(lines: &[Line]) -> Result<Self, Vec<Mistake>> {
        let mut bound = Vec::new();
        for (context, ..) in Context::ALL {
            for action in action::of(context) {
                let nearest = lines.iter().filter(|line| line.action == action.name && line.holds(context));
                // the first of equals, which is the operator's
                let nearest = nearest.min_by_key(|line| (line.at.file == EMBEDDED_NAME, line.section.reach()));
                let (chords, at) = match nearest {
                    Some(line) => (line.chords.clone(), line.at.clone()),
                    None => (Vec::new(), At { file: EMBEDDED_NAME.into(), place: None }),
                };
                bound.push(Bound { context, action, chords, at });
            }
        }
        let keymap = Self { bound };
        let mistakes = check::mistakes(&keymap.bound);
        if mistakes.is_empty() { Ok(keymap) } else { Err(mistakes) }
    }

    /// What `pressed` means in `context`.
    #[must_use]
    pub fn meaning(&self, context: Context, pressed: &[Key]) -> Meaning {
        let mut begins = false;
        for bound in self.bound.iter().filter(|bound| bound.context == context) {
            for chord in &bound.chords {
                if chord.0 == pressed {
                    return Meaning::Does(bound.action);
                }
                begins |= chord.0.starts_with(pressed);
            }
        }
        if begins { Meaning::Begins } else { Meaning::Nothing }
    }

    /// The keys that do `id` in `context`.
    #[must_use]
    pub fn chords(&self, context: Context, id: Id) -> &[Chord] {
        let mut own = self.bound.iter().filter(|bound| bound.context == context && bound.action.id == id);
        own.next().map_or(&[], |bound| &bound.chords)
    }

    /// What may follow `pressed`, and what that does.
    pub fn following<'a>(
        &'a self,
        context: Context,
        pressed: &'a [Key],
    ) -> impl Iterator<Item = (&'a Chord, &'static Action)> {
        let own = self.bound.iter().filter(move |bound| bound.context == context);
        own.flat_map(|bound| bound.chords.iter().map(|chord| (chord, bound.action)))
            .filter(move |(chord, _)| chord.0.starts_with(pressed))
    }

    /// The first key that does `id` in `context` or, failing that, elsewhere; its name for the palette where none does.
    #[must_use]
    pub fn first(&self, context: Context, id: Id) -> String {
        let elsewhere =
            || self.bound.iter().filter(|bound| bound.action.id == id).flat_map(|bound| &bound.chords).next();
        let named = || action::ACTIONS.iter().find(|action| action.id == id).map_or("", |action| action.name);
        self.chords(context, id).first().or_else(elsewhere).map_or_else(|| format!(":{}", named()), ToString::to_string)
    }
}
