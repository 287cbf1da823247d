//! Following one update: its task, and what the update service says besides where the stack's does.

use serde::{Deserialize, Serialize};

use super::{
    dell_push, ilo_queue, ilo_state,
    service::{self, ServiceState},
    task,
};
use crate::{
    bmc::{error::Error, redfish::client::Client},
    domain::{
        attempt::{Receipt, TaskReading, TaskState},
        inventory::Stack,
    },
};

/// What must be remembered between readings. Begun before the image is handed over; may be kept with the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    stack: Stack,
    before: Option<ServiceState>,
    seen_busy: bool,
    /// Looks in a row at a service at rest.
    #[serde(default)]
    quiet: u32,
}

impl Watch {
    /// Looks at the update service before anything is begun, so that what it says later can be told from now. One
    /// request, and none on stacks whose service says nothing.
    pub async fn begin(client: &mut Client, stack: Stack) -> Result<Self, Error> {
        Ok(Self { before: service::read(client, stack).await?, ..Self::resumed(stack) })
    }

    /// A watch whose beginning nobody remembers: after a restart, what the service says counts only once it was seen at
    /// work.
    #[must_use]
    pub const fn resumed(stack: Stack) -> Self {
        Self { stack, before: None, seen_busy: false, quiet: 0 }
    }

    /// Reads once. The task decides where it says its end; the service where there is no task (any more), and it knows
    /// the percentage.
    pub async fn read(&mut self, client: &mut Client, receipt: &Receipt) -> Result<TaskReading, Error> {
        match receipt {
            Receipt { task: Some(task), .. } if ilo_queue::is_item(task) => {
                return ilo_queue::read_item(client, task).await;
            }
            Receipt { task: None, mark: Some(mark), image: Some(file), .. } => {
                return self.read_kept(client, mark, file).await;
            }
            Receipt { task: None, mark: Some(mark), .. } => return self.read_upload(client, mark).await,
            Receipt { task: None, image: Some(entry), .. } => return dell_push::read(client, entry).await,
            _ => {}
        }
        let of_task = task::read(client, self.stack, receipt).await?;
        if matches!(of_task.state, TaskState::Failed { .. } | TaskState::Succeeded) {
            return Ok(of_task);
        }
        let Some(now) = service::read(client, self.stack).await? else { return Ok(of_task) };
        self.seen_busy |= now.is_busy();
        let of_service = service::judge(self.before.as_ref(), self.seen_busy, &now);
        Ok(both(of_task, of_service))
    }

    /// What became of the upload of `file` to iLO's repository: it lies there, or the service says why not.
    async fn read_kept(&mut self, client: &mut Client, mark: &str, file: &str) -> Result<TaskReading, Error> {
        let reading = self.read_upload(client, mark).await?;
        match reading.state {
            TaskState::Failed { .. } => Ok(reading),
            _ if ilo_queue::is_kept(client, file).await? => Ok(TaskReading { state: TaskState::Succeeded, ..reading }),
            _ => Ok(reading),
        }
    }

    /// What the service says of the upload that bears `mark`.
    async fn read_upload(&mut self, client: &mut Client, mark: &str) -> Result<TaskReading, Error> {
        let now = service::read(client, self.stack).await?.unwrap_or_default();
        let is_at_it = now.is_busy() && now.etag.as_deref() == Some(mark);
        self.seen_busy |= is_at_it;
        self.quiet = if is_at_it { 0 } else { self.quiet.saturating_add(1) };
        Ok(ilo_state::of_upload(mark, self.seen_busy, self.quiet, &now))
    }
}

fn both(of_task: TaskReading, of_service: TaskReading) -> TaskReading {
    if of_task.state == TaskState::Gone {
        return if of_service.state == TaskState::Gone { of_task } else { of_service };
    }
    TaskReading {
        percent: of_service.percent.or(of_task.percent),
        message: of_task.message.or(of_service.message),
        retry_after: of_task.retry_after.or(of_service.retry_after),
        ..of_task
    }
}
