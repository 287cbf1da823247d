//! bios_configuration: what differs from the profile is handed over once. The reset is that of every phase; `bios_verify` reads back.

use std::{collections::BTreeMap, time::Duration};

use super::{
    checks::{NotIdle, Over},
    port::Port,
    worker::{Aborted, Ledger, Unread, Worker},
};
use crate::{
    domain::{
        attempt::{Receipt, TaskState},
        bios::{AttributeValue, BiosReading, Checked, Sent, check, preserved},
        failure::{Failure, Weight},
        phase::{Phase, State},
        plan::BiosPlan,
        run::{BiosSettled, Event, Next, Step},
    },
    store::StoreError,
};

/// Attributes that are named in words; the rest is counted.
const NAMED: usize = 5;

impl<P: Port, L: Ledger> Worker<P, L> {
    /// Reads, checks, keeps what is there, and hands over what differs.
    pub(super) async fn bios_stage(&mut self) -> Result<(), StoreError> {
        let settled = match self.bios_stage_steps().await {
            Ok(()) | Err(Over::Aborted) => return Ok(()),
            Err(Over::State(State::Blocked { why })) => BiosSettled::Blocked { why },
            Err(Over::State(state)) => {
                let why = state.why().unwrap_or_default().to_owned();
                BiosSettled::Failed { why, instead: BTreeMap::new() }
            }
            Err(Over::Store(error)) => return Err(error),
        };
        self.bios_settled(settled).await
    }

    async fn bios_stage_steps(&mut self) -> Result<(), Over> {
        let Some(plan) = self.plan.bios.clone() else { return Ok(()) };
        let (reading, checked) = self.bios_look_steps(&plan).await?;
        let values = checked.values();
        if checked.changes.is_empty() && reading.pending.is_empty() {
            let count = checked.already.len();
            let why = format!("nothing to change: all {count} values are as they are wanted");
            self.step(Step::BiosApply, State::Skipped { why }).await?;
            return Ok(self.bios_settled(BiosSettled::AsWanted).await?);
        }
        let attributes = reading.attributes.clone();
        self.say(Event::BiosBackedUp { attributes }).await?;
        self.step(Step::BiosBackup, State::Done).await?;
        if !self.is_still(&Next::BiosStage) {
            return Ok(());
        }
        let mut preserved = preserved(&plan.wishes.preserve, &reading.attributes);
        preserved.retain(|name, _| !values.contains_key(name));
        // What a try before this one left waiting is not sent a second time.
        let waits = !values.is_empty() && !reading.is_uncommitted() && reading.not_held(&values).is_empty();
        self.say(Event::BiosIntended { changes: checked.changes, way: reading.way, preserved }).await?;
        let sent = if waits {
            Sent::Taken { job: reading.jobs.first().map(|job| job.uri.clone()) }
        } else {
            self.port.stage_bios(&values).await
        };
        self.say(Event::BiosSent { sent: sent.clone() }).await?;
        if let Sent::Busy { why, retry_after } = sent {
            self.wait_for_bios(retry_after, why).await?;
        }
        Ok(())
    }

    /// Whether the profile could be set now. Nothing is sent.
    pub(super) async fn bios_look(&mut self) -> Result<(), StoreError> {
        let Some(plan) = self.plan.bios.clone() else { return Ok(()) };
        match self.bios_look_steps(&plan).await {
            Err(Over::Store(error)) => Err(error),
            Ok(_) | Err(Over::State(_) | Over::Aborted) => Ok(()),
        }
    }

    async fn bios_look_steps(&mut self, plan: &BiosPlan) -> Result<(BiosReading, Checked), Over> {
        let reading = self.read_bios_now().await?;
        self.step(Step::BiosRead, State::Done).await?;
        let checked = check(&plan.wishes, &reading.registry, &reading.attributes);
        let fits = match (foreign(&reading, self), checked.refused.first()) {
            (Some(why), _) => Err(why),
            (None, Some(first)) => {
                let more = checked.refused.len() - 1;
                let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                let next = "correct the profile, then plan again";
                let (name, reason) = (&first.attribute, &first.reason);
                Err(format!("{name}: {reason}{more}; nothing was sent to it; next: {next}"))
            }
            (None, None) => Ok(()),
        };
        self.step(Step::BiosCheck, fits.map_or_else(|why| State::Blocked { why }, |()| State::Done)).await?;
        Ok((reading, checked))
    }

    /// A look at a BIOS that nobody else works on, of the machine of the plan.
    async fn read_bios_now(&mut self) -> Result<BiosReading, Over> {
        let blocked = |why: String| State::Blocked { why };
        match self.read_within(self.deadlines.bmc_back).await {
            Ok(_) => {}
            Err(Unread::Aborted) => return Err(Over::Aborted),
            Err(unread) => return Err(self.refuse(Step::BiosRead, blocked(unread.why())).await),
        }
        match self.until_idle().await {
            Ok(()) => {}
            Err(NotIdle::Aborted) => return Err(Over::Aborted),
            Err(NotIdle::Busy(why)) => return Err(self.refuse(Step::BiosRead, blocked(why)).await),
        }
        let until = self.port.elapsed() + self.deadlines.bmc_back;
        loop {
            match self.port.bios().await {
                Ok(reading) => return Ok(reading),
                Err(failure) if failure.weight == Weight::Blocked || self.port.elapsed() >= until => {
                    let Failure { what, next, .. } = failure;
                    let why = format!("{what}; nothing was sent to it; next: {next}");
                    return Err(self.refuse(Step::BiosRead, blocked(why)).await);
                }
                Err(_) => self.pause(self.deadlines.poll).await.map_err(|Aborted| Over::Aborted)?,
            }
        }
    }

    /// Ends a step that says no, and the phase with it.
    async fn refuse(&mut self, step: Step, state: State) -> Over {
        match self.step(step, state.clone()).await {
            Err(over) => over,
            Ok(()) => Over::State(state),
        }
    }

    /// Waits before the same is handed over again; past the deadline it is a person's turn.
    async fn wait_for_bios(&mut self, after: Option<Duration>, why: String) -> Result<(), StoreError> {
        let is_busy = |sent: &Option<Sent>| matches!(sent, Some(Sent::Busy { .. }));
        let again = self.run.bios.attempts.iter().rev().nth(1).is_some_and(|attempt| is_busy(&attempt.sent));
        if self.stays_busy(again, after).await {
            let why = format!("the BMC stays busy: {why}; nothing of the profile was taken");
            return self.bios_settled(BiosSettled::Blocked { why }).await;
        }
        Ok(())
    }

    /// Nobody said what became of the request. What waits and what runs says it: all of it, or, several looks in a row,
    /// nothing; or, several too, that they wait and the job for them was not made.
    pub(super) async fn bios_reconcile(&mut self) -> Result<(), StoreError> {
        let values = self.run.bios.values();
        let until = self.port.elapsed() + self.deadlines.bmc_back;
        let mut looks = 0;
        let mut unfinished = 0;
        loop {
            match self.look_at_bios().await {
                Ok(reading) => {
                    let missing = reading.not_held(&values);
                    let sent = if reading.is_uncommitted() {
                        unfinished += 1;
                        let others = others_values(&reading, self);
                        if !others.is_empty() {
                            let why = format!("somebody else's BIOS settings wait beside ours: {}", listed(&others));
                            return self.bios_apply_failed(why).await;
                        }
                        let held = values.len() - missing.len();
                        let why =
                            format!("{unfinished} looks in a row: {held} of {} values wait, and no job", values.len());
                        (unfinished >= self.deadlines.proof_looks).then_some(Sent::Uncommitted { why })
                    } else if missing.is_empty() {
                        Some(Sent::Taken { job: reading.jobs.first().map(|job| job.uri.clone()) })
                    } else if missing.len() == values.len() && reading.jobs.is_empty() {
                        looks += 1;
                        let why = format!("{looks} looks in a row: none of the {} values waits or runs", values.len());
                        (looks >= self.deadlines.proof_looks).then_some(Sent::NotTaken { why })
                    } else {
                        // Some of it: the look that confirms says which.
                        Some(Sent::Taken { job: reading.jobs.first().map(|job| job.uri.clone()) })
                    };
                    if let Some(sent) = sent {
                        return self.say(Event::BiosSent { sent }).await;
                    }
                }
                Err(Unread::AnotherMachine(why)) => return self.bios_settled(BiosSettled::Uncertain { why }).await,
                Err(unread) if self.port.elapsed() >= until => {
                    let why = format!(
                        "BIOS settings were handed over, and nobody can read what became of them: {}",
                        unread.why()
                    );
                    return self.bios_settled(BiosSettled::Uncertain { why }).await;
                }
                Err(_) => (looks, unfinished) = (0, 0),
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    /// Reads that the BMC holds every change: some take a part, and answer as if it were all.
    pub(super) async fn bios_confirm(&mut self) -> Result<(), StoreError> {
        let values = self.run.bios.values();
        let mut looks = 0;
        let missing = loop {
            looks += 1;
            let missing = match self.look_at_bios().await {
                Ok(reading) if reading.is_uncommitted() => {
                    Err("the BIOS settings wait at the BMC, and no job brings them in".to_owned())
                }
                Ok(reading) => Ok(reading.not_held(&values)),
                Err(Unread::AnotherMachine(why)) => return self.bios_settled(BiosSettled::Uncertain { why }).await,
                Err(unread) => {
                    Err(format!("the BIOS settings were handed over, and the BMC cannot be read: {}", unread.why()))
                }
            };
            let job = self.config_job().await;
            match (missing, job) {
                (_, Some(TaskState::Failed { why, .. })) => {
                    return self.bios_apply_failed(format!("the BMC's job for the BIOS settings failed: {why}")).await;
                }
                (Ok(missing), job) if missing.is_empty() && !matches!(job, Some(TaskState::Running)) => {
                    self.say(Event::BiosHeld).await?;
                    return self.bios_step(Step::BiosApply, State::Done).await;
                }
                (missing, _) if looks >= self.deadlines.least_looks => break missing,
                _ => self.port.wait(self.deadlines.poll).await,
            }
        };
        let why = match missing {
            Ok(missing) if missing.is_empty() => "the BMC does not schedule its job for the BIOS settings".to_owned(),
            Ok(missing) => format!("the BMC took a part alone: {} does not wait there", listed(&missing)),
            Err(why) => why,
        };
        self.bios_apply_failed(why).await
    }

    /// What was handed over is not there as a whole: the rest is taken back where that can be.
    async fn bios_apply_failed(&mut self, why: String) -> Result<(), StoreError> {
        let after = match self.take_back().await {
            Ok(true) => "what had been taken was taken back, and the host was not reset".to_owned(),
            Ok(false) => "the host was not reset; what was taken waits for its next reset".to_owned(),
            Err(failure) => {
                format!("the host was not reset; what was taken may wait for its next reset ({})", failure.what)
            }
        };
        let why = format!("{why}; {after}; next: look at the BIOS settings on the BMC's own page, then retry");
        self.bios_step(Step::BiosApply, State::Failed { why: why.clone() }).await?;
        self.bios_settled(BiosSettled::Failed { why, instead: BTreeMap::new() }).await
    }

    /// It is called off: what waits is taken back where the vendor can do that, and named where not.
    pub(super) async fn bios_give_back(&mut self) -> Result<(), StoreError> {
        let names: Vec<_> = self.run.bios.values().into_keys().collect();
        let settled = match self.take_back().await {
            Ok(true) => BiosSettled::GivenBack,
            Ok(false) => BiosSettled::Left {
                why: format!("called off: {} waits and takes effect at the host's next reset", listed(&names)),
            },
            Err(failure) => BiosSettled::Left {
                why: format!(
                    "called off: {} may wait for the host's next reset: taking it back failed: {}",
                    listed(&names),
                    failure.what
                ),
            },
        };
        self.bios_settled(settled).await
    }

    /// Takes back what waits, where it is ours alone. True once nothing of it waits.
    async fn take_back(&mut self) -> Result<bool, Failure> {
        let values = self.run.bios.values();
        let reading = self.port.bios().await?;
        let is_ours = |(name, value): (&String, &AttributeValue)| values.get(name).is_some_and(|ours| ours.is(value));
        if !reading.pending.iter().all(is_ours) || reading.jobs.iter().any(|job| !self.run.bios.is_ours(&job.uri)) {
            return Ok(false);
        }
        let job = self.run.bios.job().map(str::to_owned);
        if !self.port.give_bios_back(job.as_deref()).await? {
            return Ok(false);
        }
        Ok(self.port.bios().await?.pending.is_empty())
    }

    /// One look at the BIOS, of the machine of the plan.
    pub(super) async fn look_at_bios(&mut self) -> Result<BiosReading, Unread> {
        self.read().await?;
        self.port.bios().await.map_err(Unread::Failed)
    }

    /// How the BMC's own job stands, where it named one.
    pub(super) async fn config_job(&mut self) -> Option<TaskState> {
        let task = self.run.bios.job()?.to_owned();
        let receipt = Receipt { task: Some(task), ..Receipt::default() };
        // A BMC that is away says nothing of it: it counts as under way.
        Some(self.port.task(&receipt).await.map_or(TaskState::Running, |reading| reading.state))
    }

    /// Writes a step down, unless it stands there already: a crash may have come right after it.
    pub(super) async fn bios_step(&mut self, step: Step, state: State) -> Result<(), StoreError> {
        let phase = self.run.phases.iter().find(|record| record.phase == Phase::BiosConfiguration);
        let stands =
            phase.is_some_and(|record| record.steps.iter().any(|one| one.step == step.word() && one.state == state));
        if stands {
            return Ok(());
        }
        self.say(Event::StepEnded { phase: step.phase(), step: step.word().into(), state, kind: None }).await
    }

    /// Says what became of it without asking, and which step that is the end of.
    pub(super) async fn bios_settle_as(&mut self, settled: BiosSettled) -> Result<(), StoreError> {
        let of_power = self.run.bios.held;
        let step = match &settled {
            BiosSettled::Failed { why, .. } => Some((Step::BiosApply, State::Failed { why: why.clone() })),
            BiosSettled::Blocked { why } if of_power => Some((Step::BiosReset, State::Blocked { why: why.clone() })),
            BiosSettled::Staged => {
                let why = "the power policy leaves resets to others".to_owned();
                Some((Step::BiosReset, State::Skipped { why }))
            }
            _ => None,
        };
        if let Some((step, state)) = step {
            self.bios_step(step, state).await?;
        }
        self.bios_settled(settled).await
    }

    pub(super) async fn bios_settled(&mut self, settled: BiosSettled) -> Result<(), StoreError> {
        self.say(Event::BiosSettled { settled }).await
    }
}

/// Whose settings stand in the way, if anybody's: values that wait and jobs, none of which is ours.
fn foreign<P: Port, L: Ledger>(reading: &BiosReading, worker: &Worker<P, L>) -> Option<String> {
    let ours = &worker.run.bios;
    let state = "nothing was sent to it";
    if let Some(job) = reading.jobs.iter().find(|job| !ours.is_ours(&job.uri)) {
        let next = "let it run at the next reset of the host, or delete it on the BMC's own page, then run again";
        return Some(format!("somebody else's job waits to change BIOS settings: {}; {state}; next: {next}", job.what));
    }
    let others = others_values(reading, worker);
    if others.is_empty() {
        return None;
    }
    let next = "reset the host so that they take effect, or clear them on the BMC's own page, then run again";
    Some(format!(
        "somebody else's BIOS settings wait for the host's next reset ({}); {state}; next: {next}",
        listed(&others)
    ))
}

/// The values that wait and are none of ours.
fn others_values<P: Port, L: Ledger>(reading: &BiosReading, worker: &Worker<P, L>) -> Vec<String> {
    let others = reading.pending.iter().filter(|(name, value)| !worker.run.bios.is_our_value(name, value));
    others.map(|(name, value)| format!("{name} = {value}")).collect()
}

/// `A, B and 3 more`.
pub(super) fn listed(names: &[String]) -> String {
    let named = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
