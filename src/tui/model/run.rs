//! The run screen: a board of servers, brought up to date message by message.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::cursor::{Cursor, Rows};
use crate::{
    api::live::{BoardRow, RunBoard, RunHead},
    tui::text,
};

/// Which servers of a run are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// All.
    #[default]
    All,
    /// Those that are not over, and those that went wrong.
    Open,
    /// Those that went wrong, or wait for a person.
    Wrong,
}

impl Show {
    /// The next one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::Open,
            Self::Open => Self::Wrong,
            Self::Wrong => Self::All,
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "all servers",
            Self::Open => "open or wrong",
            Self::Wrong => "wrong or waiting for a person",
        }
    }

    fn holds(self, row: &BoardRow) -> bool {
        match self {
            Self::All => true,
            Self::Open => !is_over(&row.state) || is_wrong(&row.state),
            Self::Wrong => is_wrong(&row.state),
        }
    }
}

/// What the lower pane tells of the server under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// Its journal.
    #[default]
    Journal,
    /// What was said to its BMC.
    Transcript,
}

/// How fast an image leaves.
#[derive(Debug, Clone, Copy)]
struct Rate {
    sent: u64,
    at: Timestamp,
    /// Bytes a second, where two messages told it.
    speed: Option<u64>,
}

/// The run screen.
#[derive(Debug, Clone, Default)]
pub struct RunPage {
    /// The run that is on the screen.
    pub run: Option<i64>,
    /// Which servers are shown.
    pub show: Show,
    /// The lower pane.
    pub pane: Pane,
    /// The cursor.
    pub cursor: Cursor,
    board: Option<RunBoard>,
    index: HashMap<String, usize>,
    shown: Vec<usize>,
    counts: BTreeMap<String, usize>,
    rates: HashMap<String, Rate>,
    name_width: u16,
}

impl Rows for RunPage {
    fn count(&self) -> usize {
        self.shown.len()
    }

    fn id(&self, index: usize) -> Option<&str> {
        self.row(index).map(|row| row.id.as_str())
    }
}

impl RunPage {
    /// Shows another run.
    pub fn open(&mut self, run: i64) {
        if self.run != Some(run) {
            *self = Self { run: Some(run), show: self.show, pane: self.pane, ..Self::default() };
        }
    }

    /// Takes the board as the engine has it.
    pub fn load(&mut self, board: RunBoard) {
        self.index = board.servers.iter().enumerate().map(|(index, row)| (row.id.clone(), index)).collect();
        self.counts.clear();
        for row in &board.servers {
            *self.counts.entry(row.state.clone()).or_default() += 1;
        }
        let names = board.servers.iter().map(|row| text::width(&row.name)).max();
        self.name_width = u16::try_from(names.unwrap_or_default()).unwrap_or(u16::MAX);
        self.board = Some(board);
        self.sift();
        if self.cursor.id.is_none() {
            // where something is to be seen
            let open = |row: &BoardRow| matches!(row.state.as_str(), "running" | "pending");
            let of =
                |holds: &dyn Fn(&BoardRow) -> bool| (0..self.count()).find(|index| self.row(*index).is_some_and(holds));
            let at = of(&|row| is_wrong(&row.state)).or_else(|| of(&open)).unwrap_or_default();
            let mut cursor = std::mem::take(&mut self.cursor);
            cursor.go(at, self);
            self.cursor = cursor;
        }
    }

    /// The columns of the longest name.
    #[must_use]
    pub const fn name_width(&self) -> u16 {
        self.name_width
    }

    /// Takes a row that changed.
    pub fn put(&mut self, run: i64, row: BoardRow, now: Timestamp) {
        let Some(board) = self.board.as_mut().filter(|board| board.run.line.run == run) else { return };
        let Some(old) = self.index.get(&row.id).and_then(|index| board.servers.get_mut(*index)) else { return };
        self.rates.retain(|id, _| *id != row.id || row.sent.is_some());
        if let Some((sent, _)) = row.sent {
            let rate = self.rates.entry(row.id.clone()).or_insert(Rate { sent, at: now, speed: None });
            let passed = now.duration_since(rate.at).as_millis();
            if sent < rate.sent {
                *rate = Rate { sent, at: now, speed: None };
            } else if passed >= 1_000 {
                let speed = i128::from(sent - rate.sent) * 1_000 / passed;
                *rate = Rate { sent, at: now, speed: u64::try_from(speed).ok() };
            }
        }
        let moved = self.show.holds(old) != self.show.holds(&row);
        if old.state != row.state {
            if let Some(count) = self.counts.get_mut(&old.state) {
                *count = count.saturating_sub(1);
            }
            *self.counts.entry(row.state.clone()).or_default() += 1;
        }
        *old = row;
        if moved {
            self.sift();
        }
    }

    /// Takes the run as a whole.
    pub fn head(&mut self, head: &RunHead) {
        if let Some(board) = self.board.as_mut().filter(|board| board.run.line.run == head.line.run) {
            board.run = head.clone();
        }
    }

    /// Chooses the rows anew.
    pub fn sift(&mut self) {
        let rows = self.board.iter().flat_map(|board| board.servers.iter().enumerate());
        self.shown = rows.filter(|(_, row)| self.show.holds(row)).map(|(index, _)| index).collect();
    }

    /// The board.
    #[must_use]
    pub const fn board(&self) -> Option<&RunBoard> {
        self.board.as_ref()
    }

    /// The shown row at `index`.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<&BoardRow> {
        self.board.as_ref()?.servers.get(*self.shown.get(index)?)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&BoardRow> {
        self.row(self.cursor.index)
    }

    /// A server of the run.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&BoardRow> {
        self.board.as_ref()?.servers.get(*self.index.get(id)?)
    }

    /// How many servers stand so.
    #[must_use]
    pub fn counted(&self, state: &str) -> usize {
        self.counts.get(state).copied().unwrap_or_default()
    }

    /// Bytes a second at which an image leaves for this server.
    #[must_use]
    pub fn rate(&self, id: &str) -> Option<u64> {
        self.rates.get(id).and_then(|rate| rate.speed)
    }

    /// The next shown row after the cursor that went wrong, round and round.
    #[must_use]
    pub fn next_wrong(&self) -> Option<usize> {
        let count = self.shown.len();
        (1..=count)
            .map(|step| (self.cursor.index + step) % count)
            .find(|index| self.row(*index).is_some_and(|row| is_wrong(&row.state)))
    }
}

/// True where nothing more happens to a server by itself.
#[must_use]
pub fn is_over(state: &str) -> bool {
    !matches!(state, "pending" | "running")
}

/// True where a server, or a run, needs a person.
#[must_use]
pub fn is_wrong(state: &str) -> bool {
    matches!(state, "failed" | "uncertain" | "blocked")
}

/// How many servers of a run are over, and all of them.
#[must_use]
pub fn progress(head: &RunHead) -> (usize, usize) {
    let over = head.line.servers.iter().filter(|(state, _)| is_over(state)).map(|(_, count)| count).sum();
    (over, head.line.servers.values().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, state: &str) -> BoardRow {
        BoardRow { id: id.into(), state: state.into(), ..BoardRow::default() }
    }

    fn page(rows: &[(&str, &str)]) -> RunPage {
        let mut page = RunPage::default();
        page.open(7);
        let mut board =
            RunBoard { servers: rows.iter().map(|(id, state)| row(id, state)).collect(), ..RunBoard::default() };
        board.run.line.run = 7;
        page.load(board);
        page
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_row_of_another_run_changes_nothing() {
        let mut page = page(&[("s1", "running")]);
        page.put(8, row("s1", "failed"), at(0));
        assert_eq!(page.counted("failed"), 0);
        page.put(7, row("s1", "failed"), at(0));
        assert_eq!((page.counted("failed"), page.counted("running")), (1, 0));
    }

    #[test]
    fn the_rate_is_of_bytes_that_left_and_begins_anew_with_each_image() {
        let mut page = page(&[("s1", "running")]);
        let sent = |bytes| BoardRow { sent: Some((bytes, 9_000_000)), ..row("s1", "running") };
        page.put(7, sent(0), at(0));
        assert_eq!(page.rate("s1"), None);
        page.put(7, sent(4_000_000), at(2));
        assert_eq!(page.rate("s1"), Some(2_000_000));
        page.put(7, sent(100), at(3));
        assert_eq!(page.rate("s1"), None);
        page.put(7, row("s1", "running"), at(4));
        assert_eq!(page.rate("s1"), None);
    }

    #[test]
    fn what_needs_a_person_is_found_round_and_round() {
        let mut page = page(&[("s1", "failed"), ("s2", "succeeded"), ("s3", "blocked")]);
        assert_eq!(page.next_wrong(), Some(2));
        page.cursor.index = 2;
        assert_eq!(page.next_wrong(), Some(0));
        page.show = Show::Wrong;
        page.sift();
        assert_eq!(page.count(), 2);
    }
}
