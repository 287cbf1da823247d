//! The terminal's clipboard: OSC 52, where terminals are known to take it or to pass it over.

use base64::Engine as _;

/// How a terminal's clipboard is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// Not at all: it would show the bytes, or does not know them.
    None,
    /// `OSC 52`.
    Plain,
    /// `OSC 52` that GNU screen passes on to the terminal around it.
    ThroughScreen,
}

/// Base64 that is sent at most; terminals drop more (xterm's own limit is not much above).
const MOST: usize = 74_994;
/// GNU screen takes so much in one string.
const PIECE: usize = 760;

impl Clipboard {
    /// From `TERM` and the variables of multiplexers.
    #[must_use]
    pub fn from_environment(term: &str, set: impl Fn(&str) -> bool) -> Self {
        let hardware = term.starts_with("vt") || matches!(term, "linux" | "ansi" | "cons25");
        match term {
            _ if hardware => Self::None,
            _ if set("TMUX") => Self::Plain,
            _ if term.starts_with("screen") && set("STY") => Self::ThroughScreen,
            _ => Self::Plain,
        }
    }

    /// The bytes that put `text` there; none where there is no clipboard, or not for so much.
    #[must_use]
    pub fn sequence(self, text: &str) -> Option<Vec<u8>> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        if self == Self::None || encoded.len() > MOST {
            return None;
        }
        let plain = format!("\x1b]52;c;{encoded}\x07");
        Some(match self {
            Self::ThroughScreen => {
                let pieces = plain.as_bytes().chunks(PIECE);
                pieces.flat_map(|piece| [b"\x1bP".as_slice(), piece, b"\x1b\\"].concat()).collect()
            }
            _ => plain.into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_terminals_and_the_console_are_sent_nothing_that_they_would_show() {
        for term in ["vt100", "vt220", "linux", "ansi"] {
            assert_eq!(Clipboard::from_environment(term, |_| false), Clipboard::None, "{term}");
        }
        assert_eq!(Clipboard::None.sequence("x"), None);
    }

    #[test]
    fn the_text_is_sent_in_base64_and_wrapped_where_screen_stands_between() {
        assert_eq!(Clipboard::Plain.sequence("run 7").unwrap(), b"\x1b]52;c;cnVuIDc=\x07");
        let inside = Clipboard::from_environment("screen.xterm-256color", |name| name == "STY");
        assert_eq!(inside.sequence("run 7").unwrap(), b"\x1bP\x1b]52;c;cnVuIDc=\x07\x1b\\");
        assert_eq!(Clipboard::from_environment("screen-256color", |name| name == "TMUX"), Clipboard::Plain);
        assert_eq!(Clipboard::Plain.sequence(&"x".repeat(80_000)), None, "more than terminals take");
    }
}
