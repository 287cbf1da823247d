//! The job that brings settings in at the host's next boot, and what takes both back (Dell).

use std::time::Duration;

use crate::lab::model::{Machine, Phase, Task, Work};

impl Machine {
    /// Makes the job for what waits. Its id.
    pub(in crate::lab) fn schedule_settings(&mut self, now: Duration) -> String {
        let id = self.next_task_id();
        let mut task = Task::new(id.clone(), Work::Configure, None, now);
        task.phase = Phase::WaitsForHostReset;
        self.tasks.push(task);
        self.bios.job = Some(id.clone());
        id
    }

    /// Deletes that job; its values stay, and wait for a job that does not come. False where it is no such job.
    pub(in crate::lab) fn delete_settings_job(&mut self, id: &str) -> bool {
        let is_it = self.bios.job.take_if(|job| job == id).is_some();
        self.tasks.retain(|task| !is_it || task.id != id);
        is_it
    }

    /// Clears what waits. False while a job has it, and where nothing waits.
    pub(in crate::lab) fn clear_settings(&mut self) -> bool {
        let can = self.bios.job.is_none() && !self.bios.pending.is_empty();
        if can {
            self.bios.pending.clear();
        }
        can
    }
}
