//! The phases that only read: pre_flight, firmware_analysis, final_validation.

use std::collections::BTreeMap;

use super::{
    port::{Idle, Port},
    worker::{Aborted, Ledger, Unread, Worker, component, runs},
};
use crate::{
    domain::{
        inventory::Inventory,
        phase::{Phase, State},
        plan::PowerPolicy,
        run::{Event, Settled},
    },
    store::StoreError,
};

/// Why a BMC is not given anything to do.
pub(super) enum NotIdle {
    Busy(String),
    Aborted,
}

/// Why a phase goes no further.
pub(super) enum Over {
    /// A step says no.
    State(State),
    /// An operator interrupted it.
    Aborted,
    /// The journal cannot be written.
    Store(StoreError),
}

impl From<StoreError> for Over {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<P: Port, L: Ledger> Worker<P, L> {
    /// May anything be done at all. The first step that says no ends it.
    pub(super) async fn pre_flight(&mut self) -> Result<(), StoreError> {
        let phase = Phase::PreFlight;
        let state = match self.pre_flight_steps().await {
            Ok(()) => State::Done,
            Err(Over::State(state)) => state,
            Err(Over::Aborted) => return Ok(()),
            Err(Over::Store(error)) => return Err(error),
        };
        self.say(Event::PhaseEnded { phase, state }).await
    }

    async fn pre_flight_steps(&mut self) -> Result<(), Over> {
        let blocked = |why: String| State::Blocked { why };
        let lease = self.port.lease().await.map_err(blocked);
        self.step("lease", lease).await?;
        let (read, identity) = match self.read().await {
            Ok(inventory) => (Ok(()), Some(inventory)),
            Err(unread) => (Err(unread.state()), None),
        };
        self.step("address_tls_credentials_and_identity", read).await?;
        let Some(inventory) = identity else { return Ok(()) };
        let health = match inventory.health.value().map(String::as_str) {
            Some("Critical") => Err(blocked("its health is Critical: mend that first".into())),
            _ => Ok(()),
        };
        self.step("health", health).await?;
        let power = self.power_allows(&inventory);
        self.step("power", power).await?;
        let idle = match self.until_idle().await {
            Ok(()) => Ok(()),
            Err(NotIdle::Busy(why)) => Err(blocked(why)),
            Err(NotIdle::Aborted) => return Err(Over::Aborted),
        };
        self.step("idle", idle).await?;
        let mut images = Ok(());
        for index in 0..self.plan.updates.len() {
            let update = self.update(index);
            if self.run.updates[index].settled.is_none()
                && let Err(why) = self.port.check_image(&update).await
            {
                images = Err(blocked(format!("image {}: {why}", update.image.id)));
                break;
            }
        }
        self.step("images", images).await
    }

    async fn step(&mut self, step: &str, outcome: Result<(), State>) -> Result<(), Over> {
        let phase = Phase::PreFlight;
        let state = outcome.clone().err().unwrap_or(State::Done);
        self.say(Event::StepEnded { phase, step: step.into(), state }).await?;
        outcome.map_err(Over::State)
    }

    /// Whether the policy lets this plan's resets be made on the host as it is now.
    fn power_allows(&self, inventory: &Inventory) -> Result<(), State> {
        let needed = self.plan.updates.iter().any(|update| update.host_reset || update.host_off);
        let Some(power) = inventory.power.value() else {
            let why = "the BMC does not say whether the host is on".to_owned();
            return if needed { Err(State::Blocked { why }) } else { Ok(()) };
        };
        match self.options.power {
            PowerPolicy::Never if needed => Err(State::Blocked { why: "the plan needs a host reset".into() }),
            PowerPolicy::IfOff if needed && power != "Off" => {
                Err(State::Blocked { why: "the host is on, and the power policy is \"if_off\"".into() })
            }
            _ => Ok(()),
        }
    }

    /// Waits while somebody else works on the BMC. What waits for the reset that we shall make does not count.
    pub(super) async fn until_idle(&mut self) -> Result<(), NotIdle> {
        let until = self.port.elapsed() + self.deadlines.busy;
        loop {
            let Err(why) = self.is_idle().await else { return Ok(()) };
            if self.port.elapsed() >= until {
                return Err(NotIdle::Busy(why));
            }
            self.pause(self.deadlines.poll).await.map_err(|Aborted| NotIdle::Aborted)?;
        }
    }

    /// As [`Worker::until_idle`], where something is given back: no abort interrupts that.
    pub(super) async fn until_idle_whatever(&mut self) -> Result<(), String> {
        let until = self.port.elapsed() + self.deadlines.busy;
        loop {
            let Err(why) = self.is_idle().await else { return Ok(()) };
            if self.port.elapsed() >= until {
                return Err(why);
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    async fn is_idle(&mut self) -> Result<(), String> {
        match self.port.idle().await {
            Ok(Idle::Yes) => Ok(()),
            Ok(Idle::No { task: Some(task), .. }) if self.is_ours(&task) => Ok(()),
            Ok(Idle::No { what, .. }) => Err(format!("somebody else works on it: {what}")),
            Err(failure) => Err(failure.what),
        }
    }

    fn is_ours(&self, task: &str) -> bool {
        let staged = self.run.updates.iter().filter(|record| record.settled == Some(Settled::Staged));
        staged.filter_map(|record| record.receipt()).any(|receipt| receipt.task.as_deref() == Some(task))
    }

    /// Does the plan still hold.
    pub(super) async fn analyse(&mut self) -> Result<(), StoreError> {
        let phase = Phase::FirmwareAnalysis;
        let inventory = match self.read().await {
            Ok(inventory) => inventory,
            Err(unread) => return self.say(Event::PhaseEnded { phase, state: unread.state() }).await,
        };
        let versions: BTreeMap<_, _> = inventory
            .components
            .iter()
            .filter_map(|component| Some((component.id.clone(), component.version.value()?.clone())))
            .collect();
        let host_on = inventory.power.value().is_some_and(|power| power != "Off");
        let health = inventory.health.value().cloned();
        self.say(Event::Analysed { versions, host_on, health }).await?;
        let stale = self.plan.updates.iter().find_map(|update| self.stale(&inventory, &update.component));
        let state = stale.map_or(State::Done, |why| State::Blocked { why });
        self.say(Event::PhaseEnded { phase, state }).await
    }

    /// Why the plan no longer holds for a component.
    fn stale(&self, inventory: &Inventory, id: &str) -> Option<String> {
        let update = self.plan.updates.iter().find(|update| update.component == id)?;
        let expected = self.expected(id)?;
        let Some(component) = component(inventory, update) else {
            return Some(format!("the plan is stale: {} is not listed any more", update.name));
        };
        let staged = self.plan.updates.iter().zip(&self.run.updates);
        let is_staged = staged
            .filter(|(one, _)| one.component == id)
            .any(|(one, record)| record.settled == Some(Settled::Staged) && runs(inventory, component, &one.to));
        if is_staged || runs(inventory, component, expected) {
            return None;
        }
        let now = component.version.value().map_or("unknown", String::as_str);
        Some(format!("the plan is stale: {} runs {now}, the plan expects {expected}", update.name))
    }

    /// Is every target reached, and nothing worse than before.
    pub(super) async fn validate(&mut self) -> Result<(), StoreError> {
        let phase = Phase::FinalValidation;
        let state = match self.read_within(self.deadlines.bmc_back).await {
            Ok(inventory) => self.judge(&inventory),
            Err(Unread::Aborted) => return Ok(()),
            Err(unread) => State::Uncertain { why: unread.why() },
        };
        self.say(Event::PhaseEnded { phase, state }).await
    }

    fn judge(&self, inventory: &Inventory) -> State {
        for (update, record) in self.plan.updates.iter().zip(&self.run.updates) {
            let expected = self.expected(&update.component).unwrap_or(&update.to);
            if !matches!(record.settled, Some(Settled::Applied { .. })) || expected != update.to {
                continue;
            }
            let now = component(inventory, update);
            if !now.is_some_and(|now| runs(inventory, now, &update.to)) {
                let read = now.and_then(|now| now.version.value()).map_or("unknown", String::as_str);
                let why = format!("{} ran {} and now reports {read}", update.name, update.to);
                return State::Failed { why };
            }
        }
        let before = self.run.before.as_ref().and_then(|before| before.health.as_deref());
        let now = inventory.health.value().map(String::as_str);
        let rank = |health: Option<&str>| match health {
            Some("Critical") => 2,
            Some("Warning") => 1,
            _ => 0,
        };
        if rank(now) > rank(before) {
            let (now, before) = (now.unwrap_or("unknown"), before.unwrap_or("unknown"));
            return State::Failed { why: format!("its health is {now} and was {before} before") };
        }
        State::Done
    }
}
