//! An image written in pieces.

use std::io;

use md5::{Digest as _, Md5};

use super::{
    Spec,
    checksum::{Checksum, length},
    container::{self, Frame},
    hpm,
    label::SUM,
};
use crate::lab::personality::Personality;

/// Bytes of filling made at a time.
const PIECE: usize = 64 * 1024;
/// Where an image begins to be one: smaller ones are made this large.
const SMALLEST: u64 = 32 * 1024;
/// Sizes are multiples of a tar's block, so that no container needs padding.
const BLOCK: u64 = 512;

/// One image, ready to be written.
#[derive(Debug, Clone)]
pub struct Image {
    name: String,
    head: Vec<u8>,
    filling: Filling,
    tail: Vec<u8>,
}

impl Image {
    /// Makes the image of a specification. The same specification makes the same bytes.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let size = spec.size.max(SMALLEST).next_multiple_of(BLOCK);
        let mut filling = Filling { seed: spec.seed, length: 0 };
        // The frame's length does not depend on the filling: once to measure, once with its sum.
        let empty = container::frame(spec, size, filling);
        filling.length = size.saturating_sub(empty.around());
        let Frame { head, mut tail } = container::frame(spec, size, filling);
        let mut sum = Checksum::default();
        sum.push(&head);
        filling
            .each(|piece| {
                sum.push(piece);
                Ok(())
            })
            .unwrap_or_default();
        let end = tail.len().saturating_sub(SUM);
        sum.push(tail.get(..end).unwrap_or_default());
        tail.truncate(end);
        tail.extend_from_slice(format!("{:016x}", sum.finish()).as_bytes());
        let image = Self { name: spec.file_name(), head, filling, tail };
        if spec.personality == Personality::HpmBoard { image.in_hpm(spec) } else { image }
    }

    /// The same inside a container of HPM.1.
    fn in_hpm(mut self, spec: &Spec) -> Self {
        self.head = [hpm::head(spec, self.size()), self.head].concat();
        let mut sum = Md5::new();
        sum.update(&self.head);
        self.filling
            .each(|piece| {
                sum.update(piece);
                Ok(())
            })
            .unwrap_or_default();
        sum.update(&self.tail);
        self.tail.extend(sum.finalize());
        self
    }

    /// Its name in the vendor's manner.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        length(&self.head) + self.filling.length + length(&self.tail)
    }

    /// Writes it in pieces of 64 KiB.
    ///
    /// # Errors
    /// When the writer has one.
    pub fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        out.write_all(&self.head)?;
        self.filling.each(|piece| out.write_all(piece))?;
        out.write_all(&self.tail)
    }

    /// All of it at once, for small ones.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        self.filling
            .each(|piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })
            .unwrap_or_default();
        bytes.extend_from_slice(&self.tail);
        bytes
    }
}

/// What stands where a vendor's code would: bytes drawn by the seed, which do not compress and never repeat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling {
    pub(super) seed: u64,
    pub(super) length: u64,
}

impl Filling {
    /// Hands out all of it in pieces.
    pub(super) fn each(self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut piece = vec![0_u8; PIECE];
        let mut state = self.seed ^ 0x1AB0_1AB0_1AB0_1AB0;
        let mut left = self.length;
        while left > 0 {
            let (words, _) = piece.as_chunks_mut::<8>();
            for word in words {
                // SplitMix64.
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                *word = (mixed ^ (mixed >> 31)).to_le_bytes();
            }
            let now = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            take(piece.get(..now).unwrap_or_default())?;
            left -= u64::try_from(now).unwrap_or(left);
        }
        Ok(())
    }
}
