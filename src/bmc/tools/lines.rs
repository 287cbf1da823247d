//! Bytes of a terminal program become lines. Pure.

/// Characters of a line that are kept: what is shown of it, and room for a secret that straddles that cut, so that it is
/// masked before it is cut.
const LONGEST_LINE: usize = super::pump::SHOWN + 1024;

/// One thing that a stream said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole line.
    Line(String),
    /// A line as it stood before it was written over: a bar, a percentage, a spinner.
    Progress(String),
}

/// Makes lines of bytes that come in any pieces. Escapes and control bytes are left out, bytes that are no UTF-8 become
/// U+FFFD, and what is written over with backspaces or a carriage return becomes [`Piece::Progress`].
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    line: Vec<char>,
    cursor: usize,
    /// Something was written since the last reading of this line.
    fresh: bool,
    returned: bool,
    escape: Escape,
    cut: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    Control,
    Text,
    TextMayEnd,
}

impl Lines {
    /// Takes bytes, and gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for c in decode(&mut self.held, bytes).chars() {
            self.take(c, &mut pieces);
        }
        pieces
    }

    /// The line that has not ended, as it stands: a question, if the program waits.
    #[must_use]
    pub fn open(&self) -> String {
        self.line.iter().collect()
    }

    /// Whether characters were left out of a line that was too long.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// What was left without an end of line.
    pub fn finish(&mut self) -> Option<Piece> {
        if !self.held.is_empty() {
            self.held.clear();
            self.write('\u{FFFD}');
        }
        (!self.line.is_empty()).then(|| Piece::Line(self.end_line()))
    }

    fn take(&mut self, c: char, pieces: &mut Vec<Piece>) {
        if self.in_escape(c) {
            return;
        }
        // A carriage return before a line feed belongs to it.
        if std::mem::take(&mut self.returned) && c != '\n' && c != '\r' {
            self.read(pieces);
            self.line.clear();
            self.cursor = 0;
        }
        match c {
            '\n' => pieces.push(Piece::Line(self.end_line())),
            '\r' => self.returned = true,
            '\u{8}' => {
                self.read(pieces);
                self.cursor = self.cursor.saturating_sub(1);
            }
            '\t' => self.write(' '),
            c if c.is_control() || is_invisible(c) => {}
            c => self.write(c),
        }
    }

    fn write(&mut self, c: char) {
        if let Some(place) = self.line.get_mut(self.cursor) {
            *place = c;
        } else if self.line.len() < LONGEST_LINE {
            self.line.push(c);
        } else {
            self.cut = true;
            return;
        }
        self.cursor += 1;
        self.fresh = true;
    }

    fn read(&mut self, pieces: &mut Vec<Piece>) {
        if std::mem::take(&mut self.fresh) {
            pieces.push(Piece::Progress(self.open()));
        }
    }

    fn end_line(&mut self) -> String {
        self.cursor = 0;
        self.fresh = false;
        std::mem::take(&mut self.line).into_iter().collect()
    }

    /// Whether `c` belongs to an escape (ECMA-48): none of it is shown.
    fn in_escape(&mut self, c: char) -> bool {
        self.escape = match (self.escape, c) {
            (Escape::None, '\u{1b}') => Escape::Begun,
            (Escape::None, '\u{9b}') => Escape::Control,
            (Escape::None, '\u{90}' | '\u{9d}') => Escape::Text,
            (Escape::None, _) => return false,
            (Escape::Begun, '[') => Escape::Control,
            (Escape::Begun, ']' | 'P' | '_' | '^' | 'X') => Escape::Text,
            (Escape::Begun, ' '..='/') => Escape::Begun,
            (Escape::Control, ' '..='?') => Escape::Control,
            // An escape that a line's end cuts off takes no line with it.
            (Escape::Begun | Escape::Control | Escape::Text | Escape::TextMayEnd, '\n' | '\r') => {
                self.escape = Escape::None;
                return false;
            }
            (Escape::Text, '\u{1b}') => Escape::TextMayEnd,
            (Escape::Text, '\u{7}' | '\u{9c}') => Escape::None,
            (Escape::Text, _) => Escape::Text,
            (Escape::Begun | Escape::Control | Escape::TextMayEnd, _) => Escape::None,
        };
        true
    }
}

/// Marks that turn the direction of a text: a line must not show otherwise than it reads.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The characters of what was held and `bytes`; a character that is cut off is held for the next time.
fn decode(held: &mut Vec<u8>, bytes: &[u8]) -> String {
    let joined;
    let mut rest = if held.is_empty() {
        bytes
    } else {
        held.extend_from_slice(bytes);
        joined = std::mem::take(held);
        &joined
    };
    let mut text = String::new();
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return text;
            }
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                match error.error_len() {
                    Some(length) => {
                        text.push('\u{FFFD}');
                        rest = after.get(length..).unwrap_or_default();
                    }
                    None => {
                        *held = after.to_vec();
                        return text;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], piece: usize) -> Vec<Piece> {
        let mut lines = Lines::default();
        let mut found: Vec<Piece> = bytes.chunks(piece).flat_map(|piece| lines.push(piece)).collect();
        found.extend(lines.finish());
        found
    }

    fn line(text: &str) -> Piece {
        Piece::Line(text.into())
    }

    #[test]
    fn a_percentage_that_is_written_over_is_progress_and_ends_as_one_line() {
        let row = b"|   0|BMC |  0%|\x08\x08\x08\x08\x08 45%|\x08\x08\x08\x08\x08100%|\r\n";
        let progress = |percent: &str| Piece::Progress(format!("|   0|BMC |{percent}%|"));
        for piece in [1, 3, row.len()] {
            assert_eq!(all(row, piece), [progress("  0"), progress(" 45"), line("|   0|BMC |100%|")], "{piece}");
        }
    }

    #[test]
    fn a_spinner_on_carriage_returns_is_progress() {
        let progress = |text: &str| Piece::Progress(text.into());
        assert_eq!(
            all(b"Updating: |\rUpdating: /\r\r\nDone\n", 2),
            [progress("Updating: |"), line("Updating: /"), line("Done")]
        );
    }

    #[test]
    fn escapes_and_control_bytes_leave_no_trace() {
        let bytes =
            b"\x1b[31;1mred\x1b[0m \x1b]0;title\x07x\x1b]8;;u\x1b\\y\x1b(Bz\x00\x01\x7f\xc2\x9b5mw\n\x1b[3\nlast";
        for piece in [1, 5, bytes.len()] {
            assert_eq!(all(bytes, piece), [line("red xyzw"), line(""), line("last")], "{piece}");
        }
        assert_eq!(all("a\u{202e}b\u{feff}\n".as_bytes(), 4), [line("ab")]);
    }

    #[test]
    fn bytes_that_are_no_text_are_marked_and_a_split_character_is_whole() {
        assert_eq!(all(b"a\xffb\xc3\xa4\n\xe2\x82", 1), [line("a\u{FFFD}bä"), line("\u{FFFD}")]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_shows_as_it_stands() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"continue (y/n): "), []);
        assert_eq!(lines.open(), "continue (y/n): ");
        lines.push(&vec![b'x'; 2 * LONGEST_LINE]);
        assert!(lines.is_cut() && lines.open().len() == LONGEST_LINE);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_clean_lines(
            bytes in prop::collection::vec(any::<u8>(), 0..400), piece in 1_usize..50
        ) {
            let whole = all(&bytes, bytes.len().max(1));
            prop_assert_eq!(&whole, &all(&bytes, piece));
            for found in whole {
                let (Piece::Line(text) | Piece::Progress(text)) = found;
                prop_assert!(!text.contains(|c: char| c.is_control()));
            }
        }
    }
}
