//! A theme as TOML; `themes/default.toml` says how one is written.

use std::ops::Range;

use ratatui::style::{Color, Modifier};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Look, Role, colour};
use crate::{config::Mistake, domain::words};

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// The theme that says the rest, and where in the file that stands.
    pub(super) inherits: Option<(String, Mistake)>,
    pub(super) looks: Vec<(Role, Look)>,
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
}

/// Reads a theme; `name` is the file's in messages.
pub(super) fn parse(name: &str, text: &str) -> Result<File, Mistake> {
    let table = DeTable::parse(text).map_err(|error| Mistake::of_toml(name, text, &error))?;
    let reader = Reader { name, text };
    let mut file = File { inherits: None, looks: Vec::new() };
    for (key, value) in table.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("inherits", DeValue::String(parent)) => {
                file.inherits = Some((parent.to_string(), reader.wrong(value.span(), String::new())));
            }
            ("inherits", _) => return Err(reader.wrong(value.span(), "the name of a theme is a text".into())),
            ("roles", DeValue::Table(roles)) => file.looks = reader.roles(roles)?,
            (other, _) => {
                let better = words::did_you_mean(words::nearest(other, ["inherits", "roles"]));
                return Err(
                    reader.wrong(key.span(), format!("a theme has `inherits` and [roles], no `{other}`{better}"))
                );
            }
        }
    }
    Ok(file)
}

impl Reader<'_> {
    fn wrong(&self, span: Range<usize>, what: String) -> Mistake {
        Mistake::at_offset(self.name, self.text, span.start, what)
    }

    fn roles(&self, roles: &DeTable<'_>) -> Result<Vec<(Role, Look)>, Mistake> {
        let mut looks = Vec::new();
        for (key, value) in roles {
            let name = key.get_ref().as_ref();
            let Some(role) = Role::ALL.into_iter().find(|role| role.word() == name) else {
                let better = words::did_you_mean(words::nearest(name, Role::ALL.map(Role::word)));
                return Err(self.wrong(key.span(), format!("there is no role `{name}`{better}")));
            };
            let DeValue::Table(properties) = value.get_ref() else {
                return Err(self.wrong(value.span(), format!("how `{name}` looks is a table: {{ fg = \"cyan\" }}")));
            };
            looks.push((role, self.look(properties)?));
        }
        Ok(looks)
    }

    fn look(&self, properties: &DeTable<'_>) -> Result<Look, Mistake> {
        let mut look = Look::default();
        for (key, value) in properties {
            let modifier = match key.get_ref().as_ref() {
                "fg" => {
                    look.fg = self.colours(value)?;
                    continue;
                }
                "bg" => {
                    look.bg = self.colours(value)?;
                    continue;
                }
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                other => {
                    let known = ["fg", "bg", "bold", "dim", "underlined", "reversed"];
                    let better = words::did_you_mean(words::nearest(other, known));
                    let what = format!("a role has {}, no `{other}`{better}", known.join(", "));
                    return Err(self.wrong(key.span(), what));
                }
            };
            match value.get_ref() {
                DeValue::Boolean(true) => look.modifiers |= modifier,
                DeValue::Boolean(false) => look.modifiers -= modifier,
                _ => return Err(self.wrong(value.span(), format!("`{}` is true or false", key.get_ref()))),
            }
        }
        Ok(look)
    }

    /// A colour, or several of which the first is taken that the terminal has.
    fn colours(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Color>, Mistake> {
        match value.get_ref() {
            DeValue::Array(values) => values.iter().map(|value| self.colour(value)).collect(),
            _ => Ok(vec![self.colour(value)?]),
        }
    }

    fn colour(&self, value: &Spanned<DeValue<'_>>) -> Result<Color, Mistake> {
        let found = match value.get_ref() {
            DeValue::String(text) => colour::named(text),
            DeValue::Integer(number) => number.as_str().parse().ok().map(colour::numbered),
            _ => None,
        };
        found.ok_or_else(|| {
            let written = self.text.get(value.span()).unwrap_or_default();
            let what = format!("{written} is no colour: use one of the 16 names, a number to 255, or \"#rrggbb\"");
            self.wrong(value.span(), what)
        })
    }
}
