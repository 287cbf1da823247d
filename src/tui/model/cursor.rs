//! The cursor of a table: on a thing, not on a line number, so that rows that come and go never move it to another.

/// The rows of a table, in the order in which they are shown.
pub trait Rows {
    /// How many.
    fn count(&self) -> usize;
    /// What the row at `index` is of.
    fn id(&self, index: usize) -> Option<&str>;
}

impl Rows for Vec<String> {
    fn count(&self) -> usize {
        self.len()
    }

    fn id(&self, index: usize) -> Option<&str> {
        self.get(index).map(String::as_str)
    }
}

/// Where the cursor is, and which rows are in the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The thing under it.
    pub id: Option<String>,
    /// Its row.
    pub index: usize,
    /// The first row of the window.
    pub top: usize,
}

impl Cursor {
    /// Finds the thing again among `rows`, of which `page` fit. Where it is gone, the cursor stays on its line; where it
    /// moved, the window moves with it, so that it stays where the eye is.
    pub fn settle(&mut self, rows: &impl Rows, page: usize) {
        let count = rows.count();
        if count == 0 {
            (self.index, self.top) = (0, 0);
            return;
        }
        if let Some(id) = self.id.as_deref()
            && rows.id(self.index) != Some(id)
            && let Some(found) = (0..count).find(|index| rows.id(*index) == Some(id))
        {
            self.top = (self.top + found).saturating_sub(self.index);
            self.index = found;
        }
        self.index = self.index.min(count - 1);
        self.id = rows.id(self.index).map(str::to_owned);
        let page = page.max(1);
        let lowest = (self.index + 1).saturating_sub(page);
        self.top = self.top.clamp(lowest, self.index.max(lowest)).min(count.saturating_sub(page));
        self.top = self.top.max(lowest);
    }

    /// Moves by so many rows, stopping at both ends.
    pub fn step(&mut self, by: isize, rows: &impl Rows) {
        self.go(self.index.saturating_add_signed(by), rows);
    }

    /// Moves to a row, or the last one before it.
    pub fn go(&mut self, index: usize, rows: &impl Rows) {
        self.index = index.min(rows.count().saturating_sub(1));
        self.id = rows.id(self.index).map(str::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_row_that_comes_in_above_leaves_the_cursor_on_its_thing_and_its_place() {
        let mut cursor = Cursor::default();
        let before = rows(&["b", "c", "d", "e", "f", "g"]);
        cursor.settle(&before, 3);
        cursor.step(4, &before);
        cursor.settle(&before, 3);
        assert_eq!((cursor.id.as_deref(), cursor.index, cursor.top), (Some("f"), 4, 2));
        cursor.settle(&rows(&["a", "b", "c", "d", "e", "f", "g"]), 3);
        assert_eq!((cursor.id.as_deref(), cursor.index, cursor.top), (Some("f"), 5, 3));
    }

    #[test]
    fn where_the_thing_is_gone_the_cursor_stays_on_its_line() {
        let mut cursor = Cursor::default();
        let before = rows(&["a", "b", "c"]);
        cursor.go(1, &before);
        cursor.settle(&rows(&["a", "c"]), 10);
        assert_eq!((cursor.id.as_deref(), cursor.index), (Some("c"), 1));
        cursor.settle(&rows(&["a"]), 10);
        assert_eq!(cursor.id.as_deref(), Some("a"));
        cursor.settle(&rows(&[]), 10);
        assert_eq!(cursor.index, 0);
    }

    #[test]
    fn the_window_holds_the_cursor_and_no_blank_lines_while_there_are_rows() {
        let all: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let mut cursor = Cursor::default();
        cursor.go(99, &all);
        cursor.settle(&all, 10);
        assert_eq!(cursor.top, 90);
        cursor.settle(&all, 40);
        assert_eq!(cursor.top, 60);
        cursor.go(0, &all);
        cursor.settle(&all, 0);
        assert_eq!(cursor.top, 0);
    }
}
