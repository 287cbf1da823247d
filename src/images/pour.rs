//! Bytes from one place to another, hashed on the way and never held as a whole.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest, Sha256 as Hasher};

use crate::domain::digest::Sha256;

/// Bytes that are held at a time. Large enough that system calls cost nothing beside the hashing.
const BUFFER: usize = 256 << 10;

/// Progress is told each time this many bytes are done.
const STEP: u64 = 4 << 20;

/// How far a copy or a check is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// All of them.
    pub total: u64,
}

/// Which side failed.
#[derive(Debug)]
pub(super) enum Failed {
    Reading(io::Error),
    Writing(io::Error),
}

/// Reads `from` to its end, writes all of it to `to` and hashes it. Returns the digest and the bytes read.
///
/// Stops at the first byte beyond `total`: a file that grows would never end.
pub(super) fn pour(
    from: &mut dyn Read,
    to: &mut dyn Write,
    total: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Sha256, u64), Failed> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; BUFFER];
    let (mut done, mut told) = (0, 0);
    progress(Progress { done, total });
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Reading(error)),
        };
        let bytes = &buffer[..read];
        hasher.update(bytes);
        to.write_all(bytes).map_err(Failed::Writing)?;
        done += read as u64;
        if done > total {
            break;
        }
        if done - told >= STEP || done == total {
            told = done;
            progress(Progress { done, total });
        }
    }
    Ok((Sha256(hasher.finalize().into()), done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_poured_arrives_whole_with_its_digest() {
        let bytes: Vec<u8> = (0..10_000_000_u32).map(|i| i.to_le_bytes()[1]).collect();
        let (mut to, mut told) = (Vec::new(), Vec::new());
        let total = bytes.len() as u64;
        let (digest, done) = pour(&mut bytes.as_slice(), &mut to, total, &mut |p| told.push(p.done)).unwrap();
        assert_eq!((to, done), (bytes.clone(), total));
        assert_eq!(digest, Sha256(Hasher::digest(&bytes).into()));
        assert!(told.is_sorted() && told.first() == Some(&0) && told.last() == Some(&total), "{told:?}");
    }

    #[test]
    fn a_file_that_grows_is_not_followed_for_ever() {
        let (_, done) = pour(&mut io::repeat(1), &mut io::sink(), 10, &mut |_| {}).unwrap();
        assert!(done > 10);
    }
}
