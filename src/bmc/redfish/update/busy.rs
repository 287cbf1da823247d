//! Whether a BMC is idle: what others have begun there is never cleared, it blocks.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    UPDATE_SERVICE, ilo_queue,
    ilo_queue::QueueItem,
    service,
    task::{Asked, interpret},
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
        attempt::{Receipt, TaskState},
        inventory::Stack,
    },
};

/// Whether a BMC may be given something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "idle")]
pub enum Idle {
    /// Nothing is under way.
    Idle,
    /// Something is.
    Busy {
        /// What.
        what: String,
        /// Whose.
        whose: Whose,
        /// The task or job, where it is one.
        task: Option<String>,
    },
}

/// Who began what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// We did: a receipt of ours names it.
    Ours,
    /// Somebody else.
    Foreign,
    /// The BMC does not say.
    Unknown,
}

/// What of it we did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ours<'a> {
    /// Receipts of updates that we began.
    pub receipts: &'a [Receipt],
    /// Its busy flags are ours.
    pub claimed: bool,
    /// Tasks of ours that wait for a host reset, which keep the BMC from nothing.
    pub staged: &'a [String],
}

impl Ours<'_> {
    fn are_staged(&self, uri: &str) -> bool {
        self.staged.iter().any(|staged| last(staged) == last(uri))
    }
}

/// A job stands in two collections under one id.
fn last(uri: &str) -> &str {
    uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Looks for tasks and jobs that have not ended, for the vendor's own word, and for busy flags. Foreign before ours, so that it is not hidden. Sessions of others are no reason.
pub async fn look(client: &mut Client, stack: Stack, manager: Option<&str>, ours: Ours<'_>) -> Result<Idle, Error> {
    let read = client.timeouts().read;
    let update_service = match client.get(UPDATE_SERVICE, read).await {
        Ok(body) => body,
        Err(Error::Http { status: 404 | 405 | 501, .. }) => Value::Null,
        Err(error) => return Err(error),
    };
    let mut found = of_service(stack, Doc::new(&update_service), ours.claimed);

    if let Some(queue) = quirks::of(stack).task_queue(Doc::new(&update_service)) {
        let items = ilo_queue::items(client, queue).await?;
        found.extend(items.iter().enumerate().filter_map(|(place, item)| of_item(place, item, ours)));
    }

    let root = client.root().await?;
    let mut collections = Vec::new();
    if let Some(tasks) = Doc::new(&root).link("Tasks") {
        match client.get(tasks, read).await {
            Ok(service) => collections.extend(Doc::new(&service).link("Tasks").map(str::to_owned)),
            Err(Error::Http { status: 404 | 405 | 501, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(manager) = manager.filter(|_| quirks::of(stack).has_jobs()) {
        let body = client.get(manager, read).await?;
        collections.extend(quirks::of(stack).jobs(Doc::new(&body)));
    }
    // What works of `$expand` here is learnt with the inventory; asking once more costs one request.
    let memory = ExpandMemory::default();
    for collection in collections {
        let expand = Expand { query: quirks::expand_query(&root), product: "tasks", memory: &memory };
        match members(client, &collection, read, expand).await {
            Ok(tasks) => found.extend(tasks.list.iter().filter_map(|task| of_task(task, ours))),
            Err(Error::Http { status: 404 | 405 | 501, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by_key(|(_, whose, _)| *whose != Whose::Foreign);
    Ok(found.into_iter().next().map_or(Idle::Idle, |(what, whose, task)| Idle::Busy { what, whose, task }))
}

/// What is under way, whose it is, and its task.
type Work = (String, Whose, Option<String>);

fn of_service(stack: Stack, service: Doc<'_>, claimed: bool) -> Vec<Work> {
    let mut found = Vec::new();
    let state = quirks::of(stack).service_state(service);
    if let Some(state) = state.filter(service::ServiceState::is_busy) {
        found.push((format!("the update service says {}", state.word), Whose::Unknown, None));
    }
    for flag in ["HttpPushUriTargetsBusy", "HttpPushUriOptionsBusy"] {
        if service.bool(flag) == Some(true) && !claimed {
            found.push((format!("somebody has claimed the update service ({flag})"), Whose::Unknown, None));
        }
    }
    found
}

fn of_task(task: &Member, ours: Ours<'_>) -> Option<Work> {
    if ours.are_staged(&task.uri) {
        return None;
    }
    let reading = interpret(Asked::Task, 200, &hyper::HeaderMap::new(), &task.value, None);
    let doc = Doc::new(&task.value);
    let what = match reading.state {
        TaskState::Running => "runs",
        TaskState::AwaitsReset if is_over(doc) => return None,
        TaskState::AwaitsReset => "waits for a reset",
        TaskState::Succeeded | TaskState::Failed { .. } | TaskState::Gone => return None,
    };
    // A member that says no state is no task that could be judged.
    if reading.word.is_empty() {
        return None;
    }
    let name = doc.str("Name").unwrap_or("a task");
    let is_ours = ours.receipts.iter().any(|receipt| receipt.task.as_deref().map(last) == Some(last(&task.uri)));
    let whose = if is_ours { Whose::Ours } else { Whose::Foreign };
    Some((format!("{name} ({}) {what}: {}", task.uri, reading.word), whose, Some(task.uri.clone())))
}

/// An entry of iLO's queue: one that waits, and one at its head that lets nothing behind it go on. The queue is taken
/// strictly in order (HPE's Redfish documentation; field failure 31).
fn of_item(place: usize, item: &QueueItem, ours: Ours<'_>) -> Option<Work> {
    if item.is_open() && ours.are_staged(&item.uri) {
        return None;
    }
    let is_ours = ours.receipts.iter().any(|receipt| {
        receipt.task.as_deref() == Some(&item.uri) || receipt.mark.as_deref().is_some_and(|mark| mark == item.name)
    });
    let file = item.file.as_deref().unwrap_or(&item.command);
    let what = match (item.is_open(), item.blocks()) {
        (true, _) => format!("{} ({file}) is {} in the iLO's update task queue", item.name, item.state),
        (_, true) if place == 0 && !is_ours => format!(
            "the iLO's update task queue is blocked: {} ({file}) at its head is at {}, and everything behind it waits until \
             it is deleted ({})",
            item.name, item.state, item.uri
        ),
        _ => return None,
    };
    Some((what, if is_ours { Whose::Ours } else { Whose::Foreign }, Some(item.uri.clone())))
}

/// A task that is done, though what it did waits for a reset.
fn is_over(task: Doc<'_>) -> bool {
    task.str("TaskState").or_else(|| task.str("JobState")).is_some_and(|word| word.eq_ignore_ascii_case("completed"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(id: &str, value: Value) -> Member {
        Member { uri: format!("/redfish/v1/TaskService/Tasks/{id}"), value }
    }

    #[test]
    fn only_what_has_not_ended_makes_a_bmc_busy() {
        for ended in ["Completed", "Exception", "Cancelled", "Killed"] {
            assert_eq!(of_task(&member("1", json!({ "TaskState": ended })), Ours::default()), None, "{ended}");
        }
        let scheduled = member("JID_1", json!({ "Name": "Firmware Update: BIOS", "JobState": "Scheduled" }));
        let (what, whose, _) = of_task(&scheduled, Ours::default()).unwrap();
        assert!(what.contains("Firmware Update: BIOS") && what.contains("Scheduled"), "{what}");
        assert_eq!(whose, Whose::Foreign);
        assert_eq!(of_task(&member("2", json!({ "Name": "?" })), Ours::default()), None);
    }

    #[test]
    fn a_job_of_ours_is_ours_in_whichever_collection_it_stands() {
        let task = Some("/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/JID_1".into());
        let ours = [Receipt { task, ..Receipt::default() }];
        let (_, whose, _) =
            of_task(&member("JID_1", json!({ "TaskState": "Running" })), Ours { receipts: &ours, ..Ours::default() })
                .unwrap();
        assert_eq!(whose, Whose::Ours);
    }

    #[test]
    fn a_claimed_update_service_is_busy() {
        assert_eq!(of_service(Stack::Generic, Doc::new(&json!({ "HttpPushUriTargetsBusy": true })), false).len(), 1);
        assert_eq!(of_service(Stack::Generic, Doc::new(&json!({ "HttpPushUriTargetsBusy": true })), true).len(), 0);
        assert_eq!(of_service(Stack::Generic, Doc::new(&json!({ "HttpPushUriTargetsBusy": false })), false).len(), 0);
        assert_eq!(
            of_service(Stack::Ilo, Doc::new(&json!({ "Oem": { "Hpe": { "State": "Updating" } } })), false).len(),
            1
        );
        assert_eq!(
            of_service(Stack::Ilo, Doc::new(&json!({ "Oem": { "Hpe": { "State": "Complete" } } })), false).len(),
            0
        );
    }
}
