//! What the terminal can do, told from the environment alone: asking the terminal itself races with the keys.

use crate::tui::{glyphs::Glyphs, theme::Depth};

/// What the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Colours.
    pub depth: Depth,
    /// Characters.
    pub glyphs: Glyphs,
    /// Whether a frame may be marked as one (DEC private mode 2026), which terminals that do not know it pass over.
    pub synchronised: bool,
}

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
        Some(Self { depth, glyphs: Glyphs { utf8 }, synchronised: !console })
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
