//! iLO's repository and its queue of update tasks: what the host's UEFI installs in its next POST.
//!
//! Source: HPE's Redfish documentation (HpeComponent, HpeComponentUpdateTask); facts: vendors 2.2 D.

use hyper::Method;
use serde_json::{Value, json};

use super::{
    UPDATE_SERVICE,
    outcome::{self, Left},
};
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, Member, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        offers::Offers,
    },
};

/// What stands in a task's path, and in no other's.
const QUEUE: &str = "/UpdateTaskQueue/";

/// An entry of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// Its resource.
    pub uri: String,
    /// The name that whoever queued it gave it.
    pub name: String,
    /// What it is to do: `ApplyUpdate`, `ResetServer`.
    pub command: String,
    /// The file, where it is about one.
    pub file: Option<String>,
    /// `Pending`, `InProgress`, `Complete`, `Expired`, `Exception`, `Canceled`.
    pub state: String,
    /// The MessageId of its result.
    pub result: Option<String>,
}

impl QueueItem {
    /// Nothing behind it is carried out until it is deleted.
    #[must_use]
    pub fn blocks(&self) -> bool {
        ["Exception", "Expired"].iter().any(|word| self.state.eq_ignore_ascii_case(word))
    }

    /// It waits, or is carried out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        ["Pending", "InProgress"].iter().any(|word| self.state.eq_ignore_ascii_case(word))
    }

    fn of(member: &Member) -> Self {
        let doc = Doc::new(&member.value);
        let word = |key: &str| doc.str(key).unwrap_or_default().to_owned();
        Self {
            uri: member.uri.clone(),
            name: word("Name"),
            command: word("Command"),
            file: doc.str("Filename").map(str::to_owned),
            state: word("State"),
            result: doc.at(&["Result"]).str("MessageId").map(str::to_owned),
        }
    }
}

/// The queue, its head first. Empty where there is none.
pub async fn items(client: &mut Client, queue: &str) -> Result<Vec<QueueItem>, Error> {
    Ok(listed(client, queue).await?.iter().map(QueueItem::of).collect())
}

async fn listed(client: &mut Client, collection: &str) -> Result<Vec<Member>, Error> {
    let root = client.root().await?;
    let memory = ExpandMemory::default();
    let expand = Expand { query: quirks::expand_query(&root), product: "tasks", memory: &memory };
    match members(client, collection, client.timeouts().read, expand).await {
        Ok(found) => Ok(found.list),
        Err(Error::Http { status: 404 | 405 | 501, .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Queues `file`, which lies in the repository, under `name`: the host's next POST installs it.
///
/// An entry of that name that is there already is ours from before, and is taken for the answer.
pub async fn enqueue(client: &mut Client, offers: &Offers, name: &str, file: &str, tpm_override: bool) -> Attempt {
    let Some(queue) = offers.task_queue.as_deref() else {
        return Attempt::NotStarted { why: "the iLO offers no task queue".into() };
    };
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    match named(client, queue, name).await {
        Ok(None) => {}
        Ok(Some(uri)) => return accepted(uri),
        Err(error) => return outcome::unanswered(&error, Left::NoImage),
    }
    let body = body(name, file, tpm_override);
    let deadline = client.timeouts().change;
    let end = match client.post(queue, &body, deadline).await {
        Ok(reply) => outcome::of_reply(client, queue, &reply, Left::NoImage),
        Err(error) => outcome::unanswered(&error, Left::NoImage),
    };
    match end {
        // The answer need not name it.
        Attempt::Accepted { receipt } => match named(client, queue, name).await {
            Ok(Some(uri)) => accepted(uri),
            _ => Attempt::Accepted { receipt },
        },
        // An answer that was lost: the entry tells by its name whether it was taken. To be asked again queues nothing twice.
        Attempt::Unknown { why, .. } => match named(client, queue, name).await {
            Ok(Some(uri)) => accepted(uri),
            Ok(None) | Err(_) => Attempt::NotStarted { why: format!("it is not in the queue: {why}") },
        },
        end => end,
    }
}

fn body(name: &str, file: &str, tpm_override: bool) -> Value {
    let mut body = json!({ "Name": name, "Command": "ApplyUpdate", "Filename": file, "UpdatableBy": ["Uefi"] });
    if tpm_override {
        body["TPMOverride"] = true.into();
    }
    body
}

fn accepted(uri: String) -> Attempt {
    Attempt::Accepted { receipt: Receipt { task: Some(uri), ..Receipt::default() } }
}

async fn named(client: &mut Client, queue: &str, name: &str) -> Result<Option<String>, Error> {
    let found = items(client, queue).await?.into_iter().find(|item| item.name == name);
    Ok(found.map(|item| item.uri))
}

/// Whether a task is an entry of the queue.
#[must_use]
pub(super) fn is_item(task: &str) -> bool {
    task.to_ascii_lowercase().contains(&QUEUE.to_ascii_lowercase())
}

/// Reads an entry of the queue. One that is complete says so for a day; then, and once it was deleted, it is gone.
pub(super) async fn read_item(client: &mut Client, uri: &str) -> Result<TaskReading, Error> {
    let reply = client.get_reply(uri, client.timeouts().read).await?;
    match reply.status.as_u16() {
        200..=299 => {
            let value: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            Ok(of_item(&QueueItem::of(&Member { uri: uri.to_owned(), value })))
        }
        404 | 410 => Ok(reading(TaskState::Gone, "")),
        _ => Err(client.refusal(&Method::GET, uri, &reply)),
    }
}

fn of_item(item: &QueueItem) -> TaskReading {
    let failed = || {
        let why = item.result.as_deref().and_then(|id| super::ilo_words::of(id, &[]));
        let why = why.or_else(|| item.result.clone()).unwrap_or_else(|| format!("the queue says {}", item.state));
        TaskState::Failed { why, message_ids: item.result.iter().cloned().collect() }
    };
    let state = match item.state.to_ascii_lowercase().as_str() {
        "pending" => TaskState::AwaitsReset,
        "complete" => TaskState::Succeeded,
        "exception" | "expired" | "canceled" | "cancelled" => failed(),
        _ => TaskState::Running,
    };
    reading(state, &item.state)
}

fn reading(state: TaskState, word: &str) -> TaskReading {
    TaskReading { state, word: word.to_owned(), percent: None, message: None, retry_after: None }
}

/// Whether `file` lies in the repository.
pub(super) async fn is_kept(client: &mut Client, file: &str) -> Result<bool, Error> {
    let service = client.get(UPDATE_SERVICE, client.timeouts().read).await?;
    let oem = Doc::new(&service);
    let Some(repository) = oem.at(&["Oem", "Hpe"]).link("ComponentRepository").map(str::to_owned) else {
        return Ok(false);
    };
    let kept = listed(client, &repository).await?;
    Ok(kept.iter().any(|member| Doc::new(&member.value).str("Filename") == Some(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(state: &str, result: Option<&str>) -> QueueItem {
        QueueItem {
            uri: "/redfish/v1/UpdateService/UpdateTaskQueue/1".into(),
            name: "n".into(),
            command: "ApplyUpdate".into(),
            file: None,
            state: state.into(),
            result: result.map(str::to_owned),
        }
    }

    #[test]
    fn an_entry_waits_works_ends_or_stands_in_the_way() {
        assert_eq!(of_item(&item("Pending", None)).state, TaskState::AwaitsReset);
        assert_eq!(of_item(&item("InProgress", None)).state, TaskState::Running);
        assert_eq!(of_item(&item("Complete", None)).state, TaskState::Succeeded);
        for word in ["Exception", "Expired"] {
            let blocking = item(word, Some("iLO.2.14.UpdateFailedInPOST"));
            assert!(blocking.blocks() && !blocking.is_open());
            assert!(matches!(of_item(&blocking).state, TaskState::Failed { why, .. } if why.contains("POST")));
        }
        assert_eq!(of_item(&item("SomethingNew", None)).state, TaskState::Running);
    }

    #[test]
    fn an_override_is_asked_for_only_where_the_plan_has_it() {
        assert_eq!(body("n", "f.fwpkg", false).get("TPMOverride"), None);
        assert_eq!(body("n", "f.fwpkg", true)["TPMOverride"], true);
    }

    #[test]
    fn a_path_tells_an_entry_of_the_queue() {
        assert!(is_item("/redfish/v1/updateservice/updatetaskqueue/12"));
        assert!(!is_item("/redfish/v1/TaskService/Tasks/12"));
    }
}
