//! What the screen knows: plain data, changed only by [`super::update::update`].

pub mod beside;
pub mod columns;
pub mod copy;
pub mod cursor;
mod dialog;
pub mod explorer;
pub mod fetched;
pub mod field;
pub mod filter;
pub mod fleet;
pub mod journal;
pub mod plan;
pub mod run;
pub mod transcript;

use std::collections::VecDeque;

use jiff::Timestamp;
use ratatui::layout::Size;

use crate::api::{
    explore::EventsDocument,
    live::{DiagnosisDocument, GoalsDocument, Hello, JournalLine, Listener, RunHead, TranscriptPage},
    wire::{Progress, Server},
};

use super::{
    action::{self, Id},
    key::Key,
    keymap::Keymap,
    palette::{self, Command},
    terminal::size::USUAL,
    theme::Role,
};
use beside::{Beside, BesidePage, Sides};
use cursor::Cursor;
pub use dialog::{Ask, Dialog, again};
use explorer::{ExplorerPage, Place};
use fetched::Fetched;
use fleet::Fleet;
use journal::{Journal, JournalOf};
use plan::PlanPage;
use run::RunPage;

/// What stands under another while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Every server.
    Fleet,
    /// One server.
    Server,
    /// What to plan for, or a plan.
    Plan,
    /// A run, live or over.
    Run,
    /// Every run.
    Runs,
    /// What happened in a run.
    Journal,
    /// Our own diagnostics.
    Log,
    /// What is told of a server that did not end well, whole.
    Why,
    /// The resources of a BMC.
    Explorer,
    /// A BMC's log of events.
    Events,
    /// Two servers or resources side by side.
    Beside,
}

/// How the engine is reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// Not yet.
    Connecting,
    /// It answers.
    Up(Hello),
    /// It is gone; what is on the screen is what it said last.
    Lost {
        /// Since when.
        since: Timestamp,
        /// How that was noticed.
        why: String,
    },
}

/// A line that tells what came of something, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub text: String,
    /// Good, a warning, or a failure.
    pub role: Role,
}

/// BMCs are being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How far.
    pub progress: Progress,
    /// True where this screen asked for it, and its answer is to be waited for.
    pub ours: bool,
    /// The engine's number for it, to call it off by; known of our own once it has begun.
    pub number: Option<u64>,
}

/// Which part of a server is on its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Every firmware.
    #[default]
    Components,
    /// What was odd, what failed, what is unknown and why.
    Notes,
    /// What the last run did to it.
    Journal,
    /// What was said to its BMC.
    Transcript,
}

impl Tab {
    /// All, from left to right.
    pub const ALL: [Self; 4] = [Self::Components, Self::Notes, Self::Journal, Self::Transcript];

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Components => "Components",
            Self::Notes => "Notes",
            Self::Journal => "Journal",
            Self::Transcript => "Transcript",
        }
    }
}

/// The screen of one server.
#[derive(Debug, Clone, Default)]
pub struct ServerPage {
    /// Its id.
    pub id: String,
    /// What is shown of it.
    pub tab: Tab,
    /// The line of the cursor, or the lines scrolled back from the end.
    pub at: usize,
    /// Long lines of the transcript go on in the next.
    pub wrap: bool,
    /// What was searched for in the transcript.
    pub find: String,
    /// The time, RFC 3339, that the transcript is to be shown at, once it is there.
    pub around: Option<String>,
}

/// The log screen.
#[derive(Default)]
pub struct LogPage {
    /// tui-logger's own state: how far it is scrolled.
    pub state: tui_logger::TuiWidgetState,
    /// True while it does not follow the end.
    pub scrolled: bool,
}

/// Commands that are remembered.
const HISTORY: usize = 50;

/// Entries of the event stream that are kept for the fleet's lower pane.
const FEED: usize = 64;

/// Everything.
pub struct Model {
    /// The time of the last message.
    pub now: Timestamp,
    /// The terminal's size; never zero.
    pub size: Size,
    /// The engine.
    pub link: Link,
    /// True where the line is slow.
    pub slow: bool,
    /// Who else looks at this engine.
    pub others: Vec<Listener>,
    /// The engine's number for this screen among them.
    pub own: Option<u64>,
    /// What is open, the last one on top; never empty.
    screens: Vec<Screen>,
    /// What lies over it.
    pub dialog: Option<Dialog>,
    /// What came of the last action.
    pub notice: Option<Notice>,
    /// The fleet.
    pub fleet: Fleet,
    /// Asked for, the whole fleet.
    pub fleet_load: Fetched<(), ()>,
    /// The engine's verdict on a query, being asked for.
    pub matching: Fetched<String, ()>,
    /// The screen of one server.
    pub server: ServerPage,
    /// One server with all its components.
    pub detail: Fetched<String, Box<Server>>,
    /// What can be planned for.
    pub goals: Fetched<(), GoalsDocument>,
    /// The plan screen.
    pub plan: PlanPage,
    /// The run screen.
    pub run: RunPage,
    /// Asked for, a run's board.
    pub board: Fetched<i64, ()>,
    /// Every run, the newest first.
    pub runs: Fetched<(), Vec<RunHead>>,
    /// The cursor among the runs.
    pub runs_cursor: Cursor,
    /// A journal.
    pub journal: Fetched<JournalOf, Journal>,
    /// Lines of the journal screen scrolled back from the end.
    pub journal_back: usize,
    /// What was said to a BMC, the last of it.
    pub transcript: Fetched<String, TranscriptPage>,
    /// What is told of a server of a run that did not end well.
    pub diagnosis: Fetched<(i64, String), DiagnosisDocument>,
    /// Run and server of which it is on its own screen what is told.
    pub why: Option<(i64, String)>,
    /// The line of that screen at the top.
    pub why_at: usize,
    /// The explorer.
    pub explorer: ExplorerPage,
    /// The resource that it shows.
    pub resource: Fetched<Place, explorer::Shown>,
    /// The server whose log of events is shown.
    pub events_of: String,
    /// The line of the cursor in it.
    pub events_at: usize,
    /// That log.
    pub events: Fetched<String, EventsDocument>,
    /// What stands side by side.
    pub beside: BesidePage,
    /// Both sides.
    pub sides: Fetched<Beside, Sides>,
    /// BMCs are being read.
    pub reading: Option<Reading>,
    /// What happened last, anywhere.
    pub feed: VecDeque<JournalLine>,
    /// The log screen.
    pub log: LogPage,
    /// Which keys do what.
    pub keymap: Keymap,
    /// Keys that were pressed and begin others.
    pub pending: Vec<Key>,
    /// Commands that were typed before, the last one last.
    pub history: Vec<String>,
    /// The themes that there are.
    pub themes: Vec<String>,
    /// Whether firmdeck's terminal is drawn in nothing but ASCII because somebody said so.
    pub ascii: bool,
}

impl Model {
    /// A screen that knows nothing yet.
    #[must_use]
    pub fn new(now: Timestamp, size: Size, keymap: Keymap) -> Self {
        Self {
            now,
            size: usable(size),
            link: Link::Connecting,
            slow: false,
            others: Vec::new(),
            own: None,
            screens: vec![Screen::Fleet],
            dialog: None,
            notice: None,
            fleet: Fleet::default(),
            fleet_load: Fetched::default(),
            matching: Fetched::default(),
            server: ServerPage::default(),
            detail: Fetched::default(),
            goals: Fetched::default(),
            plan: PlanPage::default(),
            run: RunPage::default(),
            board: Fetched::default(),
            runs: Fetched::default(),
            runs_cursor: Cursor::default(),
            journal: Fetched::default(),
            journal_back: 0,
            transcript: Fetched::default(),
            diagnosis: Fetched::default(),
            why: None,
            why_at: 0,
            explorer: ExplorerPage::default(),
            resource: Fetched::default(),
            events_of: String::new(),
            events_at: 0,
            events: Fetched::default(),
            beside: BesidePage::default(),
            sides: Fetched::default(),
            reading: None,
            feed: VecDeque::new(),
            log: LogPage::default(),
            keymap,
            pending: Vec::new(),
            history: Vec::new(),
            themes: Vec::new(),
            ascii: false,
        }
    }

    /// The screen on top.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.screens.last().copied().unwrap_or(Screen::Fleet)
    }

    /// The screens from the first to the one on top.
    #[must_use]
    pub fn screens(&self) -> &[Screen] {
        &self.screens
    }

    /// Opens a screen over the one on top.
    pub fn push(&mut self, screen: Screen) {
        if self.screen() != screen {
            self.screens.push(screen);
        }
    }

    /// Puts a screen on top, from wherever it stands below.
    pub fn raise(&mut self, screen: Screen) {
        let first = self.screens.first().copied();
        self.screens.retain(|below| *below != screen || Some(*below) == first);
        self.push(screen);
    }

    /// Opens a screen in place of all.
    pub fn switch(&mut self, screen: Screen) {
        self.screens = vec![screen];
    }

    /// Closes the screen on top; false where it is the only one.
    pub fn pop(&mut self) -> bool {
        if self.screens.len() > 1 {
            self.screens.pop();
            return true;
        }
        false
    }

    /// Tells something until the next key.
    pub fn say(&mut self, text: impl Into<String>, role: Role) {
        self.notice = Some(Notice { text: text.into(), role });
    }

    /// The key that does `id` here.
    #[must_use]
    pub fn key(&self, id: Id) -> String {
        self.keymap.first(action::below(self), id)
    }

    /// The commands that what is being typed may be the beginning of.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        match &self.dialog {
            Some(Dialog::Palette { field, .. }) => palette::commands(self, &field.text()),
            _ => Vec::new(),
        }
    }

    /// The one of them that is chosen.
    #[must_use]
    pub fn chosen_command(&self) -> Option<Command> {
        let Some(Dialog::Palette { choice, .. }) = self.dialog else { return None };
        self.commands().into_iter().nth(choice)
    }

    /// Keeps a command to be found again.
    pub fn note_command(&mut self, line: String) {
        self.history.retain(|known| *known != line);
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(line);
    }

    /// Why nothing can be asked of the engine now, if so.
    #[must_use]
    pub fn unreachable(&self) -> Option<&'static str> {
        match self.link {
            Link::Connecting => Some("the engine does not answer yet"),
            Link::Up(_) => None,
            Link::Lost { .. } => Some("the engine is lost; reconnecting"),
        }
    }

    /// The server that is looked at.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let some = |id: &str| (!id.is_empty()).then(|| id.to_owned());
        match self.screen() {
            Screen::Fleet => self.fleet.current().map(|row| row.id.clone()),
            Screen::Server => some(&self.server.id),
            Screen::Run => self.run.current().map(|row| row.id.clone()),
            Screen::Plan => {
                let shown = self.plan.shown.as_ref()?;
                shown.at(self.plan.cursor.index).map(|(server, _)| server.id.to_string())
            }
            Screen::Why => self.why.as_ref().map(|(_, server)| server.clone()),
            Screen::Explorer => some(&self.explorer.place.server),
            Screen::Events => some(&self.events_of),
            Screen::Beside => self.beside.of.as_ref().map(|of| of.server().to_owned()),
            Screen::Runs | Screen::Journal | Screen::Log => None,
        }
    }

    /// What a server is called.
    #[must_use]
    pub fn name_of(&self, id: &str) -> String {
        self.fleet.find(id).map_or_else(|| id.to_owned(), |row| columns::name(row).into_owned())
    }

    /// Keeps an entry for the fleet's lower pane.
    pub fn remember(&mut self, line: JournalLine) {
        if self.feed.len() == FEED {
            self.feed.pop_front();
        }
        self.feed.push_back(line);
    }

    /// A run that the engine carries now, the newest first.
    pub fn carried(&self) -> impl Iterator<Item = &RunHead> {
        self.runs.value.iter().flatten().filter(|head| head.carried)
    }

    /// The head of the run on the run screen.
    #[must_use]
    pub fn run_head(&self) -> Option<&RunHead> {
        self.run.board().map(|board| &board.run)
    }

    /// The run under the cursor of the list.
    #[must_use]
    pub fn listed_run(&self) -> Option<&RunHead> {
        self.runs.value.as_ref()?.get(self.runs_cursor.index)
    }
}

/// The size, or the usual one where a direction is not told.
#[must_use]
pub const fn usable(size: Size) -> Size {
    Size {
        width: if size.width == 0 { USUAL.width } else { size.width },
        height: if size.height == 0 { USUAL.height } else { size.height },
    }
}
