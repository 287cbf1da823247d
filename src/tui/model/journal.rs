//! A journal as far as it was read, and brought up to date by the event stream.

use crate::api::live::{JournalLine, JournalPage};

/// Whose journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalOf {
    /// A run's, of all its servers.
    Run(i64),
    /// One server's in a run.
    Server {
        /// The run.
        run: i64,
        /// The server.
        server: String,
    },
    /// One server's in the last run that had to do with it.
    Last(String),
}

/// A journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// The run that it is of; none where the server was in no recent run.
    pub run: Option<i64>,
    /// The entries, oldest first.
    pub lines: Vec<JournalLine>,
    /// True where there are more that are not read yet.
    pub more: bool,
}

/// Entries that are kept. A longer journal is for `firmdeck audit`.
pub const LONGEST: usize = 5_000;

impl Journal {
    /// The number of the last entry.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.lines.last().map_or(0, |line| line.seq)
    }

    /// True where the next page is to be read.
    #[must_use]
    pub const fn wants_more(&self) -> bool {
        self.more && self.lines.len() < LONGEST
    }

    /// Takes the page after what there is.
    pub fn extend(&mut self, page: JournalPage) {
        let last = self.last();
        self.more = page.more;
        self.lines.extend(page.entries.into_iter().filter(|line| line.seq > last));
    }

    /// Takes an entry of the event stream. Says true where it is of this journal but pages before it are still to be
    /// read, so that it must be read with them.
    pub fn append(&mut self, of: &JournalOf, line: &JournalLine) -> bool {
        if !of.holds(line, self.run) || line.seq <= self.last() || self.lines.len() >= LONGEST {
            return false;
        }
        if !self.more {
            self.lines.push(line.clone());
        }
        self.more
    }
}

impl JournalOf {
    /// Whether an entry belongs to it; `found` is the run that the server's last one turned out to be.
    #[must_use]
    pub fn holds(&self, line: &JournalLine, found: Option<i64>) -> bool {
        match self {
            Self::Run(run) => line.run == *run,
            Self::Server { run, server } => line.run == *run && line.server.as_ref() == Some(server),
            Self::Last(server) => found == Some(line.run) && line.server.as_ref() == Some(server),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: i64, server: &str) -> JournalLine {
        JournalLine { seq, run: 7, server: Some(server.into()), ..JournalLine::default() }
    }

    #[test]
    fn an_entry_that_the_page_held_already_is_not_told_twice() {
        let of = JournalOf::Run(7);
        let mut journal = Journal::default();
        journal.extend(JournalPage { entries: vec![line(1, "s1"), line(2, "s2")], more: false, schema: 1 });
        journal.append(&of, &line(2, "s2"));
        journal.append(&of, &line(3, "s1"));
        journal.append(&of, &JournalLine { run: 8, ..line(4, "s1") });
        assert_eq!(journal.lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn one_servers_journal_takes_only_its_own_entries() {
        let of = JournalOf::Server { run: 7, server: "s1".into() };
        let mut journal = Journal { run: Some(7), ..Journal::default() };
        journal.append(&of, &line(1, "s2"));
        journal.append(&of, &line(2, "s1"));
        assert_eq!(journal.last(), 2);
    }

    #[test]
    fn entries_wait_while_pages_before_them_are_still_to_be_read() {
        let mut journal = Journal { more: true, lines: vec![line(1, "s1")], run: Some(7) };
        assert!(journal.append(&JournalOf::Run(7), &line(9, "s1")), "it is to be read");
        assert_eq!(journal.last(), 1);
    }
}
