//! From a tool's streams to whoever listens: lines with time and stream, cut and masked.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Lines, Piece};
use crate::bmc::transcript::Redactor;

/// Bytes of one stream that are kept; what follows is counted.
const KEPT: u64 = 4 << 20;

/// Characters of a line that are shown.
pub(super) const SHOWN: usize = 4096;

/// Where a tool said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
    /// The terminal that it was given.
    Terminal,
    /// What we answered to it.
    Answer,
}

/// One line of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was whole.
    pub at: Timestamp,
    /// Where.
    pub stream: Stream,
    /// The line, without secrets, escapes and control characters.
    pub text: String,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line, for the record.
    Line(Line),
    /// A line that is being written over, for the moment.
    Progress(Line),
}

/// Who listens to a tool.
pub trait Sink: Send + Sync {
    /// Takes one thing that was said; must not block for long, since the tool waits meanwhile.
    fn hear(&self, heard: Heard);
}

/// Keeps the lines in memory, for those who read a tool's answer as a whole.
#[derive(Debug, Default)]
pub struct Gathered {
    lines: Mutex<Vec<Line>>,
}

impl Gathered {
    /// What was said so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was said so far as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines().iter().fold(String::new(), |text, line| text + &line.text + "\n")
    }

    /// What one stream said.
    #[must_use]
    pub fn of(&self, stream: Stream) -> String {
        let lines = self.lines();
        lines.iter().filter(|line| line.stream == stream).fold(String::new(), |text, line| text + &line.text + "\n")
    }
}

impl Sink for Gathered {
    fn hear(&self, heard: Heard) {
        if let Heard::Line(line) = heard {
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}

/// One stream's way to the listener.
pub(super) struct Pump<'a> {
    stream: Stream,
    lines: Lines,
    bytes: u64,
    redactor: &'a Redactor,
}

impl<'a> Pump<'a> {
    pub(super) fn new(stream: Stream, redactor: &'a Redactor) -> Self {
        Self { stream, lines: Lines::default(), bytes: 0, redactor }
    }

    /// Takes bytes. Of what is written over within them only the last state is told.
    pub(super) fn push(&mut self, bytes: &[u8], now: Timestamp, sink: &dyn Sink) {
        let room = KEPT.saturating_sub(self.bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        let kept = bytes.get(..usize::try_from(room).unwrap_or(usize::MAX)).unwrap_or(bytes);
        let mut pieces = self.lines.push(kept).into_iter().peekable();
        if kept.len() < bytes.len() {
            // The rest of this line is not kept, and what is half a secret would not be known for one.
            let _ = self.lines.finish();
        }
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Progress(_) if pieces.peek().is_some() => {}
                piece => self.tell(piece, now, sink),
            }
        }
    }

    /// Ends the line that stands open: its question was answered.
    pub(super) fn finish_line(&mut self, now: Timestamp, sink: &dyn Sink) {
        if let Some(piece) = self.lines.finish() {
            self.tell(piece, now, sink);
        }
    }

    /// Tells what is left without an end of line.
    pub(super) fn finish(&mut self, now: Timestamp, sink: &dyn Sink) {
        self.finish_line(now, sink);
        if self.bytes > KEPT {
            let text = format!("[{} bytes in all, of which the first {KEPT} are kept]", self.bytes);
            sink.hear(Heard::Line(Line { at: now, stream: self.stream, text }));
        }
    }

    /// What stands before the cursor.
    pub(super) fn open(&self) -> String {
        self.redactor.clean(&self.lines.open())
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) const fn is_cut(&self) -> bool {
        self.bytes > KEPT || self.lines.is_cut()
    }

    fn tell(&self, piece: Piece, at: Timestamp, sink: &dyn Sink) {
        let line = |text: &str| Line { at, stream: self.stream, text: shown(self.redactor.clean(text)) };
        sink.hear(match piece {
            Piece::Line(text) => Heard::Line(line(&text)),
            Piece::Progress(text) => Heard::Progress(line(&text)),
        });
    }
}

/// The part of a line that is shown.
fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
    }
    text
}

/// Whether a line that does not end is a question: tools also let a line stand open while they work.
pub(super) fn is_question(open: &str) -> bool {
    let text = open.trim_end();
    let lower = text.to_lowercase();
    text.ends_with(['?', ':', '>'])
        || ["(y/n)", "[y/n]", "<y/n>", "y/n", "yes/no)", "yes/no]"].iter().any(|choice| lower.ends_with(choice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_told_from_work_that_takes_its_time() {
        for question in [
            "Password: ",
            "Services may be affected during upgrade. Do you wish to continue? (y/n): ",
            "Overwrite (Y/N)",
            "iLOrest > ",
            "Are you sure?",
        ] {
            assert!(is_question(question), "{question}");
        }
        for work in [
            "Performing preparation stage...",
            "|   0|BMC | 45%|",
            "",
            "Updating",
            "    Waiting firmware activation...",
        ] {
            assert!(!is_question(work), "{work}");
        }
    }

    #[test]
    fn a_secret_is_masked_however_the_tool_writes_it() {
        let redactor = Redactor::default();
        redactor.learn("hunter2");
        let (said, mut pump) = (Gathered::default(), Pump::new(Stream::Output, &redactor));
        for bytes in ["login hun", "ter2 \x1b[1mhunt\x1b[0mer2\n", "hunter2: "] {
            pump.push(bytes.as_bytes(), Timestamp::UNIX_EPOCH, &said);
        }
        assert!(!pump.open().contains("hunter2"));
        pump.finish(Timestamp::UNIX_EPOCH, &said);
        assert_eq!(said.text(), "login [redacted] [redacted]\n[redacted]: \n");
    }

    #[test]
    fn a_secret_at_a_cut_is_masked_or_dropped_whole() {
        let redactor = Redactor::default();
        redactor.learn("hunter2-secret");
        let (said, mut pump) = (Gathered::default(), Pump::new(Stream::Output, &redactor));
        let tell = |pump: &mut Pump<'_>, bytes: &[u8]| pump.push(bytes, Timestamp::UNIX_EPOCH, &said);
        // Over the end of what is shown of a line, and over the end of all that is kept.
        tell(&mut pump, &[&vec![b'x'; SHOWN - 6][..], b"hunter2-secret\n"].concat());
        let left = usize::try_from(KEPT).unwrap() - SHOWN - 9;
        let fill = [&b"y\n".repeat(left / 2 - 4)[..], b"hunter2-secret"].concat();
        tell(&mut pump, &fill);
        tell(&mut pump, b" and more\n");
        pump.finish(Timestamp::UNIX_EPOCH, &said);
        assert!(pump.is_cut());
        assert!(!said.text().contains("hunt"), "half a secret was shown");
    }

    #[test]
    fn a_flood_is_counted_and_cut() {
        let redactor = Redactor::default();
        let (said, mut pump) = (Gathered::default(), Pump::new(Stream::Output, &redactor));
        let block = b"0123456789abcde\n".repeat(65536);
        (0..6).for_each(|_| pump.push(&block, Timestamp::UNIX_EPOCH, &said));
        pump.finish(Timestamp::UNIX_EPOCH, &said);
        assert!(pump.is_cut());
        assert_eq!(pump.bytes(), 6 << 20);
        let lines = said.lines();
        assert_eq!(lines.len(), usize::try_from(KEPT / 16).unwrap() + 1);
        assert!(lines.last().unwrap().text.starts_with("[6291456 bytes in all"));
    }
}
