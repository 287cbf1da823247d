//! The phases that only read: firmware_analysis and final_validation.

use std::collections::BTreeMap;

use super::{
    checks::Over,
    port::Port,
    worker::{Aborted, Ledger, Unread, Worker, component, runs},
};
use crate::{
    domain::{
        inventory::Inventory,
        phase::{Phase, State},
        run::{Event, Settled, Step},
    },
    store::StoreError,
};

impl<P: Port, L: Ledger> Worker<P, L> {
    /// Does the plan still hold.
    pub(super) async fn analyse(&mut self) -> Result<(), StoreError> {
        let outcome = self.analyse_steps().await;
        self.end_phase(Phase::FirmwareAnalysis, outcome).await
    }

    async fn analyse_steps(&mut self) -> Result<(), Over> {
        let inventory = match self.read().await {
            Ok(inventory) => inventory,
            Err(Unread::Aborted) => return Err(Over::Aborted),
            Err(unread) => {
                let kind = unread.kind();
                let state = unread.state();
                self.step_of(Step::Inventory, state.clone(), kind).await?;
                return Err(Over::State(state));
            }
        };
        let versions: BTreeMap<_, _> = inventory
            .components
            .iter()
            .filter_map(|component| Some((component.id.clone(), component.version.value()?.clone())))
            .collect();
        let host_on = inventory.power.value().is_some_and(|power| power != "Off");
        let health = inventory.health.value().cloned();
        let front = self.port.front();
        self.say(Event::Analysed { versions, host_on, health, front }).await?;
        self.step(Step::Inventory, State::Done).await?;
        let log = match self.port.critical_log().await {
            Ok(Ok(entries)) => {
                let critical = entries.into_iter().map(|entry| entry.key).collect();
                self.say(Event::LogRead { critical }).await?;
                State::Done
            }
            // Without a log before there is none to compare with after; that is no reason to refuse.
            Ok(Err(why)) => State::Skipped { why },
            Err(failure) => State::Skipped { why: failure.what },
        };
        self.step(Step::Log, log).await?;
        let stale = self.plan.updates.iter().find_map(|update| self.stale(&inventory, &update.component));
        self.step(Step::PlanHolds, stale.map_or(State::Done, |why| State::Blocked { why })).await
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
        let outcome = self.validate_steps().await;
        self.end_phase(Phase::FinalValidation, outcome).await
    }

    async fn validate_steps(&mut self) -> Result<(), Over> {
        let inventory = match self.read_within(self.deadlines.bmc_back).await {
            Ok(inventory) => inventory,
            Err(Unread::Aborted) => return Err(Over::Aborted),
            Err(unread) => {
                let kind = unread.kind();
                let state = State::Uncertain { why: unread.why() };
                self.step_of(Step::InventoryAfter, state.clone(), kind).await?;
                return Err(Over::State(state));
            }
        };
        self.step(Step::InventoryAfter, State::Done).await?;
        let failed = |why: Option<String>| why.map_or(State::Done, |why| State::Failed { why });
        let targets = self.unreached(&inventory);
        self.step(Step::Targets, failed(targets)).await?;
        let health = self.worse(&inventory);
        self.step(Step::HealthAfter, failed(health)).await?;
        let log = self.new_entries().await?;
        self.step(Step::LogAfter, log).await
    }

    /// A target that was reached and no longer is.
    fn unreached(&self, inventory: &Inventory) -> Option<String> {
        for (update, record) in self.plan.updates.iter().zip(&self.run.updates) {
            let expected = self.expected(&update.component).unwrap_or(&update.to);
            if !matches!(record.settled, Some(Settled::Applied { .. })) || expected != update.to {
                continue;
            }
            let now = component(inventory, update);
            if !now.is_some_and(|now| runs(inventory, now, &update.to)) {
                let read = now.and_then(|now| now.version.value()).map_or("unknown", String::as_str);
                return Some(format!("{} ran {} and now reports {read}", update.name, update.to));
            }
        }
        None
    }

    /// How its health is worse than before, if it is.
    fn worse(&self, inventory: &Inventory) -> Option<String> {
        let before = self.run.before.as_ref().and_then(|before| before.health.as_deref());
        let now = inventory.health.value().map(String::as_str);
        let rank = |health: Option<&str>| match health {
            Some("Critical") => 2,
            Some("Warning") => 1,
            _ => 0,
        };
        let (word, was) = (now.unwrap_or("unknown"), before.unwrap_or("unknown"));
        (rank(now) > rank(before)).then(|| format!("its health is {word} and was {was} before"))
    }

    /// Whether the log has critical entries that it had not before.
    async fn new_entries(&mut self) -> Result<State, Over> {
        let Some(before) = self.run.log_before.clone() else {
            return Ok(State::Skipped { why: "the log was not read before".into() });
        };
        let mut looks = 0;
        let entries = loop {
            looks += 1;
            match self.port.critical_log().await {
                Ok(Ok(entries)) => break entries,
                Ok(Err(why)) => return Ok(State::Skipped { why }),
                Err(failure) if looks >= self.deadlines.proof_looks => {
                    return Ok(State::Uncertain { why: format!("its log was not read: {}", failure.what) });
                }
                Err(_) => self.pause(self.deadlines.poll).await.map_err(|Aborted| Over::Aborted)?,
            }
        };
        let new: Vec<_> = entries.into_iter().filter(|entry| !before.contains(&entry.key)).collect();
        Ok(match new.first() {
            None => State::Done,
            Some(first) => {
                let more = if new.len() > 1 { format!(" (and {} more)", new.len() - 1) } else { String::new() };
                State::Failed { why: format!("a critical event is new in its log: {}{more}", first.message) }
            }
        })
    }
}
