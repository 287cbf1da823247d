//! Writing to the terminal: documents, tables, failures and progress.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::domain::failure::Failure;

/// One JSON document on one line of standard output.
pub(super) fn json<T: Serialize>(document: &T) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, document)?;
    writeln!(out)?;
    out.flush()
}

/// A line on standard output.
pub(super) fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// A line on standard error. If even that is closed there is nobody to tell.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A failure in three lines.
pub(super) fn failure(server: &str, failure: &Failure) {
    complain(&format!(
        "{server}: {}\n  state   {}\n  next    {}",
        safe(&failure.what),
        safe(&failure.state),
        safe(&failure.next)
    ));
}

/// Text of a BMC's making, without what a terminal would obey.
pub(super) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// As [`safe`], of text that may have several lines.
pub(super) fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// A table with a header; columns as wide as their widest cell.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.len()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| safe(cell)).collect()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = io::stdout().lock();
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    write(&mut header.iter().copied())?;
    rows.iter().try_for_each(|row| write(&mut row.iter().map(String::as_str)))
}

/// A line on standard error that is rewritten in place, only where a person watches.
pub(super) struct ProgressLine {
    shown: bool,
    watched: bool,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self { shown: false, watched: io::stderr().is_terminal() }
    }

    pub(super) fn show(&mut self, text: &str) {
        if self.watched {
            self.shown = true;
            let mut err = io::stderr().lock();
            let _ = write!(err, "\r{text:<60}").and_then(|()| err.flush());
        }
    }

    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let mut err = io::stderr().lock();
            let _ = write!(err, "\r{:<60}\r", "").and_then(|()| err.flush());
        }
    }
}
