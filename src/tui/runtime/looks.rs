//! Keymap and themes: read where an operator has them, and chosen while the screen is open.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    config::Mistake,
    tui::{
        glyphs::Glyphs,
        keymap::Keymap,
        model::Notice,
        msg::Settings,
        terminal::capabilities::Capabilities,
        theme::{Depth, Role, Theme, Themes},
    },
};

/// The keymap in force for who has `keymap.toml` in `directory`, or has none.
///
/// # Errors
/// Every mistake in it.
pub fn keymap(directory: &Path) -> Result<Keymap, Vec<Mistake>> {
    let path = directory.join("keymap.toml");
    if !path.exists() {
        return Keymap::embedded();
    }
    let text = fs::read_to_string(&path).map_err(|error| vec![Mistake::of_file(&path, error)])?;
    Keymap::with(&path.display().to_string(), &text)
}

/// The themes that there are with those of `themes/` in `directory`, and what is wrong with the others there.
#[must_use]
pub fn themes(directory: &Path) -> (Themes, Vec<Mistake>) {
    let (mut themes, mut mistakes) = (Themes::embedded(), Vec::new());
    let files = fs::read_dir(directory.join("themes")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    for path in files {
        match (fs::read_to_string(&path), path.file_stem().and_then(|name| name.to_str())) {
            (Ok(text), Some(name)) => themes.add(name, &path.display().to_string(), &text),
            (Ok(_), None) => mistakes.push(Mistake::of_file(&path, "its name is not UTF-8")),
            (Err(error), _) => mistakes.push(Mistake::of_file(&path, error)),
        }
    }
    let broken: Vec<(String, Mistake)> = themes
        .names()
        .filter_map(|name| Some((name.to_owned(), themes.theme(name, Depth::True, Glyphs { utf8: false }).err()?)))
        .collect();
    for (name, mistake) in broken {
        themes.remove(&name);
        if !mistakes.contains(&mistake) {
            mistakes.push(mistake);
        }
    }
    (themes, mistakes)
}

/// How the screen looks now, and what else it could look like.
pub(super) struct Looks {
    directory: PathBuf,
    capabilities: Capabilities,
    themes: Themes,
    name: String,
    ascii: bool,
    /// The theme in force.
    pub(super) theme: Theme,
}

impl Looks {
    /// The theme that is `wanted`, or the terminal's usual one where none is or it cannot be had: never none at all.
    pub(super) fn open(
        directory: &Path,
        wanted: Option<&str>,
        ascii: bool,
        capabilities: Capabilities,
    ) -> Result<(Self, Vec<Mistake>), Mistake> {
        let (themes, mut mistakes) = themes(directory);
        let usual = if capabilities.depth == Depth::Mono { "mono" } else { "default" };
        let glyphs = glyphs(capabilities, ascii);
        let chosen = wanted.map(|name| (name, themes.theme(name, capabilities.depth, glyphs)));
        let (name, theme) = match chosen {
            Some((name, Ok(theme))) => (name, theme),
            other => {
                mistakes.extend(other.and_then(|(_, theme)| theme.err()));
                (usual, Theme::embedded(usual, capabilities.depth, glyphs)?)
            }
        };
        let directory = directory.to_owned();
        Ok((Self { directory, capabilities, themes, name: name.to_owned(), ascii, theme }, mistakes))
    }

    /// What they are called.
    pub(super) fn names(&self) -> Vec<String> {
        self.themes.names().map(str::to_owned).collect()
    }

    /// Takes the theme of this name.
    pub(super) fn choose(&mut self, name: &str) -> Settings {
        let said = match self.take(name) {
            Ok(()) => notice(format!("drawn in the theme {name}"), Role::Good),
            Err(mistake) => notice(mistake.to_string(), Role::Failed),
        };
        Settings { said, ..Settings::default() }
    }

    /// Draws nothing but ASCII, or what the terminal can show.
    pub(super) fn draw_ascii(&mut self, ascii: bool) -> Settings {
        self.ascii = ascii;
        self.theme.glyphs = glyphs(self.capabilities, ascii);
        let said = match (ascii, self.theme.glyphs.utf8) {
            (true, _) => notice("nothing but ASCII is drawn".into(), Role::Good),
            (false, true) => notice("lines and arrows are drawn".into(), Role::Good),
            (false, false) => notice("this terminal or its locale has nothing but ASCII".into(), Role::Warning),
        };
        Settings { ascii: Some(ascii), said, ..Settings::default() }
    }

    /// Reads themes and keymap anew. What has a mistake stays as it was.
    pub(super) fn reload(&mut self) -> Settings {
        let (themes, mut mistakes) = themes(&self.directory);
        let keymap = match keymap(&self.directory) {
            Ok(keymap) => Some(keymap),
            Err(wrong) => {
                mistakes.extend(wrong);
                None
            }
        };
        self.themes = themes;
        let name = self.name.clone();
        // The one in force has been told of above; it stays.
        let _ = self.take(&name);
        let said = told(&mistakes).or_else(|| notice("themes and keymap were read anew".into(), Role::Good));
        Settings { keymap, themes: Some(self.names()), said, ascii: None }
    }

    fn take(&mut self, name: &str) -> Result<(), Mistake> {
        self.theme = self.themes.theme(name, self.capabilities.depth, glyphs(self.capabilities, self.ascii))?;
        self.name = name.to_owned();
        Ok(())
    }
}

const fn glyphs(capabilities: Capabilities, ascii: bool) -> Glyphs {
    Glyphs { utf8: capabilities.glyphs.utf8 && !ascii }
}

fn notice(text: String, role: Role) -> Option<Notice> {
    Some(Notice { text, role })
}

/// The first of the mistakes, and how to see the others.
pub(super) fn told(mistakes: &[Mistake]) -> Option<Notice> {
    let first = mistakes.first()?;
    let more = match mistakes.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more: firmdeck doctor)"),
    };
    notice(format!("{first}{more}"), Role::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Capabilities = Capabilities {
        depth: Depth::Indexed,
        glyphs: Glyphs { utf8: true },
        synchronised: true,
        clipboard: crate::tui::terminal::clipboard::Clipboard::None,
    };

    fn write(directory: &Path, name: &str, text: &str) {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn without_files_there_is_what_firmdeck_carries() {
        let directory = tempfile::tempdir().unwrap();
        assert!(keymap(directory.path()).is_ok());
        let (looks, mistakes) = Looks::open(directory.path(), None, false, TERMINAL).unwrap();
        assert_eq!((looks.names().join(" ").as_str(), mistakes), ("default high-contrast light mono", vec![]));
    }

    #[test]
    fn an_operators_theme_is_offered_and_one_with_a_mistake_is_told_of_and_is_not() {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), "themes/night.toml", "inherits = \"default\"\n[roles]\ngood = { fg = 78 }\n");
        write(directory.path(), "themes/odd.toml", "[roles]\ngod = {}\n");
        write(directory.path(), "themes/notes.txt", "not a theme");
        let (mut looks, mistakes) = Looks::open(directory.path(), Some("night"), false, TERMINAL).unwrap();
        assert!(looks.names().contains(&"night".to_owned()) && !looks.names().contains(&"odd".to_owned()));
        assert_eq!(looks.theme.style(Role::Good).fg, Some(ratatui::style::Color::Indexed(78)));
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert!(mistake.to_string().ends_with("themes/odd.toml:2:1: there is no role `god`; did you mean `good`?"));
        let said = looks.choose("odd").said.unwrap();
        assert!(said.text.contains("no theme is called `odd`"), "{}", said.text);
    }

    #[test]
    fn a_theme_that_is_wanted_and_cannot_be_had_is_told_of_and_the_usual_one_is_drawn() {
        let directory = tempfile::tempdir().unwrap();
        let (looks, mistakes) = Looks::open(directory.path(), Some("nihgt"), false, TERMINAL).unwrap();
        assert_eq!(looks.name, "default");
        assert!(mistakes[0].to_string().contains("no theme is called `nihgt`"));
    }

    #[test]
    fn a_reload_takes_what_is_right_and_leaves_what_was_where_it_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let (mut looks, _) = Looks::open(directory.path(), None, false, TERMINAL).unwrap();
        write(directory.path(), "keymap.toml", "[fleet]\nplan = \"P\"\n");
        write(directory.path(), "themes/night.toml", "inherits = \"light\"\n");
        let settings = looks.reload();
        assert!(settings.keymap.is_some() && settings.themes.unwrap().contains(&"night".to_owned()));
        assert_eq!(settings.said.unwrap().text, "themes and keymap were read anew");
        looks.choose("night");
        let before = looks.theme.clone();
        write(directory.path(), "keymap.toml", "[fleet]\nplan = \"s\"\n");
        write(directory.path(), "themes/night.toml", "inherits = \"lihgt\"\n");
        let settings = looks.reload();
        assert!(settings.keymap.is_none());
        let said = settings.said.unwrap().text;
        assert!(said.contains("night.toml:1:12: no theme is called `lihgt`") && said.contains("and 1 more"), "{said}");
        assert_eq!(looks.theme, before, "what is on the screen stays as it is");
    }

    #[test]
    fn ascii_is_drawn_where_it_is_wanted_and_a_terminal_without_more_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let (mut looks, _) = Looks::open(directory.path(), None, true, TERMINAL).unwrap();
        assert!(!looks.theme.glyphs.utf8);
        looks.draw_ascii(false);
        assert!(looks.theme.glyphs.utf8);
        let poor = Capabilities { glyphs: Glyphs { utf8: false }, ..TERMINAL };
        let (mut looks, _) = Looks::open(directory.path(), None, false, poor).unwrap();
        assert!(looks.draw_ascii(false).said.unwrap().text.contains("nothing but ASCII"));
    }
}
