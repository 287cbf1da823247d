//! A private directory that several calls of a tool share: a session that one opens, the next one uses.

use std::{io, os::unix::fs::symlink, path::Path};

use tokio_util::sync::CancellationToken;

use super::{Argument, Call, Report, Setting, Sink, Unsayable, private::Private, run::run_in};
use crate::clock::Clock;

/// A private directory for several calls, one after another. It is wiped when this value goes, and by the next engine's
/// [`super::Runner::sweep`] where this one dies first.
#[derive(Debug)]
pub struct Room {
    private: Private,
    clock: Clock,
}

/// A file of ours that a tool sees under a name of the vendor's: tools judge files by their names, and ours are kept by
/// their sums.
#[derive(Debug, Clone, Copy)]
pub struct Lent<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// The name that it shall have.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: u64,
}

impl Room {
    pub(super) const fn new(private: Private, clock: Clock) -> Self {
        Self { private, clock }
    }

    /// Runs a call in it until the call ends, its deadline, or `stop`. No process is left when this returns; files are.
    pub async fn run(&self, call: Call<'_>, sink: &dyn Sink, stop: &CancellationToken) -> Report {
        run_in(&self.private, &self.clock, call, sink, stop).await
    }

    /// Writes a secret into a file (0600) that all calls of this room may read.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    pub fn keep(&self, file: &Setting) -> io::Result<()> {
        self.private.secret(file.name, &file.value).map(drop)
    }

    /// Lets a file be seen in it under another name, which the calls get as an argument. Characters that a tool might trip
    /// over become `_`.
    ///
    /// # Errors
    /// When there is no such name, or it is taken.
    pub fn lend(&self, file: Lent<'_>) -> io::Result<Argument> {
        let name = plain_name(file.name).ok_or_else(|| io::Error::other(Unsayable::Empty))?;
        let place = self.private.path().join(name);
        symlink(std::path::absolute(file.path)?, &place)?;
        Argument::path(&place).map_err(io::Error::other)
    }
}

fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() || "._-+".contains(c) { c } else { '_' }).collect();
    let plain = plain.trim_start_matches(['-', '.']).to_owned();
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::bmc::tools::Runner;

    #[test]
    fn a_name_is_made_one_that_no_tool_trips_over() {
        let name = |text: &str| plain_name(text).unwrap_or_default();
        assert_eq!(name("BIOS_X (1).EXE"), "BIOS_X__1_.EXE");
        assert_eq!(name("../../etc/passwd"), "passwd");
        assert_eq!(name("--update_srs.fwpkg"), "update_srs.fwpkg");
        assert_eq!(plain_name("..."), None);
    }

    #[test]
    fn a_lent_file_goes_with_the_room_and_stays_where_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sum");
        std::fs::write(&file, "x").unwrap();
        let room = Runner::new(directory.path().join("calls"), Clock::system()).room().unwrap();
        let argument = room.lend(Lent { path: &file, name: "a.fwpkg", bytes: 1 }).unwrap();
        let place = PathBuf::from(argument.as_os_str());
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "x");
        assert!(room.lend(Lent { path: &file, name: "a.fwpkg", bytes: 1 }).is_err());
        drop(room);
        assert!(!place.exists() && file.exists());
    }
}
