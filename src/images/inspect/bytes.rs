//! Bounded reads of a foreign file.

use std::io::{Read, Seek, SeekFrom};

/// What images are read from.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// A file and its length. A read that fails or goes beyond the end gives fewer bytes, never an error: what cannot be
/// read says nothing.
pub(super) struct Bytes<'a> {
    input: &'a mut dyn ReadSeek,
    length: u64,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(input: &'a mut dyn ReadSeek) -> Self {
        let length = input.seek(SeekFrom::End(0)).unwrap_or(0);
        Self { input, length }
    }

    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    /// At most `count` bytes from `offset`.
    pub(super) fn at(&mut self, offset: u64, count: usize) -> Vec<u8> {
        let there = self.length.saturating_sub(offset).min(count as u64);
        let mut read = Vec::new();
        if there > 0 && self.input.seek(SeekFrom::Start(offset)).is_ok() {
            // what was read before an error stands
            let _ = (&mut self.input).take(there).read_to_end(&mut read);
        }
        read
    }

    /// The last `count` bytes and their offset.
    pub(super) fn tail(&mut self, count: usize) -> (u64, Vec<u8>) {
        let offset = self.length.saturating_sub(count as u64);
        (offset, self.at(offset, count))
    }

    /// The file from `offset`, for readers of its own kind.
    pub(super) fn from(&mut self, offset: u64) -> &mut dyn ReadSeek {
        // a failed seek shows as bytes that make no sense, which every reader expects
        let _ = self.input.seek(SeekFrom::Start(offset));
        self.input
    }
}

/// Where `wanted` begins in `bytes`.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// Where `wanted` begins last in `bytes`.
pub(super) fn find_last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(bytes, wanted)
}

/// `N` bytes from `offset`.
pub(super) fn array<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

/// A little-endian number of two bytes.
pub(super) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    array(bytes, offset).map(u16::from_le_bytes)
}

/// A little-endian number of four bytes.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array(bytes, offset).map(u32::from_le_bytes)
}

/// A GUID whose first three fields are little-endian, as in UEFI and HPE headers.
pub(super) fn guid(bytes: &[u8], offset: usize) -> Option<String> {
    let [a, b, c, d, e, f, g, h, rest @ ..]: [u8; 16] = array(bytes, offset)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (first, last) = rest.split_at(2);
    Some(format!("{}-{}-{}-{}-{}", hex(&[d, c, b, a]), hex(&[f, e]), hex(&[h, g]), hex(first), hex(last)))
}

/// Text up to the first NUL, without blanks around it and without anything that is no text.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text: String = String::from_utf8_lossy(&bytes[..end])
        .chars()
        .filter(|c| !c.is_control() && *c != char::REPLACEMENT_CHARACTER)
        .take(120)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Foreign text in a form that can be shown: no control characters, not too long.
pub(super) fn shown(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(120).collect()
}
