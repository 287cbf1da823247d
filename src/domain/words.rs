//! Words that people write: the nearest known one, texts compared as people mean them, and patterns with `*`.

/// Of `known`, the word nearest to `written`, if one is near enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let (distance, word) = known
        .into_iter()
        .map(|word| (distance(&written, &word.to_lowercase()), word))
        .min_by_key(|(edits, _)| *edits)?;
    (distance <= written.chars().count().max(3) / 2).then_some(word)
}

/// The end of a message about an unknown word: `; did you mean ...?`, or nothing.
#[must_use]
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// Edits between two words; two neighbours that changed places are one edit (optimal string alignment).
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let mut edits = (row[j] + usize::from(a[i] != b[j])).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                edits = edits.min(before[j - 1] + 1);
            }
            next.push(edits);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

/// Lower case without blanks, `-` and `_`: `iLO 6` and `ilo6`, `Open_BMC` and `openbmc` are one.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Whether `text` as a whole is as `pattern` says, whatever the case. `*` stands for any text, `?` for one character.
///
/// Work is at most the product of both lengths.
#[must_use]
pub fn is_like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut p, mut t) = (0, 0);
    // where the last `*` was, and how much of the text it has taken so far
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether `text` contains `part`, or is like it where `part` is a pattern; whatever the case.
#[must_use]
pub fn contains_or_is_like(part: &str, text: &str) -> bool {
    if is_pattern(part) { is_like(part, text) } else { text.to_lowercase().contains(&part.to_lowercase()) }
}

/// Whether the text holds `*` or `?`.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_only_if_it_may_be_meant() {
        assert_eq!(nearest("boos", ["bios", "bmc", "rack"]), Some("bios"));
        assert_eq!(nearest("evn", ["bios", "env"]), Some("env"));
        assert_eq!(nearest("RACKS", ["bios", "rack"]), Some("rack"));
        assert_eq!(nearest("zzzzzz", ["bios", "rack"]), None);
    }

    #[test]
    fn a_star_takes_any_text_and_the_rest_must_fit() {
        for (pattern, text, fits) in [
            ("PowerEdge R7*", "poweredge r750", true),
            ("*R7*0", "PowerEdge R750", true),
            ("*R7*0", "PowerEdge R750xs", false),
            ("R7?0", "R750", true),
            ("R7?0", "R70", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "abxbc", true),
            ("a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(is_like(pattern, text), fits, "{pattern} {text}");
        }
    }
}
