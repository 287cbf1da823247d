//! Every action in one table: its keys, where it is of use, and what it does, in a sentence. The hint line, the help screen
//! and the keymap are made from it; [`super::allowed`] says why one is of no use now.

use super::{
    key::Key,
    model::{Dialog, Model, Screen},
};

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
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Any of them.
    pub keys: &'static [Key],
    /// Where.
    pub contexts: &'static [Context],
    /// True where it changes what is done to servers.
    pub danger: bool,
    /// True where the hint line names it.
    pub hint: bool,
}

const fn action(
    id: Id,
    keys: &'static [Key],
    contexts: &'static [Context],
    title: &'static str,
    help: &'static str,
) -> Action {
    Action { id, title, help, keys, contexts, danger: false, hint: true }
}

const fn quiet(
    id: Id,
    keys: &'static [Key],
    contexts: &'static [Context],
    title: &'static str,
    help: &'static str,
) -> Action {
    Action { hint: false, ..action(id, keys, contexts, title, help) }
}

use Context as C;
use Key::Char;

#[rustfmt::skip]
const TABLES: &[Context] = &[
    C::Fleet, C::Server, C::Goals, C::Plan, C::Run, C::Runs, C::Journal, C::Log, C::Why, C::Explorer, C::Events, C::Beside,
    C::Help, C::Columns,
];

/// The table. Within a context the order is that of the hint line.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    // the fleet
    action(Id::Select, &[Char(' ')], &[C::Fleet], "select", "selects the server under the cursor, or no longer"),
    action(Id::Filter, &[Char('/')], &[C::Fleet], "filter", "shows the servers for which a query holds: failed, rack=r12, bios<2.5, nic<22"),
    action(Id::Plan, &[Char('p')], &[C::Fleet, C::Server], "plan", "plans an update of the selected servers, or of this one; changes nothing"),
    action(Id::Open, &[Key::Enter], &[C::Fleet], "open", "shows the server with all its components"),
    action(Id::Discover, &[Char('D')], &[C::Fleet], "discover", "searches addresses that you type for BMCs; reads, changes nothing"),
    action(Id::Refresh, &[Char('R')], &[C::Fleet], "refresh", "reads the selected servers again, or all where none is selected"),
    quiet(Id::CallOff, &[Char('o')], &[C::Fleet, C::Server], "call off", "calls off the reading or search that you started; what was read stays"),
    action(Id::SelectShown, &[Char('a')], &[C::Fleet], "all shown", "selects every server that is shown"),
    action(Id::SelectNone, &[Char('n')], &[C::Fleet], "none", "selects nothing, also what the filter hides"),
    action(Id::Sort, &[Char('s')], &[C::Fleet], "sort", "sorts by the next column"),
    quiet(Id::Reverse, &[Char('S')], &[C::Fleet], "reverse", "turns the order round"),
    action(Id::Columns, &[Char('c')], &[C::Fleet], "columns", "switches columns on and off, and tells which have no room"),
    // a server
    action(Id::NextTab, &[Key::Tab, Key::Right], &[C::Server], "next part", "goes on from components to notes, journal and transcript"),
    quiet(Id::PreviousTab, &[Key::BackTab, Key::Left], &[C::Server], "part before", "goes back to the part before"),
    action(Id::Refresh, &[Char('R')], &[C::Server], "read again", "reads this server again from its BMC"),
    // what to plan for
    action(Id::Search, &[Char('/')], &[C::Server], "search", "looks for words in the transcript, from the end back"),
    quiet(Id::Again, &[Char('n')], &[C::Server], "again", "to the place before with these words"),
    quiet(Id::Wrap, &[Char('w')], &[C::Server], "wrap", "long lines of the transcript go on in the next, or are cut"),
    quiet(Id::Export, &[Char('e')], &[C::Server], "export", "writes the whole transcript to a file in the directory that firmdeck was started in"),

    action(Id::MakePlan, &[Key::Enter], &[C::Goals], "make the plan", "plans for the goal under the cursor; changes nothing on any server"),
    action(Id::Power, &[Char('w')], &[C::Goals], "power", "the next power policy: never, if_off, graceful, forced"),
    action(Id::Canary, &[Char('c')], &[C::Goals], "canary", "one server first, the others only after it has succeeded; or all at once"),
    action(Id::Downgrade, &[Char('d')], &[C::Goals], "downgrade", "whether an older version than the installed one may be flashed"),
    action(Id::TpmOverride, &[Char('o')], &[C::Goals], "tpm override", "whether ROM and BMC may be flashed where a TPM is enabled"),
    quiet(Id::MoreFailures, &[Char('+')], &[C::Goals], "more", "one more failure before the run begins no further server"),
    quiet(Id::FewerFailures, &[Char('-')], &[C::Goals], "fewer", "one failure less before the run begins no further server"),
    // a plan
    action(Id::AskStart, &[Char('g')], &[C::Plan], "start...", "asks for the first 4 digits of the digest, then starts the run"),
    action(Id::Replan, &[Char('e')], &[C::Plan], "goal and options", "goes back to what is wanted and how"),
    action(Id::Open, &[Key::Enter], &[C::Plan], "open server", "shows the server of this line"),
    // a run
    action(Id::Open, &[Key::Enter], &[C::Run], "open server", "shows the server with its journal"),
    action(Id::NextWrong, &[Char('f')], &[C::Run], "next failure", "goes to the next server that failed, is uncertain or is blocked"),
    action(Id::Why, &[Char('i')], &[C::Run], "why", "tells in full what happened, what state the server is in and what to do next"),
    action(Id::AskRetry, &[Char('r')], &[C::Run], "retry...", "asks, then tries the server under the cursor again; what was read back stays"),
    action(Id::Pane, &[Char('t')], &[C::Run], "transcript", "shows what was said to the BMC in place of the journal, or the journal again"),
    action(Id::Show, &[Char('v')], &[C::Run], "view", "shows all servers, those that are open or wrong, or only those that are wrong"),
    action(Id::AskResume, &[Char('u')], &[C::Run], "resume...", "asks, then goes on with a run that was held, stopped or cut off"),
    action(Id::AskStop, &[Char('x')], &[C::Run], "stop...", "asks, then lets current steps end and begins nothing new"),
    action(Id::AskAbort, &[Char('X')], &[C::Run], "abort...", "asks, then interrupts what may be interrupted; a flash is never cut"),
    quiet(Id::Journal, &[Char('l')], &[C::Run], "journal", "shows everything that happened in the run"),
    // finding out why
    action(Id::AskRetry, &[Char('r')], &[C::Why], "retry...", "asks, then tries this server again; what was read back stays"),
    action(Id::Follow, &[Key::Enter, Key::Right], &[C::Explorer], "follow", "goes to the resource that the line leads to"),
    action(Id::Out, &[Key::Left, Key::Backspace], &[C::Explorer], "back", "goes back to the resource before"),
    action(Id::Search, &[Char('/')], &[C::Explorer], "search", "looks for words in the resource"),
    quiet(Id::Again, &[Char('n')], &[C::Explorer], "again", "to the next line with these words"),
    action(Id::GoTo, &[Char('g')], &[C::Explorer], "go to...", "asks for the path of a resource, and goes there"),
    action(Id::Mark, &[Char('m')], &[C::Explorer], "mark", "remembers this resource, to hold another against it"),
    action(Id::Diff, &[Char('d')], &[C::Explorer], "diff", "holds it against the marked resource, or where none is marked, against that of a healthy server of the same model"),
    action(Id::ShowSame, &[Char('v')], &[C::Beside], "view", "shows what is the same too, or only what differs"),
    action(Id::Other, &[Char('o')], &[C::Beside], "other...", "asks which server it is to be held against, by name or id"),
    action(Id::Around, &[Char('T')], &[C::Run, C::Why], "exchanges", "shows what was said to the BMC, and what tools said, when it went wrong"),
    action(Id::Browse, &[Char('b')], &[C::Run, C::Why, C::Server, C::Events, C::Beside, C::Fleet], "browse", "walks through the resources of the BMC, as it shows them now; reads only"),
    action(Id::Events, &[Char('L')], &[C::Run, C::Why, C::Server, C::Explorer, C::Beside, C::Fleet], "BMC log", "shows the BMC's own log of the machine's health"),
    action(Id::Compare, &[Char('=')], &[C::Run, C::Why, C::Server, C::Explorer, C::Events, C::Fleet], "compare", "holds the server against a healthy one of the same model"),
    action(Id::Refresh, &[Char('R')], &[C::Explorer, C::Events, C::Beside], "reload", "asks the BMC again"),
    action(Id::Bundle, &[Char('B')], &[C::Run, C::Why, C::Runs], "bundle", "writes everything of the run, free of secrets, into one archive for a ticket"),
    // runs
    action(Id::Open, &[Key::Enter], &[C::Runs], "open", "shows the run's board"),
    action(Id::Journal, &[Char('l')], &[C::Runs], "journal", "shows everything that happened in the run"),
    action(Id::Refresh, &[Char('R')], &[C::Runs], "reload", "asks the engine for the runs again"),
    // dialogs
    action(Id::Toggle, &[Char(' '), Key::Enter], &[C::Columns], "on or off", "switches the column on or off"),
    action(Id::Cancel, &[Key::Esc, Char('q'), Char('c')], &[C::Columns], "close", "closes the list"),
    action(Id::Cancel, &[Key::Esc, Char('q'), Char('?')], &[C::Help], "close", "closes the help"),
    action(Id::Accept, &[Key::Enter], &[C::Typing], "done", "takes over what was typed"),
    action(Id::Cancel, &[Key::Esc], &[C::Typing], "cancel", "leaves everything as it was"),
    Action { danger: true, ..action(Id::Confirm, &[Key::Enter], &[C::Confirm], "do it", "does it, once the word is typed") },
    action(Id::Cancel, &[Key::Esc], &[C::Confirm], "cancel", "does nothing of it"),
    // tables
    quiet(Id::Down, &[Key::Down, Char('j')], TABLES, "down", "one line down"),
    quiet(Id::Up, &[Key::Up, Char('k')], TABLES, "up", "one line up"),
    quiet(Id::PageDown, &[Key::PageDown, Key::Ctrl('f')], TABLES, "page down", "one page down"),
    quiet(Id::PageUp, &[Key::PageUp, Key::Ctrl('b')], TABLES, "page up", "one page up"),
    quiet(Id::First, &[Key::Home], TABLES, "first", "to the first line"),
    quiet(Id::Last, &[Key::End, Char('G')], TABLES, "last", "to the last line, and to follow what comes"),
    // everywhere
    quiet(Id::GoFleet, &[Char('1')], &[C::Everywhere], "fleet", "every server"),
    quiet(Id::GoPlan, &[Char('2')], &[C::Everywhere], "plan", "what to plan for, or the plan that was made"),
    quiet(Id::GoRun, &[Char('3')], &[C::Everywhere], "run", "the run that is under way, or the last one"),
    quiet(Id::GoRuns, &[Char('4')], &[C::Everywhere], "runs", "every run there was, and its journal"),
    quiet(Id::GoLog, &[Char('5')], &[C::Everywhere], "log", "what this screen's own process has to say"),
    quiet(Id::Back, &[Key::Esc], &[C::Everywhere], "back", "one screen back; on the fleet it ends the filter"),
    quiet(Id::Quit, &[Char('q')], &[C::Everywhere], "back or leave", "one screen back; from the fleet it leaves, and what runs goes on"),
    quiet(Id::Unlock, &[Char('V')], &[C::Everywhere], "unlock", "asks for the vault's passphrase, and opens it for the engine"),
    quiet(Id::Copy, &[Char('y')], &[C::Everywhere], "copy", "copies what is under the cursor: to the terminal's clipboard where it has one, and to a file"),
    quiet(Id::Help, &[Char('?')], &[C::Everywhere], "help", "every key of this screen, and why it is of no use now"),
    quiet(Id::Repaint, &[Key::Ctrl('l')], &[C::Everywhere, C::Typing, C::Confirm, C::Help, C::Columns], "repaint", "draws the whole screen again"),
    quiet(Id::Suspend, &[Key::Ctrl('z')], &[C::Everywhere, C::Typing, C::Confirm, C::Help, C::Columns], "suspend", "back to the shell; fg comes back"),
    quiet(Id::Leave, &[Key::Ctrl('c')], &[C::Everywhere, C::Typing, C::Confirm, C::Help, C::Columns], "leave", "closes the screen at once; what runs goes on"),
];

/// The context that gets the keys now.
#[must_use]
pub fn context(model: &Model) -> Context {
    match &model.dialog {
        Some(Dialog::Help { .. }) => Context::Help,
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
    let dialog = matches!(context, C::Help | C::Columns | C::Typing | C::Confirm);
    ACTIONS.iter().filter(move |action| {
        action.contexts.contains(&context) || (!dialog && action.contexts.contains(&Context::Everywhere))
    })
}

/// What `key` does in `context`.
#[must_use]
pub fn by_key(context: Context, key: Key) -> Option<&'static Action> {
    of(context).find(|action| action.keys.contains(&key))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CONTEXTS: [Context; 16] = [
        C::Why,
        C::Explorer,
        C::Events,
        C::Beside,
        C::Fleet,
        C::Server,
        C::Goals,
        C::Plan,
        C::Run,
        C::Runs,
        C::Journal,
        C::Log,
        C::Help,
        C::Columns,
        C::Typing,
        C::Confirm,
    ];

    #[test]
    fn every_action_has_a_title_a_sentence_and_a_key() {
        for action in ACTIONS {
            assert!(!action.title.is_empty() && action.help.len() > action.title.len(), "{:?}", action.id);
            assert!(!action.keys.is_empty() && !action.contexts.is_empty(), "{:?}", action.id);
        }
    }

    #[test]
    fn a_key_means_one_thing_in_a_context_and_every_action_can_be_reached() {
        let mut reached = HashSet::new();
        for context in CONTEXTS {
            let mut keys = HashSet::new();
            for action in of(context) {
                for key in action.keys {
                    assert!(keys.insert(*key), "{key} means two things in {context:?}");
                }
                assert_eq!(by_key(context, action.keys[0]).map(|found| found.id), Some(action.id));
                reached.insert(action.id);
            }
        }
        for action in ACTIONS {
            assert!(reached.contains(&action.id), "{:?}", action.id);
        }
    }

    #[test]
    fn what_changes_servers_is_on_no_key_outside_the_screen_that_asks_for_a_word() {
        for action in ACTIONS.iter().filter(|action| action.danger) {
            assert_eq!(action.contexts, [Context::Confirm], "{:?}", action.id);
        }
        assert!(ACTIONS.iter().any(|action| action.danger));
    }

    #[test]
    fn no_key_is_one_that_terminals_keep_for_themselves() {
        for key in ACTIONS.iter().flat_map(|action| action.keys) {
            // XOFF and XON; Ctrl-H, I, J, M are Backspace, Tab and Enter
            assert!(!matches!(key, Key::Ctrl('s' | 'q' | 'h' | 'i' | 'j' | 'm')), "{key}");
        }
    }
}
