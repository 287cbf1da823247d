//! The terminal itself: taken, and given back as it was, whatever happens.

pub mod ansi;
pub mod capabilities;
pub mod clipboard;
pub mod line;
pub mod pacer;
pub mod signals;
pub mod size;
pub mod tty;

use std::{
    io::{self, Stdout, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use ratatui::{
    Terminal,
    crossterm::terminal::{disable_raw_mode, enable_raw_mode},
    layout::Size,
};

use ansi::Ansi;
use capabilities::Capabilities;

type PanicHook = Arc<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

/// Alternate screen, pastes marked as such, no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l";
/// The same backwards, in plain colours.
const LEAVE: &[u8] = b"\x1b[m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The terminal while the screen has it. Dropped, it gives the terminal back.
pub struct Guard {
    /// What is drawn on.
    pub terminal: Terminal<Ansi<Stdout>>,
    /// True while the terminal is ours; shared with the panic hook.
    taken: Arc<AtomicBool>,
    previous: PanicHook,
}

impl Guard {
    /// Takes the terminal. The thread that calls this is the one whose panic gives it back; a panic of any other thread is
    /// logged and leaves the screen alone.
    pub fn enter(capabilities: Capabilities, size: Size) -> io::Result<Self> {
        let taken = Arc::new(AtomicBool::new(false));
        let previous = install_hook(Arc::clone(&taken));
        let terminal = Terminal::new(Ansi::new(io::stdout(), size, capabilities.synchronised))?;
        let mut guard = Self { terminal, taken, previous };
        guard.take()?;
        Ok(guard)
    }

    /// Takes the terminal again after [`Guard::leave`], or after someone else had it, and forgets what it showed.
    pub fn take(&mut self) -> io::Result<()> {
        self.taken.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        io::stdout().write_all(ENTER)?;
        self.terminal.backend_mut().forget();
        self.terminal.clear()
    }

    /// Gives the terminal back. Does nothing the second time.
    pub fn leave(&self) {
        give_back(&self.taken);
    }

    /// The terminal is gone: not one byte is written to it any more.
    pub fn abandon(&self) {
        self.taken.store(false, Ordering::SeqCst);
    }

    /// Sends bytes that draw nothing and leave the cursor where it is.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.backend_mut().send(bytes)
    }

    /// What is on the screen is no longer what was drawn: draw all of it again.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.leave();
        // A thread that panics may not touch the hook; its process ends anyway.
        if !thread::panicking() {
            drop(panic::take_hook());
            let previous = Arc::clone(&self.previous);
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

fn install_hook(taken: Arc<AtomicBool>) -> PanicHook {
    let previous: PanicHook = Arc::from(panic::take_hook());
    let screen = thread::current().id();
    panic::set_hook(Box::new({
        let previous = Arc::clone(&previous);
        move |info| {
            if thread::current().id() == screen {
                give_back(&taken);
                previous(info);
            } else if taken.load(Ordering::SeqCst) {
                // Its words on standard error would land in the middle of the screen.
                tracing::error!("a task of the screen's process panicked: {info}");
            } else {
                previous(info);
            }
        }
    }));
    previous
}

/// A terminal that is gone cannot be given back, and there is nobody to tell.
fn give_back(taken: &AtomicBool) {
    if taken.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
        let mut out = io::stdout();
        let _ = out.write_all(LEAVE).and_then(|()| out.flush());
    }
}
