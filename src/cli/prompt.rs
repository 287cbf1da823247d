//! Asking a person for what must not be seen.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// A terminal that shows nothing of what is typed, until it is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn on(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Whether a person can be asked.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret at the terminal, unseen; or takes the next line of standard input where that is none.
pub(super) fn secret(question: &str) -> io::Result<SecretString> {
    let mut line = Zeroizing::new(String::new());
    if io::stdin().is_terminal() {
        let hidden = Hidden::on(OpenOptions::new().read(true).write(true).open("/dev/tty")?)?;
        let mut out = &hidden.terminal;
        write!(out, "{question}: ").and_then(|()| out.flush())?;
        BufReader::new(&hidden.terminal).read_line(&mut line)?;
    } else {
        io::stdin().lock().read_line(&mut line)?;
    }
    let text = line.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{question}: nothing was given")));
    }
    Ok(SecretString::from(text.to_owned()))
}
