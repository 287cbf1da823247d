//! The start of a tool: a session of its own, a bare environment, and nothing of ours but what it is given.

use std::{
    fs::File,
    io,
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
    process::Stdio,
};

use rustix::{
    pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt},
    termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr},
};
use secrecy::ExposeSecret as _;
use tokio::process::{Child, Command};

use super::{Call, Input};

/// Where tools find other programs, and shells themselves.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A tool that runs, and our end of its terminal where it has one.
pub(super) struct Spawned {
    pub(super) child: Child,
    pub(super) terminal: Option<File>,
}

/// Starts a call in its private directory.
pub(super) fn spawn(call: &Call<'_>, home: &Path) -> io::Result<Spawned> {
    let mut command = Command::new(&call.program.path);
    command
        .args(call.arguments.iter().map(super::Argument::as_os_str))
        .current_dir(home)
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("XDG_CACHE_HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .envs(call.settings.iter().map(|setting| (setting.name, setting.value.expose_secret())))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let terminal = match &call.input {
        Input::Closed => {
            command.stdin(Stdio::null());
            None
        }
        Input::Fed(_) | Input::Answers(_) => {
            command.stdin(Stdio::piped());
            None
        }
        Input::Terminal(_) => {
            let (ours, theirs) = terminal()?;
            command.stdin(Stdio::from(theirs));
            Some(ours)
        }
    };
    own_session(&mut command, terminal.is_some());
    let child = command.spawn()?;
    Ok(Spawned { child, terminal })
}

/// Lets the child lead a session and a process group of its own before it becomes the tool: it has no terminal of ours
/// to ask on, and can be ended with everything that it starts.
#[allow(unsafe_code)]
fn own_session(command: &mut Command, takes_terminal: bool) {
    // SAFETY: between fork and exec the closure makes one or two system calls through rustix, which allocates nothing
    // and takes no lock; there is no other way to lead a session but to call setsid in the child itself.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            if takes_terminal {
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            }
            Ok(())
        });
    }
}

/// A terminal that echoes nothing: our end and the tool's. Ours reads an error once no process holds the other.
fn terminal() -> io::Result<(File, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let theirs = ioctl_tiocgptpeer(&ours, flags)?;
    let mut modes = tcgetattr(theirs.as_fd())?;
    modes.local_modes.remove(LocalModes::ECHO);
    tcsetattr(theirs.as_fd(), OptionalActions::Now, &modes)?;
    Ok((ours.into(), theirs))
}
