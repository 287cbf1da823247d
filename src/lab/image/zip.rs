//! A zip archive of stored members, as much of it as the lab's packages need (PKWARE APPNOTE 4.3).

use super::{
    checksum::{crc32, length},
    label::SUM,
    write::Filling,
};

/// An archive in the making. The last member is the filling, which is not held.
#[derive(Debug, Default)]
pub(super) struct Zip {
    /// What stands before the archive in the same file (Dell's program).
    before: Vec<u8>,
    members: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    /// An archive behind other bytes; offsets count from the beginning of the file.
    pub(super) fn behind(before: Vec<u8>) -> Self {
        Self { before, ..Self::default() }
    }

    /// Adds a small member.
    pub(super) fn add(&mut self, name: &str, data: &[u8]) {
        self.member(name, crc32(0, data), length(data));
        self.members.extend_from_slice(data);
    }

    /// Adds the filling as the last member: what stands before it and what stands behind it.
    pub(super) fn finish(mut self, name: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
        let mut sum = 0;
        filling
            .each(|piece| {
                sum = crc32(sum, piece);
                Ok(())
            })
            .unwrap_or_default();
        self.member(name, sum, filling.length);
        let mut head = self.before;
        head.extend_from_slice(&self.members);
        let start = length(&head) + filling.length;
        let mut tail = self.directory;
        let size = length(&tail);
        tail.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        tail.extend_from_slice(&self.count.to_le_bytes());
        tail.extend_from_slice(&self.count.to_le_bytes());
        tail.extend_from_slice(&short(size).to_le_bytes());
        tail.extend_from_slice(&short(start).to_le_bytes());
        // The comment: room for the image's sum.
        tail.extend_from_slice(&[16, 0]);
        tail.extend_from_slice(&[b'0'; SUM]);
        (head, tail)
    }

    fn member(&mut self, name: &str, sum: u32, size: u64) {
        let offset = short(length(&self.before) + length(&self.members));
        let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        // Version 2.0, no flags, stored, 2024-01-01 00:00.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58];
        for number in [sum, short(size), short(size)] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&name_length.to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        self.members.extend_from_slice(b"PK\x03\x04");
        self.members.extend_from_slice(&common);
        self.members.extend_from_slice(name.as_bytes());
        self.directory.extend_from_slice(b"PK\x01\x02\x14\0");
        self.directory.extend_from_slice(&common);
        // No comment, disk 0, no attributes.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.count += 1;
    }
}

/// Sizes in a zip have 32 bits; a lab image is never larger.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
