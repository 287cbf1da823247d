//! An image read from a stream, in constant memory.

use super::{
    checksum::{Checksum, length},
    label::{self, END, MARKER, SUM, Spec},
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
    sum: Checksum,
    /// The last bytes, which are the sum if nothing follows them.
    last: Vec<u8>,
    length: u64,
}

impl Reader {
    /// Takes the next piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(length(bytes));
        let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..missing).unwrap_or_default());
        match bytes.len().checked_sub(SUM) {
            Some(before) => {
                let (before, last) = bytes.split_at(before);
                self.sum.push(&self.last);
                self.sum.push(before);
                self.last.clear();
                self.last.extend_from_slice(last);
            }
            None => {
                self.last.extend_from_slice(bytes);
                let over = self.last.len().saturating_sub(SUM);
                self.sum.push(self.last.get(..over).unwrap_or_default());
                self.last.drain(..over);
            }
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
    pub fn finish(self) -> Result<Spec, Flaw> {
        let spec = find_label(&self.head).ok_or(Flaw::NotOurs)?;
        if self.length < spec.size {
            return Err(Flaw::Truncated);
        }
        let sum = format!("{:016x}", self.sum.finish());
        if self.length > spec.size || sum.as_bytes() != self.last { Err(Flaw::Corrupt) } else { Ok(spec) }
    }
}

fn find_label(head: &[u8]) -> Option<Spec> {
    let start = find(head, MARKER)?;
    let end = start + find(head.get(start..)?, END)?;
    let text = String::from_utf8(head.get(start..end)?.to_vec()).ok()?;
    label::parse(&text)
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}
