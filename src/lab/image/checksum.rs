//! Sums over bytes that come in pieces of any size.

/// The lab's own 64-bit sum. Every step is a bijection of the state, so a changed byte always changes it; eight bytes a
/// step keep up with a fleet's uploads.
#[derive(Debug, Clone, Default)]
pub(super) struct Checksum {
    state: u64,
    held: Vec<u8>,
    length: u64,
}

impl Checksum {
    /// Takes more bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(length(bytes));
        if !self.held.is_empty() {
            let missing = (8 - self.held.len()).min(bytes.len());
            let (first, rest) = bytes.split_at(missing);
            self.held.extend_from_slice(first);
            bytes = rest;
            if let Ok(word) = <[u8; 8]>::try_from(self.held.as_slice()) {
                self.step(u64::from_le_bytes(word));
                self.held.clear();
            }
        }
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.step(u64::from_le_bytes(*word));
        }
        self.held.extend_from_slice(rest);
    }

    /// The sum.
    pub(super) fn finish(mut self) -> u64 {
        let length = self.length;
        let mut last = [0_u8; 8];
        for (to, from) in last.iter_mut().zip(&self.held) {
            *to = *from;
        }
        self.step(u64::from_le_bytes(last));
        self.step(length);
        self.state
    }

    fn step(&mut self, word: u64) {
        self.state = (self.state ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

/// The length of some bytes.
pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

const CRC: [[u32; 256]; 8] = crc_tables();

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut byte = 0_usize;
    let mut value = 0_u32;
    while byte < 256 {
        let mut sum = value;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
        value += 1;
    }
    let mut table = 1;
    while table < 8 {
        byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// A zip member's CRC-32, eight bytes a step; `sum` is that of the bytes before.
pub(super) fn crc32(sum: u32, bytes: &[u8]) -> u32 {
    let at = |table: usize, byte: u64| CRC[table][usize::try_from(byte & 0xff).unwrap_or(0)];
    let mut sum = !sum;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word) ^ u64::from(sum);
        sum = (0..8).fold(0, |sum, byte| sum ^ at(7 - byte, word >> (8 * byte)));
    }
    for byte in rest {
        sum = (sum >> 8) ^ at(0, u64::from(sum ^ u32::from(*byte)));
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_is_that_of_zip() {
        assert_eq!(crc32(0, b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xCBF4_3926);
    }

    #[test]
    fn a_sum_does_not_depend_on_the_pieces() {
        let bytes: Vec<u8> = (0..=255).collect();
        let sum = |piece: usize| {
            let mut sum = Checksum::default();
            bytes.chunks(piece).for_each(|piece| sum.push(piece));
            sum.finish()
        };
        assert!((1..40).all(|piece| sum(piece) == sum(256)));
    }
}
