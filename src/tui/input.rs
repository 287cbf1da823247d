//! Bytes of the terminal to keys and pastes.
//!
//! Own, and not crossterm's: that one decides on an escape sequence with the bytes it has, so that a sequence split by a
//! slow line becomes Escape and letters, and its reader spins when the terminal is gone.

use std::time::Duration;

use super::key::Key;

/// What came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted, whole.
    Paste(String),
}

/// How long a lone ESC may be the beginning of a sequence.
const ESCAPE_WAIT: Duration = Duration::from_millis(50);
/// How long the rest of a sequence or a UTF-8 letter that has begun is waited for.
const REST_WAIT: Duration = Duration::from_secs(1);
/// How long the rest of a paste is: a line that stands still meanwhile must not make keys of it.
const PASTE_WAIT: Duration = Duration::from_secs(10);
/// No sequence is longer; what is, is noise.
const LONGEST_SEQUENCE: usize = 32;
/// What a paste may hold; the rest is dropped.
const LONGEST_PASTE: usize = 1 << 20;

const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Reassembles what arrives in pieces. Holds no clock: the caller says how late it is, from any fixed moment, and calls
/// [`Decoder::settle`] at [`Decoder::due`] where nothing came meanwhile.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    paste: Option<Vec<u8>>,
    /// When the last bytes came.
    fed: Duration,
}

enum Step {
    /// More bytes are needed to tell.
    Wait,
    /// So many bytes mean this, or nothing to us.
    Take(usize, Option<Key>),
    /// So many bytes begin a paste.
    Paste(usize),
}

impl Decoder {
    /// What `bytes` that came at `now`, after all that came before, mean. What was held for too long means what
    /// [`Decoder::settle`] says, also where nobody asked in time.
    pub fn feed(&mut self, bytes: &[u8], now: Duration) -> Vec<Input> {
        // What comes after a pause in a paste is of the paste: taken for keys it would do things.
        let mut found = if self.paste.is_some() { Vec::new() } else { self.settle(now) };
        self.fed = now;
        self.held.extend_from_slice(bytes);
        loop {
            if self.paste.is_some() {
                let Some(pasted) = self.pasted() else { break };
                found.push(Input::Paste(pasted));
            }
            match step(&self.held) {
                Step::Wait => break,
                Step::Take(count, key) => {
                    self.held.drain(..count);
                    found.extend(key.map(Input::Key));
                }
                Step::Paste(count) => {
                    self.held.drain(..count);
                    self.paste = Some(Vec::new());
                }
            }
        }
        found
    }

    /// Until when more is waited for; none where nothing is held.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        if self.paste.is_some() {
            Some(self.fed + PASTE_WAIT)
        } else if self.held.is_empty() {
            None
        } else {
            Some(self.fed + if self.held == [ESC] { ESCAPE_WAIT } else { REST_WAIT })
        }
    }

    /// Where nothing came in time: a lone ESC is the key, a paste ends with what it has, and half a sequence is dropped.
    pub fn settle(&mut self, now: Duration) -> Vec<Input> {
        if self.due().is_none_or(|due| now < due) {
            return Vec::new();
        }
        let held = std::mem::take(&mut self.held);
        if let Some(mut paste) = self.paste.take() {
            paste.extend(held);
            return vec![Input::Paste(text(paste))];
        }
        if held == [ESC] { vec![Input::Key(Key::Esc)] } else { Vec::new() }
    }

    /// Moves what is held into the paste, and returns it where its end has come.
    fn pasted(&mut self) -> Option<String> {
        let end = self.held.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // the end mark itself may be split
        let take = end.unwrap_or(self.held.len().saturating_sub(PASTE_END.len() - 1));
        let paste = self.paste.as_mut()?;
        let room = LONGEST_PASTE.saturating_sub(paste.len());
        paste.extend(self.held.drain(..take).take(room));
        end?;
        self.held.drain(..PASTE_END.len());
        self.paste.take().map(text)
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn step(held: &[u8]) -> Step {
    let key = |key| Step::Take(1, Some(key));
    match held.first() {
        None => Step::Wait,
        Some(&ESC) => escape(held),
        Some(b'\r' | b'\n') => key(Key::Enter),
        Some(b'\t') => key(Key::Tab),
        Some(0x08 | 0x7f) => key(Key::Backspace),
        Some(&control @ 1..=26) => key(Key::Ctrl(char::from(control - 1 + b'a'))),
        Some(0..=0x1f) => Step::Take(1, None),
        Some(&first) => letter(held, first),
    }
}

fn letter(held: &[u8], first: u8) -> Step {
    let length = match first {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => return Step::Take(1, None),
    };
    let Some(bytes) = held.get(..length) else { return Step::Wait };
    let letter = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
    match letter {
        Some(letter) => Step::Take(length, Some(Key::Char(letter))),
        None => Step::Take(1, None),
    }
}

fn escape(held: &[u8]) -> Step {
    match held.get(1) {
        None => Step::Wait,
        Some(b'[') => sequence(held),
        Some(b'O') => match held.get(2) {
            None => Step::Wait,
            Some(last) => Step::Take(3, arrow(*last)),
        },
        // Escape, and a key pressed so soon after it that both came at once
        Some(_) => Step::Take(1, Some(Key::Esc)),
    }
}

/// `ESC [ parameters final`.
fn sequence(held: &[u8]) -> Step {
    let body = held.get(2..).unwrap_or_default();
    // the Linux console's function keys: ESC [ [ A
    if body.first() == Some(&b'[') {
        return if body.len() < 2 { Step::Wait } else { Step::Take(4, None) };
    }
    let Some(end) = body.iter().position(|byte| matches!(byte, 0x40..=0x7e)) else {
        return if held.len() > LONGEST_SEQUENCE { Step::Take(held.len(), None) } else { Step::Wait };
    };
    let length = 2 + end + 1;
    let parameters = body.get(..end).unwrap_or_default();
    let first = parameters.split(|byte| *byte == b';').next().unwrap_or_default();
    let key = match (body.get(end), first) {
        (Some(b'~'), b"200") => return Step::Paste(length),
        (Some(b'~'), b"1" | b"7") => Some(Key::Home),
        (Some(b'~'), b"4" | b"8") => Some(Key::End),
        (Some(b'~'), b"3") => Some(Key::Delete),
        (Some(b'~'), b"5") => Some(Key::PageUp),
        (Some(b'~'), b"6") => Some(Key::PageDown),
        (Some(b'Z'), _) => Some(Key::BackTab),
        (Some(last), _) => arrow(*last),
        _ => None,
    };
    Step::Take(length, key)
}

const fn arrow(last: u8) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LATE: Duration = Duration::from_secs(60);

    /// What pieces mean that come so long after one another, to the end.
    fn keys_with_gaps(pieces: &[&[u8]], gap: Duration) -> Vec<Input> {
        let mut decoder = Decoder::default();
        let times = (0..).map(|piece| gap * piece);
        let mut found: Vec<_> = pieces.iter().zip(times).flat_map(|(piece, now)| decoder.feed(piece, now)).collect();
        found.extend(decoder.settle(LATE));
        found
    }

    fn keys(pieces: &[&[u8]]) -> Vec<Input> {
        keys_with_gaps(pieces, Duration::ZERO)
    }

    fn key(key: Key) -> Input {
        Input::Key(key)
    }

    #[test]
    fn an_arrow_split_at_any_byte_is_still_an_arrow() {
        for pieces in [&[b"\x1b" as &[u8], b"[", b"A"], &[b"\x1b[", b"A", b""], &[b"\x1b", b"[A", b""]] {
            assert_eq!(keys(pieces), [key(Key::Up)]);
        }
        assert_eq!(keys(&[b"\x1bO", b"B"]), [key(Key::Down)]);
    }

    #[test]
    fn a_sequence_whose_bytes_come_1_10_and_30_milliseconds_apart_is_one_key() {
        let sequences: [(&[u8], Key); 6] = [
            (b"\x1b[A", Key::Up),
            (b"\x1bOB", Key::Down),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[1;5C", Key::Right),
            (b"\x1b[Z", Key::BackTab),
            ("\u{e9}".as_bytes(), Key::Char('\u{e9}')),
        ];
        for gap in [1, 10, 30].map(Duration::from_millis) {
            for (bytes, expected) in sequences {
                let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
                assert_eq!(keys_with_gaps(&pieces, gap), [key(expected)], "{bytes:?}, {gap:?} apart");
            }
            let paste: Vec<&[u8]> = b"\x1b[200~X\x1b[Aq\x1b[201~".chunks(1).collect();
            assert_eq!(keys_with_gaps(&paste, gap), [Input::Paste("X\u{1b}[Aq".into())], "{gap:?} apart");
        }
    }

    #[test]
    fn escape_and_a_letter_that_a_hand_pressed_after_it_are_two_keys() {
        let pieces: [&[u8]; 2] = [b"\x1b", b"x"];
        for gap in [0, 30, 49, 50, 51, 200].map(Duration::from_millis) {
            assert_eq!(keys_with_gaps(&pieces, gap), [key(Key::Esc), key(Key::Char('x'))], "{gap:?} apart");
        }
    }

    #[test]
    fn a_lone_escape_is_the_key_once_nothing_followed_for_fifty_milliseconds() {
        let (pressed, ms) = (Duration::from_secs(7), Duration::from_millis);
        let mut decoder = Decoder::default();
        assert_eq!(decoder.feed(b"\x1b", pressed), []);
        assert_eq!(decoder.due(), Some(pressed + ms(50)));
        assert_eq!(decoder.settle(pressed + ms(49)), []);
        assert_eq!(decoder.settle(pressed + ms(50)), [key(Key::Esc)]);
        assert_eq!(decoder.due(), None);
    }

    #[test]
    fn half_a_sequence_never_becomes_letters() {
        assert_eq!(keys(&[b"\x1b["]), []);
        assert_eq!(keys(&[b"\x1b[1;5"]), []);
    }

    #[test]
    fn a_paste_is_one_message_whatever_it_holds_and_however_it_is_cut() {
        let text = "sA\u{1b}[Aq\n".repeat(2_000);
        let all = format!("\x1b[200~{text}\x1b[201~j");
        for size in [1, 7, 4096, all.len()] {
            let pieces: Vec<&[u8]> = all.as_bytes().chunks(size).collect();
            assert_eq!(keys(&pieces), [Input::Paste(text.clone()), key(Key::Char('j'))], "in pieces of {size}");
        }
    }

    #[test]
    fn a_paste_whose_end_never_comes_is_kept_as_a_paste() {
        assert_eq!(keys(&[b"\x1b[200~rm -rf /\r"]), [Input::Paste("rm -rf /\r".into())]);
    }

    #[test]
    fn a_line_that_stands_still_in_a_paste_makes_no_keys_of_it() {
        for pause in [5, 60].map(Duration::from_secs) {
            let mut decoder = Decoder::default();
            assert_eq!(decoder.feed(b"\x1b[200~sA", Duration::ZERO), []);
            assert_eq!(decoder.feed(b"q\x03\x1b[201~j", pause), [Input::Paste("sAq\x03".into()), key(Key::Char('j'))]);
        }
    }

    #[test]
    fn keys_that_mean_nothing_here_are_passed_over() {
        let nothing: [&[u8]; 7] =
            [b"\x1b[15~", b"\x1b[[A", b"\x1bOP", b"\x1b[I", b"\x1b[<0;1;1M", b"\x00\x1f", b"\xff\x80"];
        for bytes in nothing {
            assert_eq!(keys(&[bytes]), [], "{bytes:?}");
        }
    }

    #[test]
    fn letters_of_several_bytes_and_control_keys_arrive() {
        assert_eq!(keys(&["é".as_bytes()]), [key(Key::Char('é'))]);
        assert_eq!(keys(&[b"\xc3", b"\xa9"]), [key(Key::Char('é'))]);
        assert_eq!(keys(&[b"\x03\x0c"]), [key(Key::Ctrl('c')), key(Key::Ctrl('l'))]);
        assert_eq!(keys(&[b"\r\n\t\x7f\x08"]).len(), 5);
        assert_eq!(keys(&[b"\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z\x1b[1;2A"]).len(), 6);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_decoder_and_nothing_is_held_for_ever(bytes: Vec<u8>, cut in 1_usize..9) {
            let mut decoder = Decoder::default();
            for piece in bytes.chunks(cut) {
                decoder.feed(piece, Duration::ZERO);
                prop_assert!(decoder.held.len() <= LONGEST_SEQUENCE + cut || decoder.paste.is_some());
            }
            decoder.settle(LATE);
            prop_assert_eq!(decoder.due(), None);
        }
    }
}
