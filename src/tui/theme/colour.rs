//! Colours: their names, and what a terminal with fewer of them shows instead.

use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none are wanted.
    Mono,
    /// The usual sixteen.
    Sixteen,
    /// 256.
    Indexed,
    /// All.
    True,
}

/// The sixteen by name and number, as xterm shows them; every terminal has its own idea of them.
const SIXTEEN: [(&str, Color, [u8; 3]); 16] = [
    ("black", Color::Black, [0, 0, 0]),
    ("red", Color::Red, [205, 0, 0]),
    ("green", Color::Green, [0, 205, 0]),
    ("yellow", Color::Yellow, [205, 205, 0]),
    ("blue", Color::Blue, [0, 0, 238]),
    ("magenta", Color::Magenta, [205, 0, 205]),
    ("cyan", Color::Cyan, [0, 205, 205]),
    ("gray", Color::Gray, [229, 229, 229]),
    ("darkgray", Color::DarkGray, [127, 127, 127]),
    ("lightred", Color::LightRed, [255, 0, 0]),
    ("lightgreen", Color::LightGreen, [0, 255, 0]),
    ("lightyellow", Color::LightYellow, [255, 255, 0]),
    ("lightblue", Color::LightBlue, [92, 92, 255]),
    ("lightmagenta", Color::LightMagenta, [255, 0, 255]),
    ("lightcyan", Color::LightCyan, [0, 255, 255]),
    ("white", Color::White, [255, 255, 255]),
];

/// The steps of the 6x6x6 cube of the 256 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// One of the sixteen names, or `#rrggbb`.
pub(super) fn named(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6) {
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    let lower = text.to_ascii_lowercase().replace(['-', '_'], "").replace("grey", "gray");
    SIXTEEN.iter().find(|(name, ..)| *name == lower).map(|(_, colour, _)| *colour)
}

/// One of the 256. The first sixteen are those with names, which other terminals have too.
pub(super) fn numbered(number: u8) -> Color {
    SIXTEEN.get(usize::from(number)).map_or(Color::Indexed(number), |(_, colour, _)| *colour)
}

/// The first of `wanted` that the terminal has, else what is nearest to the last; none where it has none.
pub(super) fn nearest(wanted: &[Color], depth: Depth) -> Option<Color> {
    let has = |colour: &&Color| match colour {
        Color::Rgb(..) => depth == Depth::True,
        Color::Indexed(_) => depth >= Depth::Indexed,
        _ => depth >= Depth::Sixteen,
    };
    let fewer = |colour: &Color| match depth {
        Depth::Mono => None,
        Depth::Sixteen => sixteenth(*colour),
        Depth::Indexed | Depth::True => indexed(*colour),
    };
    wanted.iter().find(has).copied().or_else(|| wanted.last().and_then(fewer))
}

/// The nearest of the 240 that look the same on every terminal with 256.
fn indexed(colour: Color) -> Option<Color> {
    let wanted = rgb(colour)?;
    let near =
        (16..=255).min_by_key(|number| rgb(Color::Indexed(*number)).map_or(u32::MAX, |known| apart(wanted, known)));
    near.map(Color::Indexed)
}

/// The nearest of the sixteen.
fn sixteenth(colour: Color) -> Option<Color> {
    let wanted = rgb(colour)?;
    SIXTEEN.iter().min_by_key(|(.., known)| apart(wanted, *known)).map(|(_, colour, _)| *colour)
}

/// How far two colours are apart.
fn apart(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.into_iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// Red, green and blue of a colour.
pub(super) fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(number @ 232..) => Some([8 + 10 * (number - 232); 3]),
        Color::Indexed(number @ 16..) => {
            let number = usize::from(number - 16);
            Some([STEPS[number / 36], STEPS[number / 6 % 6], STEPS[number % 6]])
        }
        Color::Indexed(number) => SIXTEEN.get(usize::from(number)).map(|(.., known)| *known),
        other => SIXTEEN.iter().find(|(_, colour, _)| *colour == other).map(|(.., known)| *known),
    }
}
