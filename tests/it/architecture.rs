//! The map of ARCHITECTURE.md holds: who may use whom, who may read clocks, and no unsafe.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A module and the modules of ours that it may use besides itself.
#[rustfmt::skip]
const MAY_USE: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("clock", &[]),
    ("open_files", &[]),
    ("file_body", &[]),
    ("bmc", &["domain", "clock", "file_body"]),
    ("images", &["domain", "clock", "file_body"]),
    ("config", &["domain", "bmc"]),
    ("store", &["domain", "bmc"]),
    ("engine", &["domain", "clock", "open_files", "file_body", "bmc", "images", "config", "store"]),
    ("api", &["domain", "clock", "bmc", "images", "config", "store", "engine"]),
    ("lab", &["clock", "open_files"]),
];

/// Clients of the engine: what they know of it is in `api`; `store` and `engine` are out of their reach.
const CLIENTS: [(&str, &[&str]); 2] = [
    ("cli", &["domain", "config", "api", "bmc", "lab", "clock", "tui"]),
    ("tui", &["domain", "config", "api", "clock"]),
];

/// Crates that reach the network, the disk or a runtime: none of them in `domain`.
const IMPURE: [&str; 10] = [
    "tokio",
    "hyper",
    "openssl",
    "rusqlite",
    "std::fs",
    "net::Tcp",
    "net::Udp",
    "std::process",
    "std::time::Instant",
    "std::env",
];

const CLOCKS: [&str; 6] =
    ["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now", "time::sleep", "time::interval"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    found
}

fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The code of a file, without its unit tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules named after `crate::`, alone, in a list, or as a path inside an expression.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut at_top = true;
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => at_top = true,
                    c if depth == 0 && at_top && (c.is_alphanumeric() || c == '_') => word.push(c),
                    ':' if depth == 0 => at_top = false,
                    _ => {}
                }
                if (!at_top || c == ',') && !word.is_empty() {
                    found.insert(std::mem::take(&mut word));
                }
            }
            if !word.is_empty() {
                found.insert(word);
            }
        } else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(word);
        }
    }
    found
}

#[test]
fn the_reader_of_use_lines_sees_every_form() {
    let code =
        "use crate::{\n  bmc::{a, b},\n  domain::x,\n clock,\n};\nuse crate::store::Store; let x = crate::engine::f();";
    assert_eq!(used(code).into_iter().collect::<Vec<_>>(), ["bmc", "clock", "domain", "engine", "store"]);
}

#[test]
fn a_module_uses_only_what_the_map_allows() {
    let modules: BTreeSet<&str> = MAY_USE.iter().chain(&CLIENTS).map(|(module, _)| *module).collect();
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let allowed = MAY_USE.iter().chain(&CLIENTS).find(|(name, _)| *name == module);
        let Some((_, allowed)) = allowed else {
            breaches.push(format!("{}: the map does not know the module `{module}`", path.display()));
            continue;
        };
        for other in used(&code(&text)) {
            if modules.contains(other.as_str()) && other != module && !allowed.contains(&other.as_str()) {
                breaches.push(format!("{}: `{module}` may not use `{other}`", path.display()));
            }
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn a_client_knows_of_the_bmc_layer_no_more_than_words() {
    for (path, text) in sources() {
        if ["cli", "tui"].contains(&module_of(&path).as_str()) {
            let text = code(&text);
            assert!(!text.contains("redfish::"), "{}", path.display());
            assert!(!text.contains("bmc::connection"), "{}", path.display());
        }
    }
}

#[test]
fn the_domain_is_pure() {
    for (path, text) in sources() {
        if module_of(&path) == "domain" {
            let text = code(&text);
            for name in IMPURE {
                assert!(!text.contains(name), "{} uses {name}", path.display());
            }
        }
    }
}

#[test]
fn one_module_reads_clocks() {
    for (path, text) in sources() {
        if module_of(&path) != "clock" {
            let text = code(&text);
            for name in CLOCKS {
                // A deadline of a socket is on the wall clock by design: tokio's own, and only to add a time-out to.
                let text = text.replace("tokio::time::Instant::now() + deadline", "");
                assert!(!text.contains(name), "{} uses {name}", path.display());
            }
        }
    }
}

#[test]
fn one_block_is_unsafe_and_it_starts_a_session() {
    let unsafe_ = concat!("unsafe", " {");
    for (path, text) in sources() {
        let expected = usize::from(path.ends_with("bmc/tools/spawn.rs"));
        assert_eq!(code(&text).matches(unsafe_).count(), expected, "{}", path.display());
        assert_eq!(code(&text).matches(concat!("allow(unsafe", "_code)")).count(), expected, "{}", path.display());
    }
}

#[test]
fn only_the_screen_knows_the_terminal_library() {
    for (path, text) in sources() {
        if module_of(&path) != "tui" {
            let text = code(&text);
            assert!(!text.contains("ratatui") && !text.contains("crossterm"), "{}", path.display());
        }
    }
}
