//! What is copied, in a file: terminals say nothing of whether they took it.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::tui::theme::Role;

/// Writes `text` in place of what was copied before, and says where it is now. `sent`: to a clipboard as well.
pub(super) fn keep(path: &Path, what: &str, text: &str, sent: bool) -> (String, Role) {
    let clipboard = if sent { "sent to the terminal's clipboard (OSC 52), and " } else { "" };
    match write(path, text) {
        Ok(()) => (format!("{what}: {clipboard}in {}", path.display()), Role::Good),
        Err(error) => (format!("{what}: {clipboard}not written to {}: {error}", path.display()), Role::Warning),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    if text.ends_with('\n') { Ok(()) } else { file.write_all(b"\n") }
}
