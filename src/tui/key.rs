//! Keys, as far as every terminal can send them: no Alt, no function keys.

use std::fmt;

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A printable character, the blank among them.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Return, or line feed.
    Enter,
    /// Escape, alone.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace, whichever code the terminal sends for it.
    Backspace,
    /// Delete.
    Delete,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(' ') => f.pad("Space"),
            Self::Char(letter) => f.pad(letter.encode_utf8(&mut [0; 4])),
            Self::Ctrl(letter) => f.pad(&format!("Ctrl-{}", letter.to_ascii_uppercase())),
            Self::Enter => f.pad("Enter"),
            Self::Esc => f.pad("Esc"),
            Self::Tab => f.pad("Tab"),
            Self::BackTab => f.pad("Shift-Tab"),
            Self::Backspace => f.pad("Backspace"),
            Self::Delete => f.pad("Del"),
            Self::Up => f.pad("Up"),
            Self::Down => f.pad("Down"),
            Self::Left => f.pad("Left"),
            Self::Right => f.pad("Right"),
            Self::Home => f.pad("Home"),
            Self::End => f.pad("End"),
            Self::PageUp => f.pad("PgUp"),
            Self::PageDown => f.pad("PgDn"),
        }
    }
}
