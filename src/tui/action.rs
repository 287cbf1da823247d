//! Every action in one table: its name, where it is of use, and what it does, in a sentence. The hint line, the help screen,
//! the command palette and the names of the keymap are made from it; [`super::keymap`] says which keys do it, and
//! [`super::allowed`] why it is of no use now.

use super::model::{Dialog, Model, Screen};

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Id {
    /// Move.
    Up,
    /// Move.
    Down,
    /// Move by a page.
    PageUp,
    /// Move by a page.
    PageDown,
    /// Move to the first.
    First,
    /// Move to the last.
    Last,
    /// See what is under the cursor.
    Open,
    /// Select the server under the cursor.
    Select,
    /// Select all that are shown.
    SelectShown,
    /// Select none.
    SelectNone,
    /// Type a query.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Choose columns.
    Columns,
    /// Plan for the selected.
    Plan,
    /// Search for BMCs.
    Discover,
    /// Read again.
    Refresh,
    /// Call the reading off.
    CallOff,
    /// The next part of the server.
    NextTab,
    /// The part before.
    PreviousTab,
    /// Make the plan.
    MakePlan,
    /// The next power policy.
    Power,
    /// One server first.
    Canary,
    /// Older versions.
    Downgrade,
    /// Whether an enabled TPM is overridden.
    TpmOverride,
    /// More failures before it stops.
    MoreFailures,
    /// Fewer failures before it stops.
    FewerFailures,
    /// Back to the goals.
    Replan,
    /// Ask to start.
    AskStart,
    /// The next server that went wrong.
    NextWrong,
    /// Which servers are shown.
    Show,
    /// Journal or transcript.
    Pane,
    /// Ask to stop.
    AskStop,
    /// Ask to abort.
    AskAbort,
    /// Ask to resume.
    AskResume,
    /// Ask to retry.
    AskRetry,
    /// Type what to look for in a transcript.
    Search,
    /// The place before with what was looked for.
    Again,
    /// Long lines go on in the next.
    Wrap,
    /// Write the transcript to a file.
    Export,
    /// The whole journal of the run.
    Journal,
    /// What is told of the server, on a screen of its own.
    Why,
    /// What was said to the BMC when it went wrong.
    Around,
    /// Walk through the BMC's resources.
    Browse,
    /// The BMC's log of events.
    Events,
    /// Beside a healthy server of the same model.
    Compare,
    /// Follow the link under the cursor.
    Follow,
    /// Back to the resource before.
    Out,
    /// Look for what was typed in the resources that this one leads to, or stop that.
    Hunt,
    /// Type the path of a resource.
    GoTo,
    /// Remember the resource, to hold another against it.
    Mark,
    /// Hold the resource against the one that is marked, or that of a healthy server.
    Diff,
    /// Also what is the same.
    ShowSame,
    /// Name the server that it is held against.
    Other,
    /// Copy what is under the cursor.
    Copy,
    /// Everything of a run in one file.
    Bundle,
    /// Type the vault's passphrase.
    Unlock,
    /// Take the line for slow or fast.
    Link,
    /// Do what was asked.
    Confirm,
    /// Take over what was typed.
    Accept,
    /// Do nothing of it.
    Cancel,
    /// Switch a column on or off.
    Toggle,
    /// The fleet.
    GoFleet,
    /// The plan.
    GoPlan,
    /// The run.
    GoRun,
    /// The runs.
    GoRuns,
    /// The log.
    GoLog,
    /// Help.
    Help,
    /// One screen back.
    Back,
    /// Leave.
    Quit,
    /// Leave at once.
    Leave,
    /// Draw again.
    Repaint,
    /// Suspend.
    Suspend,
    /// Type a command.
    Palette,
    /// Take over the command that was chosen, to go on typing.
    Complete,
    /// Another theme.
    Theme,
    /// Themes and keymap anew.
    Reload,
    /// How large the terminal is taken to be.
    Size,
    /// Whether only ASCII is drawn.
    Ascii,
    /// Type what to look for in the help.
    FindHelp,
}

/// What may, or must, be typed after the name of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A fleet query.
    Query,
    /// Addresses to search.
    Addresses,
    /// What to look for.
    Words,
    /// The name, id or address of a server.
    Server,
    /// The number of a run.
    Run,
    /// A column of the fleet table.
    Column,
    /// The name of a theme; it must be typed.
    Theme,
    /// Columns and lines of the terminal, or `auto`; it must be typed.
    Size,
    /// `on` or `off`; it must be typed.
    Switch,
    /// "slow", "fast" or "auto".
    Link,
    /// The path of a resource of a BMC.
    Resource,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On every screen, where no dialog is open.
    Everywhere,
    /// The fleet.
    Fleet,
    /// One server.
    Server,
    /// Goals and options.
    Goals,
    /// A plan.
    Plan,
    /// A run.
    Run,
    /// The runs.
    Runs,
    /// A journal.
    Journal,
    /// The log.
    Log,
    /// What is told of a server.
    Why,
    /// Resources of a BMC.
    Explorer,
    /// A BMC's log of events.
    Events,
    /// Two side by side.
    Beside,
    /// The help screen.
    Help,
    /// The columns.
    Columns,
    /// Text is being typed.
    Typing,
    /// A word is being typed that confirms something.
    Confirm,
    /// A command is being typed.
    Palette,
}

impl Context {
    /// Every place where keys go, with what it is called in a keymap and how it is spoken of.
    pub const ALL: [(Self, &'static str, &'static str); 17] = [
        (Self::Fleet, "fleet", "the fleet"),
        (Self::Server, "server", "a server"),
        (Self::Goals, "goals", "what to plan for"),
        (Self::Plan, "plan", "a plan"),
        (Self::Run, "run", "a run"),
        (Self::Runs, "runs", "the runs"),
        (Self::Journal, "journal", "a journal"),
        (Self::Log, "log", "the log"),
        (Self::Why, "why", "a diagnosis"),
        (Self::Explorer, "explorer", "the resources of a BMC"),
        (Self::Events, "events", "the log of a BMC"),
        (Self::Beside, "beside", "a comparison"),
        (Self::Help, "help", "the help"),
        (Self::Columns, "columns", "the columns"),
        (Self::Typing, "typing", "a field"),
        (Self::Confirm, "confirm", "a confirmation"),
        (Self::Palette, "palette", "the commands"),
    ];

    /// True where it is no screen, but something that lies over one and takes all keys.
    #[must_use]
    pub const fn is_dialog(self) -> bool {
        matches!(self, Self::Help | Self::Columns | Self::Typing | Self::Confirm | Self::Palette)
    }

    /// True where printable keys are text.
    #[must_use]
    pub const fn is_typed_into(self) -> bool {
        matches!(self, Self::Typing | Self::Confirm | Self::Palette)
    }

    /// How it is spoken of.
    #[must_use]
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(context, ..)| *context == self).map_or("every screen", |(_, _, words)| words)
    }
}

/// An action.
#[derive(Debug)]
pub struct Action {
    /// Which.
    pub id: Id,
    /// In a word or two, for the hint line.
    pub title: &'static str,
    /// In a sentence, for the help screen.
    pub help: &'static str,
    /// What it is called in the palette and in keymaps.
    pub name: &'static str,
    /// Where.
    pub contexts: &'static [Context],
    /// What may be typed after its name.
    pub argument: Option<Argument>,
    /// True where it changes what is done to servers.
    pub danger: bool,
    /// True where the hint line names it.
    pub hint: bool,
}

const fn action(
    id: Id,
    name: &'static str,
    contexts: &'static [Context],
    title: &'static str,
    help: &'static str,
) -> Action {
    Action { id, title, help, name, contexts, argument: None, danger: false, hint: true }
}

const fn quiet(
    id: Id,
    name: &'static str,
    contexts: &'static [Context],
    title: &'static str,
    help: &'static str,
) -> Action {
    Action { hint: false, ..action(id, name, contexts, title, help) }
}

const fn taking(argument: Argument, action: Action) -> Action {
    Action { argument: Some(argument), ..action }
}

use Argument as A;
use Context as C;

/// Where lines are gone through.
#[rustfmt::skip]
pub const TABLES: &[Context] = &[
    C::Fleet, C::Server, C::Goals, C::Plan, C::Run, C::Runs, C::Journal, C::Log, C::Why, C::Explorer, C::Events, C::Beside,
    C::Help, C::Columns,
];

/// Everywhere, and whatever lies over a screen.
const ALWAYS: &[Context] = &[C::Everywhere, C::Typing, C::Confirm, C::Help, C::Columns, C::Palette];

/// The table. Within a context the order is that of the hint line.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    // the fleet
    action(Id::Select, "select", &[C::Fleet], "select", "selects the server under the cursor, or no longer"),
    taking(A::Query, action(Id::Filter, "filter", &[C::Fleet], "filter", "shows the servers for which a query holds: failed, rack=r12, bios<2.5, nic<22")),
    action(Id::Plan, "plan", &[C::Fleet, C::Server], "plan", "plans an update of the selected servers, or of this one; changes nothing"),
    taking(A::Server, action(Id::Open, "open", &[C::Fleet], "open", "shows the server with all its components")),
    taking(A::Addresses, action(Id::Discover, "discover", &[C::Fleet], "discover", "searches addresses that you type for BMCs; reads, changes nothing")),
    action(Id::Refresh, "refresh", &[C::Fleet], "refresh", "reads the selected servers again, or all where none is selected"),
    quiet(Id::CallOff, "call off", &[C::Fleet, C::Server], "call off", "calls off the reading or search that you started; what was read stays"),
    action(Id::SelectShown, "select shown", &[C::Fleet], "all shown", "selects every server that is shown"),
    action(Id::SelectNone, "select none", &[C::Fleet], "none", "selects nothing, also what the filter hides"),
    taking(A::Column, action(Id::Sort, "sort", &[C::Fleet], "sort", "sorts by the next column")),
    quiet(Id::Reverse, "sort reverse", &[C::Fleet], "reverse", "turns the order round"),
    action(Id::Columns, "columns", &[C::Fleet], "columns", "switches columns on and off, and tells which have no room"),
    // a server
    action(Id::NextTab, "part next", &[C::Server], "next part", "goes on from components to notes, journal and transcript"),
    quiet(Id::PreviousTab, "part before", &[C::Server], "part before", "goes back to the part before"),
    action(Id::Refresh, "refresh", &[C::Server], "read again", "reads this server again from its BMC"),
    // what to plan for
    taking(A::Words, action(Id::Search, "find", &[C::Server], "search", "looks for words in the transcript, from the end back")),
    quiet(Id::Again, "find again", &[C::Server], "again", "to the place before with these words"),
    quiet(Id::Wrap, "wrap", &[C::Server], "wrap", "long lines of the transcript go on in the next, or are cut"),
    quiet(Id::Export, "export", &[C::Server], "export", "writes the whole transcript to a file in the directory that firmdeck was started in"),

    action(Id::MakePlan, "plan make", &[C::Goals], "make the plan", "plans for the goal under the cursor; changes nothing on any server"),
    action(Id::Power, "plan power", &[C::Goals], "power", "the next power policy: never, if_off, graceful, forced"),
    action(Id::Canary, "plan canary", &[C::Goals], "canary", "one server first, the others only after it has succeeded; or all at once"),
    action(Id::Downgrade, "plan downgrade", &[C::Goals], "downgrade", "whether an older version than the installed one may be flashed"),
    action(Id::TpmOverride, "plan tpm", &[C::Goals], "tpm override", "whether ROM and BMC may be flashed where a TPM is enabled"),
    quiet(Id::MoreFailures, "plan failures more", &[C::Goals], "more", "one more failure before the run begins no further server"),
    quiet(Id::FewerFailures, "plan failures fewer", &[C::Goals], "fewer", "one failure less before the run begins no further server"),
    // a plan
    action(Id::AskStart, "run start", &[C::Plan], "start...", "asks for the first 4 digits of the digest, then starts the run"),
    action(Id::Replan, "plan again", &[C::Plan], "goal and options", "goes back to what is wanted and how"),
    taking(A::Server, action(Id::Open, "open", &[C::Plan], "open server", "shows the server of this line")),
    // a run
    taking(A::Server, action(Id::Open, "open", &[C::Run], "open server", "shows the server with its journal")),
    action(Id::NextWrong, "failure next", &[C::Run], "next failure", "goes to the next server that failed, is uncertain or is blocked"),
    action(Id::Why, "why", &[C::Run], "why", "tells in full what happened, what state the server is in and what to do next"),
    action(Id::AskRetry, "run retry", &[C::Run], "retry...", "asks, then tries the server under the cursor again; what was read back stays"),
    action(Id::Pane, "pane", &[C::Run], "transcript", "shows what was said to the BMC in place of the journal, or the journal again"),
    action(Id::Show, "view", &[C::Run], "view", "shows all servers, those that are open or wrong, or only those that are wrong"),
    action(Id::AskResume, "run resume", &[C::Run], "resume...", "asks, then goes on with a run that was held, stopped or cut off"),
    action(Id::AskStop, "run stop", &[C::Run], "stop...", "asks, then lets current steps end and begins nothing new"),
    action(Id::AskAbort, "run abort", &[C::Run], "abort...", "asks, then interrupts what may be interrupted; a flash is never cut"),
    quiet(Id::Journal, "journal", &[C::Run], "journal", "shows everything that happened in the run"),
    // finding out why
    action(Id::AskRetry, "run retry", &[C::Why], "retry...", "asks, then tries this server again; what was read back stays"),
    action(Id::Follow, "follow", &[C::Explorer], "follow", "goes to the resource that the line leads to"),
    action(Id::Out, "resource before", &[C::Explorer], "back", "goes back to the resource before"),
    taking(A::Words, action(Id::Search, "find", &[C::Explorer], "search", "looks for words in the resource")),
    quiet(Id::Again, "find again", &[C::Explorer], "again", "to the next line with these words"),
    quiet(Id::Hunt, "find beyond", &[C::Explorer], "beyond", "looks for these words in the resources that this one leads to, the nearest first; again, it goes on or stops"),
    taking(A::Resource, action(Id::GoTo, "resource", &[C::Explorer], "go to...", "asks for the path of a resource, and goes there")),
    action(Id::Mark, "mark", &[C::Explorer], "mark", "remembers this resource, to hold another against it"),
    action(Id::Diff, "diff", &[C::Explorer], "diff", "holds it against the marked resource, or where none is marked, against that of a healthy server of the same model"),
    action(Id::ShowSame, "view same", &[C::Beside], "view", "shows what is the same too, or only what differs"),
    taking(A::Server, action(Id::Other, "compare with", &[C::Beside], "other...", "asks which server it is to be held against, by name or id")),
    action(Id::Around, "exchanges", &[C::Run, C::Why], "exchanges", "shows what was said to the BMC, and what tools said, when it went wrong"),
    action(Id::Browse, "browse", &[C::Run, C::Why, C::Server, C::Events, C::Beside, C::Fleet], "browse", "walks through the resources of the BMC, as it shows them now; reads only"),
    action(Id::Events, "events", &[C::Run, C::Why, C::Server, C::Explorer, C::Beside, C::Fleet], "BMC log", "shows the BMC's own log of the machine's health"),
    action(Id::Compare, "compare", &[C::Run, C::Why, C::Server, C::Explorer, C::Events, C::Fleet], "compare", "holds the server against a healthy one of the same model"),
    action(Id::Refresh, "refresh", &[C::Explorer, C::Events, C::Beside], "reload", "asks the BMC again"),
    action(Id::Bundle, "bundle", &[C::Run, C::Why, C::Runs], "bundle", "writes everything of the run, free of secrets, into one archive for a ticket"),
    // runs
    taking(A::Server, action(Id::Open, "open", &[C::Runs], "open", "shows the run's board")),
    action(Id::Journal, "journal", &[C::Runs], "journal", "shows everything that happened in the run"),
    action(Id::Refresh, "refresh", &[C::Runs], "reload", "asks the engine for the runs again"),
    // dialogs
    action(Id::Accept, "accept", &[C::Palette], "do it", "does what was chosen; what must not happen by mistake asks again"),
    action(Id::Complete, "complete", &[C::Palette], "complete", "takes over what was chosen, to go on typing"),
    quiet(Id::Down, "down", &[C::Palette], "down", "to the next command"),
    action(Id::Up, "up", &[C::Palette], "history", "to the command before; on an empty line, to those that were typed before"),
    action(Id::Cancel, "cancel", &[C::Palette], "close", "closes the commands"),
    action(Id::FindHelp, "find", &[C::Help], "search", "shows what holds the words that you type"),
    action(Id::Toggle, "toggle", &[C::Columns], "on or off", "switches the column on or off"),
    action(Id::Cancel, "cancel", &[C::Columns], "close", "closes the list"),
    action(Id::Cancel, "cancel", &[C::Help], "close", "closes the help"),
    action(Id::Accept, "accept", &[C::Typing], "done", "takes over what was typed"),
    action(Id::Cancel, "cancel", &[C::Typing], "cancel", "leaves everything as it was"),
    Action { danger: true, ..action(Id::Confirm, "confirm", &[C::Confirm], "do it", "does it, once the word is typed") },
    action(Id::Cancel, "cancel", &[C::Confirm], "cancel", "does nothing of it"),
    // tables
    quiet(Id::Down, "down", TABLES, "down", "one line down"),
    quiet(Id::Up, "up", TABLES, "up", "one line up"),
    quiet(Id::PageDown, "page down", TABLES, "page down", "one page down"),
    quiet(Id::PageUp, "page up", TABLES, "page up", "one page up"),
    quiet(Id::First, "first", TABLES, "first", "to the first line"),
    quiet(Id::Last, "last", TABLES, "last", "to the last line, and to follow what comes"),
    // everywhere
    quiet(Id::GoFleet, "go fleet", &[C::Everywhere], "fleet", "every server"),
    quiet(Id::GoPlan, "go plan", &[C::Everywhere], "plan", "what to plan for, or the plan that was made"),
    taking(A::Run, quiet(Id::GoRun, "go run", &[C::Everywhere], "run", "the run that is under way, or the last one")),
    quiet(Id::GoRuns, "go runs", &[C::Everywhere], "runs", "every run there was, and its journal"),
    quiet(Id::GoLog, "go log", &[C::Everywhere], "log", "what this screen's own process has to say"),
    quiet(Id::Back, "back", &[C::Everywhere], "back", "one screen back; on the fleet it ends the filter"),
    quiet(Id::Quit, "close", &[C::Everywhere], "back or leave", "one screen back; from the fleet it leaves, and what runs goes on"),
    quiet(Id::Copy, "copy", &[C::Everywhere], "copy", "copies what is under the cursor: to the terminal's clipboard where it has one, and to a file"),
    quiet(Id::Unlock, "vault unlock", &[C::Everywhere], "unlock", "asks for the vault's passphrase, and opens it for the engine"),
    quiet(Id::Palette, "palette", &[C::Everywhere], "command", "asks for a command by its name, and tells of each whether it is of use now"),
    taking(A::Theme, quiet(Id::Theme, "theme", &[C::Everywhere], "theme", "draws in other colours; firmdeck.toml says which from the start")),
    taking(A::Switch, quiet(Id::Ascii, "ascii", &[C::Everywhere], "ascii", "draws nothing but ASCII, or lines and arrows again")),
    taking(A::Size, quiet(Id::Size, "size", &[C::Everywhere], "size", "takes the terminal to be so large, for a serial line that does not tell: size 132x43")),
    taking(A::Link, quiet(Id::Link, "link", &[C::Everywhere], "link", "takes the line to be slow, and writes little at a time with keys in between; or fast; or whatever the terminal is")),
    quiet(Id::Reload, "reload", &[C::Everywhere], "reload", "reads themes and keymap anew"),
    quiet(Id::Help, "help", &[C::Everywhere], "help", "every key of this screen, and why it is of no use now"),
    quiet(Id::Repaint, "repaint", ALWAYS, "repaint", "draws the whole screen again"),
    quiet(Id::Suspend, "suspend", ALWAYS, "suspend", "back to the shell; fg comes back"),
    quiet(Id::Leave, "quit", ALWAYS, "leave", "closes the screen at once; what runs goes on"),
];

/// The context that gets the keys now.
#[must_use]
pub fn context(model: &Model) -> Context {
    match &model.dialog {
        Some(Dialog::Help { search: Some(_), .. }) => Context::Typing,
        Some(Dialog::Help { .. }) => Context::Help,
        Some(Dialog::Palette { .. }) => Context::Palette,
        Some(Dialog::Columns { .. }) => Context::Columns,
        Some(
            Dialog::Filter { .. }
            | Dialog::Discover { .. }
            | Dialog::Search { .. }
            | Dialog::Go { .. }
            | Dialog::Other { .. }
            | Dialog::Unlock { .. },
        ) => Context::Typing,
        Some(Dialog::Confirm { .. }) => Context::Confirm,
        None => below(model),
    }
}

/// The context of the screen under any dialog.
#[must_use]
pub fn below(model: &Model) -> Context {
    match model.screen() {
        Screen::Fleet => Context::Fleet,
        Screen::Server => Context::Server,
        Screen::Plan if model.plan.shown.is_some() => Context::Plan,
        Screen::Plan => Context::Goals,
        Screen::Run => Context::Run,
        Screen::Runs => Context::Runs,
        Screen::Journal => Context::Journal,
        Screen::Log => Context::Log,
        Screen::Why => Context::Why,
        Screen::Explorer => Context::Explorer,
        Screen::Events => Context::Events,
        Screen::Beside => Context::Beside,
    }
}

/// The actions of a context, in order; with those of everywhere where no dialog takes the keys.
pub fn of(context: Context) -> impl Iterator<Item = &'static Action> {
    ACTIONS.iter().filter(move |action| {
        action.contexts.contains(&context) || (!context.is_dialog() && action.contexts.contains(&Context::Everywhere))
    })
}

/// True where it can be asked for by name: from a screen, and not only from what lies over one.
#[must_use]
pub fn is_command(action: &Action) -> bool {
    action.contexts.iter().any(|context| !context.is_dialog())
}

#[cfg(test)]
mod tests;
