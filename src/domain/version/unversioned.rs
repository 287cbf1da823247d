//! Texts in a version's place that are no version, or a name without an order.

/// Texts that vendors write where nothing is. Compared without case.
/// Source: captured inventories of Supermicro (`Not Present`), Cray (`undefined`); facts: peers 5, formats (SMBIOS).
const PLACEHOLDERS: [&str; 25] = [
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "undefined",
    "unavailable",
    "uninitialized",
    "unspecified",
    "invalid",
    "absent",
    "empty",
    "tbd",
    "not present",
    "not available",
    "not applicable",
    "not specified",
    "not supported",
    "not installed",
    "no version",
    "version not available",
    "default string",
    "to be filled by o.e.m.",
    "to be filled by oem",
];

/// The text without what surrounds it: blanks, NULs and other control characters.
pub(super) fn tidy(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether a tidied text says that there is no version. `-*` and `*-*` are Lenovo's "nothing pending".
pub(super) fn is_placeholder(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric) || PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A name that only looks like a version: a PSID (`MT_0000000884`, `DEL0000000004`: a Mellanox board's parameter set),
/// a GUID (`0004:4bff:fedc:def0`), a UUID or a MAC address.
pub(super) fn is_name(text: &str) -> bool {
    let hex = |field: &str| !field.is_empty() && field.bytes().all(|b| b.is_ascii_hexdigit());
    let groups = |separator: char| -> Vec<usize> {
        if text.split(separator).all(hex) { text.split(separator).map(str::len).collect() } else { Vec::new() }
    };
    let colons = groups(':');
    is_psid(text) || colons == [4; 4] || colons.len() >= 6 || groups('-') == [8, 4, 4, 4, 12]
}

/// Three characters for the maker, ten digits for the board.
fn is_psid(text: &str) -> bool {
    let Some((maker, board)) = text.split_at_checked(3) else { return false };
    board.len() == 10
        && board.bytes().all(|b| b.is_ascii_digit())
        && maker.starts_with(|c: char| c.is_ascii_uppercase())
        && maker.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}
