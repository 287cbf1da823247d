//! A keymap as TOML; `assets/keymap.toml` says how one is written.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::At;
use crate::{
    config::Mistake,
    domain::words,
    tui::{
        action::{self, Context, TABLES},
        key::Chord,
    },
};

/// Where a line of a keymap holds. Declared from the nearest to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Own(Context),
    Tables,
    Everywhere,
    Always,
}

impl Section {
    /// The smaller the nearer.
    pub(super) const fn reach(self) -> u8 {
        match self {
            Self::Own(_) => 0,
            Self::Tables => 1,
            Self::Everywhere => 2,
            Self::Always => 3,
        }
    }

    fn holds(self, context: Context) -> bool {
        match self {
            Self::Own(own) => own == context,
            Self::Tables => TABLES.contains(&context),
            Self::Everywhere => !context.is_dialog(),
            Self::Always => true,
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "tables" => Some(Self::Tables),
            "everywhere" => Some(Self::Everywhere),
            "always" => Some(Self::Always),
            _ => Context::ALL.iter().find(|(_, known, _)| *known == name).map(|(context, ..)| Self::Own(*context)),
        }
    }
}

/// A line of a keymap.
pub(super) struct Line {
    pub(super) section: Section,
    /// The name of an action that there is in this section.
    pub(super) action: &'static str,
    pub(super) chords: Vec<Chord>,
    pub(super) at: At,
}

impl Line {
    pub(super) fn holds(&self, context: Context) -> bool {
        self.section.holds(context)
    }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    lines: Vec<Line>,
    mistakes: Vec<Mistake>,
}

/// Reads a keymap; `name` is the file's in messages.
pub(super) fn parse(name: &str, text: &str) -> Result<Vec<Line>, Vec<Mistake>> {
    let file = DeTable::parse(text).map_err(|error| vec![Mistake::of_toml(name, text, &error)])?;
    let mut reader = Reader { name, text, lines: Vec::new(), mistakes: Vec::new() };
    for (key, value) in file.get_ref() {
        reader.section(key, value);
    }
    if reader.mistakes.is_empty() { Ok(reader.lines) } else { Err(reader.mistakes) }
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, what: String) {
        self.mistakes.push(Mistake::at_offset(self.name, self.text, span.start, what));
    }

    fn section(&mut self, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref().as_ref();
        let Some(section) = Section::named(name) else {
            let all = Context::ALL.iter().map(|(_, name, _)| *name).chain(["tables", "everywhere", "always"]);
            let known: Vec<&str> = all.collect();
            let better = words::nearest(name, known.iter().copied());
            let better = better.map_or_else(|| known.join(" "), |better| format!("did you mean `{better}`?"));
            return self.wrong(key.span(), format!("there is no section `{name}`; {better}"));
        };
        let DeValue::Table(table) = value.get_ref() else {
            return self.wrong(value.span(), format!("`{name}` is a section: [{name}]"));
        };
        for (key, value) in table {
            self.line(section, name, key, value);
        }
    }

    fn line(&mut self, section: Section, of: &str, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref().as_ref();
        let there = || Context::ALL.iter().map(|(context, ..)| *context).filter(|context| section.holds(*context));
        let Some(action) = there().flat_map(action::of).find(|action| action.name == name) else {
            let elsewhere = action::ACTIONS.iter().find(|action| action.name == name);
            let what = match elsewhere.and_then(|action| action.contexts.first()) {
                Some(context) => format!("`{name}` is not of [{of}]; it is of {}", context.words()),
                None => match words::nearest(name, action::ACTIONS.iter().map(|action| action.name)) {
                    Some(better) => format!("there is no action `{name}`; did you mean `{better}`?"),
                    None => format!("there is no action `{name}`; the command palette lists all"),
                },
            };
            return self.wrong(key.span(), what);
        };
        let mut chords = Vec::new();
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().collect(),
            _ => vec![value],
        };
        for value in values {
            let DeValue::String(text) = value.get_ref() else {
                self.wrong(value.span(), "a key is a text: \"x\"".into());
                continue;
            };
            match text.parse::<Chord>() {
                Ok(chord) => chords.push(chord),
                Err(what) => self.wrong(value.span(), what),
            }
        }
        let Mistake { file, at: place, .. } = Mistake::at_offset(self.name, self.text, key.span().start, "");
        self.lines.push(Line { section, action: action.name, chords, at: At { file, place } });
    }
}
