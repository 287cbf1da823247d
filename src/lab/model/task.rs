//! The BMC's tasks. The update flows create them; until then the table is empty.

/// Redfish's `TaskState`, and the words vendors add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Created.
    New,
    /// At work.
    Running,
    /// Done; `TaskStatus` says how well.
    Completed,
    /// Failed.
    Exception,
}

impl TaskState {
    /// The Redfish spelling.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Exception => "Exception",
        }
    }
}

/// One task of a BMC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Name in the task's URI (Dell `JID_…`, others a number).
    pub id: String,
    /// What it does, as the vendor words it.
    pub name: String,
    /// Where it is.
    pub state: TaskState,
    /// Progress in percent.
    pub percent: u8,
}
