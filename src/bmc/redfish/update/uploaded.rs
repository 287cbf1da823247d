//! What a cut upload has left on a BMC: an image that waits to be started, or that is being flashed.

use std::time::Duration;

use jiff::Timestamp;

use super::{ilo_state, service};
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{attempt::Receipt, inventory::Stack, kind::Kind},
};

/// What to follow where the update service speaks of the upload that bears `mark` (iLO's `UploadCurrentEtag`).
pub async fn marked(client: &mut Client, stack: Stack, mark: &str) -> Result<Option<Receipt>, Error> {
    let now = service::read(client, stack).await?;
    let is_taken = now.is_some_and(|now| ilo_state::has_taken(mark, &now));
    Ok(is_taken.then(|| Receipt { mark: Some(mark.to_owned()), ..Receipt::default() }))
}

/// An upload and its verification take some minutes; a task that began at another time than our push is another's.
const SLACK: Duration = Duration::from_secs(15 * 60);

/// The verification that waits to be started, where the newest task is one of `kind` that ended well and began about
/// `age` ago, by the BMC's own clock. (Supermicro, Redfish User's Guide 4.0: the upload makes a task "BMC Verify" or
/// "BIOS Verify"; while its image lies there the BMC takes no other.)
pub async fn uploaded(client: &mut Client, kind: Kind, age: Duration) -> Result<Option<Receipt>, Error> {
    let name = match kind {
        Kind::Bmc => "BMC Verify",
        Kind::Bios => "BIOS Verify",
        _ => return Ok(None),
    };
    let read = client.timeouts().read;
    let root = client.root().await?;
    let Some(service) = Doc::new(&root).link("Tasks") else { return Ok(None) };
    let service = client.get(service, read).await?;
    let service = Doc::new(&service);
    let (Some(tasks), Some(now)) = (service.link("Tasks"), service.str("DateTime").and_then(time)) else {
        return Ok(None);
    };
    let memory = ExpandMemory::default();
    let expand = Expand { query: quirks::expand_query(&root), product: "tasks", memory: &memory };
    let tasks = members(client, tasks, read, expand).await?;
    let newest = tasks.list.iter().filter_map(|task| Some((began(&task.value)?, task))).max_by_key(|(began, _)| *began);
    let Some((began, task)) = newest else { return Ok(None) };
    let doc = Doc::new(&task.value);
    let is_it = doc.str("Name") == Some(name) && doc.str("TaskState") == Some("Completed");
    let is_of_then = now.duration_since(began).unsigned_abs().abs_diff(age) <= SLACK;
    let started = doc.str("StartTime").map(str::to_owned);
    Ok((is_it && is_of_then).then(|| Receipt { task: Some(task.uri.clone()), started, ..Receipt::default() }))
}

fn began(task: &serde_json::Value) -> Option<Timestamp> {
    time(Doc::new(task).str("StartTime")?)
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
