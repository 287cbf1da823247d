//! What a slow line carries, second by second, with a clock of our own: 9600 baud, a run of 100 servers that all move.

use std::time::Duration;

use ratatui::{Terminal, layout::Size};

use super::sizes::at;
use crate::{
    api::live::Message,
    tui::{
        fixtures::{Desk, RUN, board_row},
        glyphs::Glyphs,
        key::Key,
        terminal::{
            ansi::{Ansi, Pending},
            line::{Line, USUAL},
            pacer::Pacer,
        },
        theme::{Depth, Theme},
        view::view,
    },
};

const SERVERS: usize = 100;

/// A screen at the end of a slow line.
struct Wire {
    desk: Desk,
    terminal: Terminal<Ansi<Vec<u8>>>,
    theme: Theme,
    pacer: Pacer,
    line: Line,
    now: Duration,
    /// When the last byte that has left arrives.
    arrives: Duration,
    moved: usize,
}

impl Wire {
    fn new() -> Self {
        let size = Size { width: 80, height: 24 };
        let mut terminal = Terminal::new(Ansi::new(Vec::new(), size, false)).unwrap();
        terminal.backend_mut().set_slow(true);
        let mut pacer = Pacer::default();
        pacer.set_slow(true);
        pacer.at_once(Duration::ZERO);
        Self {
            desk: at("3", 80, 24, SERVERS, &[1; SERVERS], 3),
            terminal,
            theme: Theme::embedded("mono", Depth::Mono, Glyphs { utf8: false }).unwrap(),
            pacer,
            line: Line::new(USUAL, Duration::ZERO),
            now: Duration::ZERO,
            arrives: Duration::ZERO,
            moved: 0,
        }
    }

    fn sent(&self) -> usize {
        self.terminal.backend().writer().len()
    }

    fn pending(&self) -> Pending {
        self.terminal.backend().pending()
    }

    /// What the loop of the runtime does until then: draws what is due, sends what the line has room for.
    fn until(&mut self, then: Duration) {
        loop {
            let draw = self.pacer.wait(self.now);
            let urgent = self.pending() == Pending::Urgent;
            let piece = (self.pending() != Pending::Nothing).then(|| self.line.wait(self.now, urgent));
            let Some(next) = draw.into_iter().chain(piece).min().filter(|next| self.now + *next <= then) else { break };
            self.now += next;
            if draw.is_some_and(|draw| draw <= next) {
                self.terminal.backend_mut().set_urgent(self.pacer.is_of_key());
                let (desk, theme) = (&self.desk, &self.theme);
                self.terminal.draw(|frame| view(frame, &desk.model, theme)).unwrap();
                self.pacer.drawn(self.now);
            } else {
                let count = self.terminal.backend_mut().piece(self.line.piece()).unwrap();
                self.line.sent(self.now, count, urgent);
                self.arrives = self.arrives.max(self.now) + Duration::from_secs_f64(count as f64 / f64::from(USUAL));
            }
        }
        self.now = then;
    }

    /// Each server makes progress about twice a second, which is as often as the engine tells.
    fn live(&mut self, seconds: u32) {
        for _ in 0..seconds * 200 {
            let number = self.moved % SERVERS;
            let mut row = board_row(number, 1);
            row.percent = Some((self.moved / SERVERS % 99) as u8);
            row.word = Some(format!("Running {}", self.moved));
            self.desk.engine(Message::Row { run: RUN, row });
            self.moved += 1;
            self.pacer.soon(self.now);
            self.until(self.now + Duration::from_millis(5));
        }
    }

    /// From a key to the arrival of all that it asked for.
    fn press(&mut self, key: Key) -> Duration {
        let pressed = self.now;
        self.desk.key(key);
        self.pacer.at_once(self.now);
        self.until(self.now + Duration::from_millis(1));
        while self.pending() == Pending::Urgent {
            self.until(self.now + Duration::from_millis(1));
        }
        let painted = self.arrives;
        // the engine's answers come a little later, and are nothing that a key waits for
        self.desk.serve(SERVERS, &[1; SERVERS], 3);
        self.pacer.soon(self.now);
        painted - pressed
    }
}

#[test]
fn a_hundred_moving_servers_take_at_most_six_hundred_bytes_a_second() {
    let mut wire = Wire::new();
    wire.live(10);
    for _ in 0..6 {
        let before = wire.sent();
        wire.live(10);
        let rate = (wire.sent() - before) / 10;
        assert!((1..=600).contains(&rate), "{rate} bytes a second");
    }
}

#[test]
fn a_key_is_answered_within_400_ms_in_the_middle_and_900_ms_nearly_always_while_a_run_is_live() {
    let mut wire = Wire::new();
    wire.live(10);
    let keys = [Key::Down, Key::Down, Key::Down, Key::Up, Key::Char('t'), Key::Down, Key::Char('t'), Key::Up];
    let mut times: Vec<Duration> = Vec::new();
    for key in keys.into_iter().cycle().take(80) {
        wire.live(1);
        times.push(wire.press(key));
    }
    times.sort();
    let (median, late) = (times[40], times[76]);
    assert!(median < Duration::from_millis(400), "median {median:?}");
    assert!(late < Duration::from_millis(900), "95th percentile {late:?}");
}

#[test]
fn a_key_that_is_held_down_is_never_behind_by_more_than_what_it_asks_for_now() {
    let mut wire = Wire::new();
    wire.live(5);
    let before = wire.sent();
    for step in 0..120 {
        wire.desk.key(if step % 40 < 20 { Key::Down } else { Key::Up });
        wire.pacer.at_once(wire.now);
        wire.until(wire.now + Duration::from_millis(33));
    }
    let began = wire.now;
    while wire.pending() == Pending::Urgent {
        wire.until(wire.now + Duration::from_millis(1));
    }
    assert!(
        wire.arrives.saturating_sub(began) < Duration::from_millis(900),
        "{:?}",
        wire.arrives.saturating_sub(began)
    );
    assert!(wire.sent() - before <= 4 * USUAL as usize + USUAL as usize, "no more than the line carries");
}
