//! What comes in ([`Msg`]) and what is to be done ([`Effect`]): data, so that both can be tested and told.

use jiff::Timestamp;
use ratatui::layout::Size;

use super::{
    input::Input,
    keymap::Keymap,
    model::{
        Notice,
        beside::{Beside, Sides},
        explorer::Place,
        field::Hidden,
        journal::JournalOf,
        plan::Wish,
    },
};
use crate::{
    api::{
        explore::{EventsDocument, ResourceDocument},
        live::{
            DiagnosisDocument, FleetDocument, GoalsDocument, Hello, JournalPage, Message, RunBoard, RunHead,
            TranscriptPage,
        },
        runs::PlanDocument,
        wire::{Progress, ReadSummary, Server},
    },
    domain::{run::Again, target::Target},
};

/// Why something could not be had, in the engine's words.
pub type Why = String;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// It is now this late. Comes before whatever else happens at that time, and changes nothing by itself.
    At(Timestamp),
    /// A minute has passed: ages may have changed.
    Minute,
    /// A key, or a paste.
    Input(Input),
    /// The terminal has this size now.
    Resize(Size),
    /// How the screen looks and which keys there are has changed, or has not.
    Settings(Box<Settings>),
    /// The engine answers, for the first time or again.
    Attached(Hello),
    /// The engine is gone.
    Lost(Why),
    /// The engine tells something by itself.
    Engine(Box<Message>),
    /// The engine answers a question.
    Answer(Answer),
    /// Our own diagnostics have grown.
    Logged,
}

/// What became of a wish to change how the screen looks or which keys there are.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The keymap, where it is another now.
    pub keymap: Option<Keymap>,
    /// The themes that there are, where they were read.
    pub themes: Option<Vec<String>>,
    /// Whether nothing but ASCII is drawn, where that was chosen.
    pub ascii: Option<bool>,
    /// What is to be told.
    pub said: Option<Notice>,
}

/// An answer, with what was asked.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The whole fleet.
    Fleet(Result<FleetDocument, Why>),
    /// One server.
    Server(String, Result<Box<Server>, Why>),
    /// The servers for which a query holds.
    Matched(String, Result<Vec<String>, Why>),
    /// What can be planned for.
    Goals(Result<GoalsDocument, Why>),
    /// A plan.
    Plan(Result<Box<PlanDocument>, Why>),
    /// The number of the run that was started.
    Started(Result<i64, Why>),
    /// Every run.
    Runs(Result<Vec<RunHead>, Why>),
    /// A run's board.
    Board(i64, Result<RunBoard, Why>),
    /// A page of a journal, and the run that it is of: none where the server was in no recent run.
    Journal(JournalOf, Result<(Option<i64>, JournalPage), Why>),
    /// The last of what was said to a BMC.
    Transcript(String, Result<TranscriptPage, Why>),
    /// What is told of a server of a run that did not end well.
    Diagnosis((i64, String), Result<DiagnosisDocument, Why>),
    /// A resource of a BMC.
    Resource(Place, Result<Box<ResourceDocument>, Why>),
    /// A BMC's log of events.
    Events(String, Result<EventsDocument, Why>),
    /// Two things side by side.
    Beside(Beside, Result<Sides, Why>),
    /// What came of a stop, an abort, a resume or a retry.
    Done(Result<String, Why>),
    /// A reading that this screen asked for has begun, under this number.
    Began(u64),
    /// It goes on.
    Reading(Progress),
    /// It has ended.
    Read(Result<ReadSummary, Why>),
}

/// Something is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask for the fleet.
    LoadFleet,
    /// Ask for a server.
    LoadServer(String),
    /// Ask for which servers a query holds.
    Match(String),
    /// Ask what can be planned for.
    LoadGoals,
    /// Ask for a plan.
    Plan(Wish),
    /// Start the plan of this digest.
    Start(String),
    /// Ask for the runs.
    LoadRuns,
    /// Ask for a run's board.
    LoadBoard(i64),
    /// Ask for the entries of a journal after this one.
    LoadJournal(JournalOf, i64),
    /// Ask for the last of what was said to a BMC.
    LoadTranscript(String),
    /// Write all of a server's transcript to a file.
    Export(String),
    /// Ask what is told of a server of a run.
    LoadDiagnosis((i64, String)),
    /// Ask a BMC for a resource.
    LoadResource(Place),
    /// Ask a BMC for its log of events.
    LoadEvents(String),
    /// Ask how two things differ.
    LoadBeside(Beside),
    /// Write everything of a run into one archive, for a ticket.
    Bundle(i64),
    /// Copy a text: to the terminal's clipboard where it has one, and to a file.
    Copy {
        /// What it is, for the notice.
        what: String,
        /// The text.
        text: String,
    },
    /// Take the line for slow or fast; by the kind of terminal where nothing is said.
    Slow(Option<bool>),
    /// Open the vault with the passphrase that was typed.
    Unlock(Hidden),
    /// Let a run begin nothing new.
    Stop(i64),
    /// Interrupt a run.
    Abort(i64),
    /// Go on with a run.
    Resume(i64),
    /// Try a server of a run again, in this way.
    Retry(i64, String, Again),
    /// Read BMCs.
    Read {
        /// Which.
        targets: Vec<Target>,
        /// True where each is said to be a BMC, false where addresses are searched for some.
        named: bool,
    },
    /// Call a reading off.
    CallOff(u64),
    /// Draw in the theme of this name.
    Theme(String),
    /// Draw nothing but ASCII, or what the terminal can show.
    Ascii(bool),
    /// Take the terminal to be so large; none where it is to tell itself.
    Size(Option<Size>),
    /// Read themes and keymap anew.
    Reload,
    /// Draw everything again.
    Repaint,
    /// Stop this process until it is told to go on, as a shell expects of Ctrl-Z.
    Suspend,
    /// Close the screen. What runs goes on.
    Leave,
}

impl Effect {
    /// True where it is done here, and the engine is not asked.
    #[must_use]
    pub const fn is_the_screens(&self) -> bool {
        matches!(
            self,
            Self::Theme(_)
                | Self::Ascii(_)
                | Self::Size(_)
                | Self::Reload
                | Self::Copy { .. }
                | Self::Slow(_)
                | Self::Repaint
                | Self::Suspend
                | Self::Leave
        )
    }

    /// True where something of the engine's is to become another: what was asked for right before the screen is left is
    /// done all the same.
    #[must_use]
    pub const fn is_a_change(&self) -> bool {
        matches!(
            self,
            Self::Start(_)
                | Self::Stop(_)
                | Self::Abort(_)
                | Self::Resume(_)
                | Self::Retry(..)
                | Self::CallOff(_)
                | Self::Unlock(_)
        )
    }
}
