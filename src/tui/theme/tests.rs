//! What themes look like on every terminal, and what is told of a mistake.

use ratatui::style::{Color, Modifier};

use super::{Depth, Role, Theme, Themes, colour};
use crate::tui::glyphs::Glyphs;

const PLAIN: Glyphs = Glyphs { utf8: false };
const DEPTHS: [Depth; 4] = [Depth::Mono, Depth::Sixteen, Depth::Indexed, Depth::True];

fn mine(text: &str, depth: Depth) -> Theme {
    let mut themes = Themes::embedded();
    themes.add("mine", "mine.toml", text);
    themes.theme("mine", depth, PLAIN).unwrap()
}

fn error(text: &str) -> String {
    let mut themes = Themes::embedded();
    themes.add("mine", "mine.toml", text);
    themes.theme("mine", Depth::True, PLAIN).unwrap_err().to_string()
}

/// The ratio of WCAG 2: 1 is none, 21 is black on white.
fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |colour| {
        let [red, green, blue] = colour::rgb(colour).unwrap().map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other): (f64, f64) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_embedded_theme_can_be_shown_on_every_terminal_in_no_more_colours_than_it_has() {
    for name in Themes::embedded().names() {
        for depth in DEPTHS {
            let theme = Theme::embedded(name, depth, PLAIN).unwrap();
            for role in Role::ALL {
                for colour in [theme.style(role).fg, theme.style(role).bg].into_iter().flatten() {
                    let needs = match colour {
                        Color::Rgb(..) => Depth::True,
                        Color::Indexed(_) => Depth::Indexed,
                        _ => Depth::Sixteen,
                    };
                    assert!(needs <= depth, "{name}, {role:?}: {colour:?} at {depth:?}");
                }
            }
        }
    }
}

#[test]
fn the_default_theme_uses_no_colour_of_the_sixteen_that_a_linux_console_cannot_show_readably() {
    let theme = Theme::embedded("default", Depth::Sixteen, PLAIN).unwrap();
    for role in Role::ALL {
        let style = theme.style(role);
        assert_eq!(style.bg, None, "{role:?}");
        assert!(![Some(Color::Blue), Some(Color::DarkGray), Some(Color::Black)].contains(&style.fg), "{role:?}");
    }
}

#[test]
fn colours_can_be_read_on_the_background_that_their_theme_is_for() {
    let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
    for depth in [Depth::Indexed, Depth::True] {
        for (name, backgrounds, least) in
            [("default", &[black, white][..], 3.0), ("light", &[white], 4.5), ("high-contrast", &[], 7.0)]
        {
            let theme = Theme::embedded(name, depth, PLAIN).unwrap();
            for role in Role::ALL {
                let style = theme.style(role);
                let own: Vec<Color> = style.bg.into_iter().collect();
                let backgrounds = if own.is_empty() { backgrounds } else { &own };
                for background in backgrounds {
                    if let Some(fg) = style.fg {
                        let found = contrast(fg, *background);
                        assert!(found >= least, "{name} {role:?} at {depth:?}: {found:.1} on {background:?}");
                    }
                }
                assert!(name != "high-contrast" || style.fg.is_none() || style.bg.is_some(), "{role:?} is no pair");
            }
        }
    }
}

#[test]
fn without_colours_only_attributes_are_left_and_a_background_is_reversed() {
    for name in Themes::embedded().names() {
        let theme = Theme::embedded(name, Depth::Mono, PLAIN).unwrap();
        for role in Role::ALL {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{name} {role:?}");
        }
        assert!(theme.style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
    }
    let contrast = Theme::embedded("high-contrast", Depth::Mono, PLAIN).unwrap();
    assert!(contrast.style(Role::Failed).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_theme_inherits_and_changes_one_role() {
    let text = "inherits = \"default\"\n[roles]\ngood = { fg = \"#00ff00\" }\n";
    assert_eq!(mine(text, Depth::True).style(Role::Good).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(mine(text, Depth::Sixteen).style(Role::Failed).fg, Some(Color::Red));
    assert!(mine(text, Depth::True).style(Role::Cursor).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_colour_that_the_terminal_has_not_becomes_the_next_that_is_named_or_the_nearest() {
    let text =
        "[roles]\ngood = { fg = [\"#5fd787\", 78, \"green\"] }\nfailed = { fg = \"#ff0505\" }\nwarning = { fg = 3 }\n";
    let fg = |depth, role| mine(text, depth).style(role).fg;
    assert_eq!(fg(Depth::True, Role::Good), Some(Color::Rgb(0x5f, 0xd7, 0x87)));
    assert_eq!(fg(Depth::Indexed, Role::Good), Some(Color::Indexed(78)));
    assert_eq!(fg(Depth::Sixteen, Role::Good), Some(Color::Green));
    assert_eq!(fg(Depth::Indexed, Role::Failed), Some(Color::Indexed(196)));
    assert_eq!(fg(Depth::Sixteen, Role::Failed), Some(Color::LightRed));
    assert_eq!(fg(Depth::Mono, Role::Failed), None);
    assert_eq!(fg(Depth::True, Role::Warning), Some(Color::Yellow), "the first sixteen are those with names");
}

#[test]
fn two_colours_that_would_become_one_are_reversed_instead() {
    let text = "[roles]\nfailed = { fg = \"#ff0505\", bg = \"#fe0404\" }\n";
    let style = mine(text, Depth::Sixteen).style(Role::Failed);
    assert_eq!((style.fg, style.bg), (None, None));
    assert!(style.add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_mistake_in_a_theme_is_told_with_its_place() {
    assert_eq!(error("[roles]\ngod = {}\n"), "mine.toml:2:1: there is no role `god`; did you mean `good`?");
    assert!(error("[roles]\ngood = { fg = \"greenish\" }\n").starts_with("mine.toml:2:15: \"greenish\" is no colour"));
    assert!(error("[roles]\ngood = { fg = [\"red\", 256] }\n").starts_with("mine.toml:2:23: 256 is no colour"));
    assert!(error("[roles]\ngood = { fg = \"#12é45\" }\n").contains("is no colour"));
    assert!(error("[roles]\ngood = { blod = true }\n").contains("mine.toml:2:10: a role has fg, bg, bold"));
    assert!(error("[roles]\ngood = { bold = 1 }\n").contains("mine.toml:2:17: `bold` is true or false"));
    assert!(error("[roles]\ngood = \"red\"\n").contains("mine.toml:2:8: how `good` looks is a table"));
    assert!(
        error("role = {}\n")
            .contains("mine.toml:1:1: a theme has `inherits` and [roles], no `role`; did you mean `roles`?")
    );
    assert!(error("[roles\n").starts_with("mine.toml:1:"));
    assert!(
        error("inherits = \"nobody\"\n").starts_with("mine.toml:1:12: no theme is called `nobody`; there are: default")
    );
    assert!(error("inherits = 7\n").contains("mine.toml:1:12: the name of a theme is a text"));
}

#[test]
fn a_circle_of_themes_is_told_where_it_closes() {
    assert_eq!(error("inherits = \"mine\"\n"), "mine.toml:1:12: `mine` inherits from itself: mine > mine");
    let mut themes = Themes::embedded();
    themes.add("one", "one.toml", "inherits = \"two\"\n");
    themes.add("two", "two.toml", "\ninherits = \"one\"\n");
    let told = themes.theme("one", Depth::True, PLAIN).unwrap_err().to_string();
    assert_eq!(told, "two.toml:2:12: `one` inherits from itself: one > two > one");
}

proptest::proptest! {
    #[test]
    fn no_text_upsets_it(text: String, role in "[a-z]{3,6}", colour in "\\PC{0,9}") {
        let mut themes = Themes::embedded();
        themes.add("a", "a.toml", &text);
        themes.add("b", "b.toml", &format!("[roles]\n{role} = {{ fg = {colour:?} }}\n"));
        let _ = themes.theme("a", Depth::Sixteen, PLAIN);
        let _ = themes.theme("b", Depth::Sixteen, PLAIN);
    }
}
