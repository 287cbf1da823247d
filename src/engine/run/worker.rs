//! One server's worker: asks what comes next, says what it will do, does it, says what happened.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::port::{Idle, OurWork, Port};
use crate::{
    domain::{
        failure::{Failure, Weight},
        inventory::{Component, Inventory},
        machine::Numbers,
        offers::Method,
        phase::{Phase, State},
        plan::{Options, ServerPlan, Update},
        run::{
            Control, Deadlines, Event, Next, ServerRun, Settled, UpdateRecord, is_interruptible, may_restart_bmc, next,
        },
        running,
        version::{self, Order},
    },
    store::StoreError,
};

/// Where events go: on disk first, then into the state, then to whoever listens.
pub(super) trait Ledger: Send {
    /// Returns once the event is on disk.
    fn append(&mut self, event: &Event) -> impl Future<Output = Result<jiff::Timestamp, StoreError>> + Send;
}

/// A worker.
pub(super) struct Worker<P, L> {
    pub(super) plan: ServerPlan,
    pub(super) options: Options,
    pub(super) run: ServerRun,
    pub(super) port: P,
    ledger: L,
    control: watch::Receiver<Control>,
    pub(super) uploads: Arc<Semaphore>,
    pub(super) deadlines: Deadlines,
    /// Attempts of each update that an engine before this one made.
    inherited: Vec<usize>,
    /// Since when the BMC answers busy, in device time; what an engine before this one waited does not count.
    pub(super) busy_since: Option<Duration>,
}

impl<P: Port, L: Ledger> Worker<P, L> {
    /// A worker that goes on from `run`.
    pub(super) fn new(
        (plan, options): (ServerPlan, Options),
        run: ServerRun,
        port: P,
        ledger: L,
        control: watch::Receiver<Control>,
        uploads: Arc<Semaphore>,
    ) -> Self {
        let inherited = run.updates.iter().map(|update| update.attempts.len()).collect();
        Self {
            plan,
            options,
            run,
            port,
            ledger,
            control,
            uploads,
            deadlines: Deadlines::default(),
            inherited,
            busy_since: None,
        }
    }

    /// Whether the last attempt at an update was one to let the BMC fetch from an engine that is gone: so is its image
    /// server.
    pub(super) fn lost_its_server(&self, index: usize) -> bool {
        let attempts = &self.run.updates[index].attempts;
        let pulled = attempts.last().is_some_and(|attempt| attempt.method == Method::SimpleUpdate);
        pulled && self.inherited.get(index) == Some(&attempts.len())
    }

    /// Works until the server's run is over, and returns how it stands then. Fails only where the journal cannot be
    /// written: then nothing more is done to the server.
    pub(super) async fn work(mut self) -> Result<ServerRun, StoreError> {
        self.port.flashing(may_restart_bmc(&self.plan, &self.run));
        loop {
            let control = *self.control.borrow();
            let next = next(&self.plan, &self.run, control);
            if self.run.held.is_some() && next != Next::Hold {
                self.say(Event::Released).await?;
            }
            match next {
                Next::Nothing => {
                    self.port.leave().await;
                    return Ok(self.run);
                }
                Next::BeginPhase(phase) => self.say(Event::PhaseBegan { phase }).await?,
                Next::EndPhase(phase, state) => self.say(Event::PhaseEnded { phase, state }).await?,
                Next::PreFlight => self.pre_flight().await?,
                Next::Analyse => self.analyse().await?,
                Next::Push { update, method } => self.push(update, method).await?,
                Next::Reconcile { update } => self.reconcile(update).await?,
                Next::Settle { update } => self.settle(update).await?,
                Next::SettleAs { update, settled } => self.settled(update, settled).await?,
                Next::BiosStage => self.bios_stage().await?,
                Next::BiosReconcile => self.bios_reconcile().await?,
                Next::BiosConfirm => self.bios_confirm().await?,
                Next::BiosVerify => self.bios_verify().await?,
                Next::BiosGiveBack => self.bios_give_back().await?,
                Next::BiosSettleAs(settled) => self.bios_settle_as(settled).await?,
                Next::Power(goal) => self.power(goal).await?,
                Next::GiveBack => self.give_back().await?,
                Next::Validate => self.validate().await?,
                Next::CallOff(how) => self.say(Event::CalledOff { how }).await?,
                Next::Hold => self.held("a push or a reset comes next").await?,
                Next::End(state) => self.say(Event::Ended { state }).await?,
            }
        }
    }

    /// Takes pre_flight alone, and looks at the BIOS where the plan changes that, whatever has become of the server before, and returns how its steps ended.
    pub(super) async fn check(mut self) -> Result<ServerRun, StoreError> {
        self.say(Event::PhaseBegan { phase: Phase::PreFlight }).await?;
        self.pre_flight().await?;
        if self.run.phase(Phase::PreFlight).lets_go_on() {
            self.bios_look().await?;
        }
        self.port.leave().await;
        Ok(self.run)
    }

    /// Writes an event down and folds it in.
    pub(super) async fn say(&mut self, event: Event) -> Result<(), StoreError> {
        let at = self.ledger.append(&event).await?;
        self.run.apply(at, &event);
        self.port.flashing(may_restart_bmc(&self.plan, &self.run));
        Ok(())
    }

    /// Waits until somebody says something, and says that it does so.
    pub(super) async fn held(&mut self, what: &str) -> Result<(), StoreError> {
        if self.run.held.is_none() {
            let why = format!("{what}, and nobody has looked since the engine was away");
            self.say(Event::Held { why }).await?;
        }
        self.port.rest().await;
        // An end without a word is the end of the engine.
        self.control.changed().await.map_err(|_| StoreError::Ended)
    }

    /// What operators have said so far.
    pub(super) fn control(&self) -> Control {
        *self.control.borrow()
    }

    /// True where the run is called off: nothing new is begun.
    pub(super) fn is_called_off(&self) -> bool {
        self.control().called_off().is_some()
    }

    /// Waits, unless an operator aborts the run and this server may be interrupted.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), Aborted> {
        let (may, control) = (self.may_be_interrupted(), &mut self.control);
        unless_aborted(self.port.wait(time), control, may).await
    }

    /// Waits for its turn to hand an image over, unless it is interrupted.
    pub(super) async fn turn(&mut self) -> Result<Option<OwnedSemaphorePermit>, Aborted> {
        let (may, control) = (self.may_be_interrupted(), &mut self.control);
        // The semaphore is never closed; without a permit the limit would not hold.
        let permit = unless_aborted(Arc::clone(&self.uploads).acquire_owned(), control, may).await?;
        Ok(permit.ok())
    }

    /// Whether an abort would be taken up now. What is left to do after one is giving back, which is not interrupted.
    fn may_be_interrupted(&self) -> bool {
        let aborted = Control { abort: true, ..self.control() };
        let is_taken_up = matches!(next(&self.plan, &self.run, aborted), Next::CallOff(_));
        is_taken_up && is_interruptible(&self.plan, &self.run)
    }

    /// Whether `step` is still what comes next: somebody may have called it off while it waited.
    pub(super) fn is_still(&self, step: &Next) -> bool {
        next(&self.plan, &self.run, self.control()) == *step
    }

    pub(super) async fn settled(&mut self, update: usize, settled: Settled) -> Result<(), StoreError> {
        self.say(Event::UpdateSettled { update, settled }).await
    }

    /// Reads the inventory, and makes sure that it is still the machine of the plan.
    pub(super) async fn read(&mut self) -> Result<Inventory, Unread> {
        let inventory = self.port.inventory().await.map_err(Unread::Failed)?;
        if Numbers::of(&inventory).same_machine(&self.plan.identity) {
            Ok(inventory)
        } else {
            let serial = inventory.identity.serial.value().cloned().unwrap_or_else(|| "unknown".into());
            let planned = self.plan.identity.serial.as_deref().unwrap_or("unknown");
            Err(Unread::AnotherMachine(format!(
                "another machine answers at its address (serial number {serial} instead of {planned}); nothing more is sent to it"
            )))
        }
    }

    /// As [`Worker::read`], again and again while the BMC is away, up to `within` of device time or an abort.
    pub(super) async fn read_within(&mut self, within: Duration) -> Result<Inventory, Unread> {
        let until = self.port.elapsed() + within;
        loop {
            match self.read().await {
                Err(Unread::Failed(failure)) if failure.weight == Weight::Failed && self.port.elapsed() < until => {
                    self.pause(self.deadlines.poll).await.map_err(|Aborted| Unread::Aborted)?;
                }
                other => return other,
            }
        }
    }

    /// The version that `component` should run now, by what this run has done so far.
    pub(super) fn expected(&self, component: &str) -> Option<&str> {
        let of_component = || self.plan.updates.iter().zip(&self.run.updates).filter(|(u, _)| u.component == component);
        let is_applied = |settled: &Option<Settled>| matches!(settled, Some(Settled::Applied { .. }));
        let applied = of_component().rev().find(|(_, record)| is_applied(&record.settled));
        applied
            .map(|(update, _)| update.to.as_str())
            .or_else(|| of_component().next().map(|(update, _)| update.from.as_str()))
    }

    /// Whether the BMC has work of its own; a claim of ours is none.
    pub(super) async fn idle(&mut self) -> Result<Idle, Failure> {
        let waits = |record: &&UpdateRecord| {
            record.settled == Some(Settled::Staged) && record.staged_at_boot == self.run.power.boots
        };
        let updates = self.run.updates.iter().filter(waits);
        let tasks = updates.filter_map(|record| record.receipt()?.task.clone());
        let staged = tasks.chain(self.run.bios.jobs().map(str::to_owned)).collect();
        self.port.idle(&OurWork { claimed: self.run.loan.is_some(), staged }).await
    }

    pub(super) fn update(&self, index: usize) -> Update {
        self.plan.updates[index].clone()
    }
}

/// Why an inventory was not read.
pub(super) enum Unread {
    Failed(Failure),
    AnotherMachine(String),
    Aborted,
}

/// An operator interrupted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aborted;

/// The end of `work`, unless an operator aborts the run before and `may` says that it may be interrupted.
async fn unless_aborted<T>(
    work: impl Future<Output = T>,
    control: &mut watch::Receiver<Control>,
    may: bool,
) -> Result<T, Aborted> {
    tokio::pin!(work);
    loop {
        if may && control.borrow_and_update().abort {
            return Err(Aborted);
        }
        tokio::select! {
            done = &mut work => return Ok(done),
            Ok(()) = control.changed() => {}
        }
    }
}

impl Unread {
    /// As the state of a step that only read.
    pub(super) fn state(self) -> State {
        match self {
            Self::Failed(failure) if failure.weight == Weight::Blocked => State::Blocked { why: failure.what },
            Self::Failed(failure) => State::Failed { why: failure.what },
            Self::AnotherMachine(why) => State::Blocked { why },
            Self::Aborted => State::Skipped { why: "aborted".into() },
        }
    }

    /// The fixed word of the failure, where it is one.
    pub(super) fn kind(&self) -> Option<String> {
        match self {
            Self::Failed(failure) => Some(failure.kind.clone()),
            Self::AnotherMachine(_) | Self::Aborted => None,
        }
    }

    pub(super) fn why(self) -> String {
        match self {
            Self::Failed(failure) => failure.what,
            Self::AnotherMachine(why) => why,
            Self::Aborted => "aborted".into(),
        }
    }
}

/// The component of an update, as it is now.
pub(super) fn component<'a>(inventory: &'a Inventory, update: &Update) -> Option<&'a Component> {
    inventory.components.iter().find(|component| component.id == update.component)
}

/// Whether a component runs `version`, in whichever way it is written.
pub(super) fn runs(inventory: &Inventory, component: &Component, version: &str) -> bool {
    let vendor = inventory.identity.vendor.value().map(String::as_str);
    component.version.value().is_some_and(|read| {
        version::compare_as_read(running::hint(vendor, component), read, version).order == Order::Equal
    })
}
