//! What a BMC does with an image it was given, step by step in device time.

use std::time::Duration;

use super::{
    Apply, Course, Failure, Kind, Machine, Mishap, NEVER, Order, Payload, Phase, Post, Power, Stage, Task, Then,
    Update, Work, Write, power::HostReset,
};

/// Between the end of a BMC's flash and its own reset: clients see the task completed for a moment.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long another's task takes.
const FOREIGN: Duration = Duration::from_secs(600);

impl Machine {
    /// The update or foreign task that keeps the BMC from taking another image. One that only waits for a reset does not.
    #[must_use]
    pub fn busy(&self) -> Option<&Update> {
        self.updates.iter().find(|one| !matches!(one.stage, Stage::WaitsForBmcReset | Stage::WaitsForHostReset))
    }

    /// Begins an update whose image is on its way (`Receiving`) or there (`image`). Returns the id of its task.
    pub fn begin_update(&mut self, id: String, work: Work, order: Order, course: Course, now: Duration) -> String {
        let mut task = Task::new(id.clone(), work, order.target, now);
        let hangs = self.strikes(Mishap::TaskHangs);
        if !hangs {
            task.enter(Phase::Transferring, now);
        }
        self.tasks.push(task);
        if self.strikes(Mishap::TaskLost) {
            self.tasks.pop();
        }
        self.updates_begun += 1;
        self.updates.push(Update {
            number: self.updates_begun,
            task: id.clone(),
            payload: None,
            verdict: None,
            course,
            stage: if hangs { Stage::Hung } else { Stage::Receiving },
            order,
        });
        id
    }

    /// Hands an update its image, or what is wrong with it. An image without fault counts as accepted.
    pub fn receive(&mut self, task: &str, image: Result<Payload, Failure>, course: Course, now: Duration) {
        let image = image.and_then(|payload| {
            if self.strikes(Mishap::SignatureNotVerified) { Err(Failure::Corrupt) } else { Ok(payload) }
        });
        let Some(index) = self.updates.iter().position(|one| one.task == task && one.payload.is_none()) else { return };
        if let Ok(payload) = &image {
            let key = self.component(payload.kind).map_or_else(String::new, |one| one.key.clone());
            *self.counts.images_accepted.entry(key).or_default() += 1;
        }
        let Some(update) = self.updates.get_mut(index) else { return };
        update.course = course;
        if update.stage == Stage::Hung {
            update.payload = image.ok();
            return;
        }
        if image == Err(Failure::Transfer) {
            self.updates.remove(index);
            self.tell(task, Phase::Failed(Failure::Transfer), now);
            return;
        }
        update.stage = Stage::Verifying { since: now, until: now + course.verify };
        match image {
            Ok(payload) => {
                if let Some(told) = self.tasks.iter_mut().find(|one| one.id == task) {
                    told.kind = Some(payload.kind);
                    told.version = Some(payload.version.clone());
                }
                update.payload = Some(payload);
            }
            Err(failure) => update.verdict = Some(failure),
        }
        self.tell(task, Phase::Verifying, now);
    }

    /// Starts what was verified and waits (Supermicro's StartUpdate); `None` when nothing does.
    pub fn start_update(&mut self, id: String, now: Duration) -> Option<String> {
        let index = self.updates.iter().position(|one| one.stage == Stage::Verified)?;
        self.start(index, Some(id), now)
    }

    fn start(&mut self, index: usize, id: Option<String>, now: Duration) -> Option<String> {
        let stands_still = self.strikes(Mishap::StandsStill);
        let update = self.updates.get_mut(index)?;
        if let Some(id) = id {
            let mut task = Task::new(id.clone(), Work::Flash, update.payload.as_ref().map(|one| one.kind), now);
            task.version = update.payload.as_ref().map(|one| one.version.clone());
            update.task = id;
            self.tasks.push(task);
        }
        let task = update.task.clone();
        match update.course.write {
            Write::Now(_) if stands_still => {
                update.stage = Stage::Hung;
                self.tell(&task, Phase::Writing, now);
                self.tasks.iter_mut().filter(|one| one.id == task).for_each(|one| one.percent = 21);
            }
            Write::Now(time) => {
                update.stage = Stage::Writing { since: now, until: now + time };
                self.tell(&task, Phase::Writing, now);
            }
            Write::AtBoot(_) => self.wait_for_host(index, now),
        }
        Some(task)
    }

    /// Stored: a running host may be restarted for it by the BMC, any other boots in its own time.
    fn wait_for_host(&mut self, index: usize, now: Duration) {
        let Some(update) = self.updates.get_mut(index) else { return };
        update.stage = Stage::WaitsForHostReset;
        let (task, number, restart) = (update.task.clone(), update.number, update.course.restarts_host);
        if let Some(payload) = update.payload.clone() {
            self.replace_waiting(payload.kind, number, now);
            if let Some(component) = self.components.iter_mut().find(|one| one.kind == payload.kind) {
                component.staged = Some(payload.version);
            }
        }
        self.tell(&task, Phase::WaitsForHostReset, now);
        if restart && self.power == Power::On {
            let times = self.habits.power;
            // A host that runs can always be restarted.
            let _ = self.reset_host(HostReset::GracefulRestart, now, &times);
        }
    }

    /// A newer image takes the place of one that was not applied yet.
    fn replace_waiting(&mut self, kind: Kind, newer: u64, now: Duration) {
        let waits = |one: &Update| {
            one.number < newer
                && matches!(one.stage, Stage::WaitsForHostReset | Stage::WaitsForBmcReset)
                && one.payload.as_ref().is_some_and(|payload| payload.kind == kind)
        };
        let old: Vec<String> = self.updates.iter().filter(|one| waits(one)).map(|one| one.task.clone()).collect();
        self.updates.retain(|one| !waits(one));
        for task in old {
            self.tell(&task, Phase::Failed(Failure::Replaced), now);
        }
    }

    /// Lets every stage end that is due at `now`.
    pub(super) fn step_updates(&mut self, now: Duration) {
        while let Some(index) = self.updates.iter().position(|one| one.stage.due().is_some_and(|due| due <= now)) {
            let Some(update) = self.updates.get(index).cloned() else { return };
            match update.stage {
                Stage::Verifying { .. } => self.verified(index, &update, now),
                Stage::Writing { .. } => self.written(index, &update, now),
                Stage::Leaving { .. } => {
                    self.updates.remove(index);
                    self.restart_bmc(now);
                    self.lag(&update, now);
                }
                Stage::Applying { .. } => {
                    self.updates.remove(index);
                    self.finish(&update, now);
                }
                _ => {
                    self.updates.remove(index);
                    self.tell(&update.task, Phase::Done, now);
                }
            }
        }
    }

    fn verified(&mut self, index: usize, update: &Update, now: Duration) {
        if self.strikes(Mishap::ResetInVerify) {
            return self.reset_in(index, Stage::Verifying { since: now, until: NEVER }, now);
        }
        if let Some(failure) = update.verdict.clone() {
            self.updates.remove(index);
            self.tell(&update.task, Phase::Failed(failure), now);
            return;
        }
        if update.course.asks_to_start {
            self.tell(&update.task, Phase::Done, now);
            if self.strikes(Mishap::UpdateModeStuck) {
                self.updates.remove(index);
                self.stuck_in_update_mode = true;
            } else if update.order.apply == Apply::Immediate {
                let id = self.next_task_id();
                self.start(index, Some(id), now);
            } else if let Some(update) = self.updates.get_mut(index) {
                update.stage = Stage::Verified;
            }
            return;
        }
        self.start(index, None, now);
    }

    /// The BMC resets in the middle of a stage, which does not end then.
    fn reset_in(&mut self, index: usize, stage: Stage, now: Duration) {
        if let Some(update) = self.updates.get_mut(index) {
            update.stage = stage;
        }
        self.restart_bmc(now);
    }

    fn written(&mut self, index: usize, update: &Update, now: Duration) {
        if self.strikes(Mishap::ResetInFlash) {
            return self.reset_in(index, Stage::Writing { since: now, until: NEVER }, now);
        }
        match update.course.then {
            Then::AtOnce => {
                self.updates.remove(index);
                self.finish(update, now);
            }
            Then::OwnReset => {
                let critical = self.end_task(update, now);
                match self.updates.get_mut(index) {
                    Some(_) if critical => {
                        self.updates.remove(index);
                    }
                    Some(update) => update.stage = Stage::Leaving { until: now + FAREWELL },
                    None => {}
                }
            }
            Then::BmcReset => {
                if let Some(payload) = &update.payload {
                    self.replace_waiting(payload.kind, update.number, now);
                }
                self.tell(&update.task, Phase::WaitsForBmcReset, now);
                if let Some(update) = self.updates.iter_mut().find(|one| one.number == update.number) {
                    update.stage = Stage::WaitsForBmcReset;
                }
            }
            Then::HostReset => self.wait_for_host(index, now),
        }
    }

    /// Ends the task; true when it ends failed, or completed and critical, and nothing is to be installed.
    fn end_task(&mut self, update: &Update, now: Duration) -> bool {
        if self.strikes(Mishap::FlashFails) {
            self.tell(&update.task, Phase::Failed(Failure::Interrupted), now);
            return true;
        }
        let critical = self.strikes(Mishap::EndsCritical);
        self.tell(&update.task, if critical { Phase::DoneCritical } else { Phase::Done }, now);
        critical
    }

    /// Ends the task and makes the image the running one.
    fn finish(&mut self, update: &Update, now: Duration) {
        if !self.end_task(update, now)
            && let Some(payload) = &update.payload
        {
            self.install(payload);
        }
    }

    /// After a BMC's flash the new version shows when the BMC is back, on some a while later.
    fn lag(&mut self, update: &Update, now: Duration) {
        if let Some(payload) = update.payload.clone() {
            let back = self.bmc_away_until.unwrap_or(now);
            self.arrivals.push((back + self.habits.version_lag, payload));
        }
    }

    /// The image becomes the running one, the one before is kept where the machine keeps one.
    pub(super) fn install(&mut self, payload: &Payload) {
        let takes = !self.strikes(Mishap::FlashDoesNotTake);
        let otherwise = if self.strikes(Mishap::SaysOtherwise) { ".99" } else { "" };
        if payload.kind == Kind::Bmc && self.service.preserve.values().any(|kept| !kept) {
            self.standing.refuses_until = Some(NEVER);
        }
        let keeps = self.habits.keeps_previous.contains(&payload.kind);
        let Some(component) = self.components.iter_mut().find(|one| one.kind == payload.kind) else { return };
        component.staged = None;
        *self.counts.flashes.entry(component.key.clone()).or_default() += 1;
        if !takes {
            return;
        }
        let is_bios = component.kind == Kind::Bios;
        let old = std::mem::replace(&mut component.version, format!("{}{otherwise}", payload.version));
        let old_date = std::mem::replace(&mut component.released, payload.released.clone());
        if keeps {
            component.previous = Some(old);
            component.previous_released = old_date;
        }
        if is_bios && self.strikes(Mishap::SettingLocks) {
            self.lock_setting();
        }
    }

    /// What a POST that begins does with updates that wait for it. Returns how much longer it takes.
    pub(super) fn boot_updates(&mut self, now: Duration) -> Duration {
        let mut longer = Duration::ZERO;
        let mut live = Vec::new();
        let waits = self.updates.iter().filter(|one| one.stage == Stage::WaitsForHostReset);
        let behind: Vec<u64> = waits.filter(|one| self.stands_behind(&one.task)).map(|one| one.number).collect();
        let may = |one: &&mut Update| one.stage == Stage::WaitsForHostReset && !behind.contains(&one.number);
        for update in self.updates.iter_mut().filter(may) {
            match update.course.write {
                Write::AtBoot(time) => {
                    update.stage = Stage::Applying { since: now, until: now + longer + time };
                    longer += time;
                    live.push((update.clone(), false));
                }
                Write::Now(_) => live.push((update.clone(), true)),
            }
        }
        for (update, written) in live {
            if written {
                self.updates.retain(|one| one.number != update.number);
                self.finish(&update, now);
            } else {
                self.tell(&update.task, Phase::Writing, now);
            }
        }
        longer
    }

    /// What a reset or loss of power of the host at `now` destroys: a BIOS that is being written.
    pub(super) fn interrupt_host(&mut self, now: Duration) {
        let writes = |one: &Update| {
            matches!(one.stage, Stage::Writing { .. } | Stage::Applying { .. })
                && one.payload.as_ref().is_some_and(|payload| payload.kind == Kind::Bios)
        };
        let Some(update) = self.updates.iter().find(|one| writes(one)).cloned() else { return };
        self.updates.retain(|one| one.number != update.number);
        self.tell(&update.task, Phase::Failed(Failure::Interrupted), now);
        self.brick_host();
    }

    /// What a reset of the BMC at `now` does to its updates: written ones become active, waiting ones wait on, all
    /// others are lost, and what was being written is destroyed.
    pub(super) fn interrupt_bmc(&mut self, now: Duration) {
        self.stuck_in_update_mode = false;
        for update in std::mem::take(&mut self.updates) {
            match update.stage {
                Stage::WaitsForHostReset | Stage::Applying { .. } => self.updates.push(update),
                Stage::WaitsForBmcReset => {
                    self.tell(&update.task, Phase::Done, now);
                    self.lag(&update, now);
                }
                Stage::Leaving { .. } => self.lag(&update, now),
                Stage::Writing { .. } => {
                    self.tell(&update.task, Phase::Failed(Failure::Interrupted), now);
                    match update.payload.map(|one| one.kind) {
                        Some(Kind::Bmc) => self.brick_bmc(),
                        // The BMC is the one that writes: a BIOS half written is no BIOS.
                        _ => self.brick_host(),
                    }
                }
                _ => self.tell(&update.task, Phase::Failed(Failure::Interrupted), now),
            }
        }
        self.restart_ilo();
        if self.habits.tasks_in_memory {
            self.tasks.clear();
            self.tasks_begun = 0;
        }
    }

    /// Begins another's task, which keeps the BMC from everything else.
    pub(super) fn foreign_task(&mut self, now: Duration) {
        let id = self.next_task_id();
        let mut task = Task::new(id.clone(), Work::Foreign, None, now);
        task.enter(Phase::Writing, now);
        self.tasks.push(task);
        self.updates_begun += 1;
        self.updates.push(Update {
            number: self.updates_begun,
            task: id,
            payload: None,
            verdict: None,
            course: Course {
                verify: Duration::ZERO,
                asks_to_start: false,
                write: Write::Now(FOREIGN),
                then: Then::AtOnce,
                restarts_host: false,
            },
            stage: Stage::Foreign { until: now + FOREIGN },
            order: Order::default(),
        });
    }

    /// The progress that tasks show at `now`.
    pub(super) fn show_progress(&mut self, now: Duration) {
        for update in &self.updates {
            let (since, until, from, to) = match update.stage {
                Stage::Verifying { since, until } if update.course.asks_to_start => (since, until, 0, 99),
                Stage::Verifying { since, until } => (since, until, 0, 20),
                Stage::Writing { since, until } if update.course.asks_to_start => (since, until, 0, 99),
                Stage::Writing { since, until } | Stage::Applying { since, until } => (since, until, 20, 99),
                _ => continue,
            };
            if let Some(task) = self.tasks.iter_mut().find(|one| one.id == update.task) {
                task.percent = task.percent.max(between(since, until, now, from, to));
            }
        }
    }

    /// Ends a task that went well.
    pub(in crate::lab) fn finish_task(&mut self, task: &str, now: Duration) {
        self.tell(task, Phase::Done, now);
    }

    pub(super) fn tell(&mut self, task: &str, phase: Phase, now: Duration) {
        self.tell_queue(task, &phase);
        if let Some(task) = self.tasks.iter_mut().find(|one| one.id == task) {
            task.enter(phase, now);
        }
    }

    /// Whether a host is passing through POST.
    #[must_use]
    pub fn in_post(&self) -> bool {
        self.post == Post::Running
    }
}

/// A number between two others, as far as time has come.
fn between(since: Duration, until: Duration, now: Duration, from: u8, to: u8) -> u8 {
    let whole = until.saturating_sub(since).as_millis().max(1);
    let part = now.saturating_sub(since).as_millis().min(whole);
    let add = part * u128::from(to.saturating_sub(from)) / whole;
    from.saturating_add(u8::try_from(add).unwrap_or(0))
}
