//! Handing an image over, and finding out what became of it.

use std::time::Duration;

use super::{
    borrowing::NotLent,
    checks::NotIdle,
    port::{Idle, Intended, Port},
    worker::{Ledger, Unread, Worker, component, runs},
};
use crate::{
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        failure::Failure,
        inventory::{Component, Inventory, Slot},
        kind::Kind,
        offers::Method,
        plan::Update,
        run::{Event, Next, Settled},
    },
    store::StoreError,
};

/// The kind of failure that a changed certificate is.
const CHANGED: &str = "certificate_changed";

/// How often a BMC is reset for one update.
const MOST_ACTIVATIONS: u32 = 2;

/// How often that is tried: a crash may have cut one before it left, and a BMC may not have been reached.
const MOST_TRIES: u32 = 6;

/// The kind of failure that a credential is which the BMC has refused.
const REFUSED: &str = "credentials_refused_before";

/// What a look at a version showed.
enum Look {
    /// It runs what is wanted.
    New(String),
    /// It does not.
    Old(Option<String>),
    /// The BMC is away.
    Away(String),
    /// Another machine answers.
    AnotherMachine(String),
    /// Its certificate is not the pinned one, or it takes the credential no more: a person must mend that.
    Barred(String),
}

impl<P: Port, L: Ledger> Worker<P, L> {
    /// Pushes, if the server is as the plan expects it.
    pub(super) async fn push(&mut self, index: usize, method: Method) -> Result<(), StoreError> {
        let update = self.update(index);
        let blocked = |why: String| Settled::Blocked { why };
        let inventory = match self.read_within(self.deadlines.bmc_back).await {
            Ok(inventory) => inventory,
            Err(Unread::Aborted) => return Ok(()),
            Err(unread) => return self.settled(index, blocked(unread.why())).await,
        };
        let now = component(&inventory, &update);
        if now.is_some_and(|now| runs(&inventory, now, &update.to)) {
            let read_back = now.and_then(|now| now.version.value()).cloned().unwrap_or_default();
            return self.settled(index, Settled::Applied { read_back }).await;
        }
        if !now.is_some_and(|now| runs(&inventory, now, &update.from)) {
            let read = now.and_then(|now| now.version.value()).map_or("unknown", String::as_str);
            let why = format!("somebody changed it: it runs {read}, the plan expects {}", update.from);
            return self.settled(index, blocked(why)).await;
        }
        match self.until_idle().await {
            Ok(()) => {}
            Err(NotIdle::Aborted) => return Ok(()),
            Err(NotIdle::Busy(why)) => return self.settled(index, blocked(why)).await,
        }
        if let Err(why) = self.port.check_image(&update).await {
            return self.settled(index, blocked(format!("image {}: {why}", update.image.id))).await;
        }
        let Ok(turn) = self.turn().await else { return Ok(()) };
        if !self.is_still(&Next::Push { update: index, method }) {
            return Ok(());
        }
        match self.borrow(index, &update, method).await? {
            Ok(()) => {}
            Err(NotLent::Settled(settled)) => return self.settled(index, settled).await,
            Err(NotLent::Aborted) => return Ok(()),
        }
        self.say(Event::PushIntended { update: index, method }).await?;
        let Some(intended) = self.intended(index) else { return Ok(()) };
        let attempt = self.port.push(index, &update, intended).await;
        drop(turn);
        self.say(Event::PushEnded { update: index, attempt: attempt.clone() }).await?;
        match attempt {
            Attempt::Busy { retry_after, why } => self.wait_busy(index, retry_after, why).await,
            _ => Ok(()),
        }
    }

    /// Waits before the same push is tried again; past the deadline it is a person's turn.
    async fn wait_busy(&mut self, index: usize, after: Option<Duration>, why: String) -> Result<(), StoreError> {
        let busy = |outcome: &Option<Attempt>| matches!(outcome, Some(Attempt::Busy { .. }));
        let attempts = &self.run.updates[index].attempts;
        let again = attempts.iter().rev().nth(1).is_some_and(|attempt| busy(&attempt.outcome));
        if self.stays_busy(again, after).await {
            return self.settled(index, Settled::Blocked { why: format!("the BMC stays busy: {why}") }).await;
        }
        Ok(())
    }

    /// Waits for a BMC that was busy, `again` where it was so the last time too. True once it has been so for too long, with
    /// the time that the pushes themselves took; a wait that would end after that is not begun.
    pub(super) async fn stays_busy(&mut self, again: bool, after: Option<Duration>) -> bool {
        let now = self.port.elapsed();
        let since = self.busy_since.filter(|_| again).unwrap_or(now);
        self.busy_since = Some(since);
        let wait = after.unwrap_or(self.deadlines.poll).max(self.deadlines.poll);
        if now + wait > since + self.deadlines.busy {
            return true;
        }
        // An abort shows in what comes next.
        let _ = self.pause(wait).await;
        false
    }

    /// A crash cut a push. The BMC's own state says what became of it: the new version, a task, or idle and old.
    pub(super) async fn reconcile(&mut self, index: usize) -> Result<(), StoreError> {
        let began = self.port.elapsed();
        let (until, update) = (began + self.deadlines.bmc_back, self.update(index));
        let flashed = began + self.deadlines.flash(update.minutes);
        let (mut looks, mut seen) = (0, 0);
        loop {
            seen += 1;
            let attempt = match self.look(index).await? {
                Look::New(_) => Some(Attempt::Accepted { receipt: Receipt::default() }),
                Look::AnotherMachine(why) => return self.settled(index, Settled::Uncertain { why }).await,
                Look::Barred(why) => return self.settled(index, Settled::Blocked { why }).await,
                Look::Away(why) if self.port.elapsed() >= until => {
                    let why = format!("it was cut off during an upload, and the BMC does not come back: {why}");
                    return self.settled(index, Settled::Uncertain { why }).await;
                }
                Look::Away(_) => None,
                Look::Old(version) => match self.idle().await {
                    Ok(Idle::No { task: Some(task), .. }) => {
                        let receipt = Receipt { task: Some(task), ..Receipt::default() };
                        Some(Attempt::Accepted { receipt })
                    }
                    Ok(Idle::No { .. }) | Err(_) => {
                        looks = 0;
                        None
                    }
                    Ok(Idle::Yes) => {
                        looks += 1;
                        if looks < self.deadlines.proof_looks {
                            None
                        } else if self.shows_its_work(index) {
                            self.proof(index, looks, version).await
                        } else {
                            // It may be writing all the same: what became of it shows in time.
                            let why = "it was cut off during an upload, and this BMC names no task of it".into();
                            Some(Attempt::Unknown { why, sent: update.image.size })
                        }
                    }
                },
            };
            if let Some(attempt) = attempt {
                return self.say(Event::PushEnded { update: index, attempt }).await;
            }
            if self.port.elapsed() >= flashed && seen >= self.deadlines.least_looks {
                let minutes = self.deadlines.flash(update.minutes).as_secs() / 60;
                let why = format!(
                    "it was cut off during an upload of {}; {minutes} minutes later the BMC still runs the old version and is at \
                     work, or does not say at what",
                    update.name
                );
                return self.settled(index, Settled::Uncertain { why }).await;
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    /// What so many looks at an idle BMC with the old version prove: that the push did not take, unless its image lies
    /// there and only waits to be started. Nothing, where that cannot be told now.
    async fn proof(&mut self, index: usize, looks: u32, version: Option<String>) -> Option<Attempt> {
        let update = self.update(index);
        // What waits in another bank for a reset was taken.
        if is_staged(&self.read().await.ok()?, &update) {
            return Some(Attempt::Accepted { receipt: Receipt::default() });
        }
        match self.uploaded(index).await {
            Ok(Some(receipt)) => Some(Attempt::Accepted { receipt }),
            Ok(None) => {
                let last = self.run.updates[index].attempts.last().and_then(|attempt| attempt.outcome.clone());
                Some(match (last, not_taken(looks, version)) {
                    // How it ended stays told: it is the reason.
                    (Some(Attempt::Unknown { why, .. }), Attempt::NotTaken { proof }) => {
                        Attempt::NotTaken { proof: format!("{why}; after that {proof}") }
                    }
                    (_, proved) => proved,
                })
            }
            Err(_) => None,
        }
    }

    /// What the last push may have left on the BMC, uploaded and not started.
    async fn uploaded(&mut self, index: usize) -> Result<Option<Receipt>, Failure> {
        let update = self.update(index);
        let Some(intended) = self.intended(index) else { return Ok(None) };
        self.port.uploaded(&update, intended).await
    }

    /// The last push of an update, as it was intended.
    fn intended(&self, index: usize) -> Option<Intended> {
        let last = self.run.updates[index].attempts.last()?;
        Some(Intended { method: last.method, at: last.at })
    }

    /// Whether the BMC, where it is idle by its own word, is at no work that the last push has brought.
    fn shows_its_work(&self, index: usize) -> bool {
        self.intended(index).is_none_or(|intended| intended.method.shows_its_work())
    }

    /// Whether the uploaded image of an update waits to be told to start.
    fn waits_for_start(&self, index: usize) -> bool {
        let wants = self.intended(index).is_some_and(|intended| self.port.wants_start(intended.method));
        wants && !self.is_started(index)
    }

    async fn look(&mut self, index: usize) -> Result<Look, StoreError> {
        let update = self.update(index);
        let mut read = self.read().await;
        if matches!(&read, Err(Unread::Failed(failure)) if failure.kind == CHANGED) {
            match self.recognise(&update).await? {
                Ok(()) => read = self.read().await,
                Err(look) => return Ok(look),
            }
        }
        Ok(match read {
            Ok(inventory) => match component(&inventory, &update) {
                Some(now) if runs(&inventory, now, &update.to) => {
                    Look::New(now.version.value().cloned().unwrap_or_default())
                }
                now => Look::Old(now.and_then(|now| now.version.value()).cloned()),
            },
            Err(Unread::Failed(failure)) if failure.kind == REFUSED => {
                let state =
                    format!("the image for {} was handed over, and nobody can read what became of it", update.name);
                Look::Barred(format!("{}; {state}; next: {}, then `firmdeck runs retry`", failure.what, failure.next))
            }
            Err(Unread::Failed(failure)) => Look::Away(failure.what),
            Err(Unread::AnotherMachine(why)) => {
                Look::AnotherMachine(format!("after the image for {} was handed over {why}", update.name))
            }
            Err(Unread::Aborted) => Look::Away("aborted".into()),
        })
    }

    /// Pins the new certificate of a BMC that we flashed, if what it shows without a login is what it showed before.
    /// Some BMCs make themselves a new one with a new firmware; nothing else excuses a changed one.
    async fn recognise(&mut self, update: &Update) -> Result<Result<(), Look>, StoreError> {
        let unpinned = |what: &str| {
            let state = format!("the image for {} was handed over; no credential was sent since", update.name);
            let next = "compare it with the BMC's own page, then `firmdeck pins accept` and `firmdeck runs retry`";
            Look::Barred(format!("{what}; {state}; next: {next}"))
        };
        if update.kind != Kind::Bmc {
            return Ok(Err(unpinned("its certificate has changed, and the BMC was not what was flashed")));
        }
        let stranger = match self.port.stranger().await {
            Ok(stranger) => stranger,
            Err(failure) => return Ok(Err(Look::Away(failure.what))),
        };
        let before = self.run.before.as_ref().and_then(|before| before.front.as_ref());
        if !before.is_some_and(|before| before.same(&stranger.front)) {
            return Ok(Err(unpinned("its certificate has changed, and it does not show that it is the same BMC")));
        }
        let (from, to) = (stranger.pinned.to_string(), stranger.shown.to_string());
        self.say(Event::Repinned { from, to }).await?;
        self.port.repin(&stranger).await?;
        Ok(Ok(()))
    }

    /// Follows the task and re-reads the version until it is known what became of an update.
    pub(super) async fn settle(&mut self, index: usize) -> Result<(), StoreError> {
        let update = self.update(index);
        let mut began = self.port.elapsed();
        let record = &self.run.updates[index];
        let after_boot = record.settled == Some(Settled::Staged) && record.staged_at_boot < self.run.power.boots;
        let deadline = if after_boot { self.deadlines.post } else { self.deadlines.flash(update.minutes) };
        // When the task ended, or where there is none to follow, since when the version alone decides.
        let mut ended = self.followed(index).is_none().then_some(began);
        let (mut idle_looks, mut looks) = (0, 0);
        loop {
            looks += 1;
            if let Some(receipt) = self.followed(index).filter(|_| ended.is_none() && !after_boot) {
                match self.port.task(&receipt).await {
                    Err(_) => {}
                    Ok(reading) => {
                        self.tell(index, &reading).await?;
                        match reading.state {
                            TaskState::Running => {
                                if self.port.elapsed() < began + deadline || looks < self.deadlines.least_looks {
                                    self.port.wait(reading.retry_after.unwrap_or(self.deadlines.poll)).await;
                                    continue;
                                }
                            }
                            TaskState::AwaitsReset if update.host_reset || update.host_off => {
                                return self.settled(index, Settled::Staged).await;
                            }
                            TaskState::AwaitsReset | TaskState::Gone => ended = Some(self.port.elapsed()),
                            TaskState::Succeeded if self.waits_for_start(index) => {
                                if self.port.elapsed() >= began + deadline && looks >= self.deadlines.least_looks {
                                    let why = "the uploaded image was not started in time".into();
                                    return self.settled(index, Settled::Uncertain { why }).await;
                                }
                                // To start a flash is as good as a push; an operator who says stop wants its end.
                                if self.control().hold && !self.is_called_off() {
                                    self.held("an uploaded image waits to be started").await?;
                                    began = self.port.elapsed();
                                    continue;
                                }
                                if self.run.held.is_some() {
                                    self.say(Event::Released).await?;
                                }
                                if let Some(settled) = self.start(index).await? {
                                    return self.settled(index, settled).await;
                                }
                                continue;
                            }
                            TaskState::Succeeded => ended = Some(self.port.elapsed()),
                            TaskState::Failed { why, message_ids } => {
                                return self.failed(index, why, &message_ids).await;
                            }
                        }
                    }
                }
            }
            let now = self.port.elapsed();
            if ended.is_none() && self.followed(index).is_none() {
                ended = Some(now);
            }
            match self.look(index).await? {
                Look::New(read_back) => return self.settled(index, Settled::Applied { read_back }).await,
                Look::AnotherMachine(why) => return self.settled(index, Settled::Uncertain { why }).await,
                Look::Barred(why) => return self.settled(index, Settled::Blocked { why }).await,
                Look::Away(why)
                    if now >= began + deadline.max(self.deadlines.bmc_back) && looks >= self.deadlines.least_looks =>
                {
                    return self.settled(index, Settled::Uncertain { why: format!("the BMC is away: {why}") }).await;
                }
                // The version lags behind the last sign of work, not behind the first silence of a task.
                Look::Away(_) => ended = ended.map(|_| now),
                Look::Old(read_back) => {
                    let is_idle = matches!(self.idle().await, Ok(Idle::Yes));
                    if !is_idle {
                        ended = ended.map(|_| now);
                    }
                    idle_looks = if is_idle { idle_looks + 1 } else { 0 };
                    let waits_for_boot = (update.host_reset || update.host_off) && !after_boot;
                    // Where a BMC shows no work, only the time that a flash may take is proof that it is at none. Then a
                    // reset of the host is safe, and shows whether it was taken.
                    let is_hidden = self.is_unknown(index) && !self.shows_its_work(index) && !after_boot;
                    let may_write = is_hidden && now < began + deadline;
                    if ended.is_some()
                        && waits_for_boot
                        && idle_looks >= self.deadlines.proof_looks
                        && (!self.is_unknown(index) || (is_hidden && !may_write))
                        && !self.waits_for_start(index)
                    {
                        return self.settled(index, Settled::Staged).await;
                    }
                    if ended.is_some()
                        && update.kind == Kind::Bmc
                        && idle_looks >= self.deadlines.proof_looks
                        && self.may_activate(index)
                        && !self.is_unknown(index)
                    {
                        self.activate(index).await?;
                        (began, ended, idle_looks, looks) = (self.port.elapsed(), Some(self.port.elapsed()), 0, 0);
                        continue;
                    }
                    if self.is_unknown(index)
                        && !may_write
                        && !after_boot
                        && idle_looks >= self.deadlines.proof_looks
                        && let Some(attempt) = self.proof(index, idle_looks, read_back.clone()).await
                    {
                        return self.say(Event::PushEnded { update: index, attempt }).await;
                    }
                    let lagged = ended.is_some_and(|ended| now >= ended + self.deadlines.version_refresh)
                        && !may_write
                        && idle_looks >= self.deadlines.least_looks;
                    let is_late = now >= began + deadline && looks >= self.deadlines.least_looks;
                    if (lagged && is_idle || is_late) && self.waits_for_start(index) {
                        // Its verification went out of sight: what lies there verified is started all the same, and what
                        // does not lie there was never started.
                        match self.uploaded(index).await {
                            Ok(Some(_)) => {}
                            Ok(None) if is_idle => {
                                let attempt = not_taken(idle_looks, read_back);
                                return self.say(Event::PushEnded { update: index, attempt }).await;
                            }
                            Ok(None) | Err(_) => {
                                let why =
                                    "the image was uploaded, and whether the BMC verified it cannot be told".into();
                                return self.settled(index, Settled::Uncertain { why }).await;
                            }
                        }
                        if self.control().hold && !self.is_called_off() {
                            self.held("an uploaded image waits to be started").await?;
                        } else if let Some(settled) = self.start(index).await? {
                            return self.settled(index, settled).await;
                        }
                        (began, ended, idle_looks, looks) = (self.port.elapsed(), None, 0, 0);
                        continue;
                    }
                    if is_late && ended.is_none() && !after_boot {
                        return self.settled(index, self.stands_still(index, deadline, read_back.as_deref())).await;
                    }
                    if (lagged && is_idle) || is_late {
                        let version = read_back.as_deref().unwrap_or("unknown");
                        let why = format!("{} was flashed, but the server still reports {version}", update.to);
                        return self.settled(index, Settled::Failed { why, read_back }).await;
                    }
                }
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    /// A task that has not ended within its deadline may still write: nobody can tell.
    fn stands_still(&self, index: usize, deadline: Duration, version: Option<&str>) -> Settled {
        let (update, record) = (&self.plan.updates[index], &self.run.updates[index]);
        let minutes = deadline.as_secs() / 60;
        let word = record.word.as_deref().unwrap_or("nothing");
        let percent = record.percent.map(|percent| format!(" at {percent} %")).unwrap_or_default();
        let (name, version) = (&update.name, version.unwrap_or("unknown"));
        let why = format!(
            "its task has not ended {minutes} minutes after the image for {name} was taken: it says {word}{percent}, and the \
             server still reports {version}"
        );
        Settled::Uncertain { why }
    }

    /// The receipt with something to follow in it.
    fn followed(&self, index: usize) -> Option<Receipt> {
        self.run.updates[index].receipt().filter(|receipt| receipt.is_followed()).cloned()
    }

    fn is_started(&self, index: usize) -> bool {
        self.run.updates[index].started.is_some()
    }

    /// True where bytes left and nobody said what became of them.
    fn is_unknown(&self, index: usize) -> bool {
        let last = self.run.updates[index].attempts.last();
        matches!(last.and_then(|attempt| attempt.outcome.as_ref()), Some(Attempt::Unknown { .. }))
    }

    /// Tells an uploaded image to start. Something to settle with, where that was refused.
    ///
    /// Where a crash cut it, the BMC's own work says whether it had been told: then that is followed.
    async fn start(&mut self, index: usize) -> Result<Option<Settled>, StoreError> {
        let again = self.run.updates[index].start_intended;
        if again {
            match self.idle().await {
                Ok(Idle::Yes) => {}
                Ok(Idle::No { task, .. }) => return self.adopt(index, task).await,
                // Away, perhaps for the very reset that the start leads to.
                Err(_) => return self.adopt(index, None).await,
            }
        }
        let update = self.update(index);
        let Some(Intended { method, .. }) = self.intended(index) else { return Ok(None) };
        let uploaded = self.run.updates[index].receipt().cloned().unwrap_or_default();
        self.say(Event::StartIntended { update: index }).await?;
        let receipt = match self.port.start(&update, method, &uploaded).await {
            Attempt::Accepted { receipt } => receipt,
            Attempt::Busy { .. } => {
                let task = match self.idle().await {
                    Ok(Idle::No { task, .. }) => task,
                    Ok(Idle::Yes) if again => return self.follow_version(index).await,
                    Ok(Idle::Yes) | Err(_) => None,
                };
                return self.adopt(index, task).await;
            }
            // It was told before the crash, and has nothing left to start.
            Attempt::Refused { .. } if again => return self.follow_version(index).await,
            // It was not reached: nothing was said to it yet.
            Attempt::NotStarted { .. } => return self.adopt(index, None).await,
            // What became of it shows in the version.
            Attempt::Unknown { .. } => Receipt::default(),
            other => {
                let why = format!("the uploaded image was not started: {other}");
                return Ok(Some(Settled::Failed { why, read_back: None }));
            }
        };
        self.say(Event::Started { update: index, receipt }).await?;
        Ok(None)
    }

    /// Whether a reset of the BMC may still bring in what was written.
    fn may_activate(&self, index: usize) -> bool {
        let record = &self.run.updates[index];
        self.port.wants_bmc_reset() && record.activated < MOST_ACTIVATIONS && record.activations < MOST_TRIES
    }

    /// Resets the BMC, so that it runs what was written. What became of it shows in the version.
    async fn activate(&mut self, index: usize) -> Result<(), StoreError> {
        if self.control().hold && !self.is_called_off() {
            return self.held("the BMC waits for its own reset").await;
        }
        self.say(Event::ActivationIntended { update: index }).await?;
        match self.port.reset_bmc().await {
            Ok(()) => self.say(Event::Activated { update: index }).await,
            Err(failure) => {
                tracing::warn!(why = failure.what, "the BMC was not reset");
                Ok(())
            }
        }
    }

    /// Nothing is left to follow but the version.
    async fn follow_version(&mut self, index: usize) -> Result<Option<Settled>, StoreError> {
        self.say(Event::Started { update: index, receipt: Receipt::default() }).await?;
        Ok(None)
    }

    /// Follows the work that the BMC has begun; where it names none, looks again after a while.
    async fn adopt(&mut self, index: usize, task: Option<String>) -> Result<Option<Settled>, StoreError> {
        if task.is_some() {
            let receipt = Receipt { task, ..Receipt::default() };
            self.say(Event::Started { update: index, receipt }).await?;
        } else {
            self.port.wait(self.deadlines.poll).await;
        }
        Ok(None)
    }

    /// A task's failure is a hint too: the version is read once more.
    async fn failed(&mut self, index: usize, why: String, message_ids: &[String]) -> Result<(), StoreError> {
        // A BMC that could not fetch the image has nothing of it: the fetch may be asked for again. Not each says so.
        let not_fetched = message_ids.iter().any(|id| id.ends_with("TransferFailed")) || self.lost_its_server(index);
        let settled = match self.look(index).await? {
            Look::New(read_back) => Settled::Applied { read_back },
            Look::Old(version) if not_fetched => {
                let version = version.unwrap_or_else(|| "unknown".into());
                let attempt = Attempt::NotTaken { proof: format!("{why}; still {version}") };
                return self.say(Event::PushEnded { update: index, attempt }).await;
            }
            Look::Old(read_back) => Settled::Failed { why, read_back },
            Look::Away(_) => Settled::Failed { why, read_back: None },
            Look::AnotherMachine(other) => Settled::Uncertain { why: other },
            Look::Barred(why) => Settled::Blocked { why },
        };
        self.settled(index, settled).await
    }

    /// Writes the BMC's word down when it changed, or every tenth percent: a journal is no progress bar.
    async fn tell(&mut self, index: usize, reading: &TaskReading) -> Result<(), StoreError> {
        let record = &self.run.updates[index];
        let word = reading.message.clone().unwrap_or_else(|| reading.word.clone());
        let percent = reading.percent.map(|percent| percent.min(99));
        let tenth = |percent: Option<u8>| percent.map(|percent| percent / 10);
        let message_ids = match &reading.state {
            TaskState::Failed { message_ids, .. } => message_ids.clone(),
            _ => Vec::new(),
        };
        let is_known = message_ids.iter().all(|id| record.message_ids.contains(id));
        if is_known && record.word.as_ref() == Some(&word) && tenth(record.percent) >= tenth(percent) {
            return Ok(());
        }
        self.say(Event::TaskSaid { update: index, word, percent, message_ids }).await
    }
}

/// Whether a bank beside the running one holds what `update` brings (XCC: `BMC-Primary-Pending`).
fn is_staged(inventory: &Inventory, update: &Update) -> bool {
    let waits = |one: &&Component| one.slot == Slot::Staged && one.kind == update.kind;
    inventory.components.iter().filter(waits).any(|one| runs(inventory, one, &update.to))
}

fn not_taken(looks: u32, version: Option<String>) -> Attempt {
    let version = version.unwrap_or_else(|| "unknown".into());
    Attempt::NotTaken { proof: format!("{looks} looks in a row: still {version}, the BMC idle, no task of it") }
}
