//! Family nv: product words, numbers, stages, marks and commits. NVIDIA, OpenBMC, Cray, Intel.

use super::{
    reading::{Reading, iso},
    sequence::{Natural, Sequence, Stage, Tail, is_digits},
};

/// `HGX-22.10-1-rc34`, `01.03.0136.0000_n01`, `4.9.0-25-g0ce57e322`, `ex235n.bios-1.2.1`,
/// `SE5C620.86B.02.01.0008.C0001.031920191559`, `nc.1.6.19-5-shasta-release.arm.2022-02-25T01:38:09+00:00.d20b426`.
pub(super) fn nv(text: &str) -> Option<Reading> {
    if text.bytes().any(|b| !b.is_ascii_alphanumeric() && !b".-_:()+".contains(&b)) {
        return None;
    }
    if let Some((head, stamp, commit)) = stamped(text) {
        let mut number = sequence(&tokens(head))?;
        if !commit.is_empty() {
            number.tail(Tail::Commit(commit.to_owned()));
        }
        return Some(Reading { date: Some(stamp), ..Reading::plain(number) });
    }
    let mut tokens = tokens(text);
    let date = tokens.last().and_then(|last| build_minute(last));
    if date.is_some() {
        tokens.pop();
    }
    let number = sequence(&tokens)?;
    Some(Reading { date, ..Reading::plain(number) })
}

fn tokens(text: &str) -> Vec<&str> {
    text.split(['.', '-', '_', ':', '(', ')', '+']).filter(|token| !token.is_empty()).collect()
}

/// Reads tokens in order; none if one is empty or there is no number.
pub(super) fn sequence(tokens: &[&str]) -> Option<Sequence> {
    let mut out = Sequence::new();
    for token in tokens {
        let first = !out.has_numbers();
        if let Some(number) = Natural::decimal(token) {
            out.number(number);
        } else if let Some(number) = token.strip_prefix(['v', 'V']).and_then(Natural::decimal).filter(|_| first) {
            out.number(number);
        } else if token.is_empty() || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        } else if let Some(tail) = tail(token).filter(|_| !first) {
            out.tail(tail);
        } else {
            out.word(token);
        }
    }
    out.has_numbers().then_some(out)
}

fn tail(token: &str) -> Option<Tail> {
    let lower = token.to_ascii_lowercase();
    let counted = |word: &str| {
        let digits = lower.strip_prefix(word)?;
        if digits.is_empty() { Some(Natural::new("0")) } else { Natural::decimal(digits) }
    };
    for stage in [Stage::Candidate, Stage::Beta, Stage::Alpha, Stage::Dev] {
        if let Some(number) = counted(stage.word()) {
            return Some(Tail::Before(stage, number));
        }
    }
    if let Some(number) = lower.strip_prefix("rev").and_then(Natural::decimal) {
        return Some(Tail::Revision(number));
    }
    if lower.strip_prefix('n').is_some_and(is_digits) {
        return Some(Tail::Mark(lower));
    }
    let described = token.strip_prefix('g').filter(|hash| is_commit(hash));
    let bare = is_commit(token) && token.bytes().any(|b| b.is_ascii_digit());
    described.or(bare.then_some(token)).map(|hash| Tail::Commit(hash.to_owned()))
}

/// git writes commits in lower case; upper case is a hexadecimal field.
fn is_commit(text: &str) -> bool {
    (6..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Intel's build minute at the end of a BIOS id: `031920191559` is 2019-03-19 15:59.
fn build_minute(token: &str) -> Option<String> {
    if token.len() != 12 || !is_digits(token) {
        return None;
    }
    let date = iso(&token[4..8], &token[..2], &token[2..4])?;
    (&token[8..10] < "24" && &token[10..] < "60").then(|| format!("{date}T{}:{}", &token[8..10], &token[10..]))
}

/// Cray's build time inside an id, in UTC: what stands before it, the time, the commit after it.
fn stamped(text: &str) -> Option<(&str, String, &str)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let fits = |window: &[u8]| {
        window.iter().zip(SHAPE).all(|(c, shape)| if *shape == b'0' { c.is_ascii_digit() } else { c == shape })
    };
    let at = text.as_bytes().windows(SHAPE.len()).position(fits)?;
    let (head, rest) = text.split_at(at);
    let (stamp, rest) = rest.split_at(SHAPE.len());
    iso(&stamp[..4], &stamp[5..7], &stamp[8..10])?;
    let rest = rest.strip_prefix("+00:00").or_else(|| rest.strip_prefix('Z'))?;
    let commit = if rest.is_empty() { rest } else { rest.strip_prefix('.').filter(|hash| is_commit(hash))? };
    Some((head, stamp.to_owned(), commit))
}
