//! A tar archive (POSIX ustar), as much of it as the lab's OpenBMC images need.

use super::{checksum::length, write::Filling};

const BLOCK: u64 = 512;

/// A small member with its padding.
pub(super) fn member(name: &str, data: &[u8]) -> Vec<u8> {
    let mut out = header(name, length(data));
    out.extend_from_slice(data);
    out.extend_from_slice(&padding(length(data)));
    out
}

/// The last member, whose data is not held: what stands before and behind it.
pub(super) fn last(name: &str, filling: Filling) -> (Vec<u8>, Vec<u8>) {
    let mut tail = padding(filling.length);
    // Two empty blocks end an archive; what follows them nobody reads, and there the image's sum has its place.
    tail.extend_from_slice(&[0; 1536]);
    (header(name, filling.length), tail)
}

fn padding(size: u64) -> Vec<u8> {
    vec![0; usize::try_from((BLOCK - size % BLOCK) % BLOCK).unwrap_or_default()]
}

fn header(name: &str, size: u64) -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    let mut put = |at: usize, text: &str| put_at(&mut header, at, text);
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    // 2024-01-01.
    put(136, "14544401200\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put_at(&mut header, 148, &format!("{sum:06o}\0 "));
    header
}

fn put_at(header: &mut [u8], at: usize, text: &str) {
    for (to, from) in header.iter_mut().skip(at).zip(text.bytes()) {
        *to = from;
    }
}
