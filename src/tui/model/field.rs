//! A line of text that is being typed.

use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::tui::key::Key;

/// No query and no list of addresses is longer; a pasted book is cut.
const LONGEST: usize = 4096;

/// One line, and where in it the next letter goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    letters: Vec<char>,
    /// Before which letter the cursor stands.
    pub at: usize,
}

impl Field {
    /// A field that holds `text`, with the cursor at its end.
    #[must_use]
    pub fn with(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// What it holds.
    #[must_use]
    pub fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// True where it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Takes a whole paste as text: line ends become blanks, control characters are dropped. Says whether all fitted.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = text.trim_end_matches(['\r', '\n']);
        let room = LONGEST - self.letters.len();
        let letters: Vec<char> = text
            .chars()
            .map(|letter| if matches!(letter, '\r' | '\n' | '\t') { ' ' } else { letter })
            .filter(|letter| !letter.is_control())
            .collect();
        let fitting = letters.len().min(room);
        let rest = letters.len() - fitting;
        self.letters.splice(self.at..self.at, letters.into_iter().take(fitting));
        self.at += fitting;
        rest == 0
    }

    /// Takes a key, or says that it is none for a field.
    pub fn press(&mut self, key: Key) -> bool {
        match key {
            Key::Char(letter) if self.letters.len() < LONGEST => {
                self.letters.insert(self.at, letter);
                self.at += 1;
            }
            Key::Char(_) => {}
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.letters.remove(self.at);
            }
            Key::Delete if self.at < self.letters.len() => drop(self.letters.remove(self.at)),
            Key::Backspace | Key::Delete => {}
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.letters.len()),
            Key::Home | Key::Ctrl('a') => self.at = 0,
            Key::End | Key::Ctrl('e') => self.at = self.letters.len(),
            Key::Ctrl('u') => {
                self.letters.drain(..self.at);
                self.at = 0;
            }
            Key::Ctrl('w') => {
                let before = self.letters.get(..self.at).unwrap_or_default();
                let word = before.iter().rev().skip_while(|letter| **letter == ' ');
                let blanks = before.iter().rev().take_while(|letter| **letter == ' ').count();
                let length = blanks + word.take_while(|letter| **letter != ' ').count();
                self.letters.drain(self.at - length..self.at);
                self.at -= length;
            }
            _ => return false,
        }
        true
    }
}

/// A line that nobody may see. `Debug` shows nothing of it; it is wiped when it goes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(Zeroizing<String>);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl Hidden {
    /// How many letters it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.chars().count()
    }

    /// What it holds.
    #[must_use]
    pub fn secret(&self) -> SecretString {
        SecretString::from(self.0.as_str())
    }

    /// Takes a paste: passphrases come out of password managers.
    pub fn paste(&mut self, text: &str) {
        text.chars().filter(|letter| !letter.is_control()).for_each(|letter| self.push(letter));
    }

    /// Takes a key, or says that it is none for a field.
    pub fn press(&mut self, key: Key) -> bool {
        match key {
            Key::Char(letter) => self.push(letter),
            Key::Backspace => drop(self.0.pop()),
            Key::Ctrl('u') => self.0.clear(),
            _ => return false,
        }
        true
    }

    fn push(&mut self, letter: char) {
        // Grown beforehand: a string that moves leaves a copy behind.
        if self.0.capacity() == 0 {
            self.0.reserve(LONGEST);
        }
        if self.0.len() + letter.len_utf8() <= LONGEST {
            self.0.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_text_whatever_it_holds_and_is_cut_at_a_limit() {
        let mut field = Field::with("a");
        assert!(field.paste("b\nc\x1b[Ad\t\r\n"));
        assert_eq!(field.text(), "ab c[Ad ");
        assert!(!field.paste(&"x".repeat(10_000)));
        assert_eq!(field.text().len(), LONGEST);
        assert!(field.press(Key::Char('y')), "a full field swallows the key");
        assert_eq!(field.text().len(), LONGEST);
    }

    #[test]
    fn keys_edit_where_the_cursor_is() {
        let mut field = Field::with("rack=r12 bios<2.5");
        field.press(Key::Ctrl('w'));
        assert_eq!(field.text(), "rack=r12 ");
        field.press(Key::Home);
        field.press(Key::Char('!'));
        field.press(Key::Delete);
        assert_eq!(field.text(), "!ack=r12 ");
        field.press(Key::End);
        field.press(Key::Left);
        field.press(Key::Backspace);
        assert_eq!(field.text(), "!ack=r1 ");
        field.press(Key::Ctrl('u'));
        assert_eq!(field.text(), " ");
        assert!(!field.press(Key::Enter));
    }
}
