//! What the terminal can do, told from the environment alone: asking the terminal itself races with the keys.

use super::clipboard::Clipboard;
use crate::tui::{glyphs::Glyphs, theme::Depth};

/// What the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Colours.
    pub depth: Depth,
    /// Characters.
    pub glyphs: Glyphs,
    /// Whether a frame is marked as one (DEC private mode 2026): only where it is known to be understood.
    pub synchronised: bool,
    /// How its clipboard is reached.
    pub clipboard: Clipboard,
}

/// Terminals by the beginning of `TERM` that show a marked frame whole. tmux does so since 3.4 and passes it over before.
const SYNCHRONISED: [&str; 8] =
    ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour", "rio", "tmux"];
/// The same by `TERM_PROGRAM`, which SSH does not pass on.
const PROGRAMS: [&str; 5] = ["iTerm.app", "WezTerm", "ghostty", "vscode", "tmux"];

impl Capabilities {
    /// From `TERM`, `COLORTERM`, `NO_COLOR` and the locale, or none where there is no terminal worth the name.
    #[must_use]
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").filter(|term| term != "dumb")?;
        // A VT220 reads the 5 of `38;5;1` as "blink"; the Linux console's font has 256 glyphs, or 512.
        let hardware = term.starts_with("vt") || term == "ansi" || term.ends_with("-m");
        let console = term == "linux" || hardware;
        let depth = if set("NO_COLOR").is_some() || hardware {
            Depth::Mono
        } else if set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit") {
            Depth::True
        } else if term.ends_with("256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_ascii_lowercase();
        let utf8 = !console && (locale.contains("utf-8") || locale.contains("utf8"));
        let program = set("TERM_PROGRAM").unwrap_or_default();
        let is_known = SYNCHRONISED.iter().any(|known| term.starts_with(known)) || PROGRAMS.contains(&program.as_str());
        let clipboard = Clipboard::from_environment(&term, |name| set(name).is_some());
        Some(Self { depth, glyphs: Glyphs { utf8 }, synchronised: is_known && !console, clipboard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<Capabilities> {
        Capabilities::from_environment(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_dumb_terminal_and_none_at_all_are_no_place_for_a_screen() {
        assert_eq!(with(&[("TERM", "dumb")]), None);
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn colours_come_from_the_terminals_name_and_no_color_takes_them_away() {
        let depth = |variables: &[(&str, &str)]| with(variables).unwrap().depth;
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "vt100")]), Depth::Mono);
        assert_eq!(depth(&[("TERM", "vt220")]), Depth::Mono);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::Mono);
        assert_eq!(depth(&[("TERM", "xterm"), ("NO_COLOR", "")]), Depth::Sixteen);
    }

    #[test]
    fn a_frame_is_marked_only_where_that_is_known_to_be_understood() {
        let marked = |variables: &[(&str, &str)]| with(variables).unwrap().synchronised;
        assert!(marked(&[("TERM", "xterm-kitty")]));
        assert!(marked(&[("TERM", "tmux-256color")]));
        assert!(marked(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]));
        assert!(!marked(&[("TERM", "xterm-256color")]), "PuTTY says so too");
        assert!(!marked(&[("TERM", "screen")]));
        assert!(!marked(&[("TERM", "vt100")]));
        assert!(!marked(&[("TERM", "linux"), ("TERM_PROGRAM", "vscode")]));
    }

    #[test]
    fn other_characters_than_ascii_need_a_utf8_locale_and_a_terminal_with_a_font() {
        let utf8 = |variables: &[(&str, &str)]| with(variables).unwrap().glyphs.utf8;
        assert!(utf8(&[("TERM", "xterm"), ("LANG", "en_GB.UTF-8")]));
        assert!(utf8(&[("TERM", "screen"), ("LANG", "C.utf8")]));
        assert!(!utf8(&[("TERM", "xterm"), ("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]));
        assert!(!utf8(&[("TERM", "linux"), ("LANG", "en_GB.UTF-8")]));
        assert!(!utf8(&[("TERM", "vt220"), ("LANG", "en_GB.UTF-8")]));
        assert!(!utf8(&[("TERM", "xterm")]));
    }
}
