//! What text on the screen is.

/// What a piece of text is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Plain text.
    Text,
    /// Text that stands out.
    Strong,
    /// Text that stands back: units, ages, reasons of no weight.
    Muted,
    /// The name of what is on the screen.
    Title,
    /// The tab that is open.
    Tab,
    /// A key in hints and help.
    Key,
    /// The heads of a table's columns.
    Heading,
    /// Lines between panes.
    Rule,
    /// The row under the cursor.
    Cursor,
    /// A selected row.
    Selected,
    /// Done, healthy, as wanted.
    Good,
    /// Under way.
    Running,
    /// Not begun.
    Waiting,
    /// Waits for a person.
    Blocked,
    /// Went wrong.
    Failed,
    /// Nobody can tell.
    Uncertain,
    /// Odd, but not wrong.
    Warning,
    /// A version that will be, or was, changed.
    Changed,
    /// The machine that the engine runs on.
    Here,
    /// Where text is typed.
    Field,
    /// What cannot be taken back.
    Danger,
}

impl Role {
    /// All of them, in the order of a theme's table.
    pub const ALL: [Self; 21] = [
        Self::Text,
        Self::Strong,
        Self::Muted,
        Self::Title,
        Self::Tab,
        Self::Key,
        Self::Heading,
        Self::Rule,
        Self::Cursor,
        Self::Selected,
        Self::Good,
        Self::Running,
        Self::Waiting,
        Self::Blocked,
        Self::Failed,
        Self::Uncertain,
        Self::Warning,
        Self::Changed,
        Self::Here,
        Self::Field,
        Self::Danger,
    ];

    /// What it is called in a theme.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Strong => "strong",
            Self::Muted => "muted",
            Self::Title => "title",
            Self::Tab => "tab",
            Self::Key => "key",
            Self::Heading => "heading",
            Self::Rule => "rule",
            Self::Cursor => "cursor",
            Self::Selected => "selected",
            Self::Good => "good",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Warning => "warning",
            Self::Changed => "changed",
            Self::Here => "here",
            Self::Field => "field",
            Self::Danger => "danger",
        }
    }
}
