//! What every screen looks like, in text and in roles; that no size and no message upsets it; and what it costs in bytes.

mod bytes;
mod figures;
mod matrix;
mod settings;
mod sizes;
mod slow;
mod words;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Size};

use super::view;
use crate::tui::{model::Model, theme::Theme};

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

fn lines(buffer: &Buffer, of: impl Fn(&ratatui::buffer::Cell) -> String) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let lines = buffer.content().chunks(width).map(|line| {
        let line: String = line.iter().map(&of).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
