//! Themes: a role to a style, from TOML. Views name roles, never colours.

use std::{collections::BTreeMap, str::FromStr};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::glyphs::Glyphs;

/// What a piece of text is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plain text.
    Text,
    /// Text that stands out.
    Strong,
    /// Text that stands back: units, ages, reasons of no weight.
    Muted,
    /// The name of what is on the screen.
    Title,
    /// The tab that is open.
    Tab,
    /// A key in hints and help.
    Key,
    /// The heads of a table's columns.
    Heading,
    /// Lines between panes.
    Rule,
    /// The row under the cursor.
    Cursor,
    /// A selected row.
    Selected,
    /// Done, healthy, as wanted.
    Good,
    /// Under way.
    Running,
    /// Not begun.
    Waiting,
    /// Waits for a person.
    Blocked,
    /// Went wrong.
    Failed,
    /// Nobody can tell.
    Uncertain,
    /// Odd, but not wrong.
    Warning,
    /// A version that will be, or was, changed.
    Changed,
    /// The machine that the engine runs on.
    Here,
    /// Where text is typed.
    Field,
    /// What cannot be taken back.
    Danger,
}

impl Role {
    /// All of them, in the order of [`Theme`]'s table.
    pub const ALL: [Self; 21] = [
        Self::Text,
        Self::Strong,
        Self::Muted,
        Self::Title,
        Self::Tab,
        Self::Key,
        Self::Heading,
        Self::Rule,
        Self::Cursor,
        Self::Selected,
        Self::Good,
        Self::Running,
        Self::Waiting,
        Self::Blocked,
        Self::Failed,
        Self::Uncertain,
        Self::Warning,
        Self::Changed,
        Self::Here,
        Self::Field,
        Self::Danger,
    ];
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none are wanted.
    Mono,
    /// The usual sixteen.
    Sixteen,
    /// 256.
    Indexed,
    /// All.
    True,
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, an unknown role, or an unknown property.
    #[error("theme `{name}`: {what}")]
    Broken {
        /// The theme.
        name: String,
        /// What is wrong, with line and column.
        what: String,
    },
    /// No such theme.
    #[error("no theme is called `{0}`; there are: default, mono")]
    Unknown(String),
}

/// Styles by role, and the glyphs that go with the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    roles: BTreeMap<Role, Look>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    underlined: bool,
    reversed: bool,
}

/// The themes that firmdeck carries with it.
const EMBEDDED: [(&str, &str); 2] =
    [("default", include_str!("../../themes/default.toml")), ("mono", include_str!("../../themes/mono.toml"))];

/// How often a theme may inherit before it is taken for a circle.
const DEEPEST: usize = 4;

impl Theme {
    /// One of the embedded themes, in as many colours as the terminal has.
    pub fn embedded(name: &str, depth: Depth, glyphs: Glyphs) -> Result<Self, ThemeError> {
        let text = text_of(name).ok_or_else(|| ThemeError::Unknown(name.to_owned()))?;
        Self::parse(name, text, depth, glyphs)
    }

    /// The theme written in `text`, which may inherit from an embedded one.
    pub fn parse(name: &str, text: &str, depth: Depth, glyphs: Glyphs) -> Result<Self, ThemeError> {
        let mut theme = Self { styles: [Style::new(); Role::ALL.len()], glyphs };
        theme.lay(name, text, DEEPEST)?;
        for style in &mut theme.styles {
            *style = degrade(*style, depth);
        }
        Ok(theme)
    }

    fn lay(&mut self, name: &str, text: &str, deepest: usize) -> Result<(), ThemeError> {
        let broken = |what: String| ThemeError::Broken { name: name.to_owned(), what };
        let file: File = toml::from_str(text).map_err(|error| broken(error.to_string()))?;
        if let Some(parent) = &file.inherits {
            let deepest = deepest.checked_sub(1).ok_or_else(|| broken("it inherits from itself".into()))?;
            self.lay(parent, text_of(parent).ok_or_else(|| ThemeError::Unknown(parent.clone()))?, deepest)?;
        }
        for (role, look) in file.roles {
            self.styles[role as usize] = style(&look).map_err(|colour| {
                broken(format!("`{colour}` is no colour: use one of the 16 names, a number to 255, or #rrggbb"))
            })?;
        }
        Ok(())
    }

    /// How `role` looks.
    #[must_use]
    pub const fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

#[cfg(test)]
impl Theme {
    /// A theme in which each role looks like no other, so that a test can read roles off the screen.
    pub fn of_roles(glyphs: Glyphs) -> Self {
        let mut theme = Self { styles: [Style::new(); Role::ALL.len()], glyphs };
        for role in Role::ALL {
            theme.styles[role as usize] = Style::new().fg(Color::Indexed(role as u8));
        }
        theme
    }
}

fn text_of(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn style(look: &Look) -> Result<Style, String> {
    let colour = |text: &Option<String>| match text {
        Some(text) => Color::from_str(text).map(Some).map_err(|_| text.clone()),
        None => Ok(None),
    };
    let mut style = Style { fg: colour(&look.fg)?, bg: colour(&look.bg)?, ..Style::new() };
    let modifiers = [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.underlined, Modifier::UNDERLINED),
        (look.reversed, Modifier::REVERSED),
    ];
    for (_, modifier) in modifiers.into_iter().filter(|(wanted, _)| *wanted) {
        style.add_modifier |= modifier;
    }
    Ok(style)
}

/// Takes away what the terminal cannot show. A colour that is out of reach becomes the terminal's own, so that text stays
/// readable on whatever background there is.
fn degrade(style: Style, depth: Depth) -> Style {
    let reach = |colour: Option<Color>| {
        colour.filter(|colour| match colour {
            Color::Rgb(..) => depth == Depth::True,
            Color::Indexed(number) if *number > 15 => depth >= Depth::Indexed,
            _ => depth >= Depth::Sixteen,
        })
    };
    Style { fg: reach(style.fg), bg: reach(style.bg), ..style }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Glyphs = Glyphs { utf8: false };

    #[test]
    fn the_embedded_themes_say_how_every_role_looks() {
        for (name, text) in EMBEDDED {
            let file: File = toml::from_str(text).unwrap();
            for role in Role::ALL {
                assert!(file.roles.contains_key(&role), "{name} lacks {role:?}");
            }
            Theme::embedded(name, Depth::Sixteen, PLAIN).unwrap();
        }
    }

    #[test]
    fn the_default_theme_uses_no_colour_that_a_linux_console_cannot_show_readably() {
        let theme = Theme::embedded("default", Depth::True, PLAIN).unwrap();
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!(style.bg, None, "{role:?}");
            let unreadable = [Some(Color::Blue), Some(Color::DarkGray), Some(Color::Black)];
            assert!(!unreadable.contains(&style.fg), "{role:?}");
        }
    }

    #[test]
    fn without_colours_only_attributes_are_left() {
        let theme = Theme::embedded("default", Depth::Mono, PLAIN).unwrap();
        for role in Role::ALL {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{role:?}");
        }
        assert!(theme.style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_theme_inherits_and_changes_one_role() {
        let text = "inherits = \"default\"\n[roles]\ngood = { fg = \"#00ff00\" }\n";
        let theme = Theme::parse("mine", text, Depth::True, PLAIN).unwrap();
        assert_eq!(theme.style(Role::Good).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(theme.style(Role::Failed).fg, Some(Color::Red));
        let poorer = Theme::parse("mine", text, Depth::Sixteen, PLAIN).unwrap();
        assert_eq!(poorer.style(Role::Good).fg, None);
    }

    #[test]
    fn a_mistake_in_a_theme_is_told_with_its_place() {
        let error = |text: &str| Theme::parse("mine", text, Depth::True, PLAIN).unwrap_err().to_string();
        assert!(error("[roles]\ngod = {}\n").contains("unknown variant `god`"));
        assert!(error("[roles]\ngood = { fg = \"greenish\" }\n").contains("`greenish` is no colour"));
        assert!(error("inherits = \"nobody\"\n[roles]\n").contains("no theme is called `nobody`"));
    }
}
