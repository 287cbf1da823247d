//! What views draw with. All text passes through here, so that no control character of a BMC ever reaches the terminal,
//! and nothing is drawn outside of the screen, whatever its size.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::tui::{
    glyphs::{CUT, Glyphs},
    text::{clean, width},
    theme::{Role, Theme},
};

/// Draws into a buffer, in roles.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// Where text is typed, if anywhere.
    pub cursor: Option<Position>,
}

impl<'a> Pen<'a> {
    /// A pen for the whole of `buffer`.
    pub const fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme, cursor: None }
    }

    /// The characters that may be drawn.
    #[must_use]
    pub const fn glyphs(&self) -> Glyphs {
        self.theme.glyphs
    }

    /// The theme, for widgets that are not ours.
    #[must_use]
    pub const fn theme(&self) -> &Theme {
        self.theme
    }

    /// The buffer, for widgets that are not ours.
    pub const fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    fn put(&mut self, x: u16, y: u16, character: char, role: Role) {
        let style = self.theme.style(role);
        if let Some(cell) = self.buffer.cell_mut(Position { x, y }) {
            cell.reset();
            cell.set_char(character).set_style(style);
        }
    }

    /// Draws `text` into at most `columns`, with a mark where it is cut, and returns the columns that it took.
    pub fn text(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let glyphs = self.glyphs();
        let mut used = 0;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            if used == columns {
                break;
            }
            let last = used + 1 == columns && characters.peek().is_some();
            // our own arrows and bars are of the theme's glyphs, and so are clean
            let drawn = if last { CUT } else { clean(character, glyphs) };
            self.put(x.saturating_add(used), y, drawn, role);
            used += 1;
        }
        used
    }

    /// Draws parts one after the other, and returns the columns that they took.
    pub fn parts(&mut self, x: u16, y: u16, columns: u16, parts: &[(&str, Role)]) -> u16 {
        let mut used = 0;
        for (text, role) in parts {
            used += self.text(x.saturating_add(used), y, columns.saturating_sub(used), text, *role);
        }
        used
    }

    /// Draws `text` so that it ends at the end of `columns`, and returns the columns that it took.
    pub fn right(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let needed = u16::try_from(width(text)).unwrap_or(u16::MAX).min(columns);
        self.text(x.saturating_add(columns - needed), y, needed, text, role)
    }

    /// Gives what is drawn there, and the blanks between, one look.
    pub fn restyle(&mut self, x: u16, y: u16, columns: u16, role: Role) {
        let style = self.theme.style(role);
        for column in x..x.saturating_add(columns) {
            if let Some(cell) = self.buffer.cell_mut(Position { x: column, y }) {
                let symbol = cell.symbol().to_owned();
                cell.reset();
                cell.set_symbol(&symbol).set_style(style);
            }
        }
    }

    /// Wipes an area.
    pub fn wipe(&mut self, area: Rect) {
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                self.put(x, y, ' ', Role::Text);
            }
        }
    }

    /// The heads of a table's columns, over the whole width.
    pub fn heading(&mut self, x: u16, y: u16, columns: u16, text: &str) {
        self.text(x, y, columns, text, Role::Text);
        self.restyle(x, y, columns, Role::Heading);
    }

    /// A line across, with words in it.
    pub fn rule(&mut self, x: u16, y: u16, columns: u16, words: &[(&str, Role)]) {
        let line = self.glyphs().across().repeat(usize::from(columns));
        self.text(x, y, columns, &line, Role::Rule);
        if !words.is_empty() && columns > 4 {
            let used = self.parts(x.saturating_add(2), y, columns - 4, words);
            for at in [x.saturating_add(1), x.saturating_add(2).saturating_add(used)] {
                self.put(at, y, ' ', Role::Text);
            }
        }
    }

    /// A line down.
    pub fn down(&mut self, x: u16, y: u16, lines: u16) {
        let line = self.glyphs().down();
        for y in y..y.saturating_add(lines) {
            self.text(x, y, 1, line, Role::Rule);
        }
    }

    /// How much of all is done, as a bar.
    pub fn meter(&mut self, x: u16, y: u16, columns: u16, done: usize, all: usize, role: Role) {
        let full = (usize::from(columns) * done.min(all)).checked_div(all).unwrap_or_default();
        let glyphs = self.glyphs();
        let bar = glyphs.full().repeat(full);
        let used = self.text(x, y, columns, &bar, role);
        let rest = glyphs.empty().repeat(usize::from(columns - used));
        self.text(x.saturating_add(used), y, columns - used, &rest, Role::Muted);
    }

    /// An empty box with a title, and the area inside.
    pub fn frame(&mut self, area: Rect, title: &str, role: Role) -> Rect {
        self.wipe(area);
        if area.width < 4 || area.height < 3 {
            return Rect::default();
        }
        let [top_left, top_right, bottom_left, bottom_right] = self.glyphs().corners();
        let (last_x, last_y) = (area.right() - 1, area.bottom() - 1);
        for y in [area.y, last_y] {
            let line = self.glyphs().across().repeat(usize::from(area.width));
            self.text(area.x, y, area.width, &line, Role::Rule);
        }
        for x in [area.x, last_x] {
            self.down(x, area.y + 1, area.height - 2);
        }
        for (x, y, corner) in [
            (area.x, area.y, top_left),
            (last_x, area.y, top_right),
            (area.x, last_y, bottom_left),
            (last_x, last_y, bottom_right),
        ] {
            self.text(x, y, 1, corner, Role::Rule);
        }
        self.parts(area.x + 2, area.y, area.width - 4, &[(" ", Role::Text), (title, role), (" ", Role::Text)]);
        Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
    }

    /// A line of typed text that always shows where the cursor is.
    pub fn field(&mut self, x: u16, y: u16, columns: u16, text: &str, at: usize) {
        let room = usize::from(columns).saturating_sub(1);
        let skip = at.saturating_sub(room);
        let shown: String = text.chars().skip(skip).take(room).collect();
        self.text(x, y, columns, &shown, Role::Text);
        self.restyle(x, y, columns, Role::Field);
        self.cursor = u16::try_from(at - skip).ok().map(|column| Position { x: x.saturating_add(column), y });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Depth;

    fn drawn(width: u16, draw: impl FnOnce(&mut Pen<'_>)) -> String {
        let theme = Theme::embedded("mono", Depth::Mono, Glyphs { utf8: true }).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        draw(&mut Pen::new(&mut buffer, &theme));
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_mark_and_what_is_outside_is_not_drawn() {
        assert_eq!(
            drawn(6, |pen| {
                pen.text(0, 0, 4, "abcdef", Role::Text);
            }),
            "abc~  "
        );
        assert_eq!(
            drawn(6, |pen| {
                pen.text(4, 0, 9, "abcdef", Role::Text);
            }),
            "    ab"
        );
        assert_eq!(
            drawn(6, |pen| {
                pen.text(0, 7, 9, "abcdef", Role::Text);
            }),
            "      "
        );
        assert_eq!(
            drawn(6, |pen| {
                pen.text(u16::MAX, 0, 9, "abcdef", Role::Text);
            }),
            "      "
        );
        assert_eq!(
            drawn(6, |pen| {
                pen.right(0, 0, 6, "ab", Role::Text);
            }),
            "    ab"
        );
    }

    #[test]
    fn a_bmcs_control_characters_are_not_drawn() {
        assert_eq!(
            drawn(8, |pen| {
                pen.text(0, 0, 8, "a\x1b[2J\n", Role::Text);
            }),
            "a?[2J   "
        );
    }

    #[test]
    fn a_long_field_shows_where_its_cursor_is() {
        assert_eq!(drawn(6, |pen| pen.field(0, 0, 6, "0123456789", 10)), "56789 ");
        assert_eq!(drawn(6, |pen| pen.field(0, 0, 6, "0123456789", 2)), "01234 ");
    }
}
