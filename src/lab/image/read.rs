//! An image read from a stream, in constant memory.

use super::{
    checksum::{Checksum, length},
    label::{self, END, Label, MARKER, SUM},
};

/// Everything but the filling lies in front of this.
const HEAD: usize = 16 * 1024;

/// What is wrong with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It has no label of the lab's.
    #[error("not an image of the lab")]
    NotOurs,
    /// It ends too early.
    #[error("the image is truncated")]
    Truncated,
    /// Its sum is another one.
    #[error("the image is corrupt")]
    Corrupt,
}

/// Reads an image that comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    head: Vec<u8>,
    label: Option<Label>,
    begun: bool,
    sum: Checksum,
    length: u64,
}

impl Reader {
    /// Takes the next piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(length(bytes));
        if self.begun {
            self.sum.push(bytes);
            return;
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= HEAD {
            self.begin();
        }
    }

    /// How many bytes have come.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What it was.
    ///
    /// # Errors
    /// When it is no image of the lab, or not a whole and unchanged one.
    pub fn finish(mut self) -> Result<Label, Flaw> {
        if !self.begun {
            self.begin();
        }
        let label = self.label.ok_or(Flaw::NotOurs)?;
        if self.length < label.size {
            return Err(Flaw::Truncated);
        }
        let sum = format!("{:016x}", self.sum.finish());
        if self.length > label.size || sum != label.checksum { Err(Flaw::Corrupt) } else { Ok(label) }
    }

    fn begin(&mut self) {
        self.begun = true;
        let mut head = std::mem::take(&mut self.head);
        self.label = take_label(&mut head);
        self.sum.push(&head);
    }
}

/// Finds the label and blanks the digits of its sum.
fn take_label(head: &mut [u8]) -> Option<Label> {
    let start = find(head, MARKER)?;
    let end = start + find(head.get(start..)?, END)?;
    let text = String::from_utf8(head.get(start..end)?.to_vec()).ok()?;
    let label = label::parse(&text)?;
    let digits = start + text.find(SUM)? + SUM.len();
    head.get_mut(digits..digits + 16)?.fill(b'0');
    Some(label)
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}
