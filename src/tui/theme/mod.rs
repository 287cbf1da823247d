//! Themes: a role to a style, from TOML. Views name roles, never colours.

mod colour;
mod file;
mod role;
mod set;

#[cfg(test)]
mod tests;

use ratatui::style::{Modifier, Style};

use super::glyphs::Glyphs;
pub use colour::Depth;
pub use role::Role;
pub use set::Themes;

/// Styles by role, and the glyphs that go with the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
}

impl Theme {
    /// One of the embedded themes, in as many colours as the terminal has.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn embedded(name: &str, depth: Depth, glyphs: Glyphs) -> Result<Self, crate::config::Mistake> {
        Themes::embedded().theme(name, depth, glyphs)
    }

    /// How `role` looks.
    #[must_use]
    pub const fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// How a role looks, before it is known what the terminal can show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Look {
    /// What is wanted, the dearest first.
    fg: Vec<ratatui::style::Color>,
    bg: Vec<ratatui::style::Color>,
    modifiers: Modifier,
}

impl Look {
    /// As a terminal of this `depth` can show it. A pair of colours that would become one, or none, becomes reversed, so that
    /// what stands out by its background does so everywhere, and nothing is drawn in the colour of its background.
    fn style(&self, depth: Depth) -> Style {
        let (mut fg, mut bg) = (colour::nearest(&self.fg, depth), colour::nearest(&self.bg, depth));
        let mut modifiers = self.modifiers;
        if !self.bg.is_empty() && (bg.is_none() || fg == bg) {
            (fg, bg) = (None, None);
            modifiers |= Modifier::REVERSED;
        }
        Style { fg, bg, ..Style::new() }.add_modifier(modifiers)
    }
}

#[cfg(test)]
impl Theme {
    /// A theme in which each role looks like no other, so that a test can read roles off the screen.
    pub fn of_roles(glyphs: Glyphs) -> Self {
        let mut theme = Self { styles: [Style::new(); Role::ALL.len()], glyphs };
        for role in Role::ALL {
            theme.styles[role as usize] = Style::new().fg(ratatui::style::Color::Indexed(role as u8));
        }
        theme
    }
}
