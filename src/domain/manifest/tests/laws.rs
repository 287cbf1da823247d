use proptest::prelude::*;

use super::*;

/// Lines of a manifest, right and wrong, to be put in any order.
const LINES: [&str; 24] = [
    "[[image]]",
    "[image]",
    "id = \"a\"",
    "id = 1",
    "vendor = \"dell\"",
    "vendor = \"hpe\"",
    "kind = \"bios\"",
    "kind = \"bmc\"",
    "version = \"1.2\"",
    "min_from = \"1.3\"",
    "sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
    "size = 99999999999999999999",
    "size = 0x10",
    "file = \"a\"",
    "[image.match]",
    "[[image.match]]",
    "models = [\"*\", 1]",
    "[[image.requires]]",
    "at_least = \"1.0\"",
    "[[baseline]]",
    "[[baseline.for]]",
    "wanted = [\"a\", { kind = \"bmc\", version = \"1\" }, []]",
    "[order]",
    "dell = [\"bios\", 1, \"bios\"]",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place_in_it(text in "\\PC{0,80}|[\\[\\]a-z =\"\n.0-9{}]{0,80}") {
        for finding in read_one(&text).findings {
            prop_assert!(finding.line >= 1 && finding.line <= text.matches('\n').count() + 1);
            prop_assert!(finding.column >= 1);
            prop_assert!(!finding.to_string().is_empty() && !finding.problem.word().is_empty());
        }
    }

    #[test]
    fn lines_in_any_order_are_read_or_refused(picked in prop::collection::vec(prop::sample::select(LINES.to_vec()), 0..20)) {
        let text = picked.join("\n");
        for finding in read_one(&text).findings {
            prop_assert!(!finding.to_string().is_empty() && !finding.problem.word().is_empty());
        }
    }
}
