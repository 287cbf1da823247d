//! Real tools that tests run: in CI a missing one is a failure, elsewhere the test says that it was skipped.

use std::path::PathBuf;

/// The bin folder of the virtual environment that `FIRMDECK_VENV` names, if it has `program`.
pub fn venv(program: &str) -> Option<PathBuf> {
    let bin = std::env::var_os("FIRMDECK_VENV").map(|venv| PathBuf::from(venv).join("bin"));
    let bin = bin.filter(|bin| bin.join(program).exists());
    assert!(bin.is_some() || std::env::var_os("CI").is_none(), "in CI {program} must be there");
    if bin.is_none() {
        println!("skipped: FIRMDECK_VENV names no virtual environment with {program}");
    }
    bin
}
