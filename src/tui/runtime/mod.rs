//! The loop around [`update`] and [`view`]: terminal, signals, engine and clock in, frames and questions out. On one thread,
//! without locks.

mod copy;
mod effects;
mod export;
mod link;
pub mod looks;

use std::{future::Future, io, path::PathBuf, time::Duration};

use ratatui::{crossterm::terminal as crossterm, layout::Size};
use rustix::io::Errno;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinSet,
};

use super::{
    diagnostics::Diagnostics,
    input::{Decoder, Input},
    keymap::Keymap,
    model::{Model, Notice, Screen, copy::clean, run},
    msg::{Effect, Msg, Settings},
    terminal::{
        Guard,
        ansi::Pending,
        capabilities::Capabilities,
        clipboard::Clipboard,
        line::{self, Line},
        pacer::Pacer,
        signals::{Asked, Signals, stop_here},
        size::size,
        tty::Tty,
    },
    theme::Role,
    update::{show_run, update},
    view::view,
};
use crate::{
    api::{client::Client, live::Hello},
    clock::Clock,
    config::Mistake,
};
use looks::Looks;

/// How the screen is opened.
#[derive(Debug, Clone)]
pub struct ScreenOptions {
    /// The time, and waiting.
    pub clock: Clock,
    /// Where an operator's keymap and themes are.
    pub directory: PathBuf,
    /// The name of a theme; else the usual one.
    pub theme: Option<String>,
    /// Draw nothing but ASCII, whatever the terminal can show.
    pub ascii: bool,
    /// The run whose board is shown first.
    pub run: Option<i64>,
    /// How to come back to this screen, where that is not `firmdeck runs attach RUN`: `firmdeck demo`.
    pub come_back: Option<String>,
    /// Our own diagnostics.
    pub diagnostics: Diagnostics,
    /// True where the line is slow, false where it is fast; else by the kind of terminal.
    pub slow: Option<bool>,
    /// The file that what is copied goes to.
    pub copies: PathBuf,
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// Standard output is no terminal, or one that cannot place a cursor.
    #[error(
        "this terminal has no screen (TERM is unset or \"dumb\", or output is no terminal); the command line does it all: firmdeck --help"
    )]
    NoTerminal,
    /// A keymap or a theme that firmdeck carries.
    #[error(transparent)]
    Looks(#[from] Mistake),
    /// The terminal refused.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

impl ScreenError {
    /// The exit code that says it.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::NoTerminal => 2,
            Self::Looks(_) | Self::Terminal(_) => 1,
        }
    }
}

/// How the screen was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// By the user.
    Left,
    /// By SIGTERM.
    Ended,
    /// The terminal is gone. Nothing can be written to it.
    HungUp,
}

impl Closed {
    /// The exit code that says it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::HungUp => 129,
            Self::Ended => 143,
        }
    }
}

/// The end of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub closed: Closed,
    /// What goes on and how to come back to it, to be printed on the normal screen.
    pub line: Option<String>,
}

/// What comes to the loop from its tasks.
enum Happened {
    Told(Msg),
    Attached(Client, Hello),
}

/// Answers and events that may wait to be taken in. A stream that is faster waits, and the engine thins it out.
const ROOM: usize = 1024;
/// Messages taken in between two looks at the keys.
const AT_ONCE: usize = 256;
/// Ages are in whole minutes.
const MINUTE: Duration = Duration::from_secs(60);
/// An engine that answers does so in milliseconds; nobody waits longer to leave one that does not.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// One that was asked for something is waited for longer: what became of it is worth knowing.
const LAST_DEEDS: Duration = Duration::from_secs(20);

/// Whether the terminal of this process can show a screen.
pub fn possible() -> Result<(), ScreenError> {
    capabilities().map(drop)
}

fn capabilities() -> Result<Capabilities, ScreenError> {
    let is_terminal = io::IsTerminal::is_terminal(&io::stdout());
    let found = Capabilities::from_environment(|name| std::env::var(name).ok());
    found.filter(|_| is_terminal).ok_or(ScreenError::NoTerminal)
}

/// Opens the screen on the engine of `client` until it is left. `reconnect` finds or starts an engine after that one has gone
/// away, and tries until it has. To be called on the thread whose panic is to give the terminal back: from `block_on`, not
/// from a spawned task.
pub async fn run<R, F>(client: Client, options: ScreenOptions, reconnect: R) -> Result<Ended, ScreenError>
where
    R: Fn() -> F + Send + 'static,
    F: Future<Output = Client> + Send + 'static,
{
    let variable = |name: &str| std::env::var(name).ok();
    let capabilities = capabilities()?;
    let wanted = options.theme.as_deref();
    let (looks, mut mistakes) = Looks::open(&options.directory, wanted, options.ascii, capabilities)?;
    let keymap = match (looks::keymap(&options.directory), Keymap::embedded()) {
        (Ok(keymap), _) => keymap,
        (Err(wrong), Ok(embedded)) => {
            mistakes.splice(0..0, wrong);
            embedded
        }
        (Err(_), Err(mut broken)) => return Err(broken.swap_remove(0).into()),
    };
    let size = size(crossterm::size().ok(), variable);
    let tty = Tty::open()?;
    let signals = Signals::take()?;
    let (to, from) = channel(ROOM);
    let mut model = Model::new(options.clock.now(), size, keymap);
    (model.themes, model.ascii, model.notice) = (looks.names(), options.ascii, looks::told(&mistakes));
    if let Some(run) = options.run {
        show_run(&mut model, run);
    }
    let clipboard = capabilities.clipboard;
    let guard = Guard::enter(capabilities, size)?;
    let follow = tokio::spawn(link::follow(client.clone(), reconnect, to.clone()));
    let slow = options.slow;
    let mut screen = Running {
        model,
        looks,
        fixed: None,
        guard,
        tty,
        signals,
        from,
        to,
        client,
        changes: JoinSet::new(),
        decoder: Decoder::default(),
        pacer: Pacer::default(),
        minute_at: options.clock.elapsed() + MINUTE,
        suspended: false,
        clipboard,
        line: None,
        options,
    };
    screen.set_slow(slow)?;
    let closed = screen.go_on().await;
    follow.abort();
    let closed = closed?;
    if closed == Closed::HungUp {
        screen.guard.abandon()
    } else {
        screen.guard.leave()
    }
    screen.settle().await;
    let come_back = screen.options.come_back.as_deref();
    let line = if closed == Closed::HungUp { None } else { goes_on(&screen.model, come_back) };
    Ok(Ended { closed, line })
}

/// What goes on after the screen is closed, and how to come back to it.
fn goes_on(model: &Model, come_back: Option<&str>) -> Option<String> {
    let head = model.carried().next()?;
    let (number, (over, all)) = (head.line.run, run::progress(head));
    let more = model.carried().count() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let command = come_back.map_or_else(|| format!("firmdeck runs attach {number}"), str::to_owned);
    Some(format!("run {number} goes on ({over} of {all} done){more}; come back with: {command}"))
}

struct Running {
    model: Model,
    looks: Looks,
    /// How large the terminal is taken to be, whatever it says.
    fixed: Option<Size>,
    guard: Guard,
    tty: Tty,
    signals: Signals,
    from: Receiver<Happened>,
    to: Sender<Happened>,
    client: Client,
    /// What the engine was asked to change and has not answered.
    changes: JoinSet<()>,
    decoder: Decoder,
    pacer: Pacer,
    minute_at: Duration,
    suspended: bool,
    clipboard: Clipboard,
    /// How a slow line is shared out; none where it is fast.
    line: Option<Line>,
    options: ScreenOptions,
}

impl Running {
    async fn go_on(&mut self) -> Result<Closed, ScreenError> {
        let clock = self.options.clock.clone();
        let mut bytes = [0; 4096];
        // The first frame before any answer: what there is to say is how to go on.
        self.pacer.at_once(clock.elapsed());
        loop {
            let now = clock.elapsed();
            let settle = self.decoder.due().map(|at| at.saturating_sub(now));
            let draw = self.pacer.wait(now).filter(|_| !self.suspended);
            let piece = self.next_piece(now).filter(|_| !self.suspended);
            let closed = tokio::select! {
                biased;
                asked = self.signals.next() => self.asked(asked)?,
                read = self.tty.read(&mut bytes), if !self.suspended => match read {
                    None => Some(Closed::HungUp),
                    Some(count) => {
                        let inputs = self.decoder.feed(bytes.get(..count).unwrap_or_default(), clock.elapsed());
                        self.inputs(inputs)?
                    }
                },
                () = wait(&clock, settle) => {
                    let inputs = self.decoder.settle(clock.elapsed());
                    self.inputs(inputs)?
                }
                () = wait(&clock, draw) => self.draw()?,
                () = wait(&clock, piece) => self.piece()?,
                Some(happened) = self.from.recv() => self.happened(happened)?,
                () = self.options.diagnostics.more() => {
                    if self.model.screen() == Screen::Log {
                        self.pacer.soon(clock.elapsed());
                    }
                    None
                }
                () = wait(&clock, Some(self.minute_at.saturating_sub(now))) => {
                    self.minute_at = clock.elapsed() + MINUTE;
                    self.tell(Msg::Minute)?
                }
            };
            if let Some(closed) = closed {
                return Ok(closed);
            }
        }
    }

    /// How long until the next piece of a frame leaves, on a slow line.
    fn next_piece(&self, now: Duration) -> Option<Duration> {
        let line = self.line.as_ref()?;
        match self.guard.terminal.backend().pending() {
            Pending::Nothing => None,
            pending => Some(line.wait(now, pending == Pending::Urgent)),
        }
    }

    fn piece(&mut self) -> Result<Option<Closed>, ScreenError> {
        let now = self.options.clock.elapsed();
        let backend = self.guard.terminal.backend_mut();
        let Some(line) = &mut self.line else { return Ok(None) };
        let urgent = backend.pending() == Pending::Urgent;
        match backend.piece(line.piece()) {
            Ok(bytes) => line.sent(now, bytes, urgent),
            Err(error) => return gone(error),
        }
        Ok(None)
    }

    /// Takes the line for slow or fast; by the kind of terminal where nothing is said.
    fn set_slow(&mut self, slow: Option<bool>) -> Result<(), ScreenError> {
        let serial = line::serial();
        let rate = match slow {
            Some(true) => Some(serial.unwrap_or(line::USUAL)),
            Some(false) => None,
            None => serial,
        };
        let now = self.options.clock.elapsed();
        self.line = rate.map(|rate| Line::new(rate, now));
        self.model.slow = self.line.is_some();
        self.pacer.set_slow(self.line.is_some());
        let backend = self.guard.terminal.backend_mut();
        backend.set_slow(self.line.is_some());
        // What was left in pieces leaves whole.
        if self.line.is_none() { Ok(ratatui::backend::Backend::flush(backend)?) } else { Ok(()) }
    }

    fn asked(&mut self, asked: Asked) -> Result<Option<Closed>, ScreenError> {
        match asked {
            Asked::HungUp => return Ok(Some(Closed::HungUp)),
            Asked::End => return Ok(Some(Closed::Ended)),
            Asked::Leave => return Ok(Some(Closed::Left)),
            Asked::Suspend => self.suspend()?,
            Asked::GoOn => {
                self.suspended = false;
                self.guard.take()?;
                self.resized();
            }
            Asked::Resized => self.resized(),
        }
        Ok(None)
    }

    fn resized(&mut self) {
        let told = || size(crossterm::size().ok(), |name| std::env::var(name).ok());
        let size = self.fixed.unwrap_or_else(told);
        self.guard.terminal.backend_mut().set_size(size);
        // A window that is being drawn larger sends many: the last one is drawn.
        self.pacer.soon(self.options.clock.elapsed());
        self.perform(Msg::Resize(size));
    }

    fn inputs(&mut self, inputs: Vec<Input>) -> Result<Option<Closed>, ScreenError> {
        for input in inputs {
            if let Some(closed) = self.tell(Msg::Input(input))? {
                return Ok(Some(closed));
            }
        }
        self.pacer.key(self.options.clock.elapsed());
        Ok(None)
    }

    fn happened(&mut self, first: Happened) -> Result<Option<Closed>, ScreenError> {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(happened) = next {
            let closed = match happened {
                Happened::Told(msg) => self.tell(msg)?,
                Happened::Attached(client, hello) => {
                    self.client = client;
                    self.tell(Msg::Attached(hello))?
                }
            };
            if closed.is_some() {
                return Ok(closed);
            }
            taken += 1;
            next = if taken < AT_ONCE { self.from.try_recv().ok() } else { None };
        }
        Ok(None)
    }

    /// Takes a message in, and does what follows from it on the terminal.
    fn tell(&mut self, msg: Msg) -> Result<Option<Closed>, ScreenError> {
        self.pacer.soon(self.options.clock.elapsed());
        for effect in self.perform(msg) {
            match effect {
                Effect::Leave => return Ok(Some(Closed::Left)),
                Effect::Repaint => {
                    self.resized();
                    self.guard.repaint()?;
                }
                Effect::Suspend => self.suspend()?,
                Effect::Copy { what, text } => self.copy(&what, &text)?,
                Effect::Slow(slow) => {
                    self.set_slow(slow)?;
                    let words =
                        if self.line.is_some() { "slow: small writes, keys first" } else { "fast: whole frames" };
                    self.model.say(format!("the line is taken to be {words}"), Role::Muted);
                }
                other => self.change(other),
            }
        }
        Ok(None)
    }

    /// Does what was wished of the screen itself, and has it told.
    fn change(&mut self, wish: Effect) {
        let settings = match wish {
            Effect::Theme(name) => self.looks.choose(&name),
            Effect::Ascii(ascii) => self.looks.draw_ascii(ascii),
            Effect::Reload => self.looks.reload(),
            Effect::Size(fixed) => {
                self.fixed = fixed;
                self.resized();
                let text = match fixed {
                    Some(size) => {
                        format!("taken to be {}x{}; size auto believes the terminal", size.width, size.height)
                    }
                    None => "as large as the terminal says".into(),
                };
                Settings { said: Some(Notice { text, role: Role::Good }), ..Settings::default() }
            }
            _ => return,
        };
        self.perform(Msg::Settings(Box::new(settings)));
    }

    /// Takes a message in, asks the engine what follows from it, and returns what is to be done on the terminal.
    fn perform(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, Msg::At(self.options.clock.now()));
        let (terminal, engine): (Vec<_>, Vec<_>) =
            update(&mut self.model, msg).into_iter().partition(Effect::is_the_screens);
        while self.changes.try_join_next().is_some() {}
        for effect in engine {
            let is_a_change = effect.is_a_change();
            let asked = effects::ask(self.client.clone(), effect, self.to.clone());
            if is_a_change {
                self.changes.spawn(asked);
            } else {
                tokio::spawn(asked);
            }
        }
        terminal
    }

    /// Lets what was asked for by the last keys be done, and learns which runs there are now: of one that they started
    /// nothing was told yet.
    async fn settle(&mut self) {
        let clock = &self.options.clock;
        tokio::select! {
            () = async { while self.changes.join_next().await.is_some() {} } => {}
            () = clock.pause(LAST_DEEDS) => {}
        }
        tokio::select! {
            runs = self.client.runs() => {
                if let Ok(runs) = runs {
                    self.model.runs.value = Some(runs);
                }
            }
            () = clock.pause(LAST_WORDS) => {}
        }
    }

    /// Sends a text to the terminal's clipboard, where it has one, and writes it to a file, where it always is.
    fn copy(&mut self, what: &str, text: &str) -> Result<(), ScreenError> {
        let text = clean(text);
        // On a slow line everything else would wait behind it.
        let fits = |bytes: &Vec<u8>| self.line.as_ref().is_none_or(|line| bytes.len() <= 4 * line.piece());
        let sent = self.clipboard.sequence(&text).filter(fits);
        if let Some(bytes) = &sent {
            self.guard.send(bytes)?;
        }
        let (words, role) = copy::keep(&self.options.copies, what, &text, sent.is_some());
        self.model.say(words, role);
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), ScreenError> {
        self.suspended = true;
        self.guard.leave();
        Ok(stop_here()?)
    }

    fn draw(&mut self) -> Result<Option<Closed>, ScreenError> {
        let (model, theme) = (&self.model, &self.looks.theme);
        self.guard.terminal.backend_mut().set_urgent(self.pacer.is_of_key());
        let drawn = self.guard.terminal.draw(|frame| view(frame, model, theme)).map(|_| ());
        self.pacer.drawn(self.options.clock.elapsed());
        match drawn {
            Ok(()) => Ok(None),
            Err(error) => gone(error),
        }
    }
}

/// What could not be written to the terminal: nobody is there to see it, or an error.
fn gone(error: io::Error) -> Result<Option<Closed>, ScreenError> {
    let hung_up = [Errno::IO, Errno::PIPE].map(|errno| Some(errno.raw_os_error())).contains(&error.raw_os_error());
    if hung_up { Ok(Some(Closed::HungUp)) } else { Err(error.into()) }
}

/// Waits, or for ever where there is nothing to wait for.
async fn wait(clock: &Clock, time: Option<Duration>) {
    match time {
        Some(time) => clock.pause(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::Desk;

    #[test]
    fn who_leaves_while_a_run_goes_on_is_told_how_to_come_back() {
        let mut desk = Desk::with(80, 24, 5);
        desk.serve(5, &[], 4);
        assert_eq!(
            goes_on(&desk.model, None).as_deref(),
            Some("run 17 goes on (4 of 8 done); come back with: firmdeck runs attach 17")
        );
        let demo = goes_on(&desk.model, Some("firmdeck demo"));
        assert_eq!(demo.as_deref(), Some("run 17 goes on (4 of 8 done); come back with: firmdeck demo"));
        let idle = Desk::with(80, 24, 5);
        assert_eq!(goes_on(&idle.model, None), None);
    }
}
