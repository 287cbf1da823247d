mod laws;
mod lint;
mod matching;

use super::*;

/// A digest that is none of the placeholders, another for each `n`.
fn digest(n: u8) -> String {
    let mut bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 37 % 251).unwrap_or(0) ^ 0x5a);
    bytes[0] = n;
    Sha256(bytes).to_string()
}

/// An image that nothing is wrong with; `more` stands in its table, `rest` after it.
fn image(id: &str, more: &str, rest: &str) -> String {
    let n = id.bytes().fold(0, u8::wrapping_add);
    let has = |key: &str| more.lines().any(|line| line.trim_start().starts_with(&format!("{key} =")));
    let mut text = format!("[[image]]\nid = \"{id}\"\n");
    for (key, value) in [
        ("vendor", "\"dell\"".to_owned()),
        ("kind", "\"bios\"".to_owned()),
        ("version", "\"1.13.2\"".to_owned()),
        ("file", format!("\"{id}.EXE\"")),
        ("sha256", format!("\"{}\"", digest(n))),
        ("size", "1024".to_owned()),
    ] {
        if !has(key) {
            text += &format!("{key} = {value}\n");
        }
    }
    text += &format!("{more}\n");
    if !rest.contains("[image.match]") {
        text += "[image.match]\nmodels = [\"PowerEdge R750\"]\n";
    }
    text + rest + "\n"
}

fn read_one(text: &str) -> Report {
    read(&[Source { name: "m.toml", text }])
}

/// The findings as the operator sees them.
fn findings(text: &str) -> Vec<String> {
    read_one(text).findings.iter().map(ToString::to_string).collect()
}

/// The one finding.
fn finding(text: &str) -> String {
    match findings(text).as_slice() {
        [one] => one.clone(),
        all => panic!("{} findings, not one: {all:#?}", all.len()),
    }
}
