//! Checksums that are none: placeholders, other algorithms, slips.

use serde::Serialize;

use crate::domain::digest::Sha256;

/// Why a text is no SHA-256 of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum BadChecksum {
    /// `TODO`, `example_checksum...`, `...`.
    #[error("`{0}` is a placeholder")]
    Word(String),
    /// The same few digits over and over.
    #[error("it repeats `{0}`, so it is a placeholder")]
    Repeated(String),
    /// `0123456789abcdef...`
    #[error("its digits only count up or down, so it is a placeholder")]
    Counting,
    /// `deadbeef`, `cafebabe` and the like.
    #[error("it holds `{0}`, so it is a placeholder")]
    Joke(&'static str),
    /// The digest of nothing: the file was empty or missing when it was made.
    #[error("it is the digest of an empty file")]
    OfNothing,
    /// The length of an MD5.
    #[error("32 digits are an MD5, which proves nothing about a firmware")]
    Md5,
    /// The length of a SHA-1.
    #[error("40 digits are a SHA-1, which proves too little about a firmware")]
    Sha1,
    /// The length of a SHA-384 or SHA-512.
    #[error("{0} digits are a SHA-{bits}", bits = .0 * 4)]
    Sha2(usize),
    /// Another length.
    #[error("it has {0} digits instead of 64")]
    Length(usize),
    /// A character that is no hex digit.
    #[error("`{0}` is no hex digit")]
    NotHex(char),
}

/// Source: `sha256sum </dev/null`.
const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Hex words that people fill gaps with. None has a fair chance to stand twice in a real digest.
const JOKES: [&str; 7] = ["deadbeef", "cafebabe", "badc0ffee", "baadf00d", "feedface", "c0ffee", "deadc0de"];

/// Words of placeholders, in lower case. The origin's files had `sha256:example_checksum...` (facts: formats 2.7).
const WORDS: [&str; 9] = ["todo", "tbd", "fixme", "example", "checksum", "placeholder", "change", "fill", "xxxx"];

/// Reads a checksum.
pub(super) fn read(text: &str) -> Result<Sha256, BadChecksum> {
    let digits = text.trim().strip_prefix("sha256:").unwrap_or(text.trim()).to_ascii_lowercase();
    if WORDS.iter().any(|word| digits.contains(word)) || !digits.chars().any(char::is_alphanumeric) {
        return Err(BadChecksum::Word(text.chars().take(40).collect()));
    }
    if let Some(odd) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(BadChecksum::NotHex(odd));
    }
    if let Some(filler) = filler(&digits) {
        return Err(filler);
    }
    match digits.len() {
        64 if digits == OF_NOTHING => Err(BadChecksum::OfNothing),
        64 => digits.parse().map_err(|_| BadChecksum::Length(digits.len())),
        32 => Err(BadChecksum::Md5),
        40 => Err(BadChecksum::Sha1),
        96 | 128 => Err(BadChecksum::Sha2(digits.len())),
        length => Err(BadChecksum::Length(length)),
    }
}

/// Digits that somebody typed. A real digest has such a form with a chance below one in 2^60.
fn filler(digits: &str) -> Option<BadChecksum> {
    for period in 1..=16.min(digits.len() / 2) {
        let is_repeated = digits.bytes().zip(digits.bytes().skip(period)).all(|(a, b)| a == b);
        if is_repeated {
            return Some(BadChecksum::Repeated(digits[..period].to_owned()));
        }
    }
    let values: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
    for step in [1, 15] {
        if values.len() > 15 && values.windows(2).all(|pair| (pair[0] + step) % 16 == pair[1]) {
            return Some(BadChecksum::Counting);
        }
    }
    // ten digits counted in base ten: 1234567890123...
    if values.len() > 15 && values.windows(2).all(|pair| (pair[0] + 1) % 10 == pair[1] % 10) {
        return Some(BadChecksum::Counting);
    }
    // one digit nearly everywhere: 000...0001
    let most = (0..16).map(|digit| values.iter().filter(|value| **value == digit).count()).max().unwrap_or(0);
    if values.len() >= 32 && most * 4 >= values.len() * 3 {
        return Some(BadChecksum::Repeated(digits.chars().nth(values.len() / 2).map(String::from).unwrap_or_default()));
    }
    JOKES.iter().find(|joke| twice_or_at_an_end(digits, joke)).map(|joke| BadChecksum::Joke(joke))
}

/// Eight digits may stand once in a real digest by chance (one in 10^8); at its begin or end, or twice, they do not.
fn twice_or_at_an_end(digits: &str, joke: &str) -> bool {
    digits.matches(joke).count() > 1 || (joke.len() >= 8 && (digits.starts_with(joke) || digits.ends_with(joke)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_no_checksum() {
        let zeros = "0".repeat(64);
        let one = format!("{}1", "0".repeat(63));
        for (text, wrong) in [
            ("", BadChecksum::Word(String::new())),
            ("TODO", BadChecksum::Word("TODO".into())),
            ("sha256:example_checksum_for_bios", BadChecksum::Word("sha256:example_checksum_for_bios".into())),
            (zeros.as_str(), BadChecksum::Repeated("0".into())),
            (one.as_str(), BadChecksum::Repeated("0".into())),
            (&"a1".repeat(32), BadChecksum::Repeated("a1".into())),
            (&"deadbeef".repeat(8), BadChecksum::Repeated("deadbeef".into())),
            (&"0123456789abcdef".repeat(4), BadChecksum::Repeated("0123456789abcdef".into())),
            (&format!("deadbeef{}", &OF_NOTHING[8..]), BadChecksum::Joke("deadbeef")),
            (&"1234567890".repeat(7)[..64], BadChecksum::Repeated("1234567890".into())),
            (OF_NOTHING, BadChecksum::OfNothing),
            ("d41d8cd98f00b204e9800998ecf8427e", BadChecksum::Md5),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", BadChecksum::Sha1),
            (&OF_NOTHING[1..], BadChecksum::Length(63)),
            (&format!("{}g", &OF_NOTHING[1..]), BadChecksum::NotHex('g')),
        ] {
            assert_eq!(read(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn real_digests_are_taken() {
        for text in [
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,70}") {
            let _ = read(&text);
        }

        #[test]
        fn a_digest_of_anything_is_taken(bytes in proptest::prelude::any::<[u8; 32]>()) {
            proptest::prop_assert!(read(&Sha256(bytes).to_string()).is_ok());
        }
    }
}
