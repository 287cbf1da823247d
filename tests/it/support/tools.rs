//! Real tools that tests run: in CI a missing one is a failure, elsewhere the test says that it was skipped.

use std::path::PathBuf;

/// A program on `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|place| place.join(name)).find(|path| path.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "in CI {name} must be there");
    if found.is_none() {
        println!("skipped: there is no {name} on PATH");
    }
    found
}

/// A file of the folder of peers that `FIRMDECK_TOOLS` names: programs of others that never become part of the project.
pub fn peer(file: &str) -> Option<PathBuf> {
    let found = std::env::var_os("FIRMDECK_TOOLS").map(|folder| PathBuf::from(folder).join(file));
    let found = found.filter(|path| path.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "in CI FIRMDECK_TOOLS must hold {file}");
    if found.is_none() {
        println!("skipped: FIRMDECK_TOOLS names no folder with {file}");
    }
    found
}

/// The bin folder of the virtual environment that `FIRMDECK_VENV` names, if it has `program`.
pub fn venv(program: &str) -> Option<PathBuf> {
    bin("FIRMDECK_VENV", program)
}

/// HPE's ilorest, which has a virtual environment of its own: that of `FIRMDECK_VENV_ILOREST`.
pub fn ilorest() -> Option<PathBuf> {
    bin("FIRMDECK_VENV_ILOREST", "ilorest").map(|bin| bin.join("ilorest"))
}

fn bin(variable: &str, program: &str) -> Option<PathBuf> {
    let bin = std::env::var_os(variable).map(|venv| PathBuf::from(venv).join("bin"));
    let bin = bin.filter(|bin| bin.join(program).exists());
    assert!(bin.is_some() || std::env::var_os("CI").is_none(), "in CI {program} must be there");
    if bin.is_none() {
        println!("skipped: {variable} names no virtual environment with {program}");
    }
    bin
}
