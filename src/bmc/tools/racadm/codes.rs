//! Codes of messages: `RAC987`, `RED007`, `JCP001`. Pure.

/// One code with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// `RED007`.
    pub id: String,
    /// What is said behind it on its line.
    pub words: String,
}

/// The registries that an iDRAC and its Lifecycle Controller speak from.
const REGISTRIES: [&str; 12] = ["RAC", "RED", "SYS", "SUP", "JCP", "PR", "LC", "PSU", "SWC", "UEFI", "SWU", "PCI"];

/// The codes in a text, in its order: a registry, digits, a colon. `RAC1118 :` has a space before it.
#[must_use]
pub fn codes(said: &str) -> Vec<Code> {
    said.lines().filter_map(|line| line_code(line.trim())).collect()
}

/// A code anywhere in a line, by the first colon that one stands before.
pub(super) fn line_code(line: &str) -> Option<Code> {
    line.match_indices(':').find_map(|(at, _)| {
        let before = line.get(..at)?.trim_end();
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |last| last + 1);
        let id = before.get(start..).filter(|word| is_code(word))?;
        let words = line.get(at + 1..)?.trim().trim_end_matches(']').trim_end();
        Some(Code { id: id.to_owned(), words: words.to_owned() })
    })
}

fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let registry = word.get(..word.len() - digits.len()).unwrap_or_default();
    REGISTRIES.contains(&registry) && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_found_with_their_words() {
        let said = "ERROR: RAC1135: The service has stopped.\nMessage= [RED007: Unable to verify it.]\nRAC1118 : Begun.\nTime: 12\n\
                    PR19: Done.\nABC123: no\n";
        let found = codes(said);
        let ids: Vec<_> = found.iter().map(|code| code.id.as_str()).collect();
        assert_eq!(ids, ["RAC1135", "RED007", "RAC1118", "PR19"]);
        assert_eq!(found[1].words, "Unable to verify it.");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|:|RED|RAC0| :|é){0,100}") {
            let _ = codes(&text);
        }
    }
}
