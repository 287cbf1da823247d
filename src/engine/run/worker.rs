//! One server's worker: asks what comes next, says what it will do, does it, says what happened.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::{Semaphore, watch};

use super::port::Port;
use crate::{
    domain::{
        failure::{Failure, Weight},
        inventory::{Component, Inventory},
        machine::Numbers,
        phase::State,
        plan::{Options, ServerPlan, Update},
        run::{Control, Deadlines, Event, Next, ServerRun, Settled, next},
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
        Self { plan, options, run, port, ledger, control, uploads, deadlines: Deadlines::default() }
    }

    /// Works until the server's run is over, and returns how it stands then. Fails only where the journal cannot be
    /// written: then nothing more is done to the server.
    pub(super) async fn work(mut self) -> Result<ServerRun, StoreError> {
        loop {
            let control = *self.control.borrow();
            match next(&self.plan, &self.run, control) {
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
                Next::Power(goal) => self.power(goal).await?,
                Next::Validate => self.validate().await?,
                Next::End(state) => self.say(Event::Ended { state }).await?,
            }
        }
    }

    /// Writes an event down and folds it in.
    pub(super) async fn say(&mut self, event: Event) -> Result<(), StoreError> {
        let at = self.ledger.append(&event).await?;
        self.run.apply(at, &event);
        Ok(())
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
            Err(Unread::AnotherMachine(format!("another machine answers at its address (serial number {serial})")))
        }
    }

    /// As [`Worker::read`], again and again while the BMC is away, up to `within` of device time.
    pub(super) async fn read_within(&mut self, within: Duration) -> Result<Inventory, Unread> {
        let until = self.port.elapsed() + within;
        loop {
            match self.read().await {
                Err(Unread::Failed(failure)) if failure.weight == Weight::Failed && self.port.elapsed() < until => {
                    self.port.wait(self.deadlines.poll).await;
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

    pub(super) fn update(&self, index: usize) -> Update {
        self.plan.updates[index].clone()
    }
}

/// Why an inventory was not read.
pub(super) enum Unread {
    Failed(Failure),
    AnotherMachine(String),
}

impl Unread {
    /// As the state of a step that only read.
    pub(super) fn state(self) -> State {
        match self {
            Self::Failed(failure) if failure.weight == Weight::Blocked => State::Blocked { why: failure.what },
            Self::Failed(failure) => State::Failed { why: failure.what },
            Self::AnotherMachine(why) => State::Blocked { why },
        }
    }

    pub(super) fn why(self) -> String {
        match self {
            Self::Failed(failure) => failure.what,
            Self::AnotherMachine(why) => why,
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
