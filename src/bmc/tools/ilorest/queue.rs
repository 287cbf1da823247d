//! `taskqueue -j`. Pure.

use serde_json::Value;

use super::inventory::json;

/// A task of iLO's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTask {
    /// Its name.
    pub name: String,
    /// What it does: `ApplyUpdate`, `Wait`.
    pub command: Option<String>,
    /// The file of the repository that it installs.
    pub file: Option<String>,
    /// `Pending`, `InProgress`, `Complete`, `Expired`, `Exception`, `Canceled`.
    pub state: Option<String>,
}

impl QueuedTask {
    /// Whether nothing behind it goes on until it is deleted.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.state.as_deref().is_some_and(|state| ["Exception", "Expired"].contains(&state))
    }
}

/// Reads the answer to `taskqueue -j`; nothing where it is none. An empty queue is said in words.
#[must_use]
pub fn parse(said: &str) -> Option<Vec<QueuedTask>> {
    let Some(document) = json(said) else {
        return said.to_lowercase().contains("no tasks found").then(Vec::new);
    };
    let tasks = document.as_object()?;
    // Keys of a JSON object have no order of their own, and this one is read in the alphabet's.
    Some(tasks.iter().filter(|(_, task)| task.is_object()).map(|(name, task)| read(name, task)).collect())
}

fn read(name: &str, task: &Value) -> QueuedTask {
    let text = |key: &str| task.get(key).and_then(Value::as_str).map(str::to_owned);
    QueuedTask { name: name.to_owned(), command: text("Command"), file: text("Filename"), state: text("State") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tasks_and_what_blocks_them_are_read() {
        let said = "{\n  \"Update-1\": {\n    \"Command\": \"ApplyUpdate\",\n    \"Filename\": \"a.fwpkg\",\n    \"State\": \"Exception\"\n  },\n  \
                    \"Wait-2\": {\"Command\": \"Wait\", \"WaitTimeSeconds\": 60, \"State\": \"Pending\"}\n}\n";
        let tasks = parse(said).unwrap();
        assert_eq!(tasks.len(), 2);
        assert!(tasks[0].blocks() && !tasks[1].blocks());
        assert_eq!((tasks[0].file.as_deref(), tasks[1].file.as_deref()), (Some("a.fwpkg"), None));
    }

    #[test]
    fn an_empty_queue_is_told_from_an_answer_that_is_none() {
        assert_eq!(parse("No tasks found.\n"), Some(Vec::new()));
        assert_eq!(parse("{}"), Some(Vec::new()));
        assert_eq!(parse("Traceback"), None);
        assert_eq!(parse("[1]"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|\\{\"a\": \\{|\"State\": \"|\\}\\}){0,100}") {
            let _ = parse(&text);
        }
    }
}
