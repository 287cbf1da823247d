//! What every screen looks like, in text and in roles; that no size and no message upsets it; and what it costs in bytes.

mod bytes;
mod figures;
mod settings;
mod sizes;
mod slow;
mod snapshots;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Size, style::Color};

use super::view;
use crate::tui::{
    glyphs::Glyphs,
    model::Model,
    theme::{Role, Theme},
};

fn draw(model: &Model, theme: &Theme) -> Buffer {
    let Size { width, height } = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(frame, model, theme)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text of the screen, without the blanks at the ends of lines.
fn text(buffer: &Buffer) -> String {
    lines(buffer, |cell| cell.symbol().to_owned())
}

/// A letter for the role of each cell: `.` is plain text.
fn roles(model: &Model, glyphs: Glyphs) -> String {
    const LETTERS: [char; Role::ALL.len()] =
        ['.', 's', 'm', 'T', 't', 'k', 'h', '-', 'C', '*', 'g', 'r', 'w', 'B', 'F', 'U', 'W', 'c', 'H', '_', 'D'];
    lines(&draw(model, &Theme::of_roles(glyphs)), |cell| match cell.fg {
        Color::Indexed(0) | Color::Reset if cell.symbol() == " " => " ".into(),
        Color::Indexed(role) => LETTERS[usize::from(role)].to_string(),
        _ => "?".into(),
    })
}

fn lines(buffer: &Buffer, of: impl Fn(&ratatui::buffer::Cell) -> String) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let lines = buffer.content().chunks(width).map(|line| {
        let line: String = line.iter().map(&of).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
