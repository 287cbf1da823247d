//! The themes that there are: those that firmdeck carries, and an operator's.

use std::collections::BTreeMap;

use super::{Depth, Look, Role, Theme, file};
use crate::{config::Mistake, domain::words, tui::glyphs::Glyphs};

/// The themes that firmdeck carries with it.
const EMBEDDED: [(&str, &str); 4] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Themes by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes(BTreeMap<String, Source>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    /// What the file is called in messages.
    file: String,
    text: String,
}

impl Themes {
    /// Those that firmdeck carries.
    #[must_use]
    pub fn embedded() -> Self {
        let source = |(name, text): (&str, &str)| {
            (name.to_owned(), Source { file: format!("themes/{name}.toml"), text: text.to_owned() })
        };
        Self(EMBEDDED.into_iter().map(source).collect())
    }

    /// Adds one, or puts it in the place of another of the same name; `file` is what it is called in messages.
    pub fn add(&mut self, name: &str, file: &str, text: &str) {
        self.0.insert(name.to_owned(), Source { file: file.to_owned(), text: text.to_owned() });
    }

    /// Takes one out.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// What they are called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The theme of this name, in as many colours as the terminal has.
    ///
    /// # Errors
    /// When there is none, or it or one that it inherits from has a mistake: with file, line and column.
    pub fn theme(&self, name: &str, depth: Depth, glyphs: Glyphs) -> Result<Theme, Mistake> {
        let mut looks: [Look; Role::ALL.len()] = std::array::from_fn(|_| Look::default());
        self.lay(name, None, &mut Vec::new(), &mut looks)?;
        Ok(Theme { styles: looks.map(|look| look.style(depth)), glyphs })
    }

    /// Lays a theme over those that it inherits from. `asked`: the line that asks for it; `below`: the themes that asked.
    fn lay(
        &self,
        name: &str,
        asked: Option<Mistake>,
        below: &mut Vec<String>,
        looks: &mut [Look],
    ) -> Result<(), Mistake> {
        let wrong = |what: String| match &asked {
            Some(at) => Mistake { what, ..at.clone() },
            None => Mistake { file: "theme".into(), at: None, what },
        };
        let Some(source) = self.0.get(name) else {
            let names: Vec<&str> = self.names().collect();
            let better = words::did_you_mean(words::nearest(name, names.iter().copied()));
            return Err(wrong(format!("no theme is called `{name}`; there are: {}{better}", names.join(", "))));
        };
        if below.iter().any(|known| known == name) {
            return Err(wrong(format!("`{name}` inherits from itself: {} > {name}", below.join(" > "))));
        }
        below.push(name.to_owned());
        let file = file::parse(&source.file, &source.text)?;
        if let Some((parent, at)) = file.inherits {
            self.lay(&parent, Some(at), below, looks)?;
        }
        for (role, look) in file.looks {
            if let Some(place) = looks.get_mut(role as usize) {
                *place = look;
            }
        }
        Ok(())
    }
}
