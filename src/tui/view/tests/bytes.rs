//! What the screen costs on the line, in bytes: counts, not times.

use ratatui::{Terminal, layout::Size};

use super::sizes::at;
use crate::{
    api::live::Message,
    tui::{
        fixtures::{Desk, RUN, board_row},
        glyphs::Glyphs,
        msg::Msg,
        terminal::ansi::Ansi,
        theme::{Depth, Theme},
        view::view,
    },
};

struct Line {
    terminal: Terminal<Ansi<Vec<u8>>>,
    theme: Theme,
}

impl Line {
    fn new(width: u16, height: u16) -> Self {
        let size = Size { width, height };
        Self {
            terminal: Terminal::new(Ansi::new(Vec::new(), size, true)).unwrap(),
            theme: Theme::embedded("default", Depth::Sixteen, Glyphs { utf8: true }).unwrap(),
        }
    }

    /// Draws, and counts what that sent.
    fn draw(&mut self, desk: &Desk) -> usize {
        let before = self.terminal.backend().writer().len();
        self.terminal.draw(|frame| view(frame, &desk.model, &self.theme)).unwrap();
        self.terminal.backend().writer().len() - before
    }
}

const STAGES: [usize; 8] = [3, 3, 1, 2, 0, 4, 6, 3];

#[test]
fn a_first_paint_at_80x24_is_at_most_four_and_a_half_kilobytes_on_every_screen() {
    for keys in super::sizes::everywhere() {
        let desk = at(keys, 80, 24, 10_000, &STAGES, 30);
        let count = Line::new(80, 24).draw(&desk);
        assert!(count <= 4_500, "{keys:?}: {count} bytes");
    }
}

#[test]
fn a_cursor_move_at_80x24_is_at_most_three_hundred_bytes() {
    let mut desk = at("", 80, 24, 10_000, &STAGES, 30);
    let mut line = Line::new(80, 24);
    line.draw(&desk);
    for step in 0..17 {
        desk.keys("j");
        desk.serve(10_000, &STAGES, 30);
        let count = line.draw(&desk);
        assert!((1..=300).contains(&count), "step {step}: {count} bytes");
    }
}

#[test]
fn where_nothing_changed_nothing_is_sent() {
    for keys in super::sizes::everywhere() {
        let mut desk = at(keys, 80, 24, 100, &STAGES, 30);
        let mut line = Line::new(80, 24);
        line.draw(&desk);
        assert_eq!(line.draw(&desk), 0, "{keys:?}");
        desk.tell(Msg::At(desk.model.now + jiff::SignedDuration::from_secs(10)));
        desk.tell(Msg::Logged);
        assert_eq!(line.draw(&desk), 0, "{keys:?}: ten seconds later");
    }
}

#[test]
fn progress_of_one_server_is_a_few_bytes() {
    let mut desk = at("3", 80, 24, 100, &STAGES, 30);
    let mut line = Line::new(80, 24);
    line.draw(&desk);
    let mut row = board_row(2, 1);
    row.percent = Some(44);
    desk.engine(Message::Row { run: RUN, row });
    let count = line.draw(&desk);
    assert!((1..=60).contains(&count), "{count} bytes");
}
