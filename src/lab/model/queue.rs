//! An iLO's repository of components, and its queue of update tasks.

use std::time::Duration;

use super::{Course, Kind, Machine, Mishap, Order, Payload, Phase, Stage, Task, Work};

/// A file in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub length: u64,
    /// The image in it.
    pub payload: Payload,
}

/// Where an entry of the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueState {
    /// It waits for the host's next POST, or for its turn.
    Pending,
    /// It is carried out.
    InProgress,
    /// It is done.
    Complete,
    /// It failed: nothing behind it is carried out until it is deleted.
    Exception,
}

impl QueueState {
    /// HPE's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Complete => "Complete",
            Self::Exception => "Exception",
        }
    }
}

/// An entry of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number, and that of the update that it is.
    pub id: String,
    /// The name that a client gave it.
    pub name: String,
    /// The file in the repository.
    pub file: String,
    /// Where it is.
    pub state: QueueState,
}

/// Why nothing is queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueRefusal {
    /// The repository has no such file.
    NoSuchFile,
    /// An entry of that name is there already.
    NameTaken,
    /// Something is being flashed.
    Busy,
}

impl Machine {
    /// Puts a file into the repository, in the place of one of the same name.
    pub fn keep(&mut self, kept: Kept) {
        self.ilo.repository.retain(|one| one.file != kept.file);
        self.ilo.repository.push(kept);
    }

    /// The update service tells of an upload to the repository as of one that was flashed.
    pub fn note_kept(&mut self, now: Duration) {
        let mut task = Task::new(format!("kept-{}", self.updates_begun + 1), Work::Upload, None, now);
        task.enter(Phase::Done, now);
        self.tasks.push(task);
    }

    /// Queues a file of the repository. What the host's UEFI installs waits for the next POST; `course` is the way of what
    /// the BMC flashes itself, which begins at once.
    ///
    /// # Errors
    /// Where there is no such file, its name is taken, or the BMC is at something.
    pub fn enqueue(
        &mut self,
        name: &str,
        file: &str,
        course: impl Fn(&Self, Kind) -> Course,
        now: Duration,
    ) -> Result<String, QueueRefusal> {
        if self.ilo.queue.iter().any(|one| one.name == name) {
            return Err(QueueRefusal::NameTaken);
        }
        let payload = self.ilo.repository.iter().find(|one| one.file == file).map(|one| one.payload.clone());
        let payload = payload.ok_or(QueueRefusal::NoSuchFile)?;
        if self.busy().is_some() {
            return Err(QueueRefusal::Busy);
        }
        let id = format!("queue-{}", self.updates_begun + 1);
        let course = course(self, payload.kind);
        let entry = |state| Queued { id: id.clone(), name: name.to_owned(), file: file.to_owned(), state };
        self.ilo.queue.push(entry(QueueState::InProgress));
        self.begin_update(id.clone(), Work::Queued, Order::default(), course, now);
        self.receive(&id, Ok(payload), course, now);
        Ok(id)
    }

    /// Deletes an entry of the queue, and what it would have done. False where there is none.
    pub fn unqueue(&mut self, id: &str) -> bool {
        let before = self.ilo.queue.len();
        self.ilo.queue.retain(|one| one.id != id);
        self.updates.retain(|one| one.task != id || one.stage != Stage::WaitsForHostReset);
        before > self.ilo.queue.len()
    }

    /// Whether an update waits behind an entry of the queue that failed.
    pub(super) fn stands_behind(&self, task: &str) -> bool {
        let before = self.ilo.queue.iter().take_while(|one| one.id != task);
        let is_queued = self.ilo.queue.iter().any(|one| one.id == task);
        is_queued && before.into_iter().any(|one| one.state == QueueState::Exception)
    }

    /// An entry goes where its update went.
    pub(super) fn tell_queue(&mut self, task: &str, phase: &Phase) {
        let Some(entry) = self.ilo.queue.iter_mut().find(|one| one.id == task) else { return };
        entry.state = match phase {
            Phase::WaitsForHostReset | Phase::WaitsForBmcReset => QueueState::Pending,
            Phase::Done => QueueState::Complete,
            Phase::DoneCritical | Phase::Failed(_) => QueueState::Exception,
            Phase::New | Phase::Transferring | Phase::Verifying | Phase::Writing => QueueState::InProgress,
        };
    }

    /// Somebody else's entry that failed stands at the head of the queue.
    pub(super) fn strike_queue(&mut self) {
        if self.strikes(Mishap::QueueHeadFailed) {
            let foreign = Queued {
                id: "queue-0".to_owned(),
                name: "Update-460148".to_owned(),
                file: "cp035625.fwpkg".to_owned(),
                state: QueueState::Exception,
            };
            self.ilo.queue.insert(0, foreign);
        }
    }
}
