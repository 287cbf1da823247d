//! Keys, as far as every terminal can send them: no Alt, no function keys.

use std::{fmt, str::FromStr};

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

/// Keys by the names that a keymap has for them.
const NAMED: [(&str, Key); 15] = [
    ("space", Key::Char(' ')),
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("shift-tab", Key::BackTab),
    ("backspace", Key::Backspace),
    ("del", Key::Delete),
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("home", Key::Home),
    ("end", Key::End),
    ("pgup", Key::PageUp),
    ("pgdn", Key::PageDown),
];

impl FromStr for Key {
    type Err = String;

    /// A character, a named key, or `ctrl-` and a letter.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next())
            && !letter.is_control()
        {
            return Ok(Self::Char(letter));
        }
        let lower = text.to_ascii_lowercase();
        if let Some((_, key)) = NAMED.iter().find(|(name, _)| *name == lower) {
            return Ok(*key);
        }
        match lower.strip_prefix("ctrl-").map(|rest| rest.chars().collect::<Vec<_>>()).as_deref() {
            Some(['s' | 'q']) => Err(format!("`{text}` stops and starts a terminal's output")),
            Some(['h' | 'i' | 'j' | 'm']) => Err(format!("`{text}` cannot be told from backspace, tab or enter")),
            Some([letter @ 'a'..='z']) => Ok(Self::Ctrl(*letter)),
            _ => Err(format!(
                "`{text}` is no key: a character, ctrl- and a letter, or {}",
                NAMED.map(|(name, _)| name).join(" ")
            )),
        }
    }
}

/// Keys that are pressed one after the other; mostly one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chord(pub Vec<Key>);

impl Chord {
    /// True where `other` is this one and something more.
    #[must_use]
    pub fn begins(&self, other: &Self) -> bool {
        other.0.len() > self.0.len() && other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // a blank alone is not a key here: it stands between keys
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<Key>, _>>()?;
        match keys.as_slice() {
            [] => Err("an empty text is no key; the blank is `space`".into()),
            [_] => Ok(Self(keys)),
            _ if keys.contains(&Key::Esc) => Err("esc calls keys off that are pressed one after the other".into()),
            _ if keys.len() > LONGEST_CHORD => Err(format!("more than {LONGEST_CHORD} keys one after the other")),
            _ => Ok(Self(keys)),
        }
    }
}

/// Nobody remembers more.
const LONGEST_CHORD: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keymaps_names_of_keys_are_read() {
        assert_eq!("g".parse(), Ok(Key::Char('g')));
        assert_eq!("G".parse(), Ok(Key::Char('G')));
        assert_eq!("é".parse(), Ok(Key::Char('é')));
        assert_eq!("Ctrl-X".parse(), Ok(Key::Ctrl('x')));
        assert_eq!("PgDn".parse(), Ok(Key::PageDown));
        assert_eq!("ctrl-x s".parse(), Ok(Chord(vec![Key::Ctrl('x'), Key::Char('s')])));
        assert_eq!("space".parse(), Ok(Chord(vec![Key::Char(' ')])));
    }

    #[test]
    fn what_no_terminal_sends_or_keeps_for_itself_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<Chord>().unwrap_err();
        assert!(why("f5").contains("`f5` is no key"));
        assert!(why("ctrl-").contains("is no key"));
        assert!(why("ctrl-s").contains("stops and starts"));
        assert!(why("ctrl-i").contains("cannot be told from"));
        assert!(why("").contains("empty"));
        assert!(why("g esc").contains("calls keys off"));
        assert!(why("a b c d e").contains("more than 4"));
    }
}
