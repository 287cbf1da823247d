//! Acts of an operator on one BMC: looked at, confirmed, written down, done. No run is needed, and none may hold the server.

use serde_json::Value;

use super::{Engine, run::lock};
use crate::{
    bmc::{
        Error,
        redfish::{
            client::Client,
            inventory,
            repair::{self, Places},
            update::busy,
        },
    },
    domain::{
        failure::Failure,
        inventory::{Inventory, ServerId},
        machine::Numbers,
        repair::{Repair, RepairEvent, RepairOutcome, Shown},
        run::{Event, Loan},
        target::Target,
    },
    store::{NO_RUN, StoreError},
};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// No such server.
    #[error("there is no server {0}: `firmdeck inventory` lists them")]
    NoSuchServer(ServerId),
    /// A run is at it, or another engine.
    #[error("{0}; nothing was done")]
    Held(String),
    /// The BMC could not be asked.
    #[error("{}; {}; next: {}", .0.what, .0.state, .0.next)]
    Bmc(Box<Failure>),
    /// Another machine answers.
    #[error("another machine answers at {0}: read the inventory anew; nothing was done")]
    AnotherMachine(String),
    /// Nothing of ours is there to release.
    #[error("no run of this engine has left a claim on this server: whose it is, only they can tell; nothing was done")]
    NotOurs,
    /// A path that is none of a BMC's jobs.
    #[error("{0} is no job, task or queue entry of a BMC; nothing was done")]
    NoJob(String),
    /// The BMC is at something that a reset would destroy.
    #[error(
        "the BMC is at work ({0}), and a flash that is cut off can leave it or the host dead; nothing was done; next: wait \
         for its end, or say --while-busy if it has stood still for longer than such a flash takes"
    )]
    Busy(String),
    /// What was confirmed is not what is there now.
    #[error("what was shown has changed since: look at it again; nothing was done")]
    Stale,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One conversation with a BMC, its machine known to be the right one.
struct Hold {
    client: Client,
    target: Target,
    identity: Numbers,
    places: Places,
    inventory: Inventory,
    _lock: std::fs::File,
}

impl Engine {
    /// Looks at what `repair` would be done to. `while_busy`: also where the BMC is at something that a reset would cut off.
    pub async fn look_at_repair(
        &self,
        server: ServerId,
        repair: Repair,
        while_busy: bool,
    ) -> Result<Shown, RepairError> {
        let mut hold = self.hold(server).await?;
        let shown = self.show(&mut hold, server, repair, while_busy).await;
        self.log_out(&hold.target.endpoint, &mut hold.client).await;
        shown.map(|(shown, _)| shown)
    }

    /// Does `repair` if what it is done to still reads as it did when `digest` was confirmed.
    pub async fn repair(
        &self,
        server: ServerId,
        repair: Repair,
        while_busy: bool,
        digest: &str,
        actor: &str,
    ) -> Result<RepairOutcome, RepairError> {
        let mut hold = self.hold(server).await?;
        let outcome = match self.show(&mut hold, server, repair, while_busy).await {
            Ok((shown, back)) if digest.len() >= 4 && shown.digest().to_string().starts_with(digest) => {
                self.do_repair(&mut hold, server, shown, back, actor).await
            }
            Ok(_) => Err(RepairError::Stale),
            Err(error) => Err(error),
        };
        self.log_out(&hold.target.endpoint, &mut hold.client).await;
        outcome
    }

    async fn do_repair(
        &self,
        hold: &mut Hold,
        server: ServerId,
        shown: Shown,
        back: Option<Value>,
        actor: &str,
    ) -> Result<RepairOutcome, RepairError> {
        let repair = shown.repair.clone();
        self.write_down(server, &RepairEvent::RepairIntended { shown, actor: actor.to_owned() }).await?;
        let outcome = repair::act(&mut hold.client, &hold.places, &repair, back.as_ref()).await;
        self.write_down(server, &RepairEvent::RepairEnded { outcome: outcome.clone() }).await?;
        Ok(outcome)
    }

    async fn write_down(&self, server: ServerId, event: &RepairEvent) -> Result<(), StoreError> {
        let text = serde_json::to_string(event).map_err(|error| StoreError::Row(error.to_string()))?;
        self.0.store.append(NO_RUN, Some(server), self.0.clock.now(), text).await.map(drop)
    }

    /// Opens a conversation with the BMC of `server`, which no run may hold, and sees that it is the same machine.
    async fn hold(&self, server: ServerId) -> Result<Hold, RepairError> {
        let stored = self.0.store.server(server)?;
        let known = stored.iter().find(|one| one.failure.is_none()).or(stored.first());
        let known = known.ok_or(RepairError::NoSuchServer(server))?;
        let identity = known.inventory.as_ref().map(Numbers::of).ok_or(RepairError::NoSuchServer(server))?;
        if let Some(run) = self.0.store.lease_holder(server)? {
            return Err(RepairError::Held(format!("run {run} holds this server: `firmdeck runs stop {run}` first")));
        }
        let lock = lock::take(&self.0.locks, &lock::name_of(&identity), None).map_err(RepairError::Held)?;
        let target = known.target.clone();
        let mut slot = None;
        let entered = self.enter(&target, &mut slot).await?;
        let bmc = |failure: Failure| RepairError::Bmc(Box::new(failure));
        let endpoint = target.endpoint.to_string();
        let read = match (entered, slot.as_mut()) {
            (Ok(root), Some(client)) => {
                let read = inventory::read(client, &root, &self.0.expand).await;
                read.map_err(|error: Error| bmc(error.failure(&endpoint)))
            }
            (Err(failure), _) => Err(bmc(failure)),
            (Ok(_), None) => Err(bmc(Error::CalledOff.failure(&endpoint))),
        };
        let read = match read {
            Ok(inventory) if Numbers::of(&inventory).same_machine(&identity) => Ok(inventory),
            Ok(_) => Err(RepairError::AnotherMachine(endpoint)),
            Err(error) => Err(error),
        };
        match (read, slot) {
            (Ok(inventory), Some(client)) => {
                let first = |uri: Option<&String>| uri.cloned().unwrap_or_default();
                let places = Places {
                    system: first(inventory.systems.first().map(|system| &system.uri)),
                    manager: first(inventory.managers.first().map(|manager| &manager.uri)),
                };
                Ok(Hold { client, target, identity, places, inventory, _lock: lock })
            }
            (Err(error), Some(mut client)) => {
                self.log_out(&target.endpoint, &mut client).await;
                Err(error)
            }
            (read, None) => Err(read.err().unwrap_or(RepairError::NoSuchServer(server))),
        }
    }

    /// What is to be confirmed, and what gives a claim of ours back.
    async fn show(
        &self,
        hold: &mut Hold,
        server: ServerId,
        repair: Repair,
        while_busy: bool,
    ) -> Result<(Shown, Option<Value>), RepairError> {
        let back = match &repair {
            Repair::ReleaseClaim => Some(self.open_loan(server)?.ok_or(RepairError::NotOurs)?.back),
            Repair::DeleteJob { uri } if !is_job(uri) => return Err(RepairError::NoJob(uri.clone())),
            _ => None,
        };
        let endpoint = hold.target.endpoint.to_string();
        let bmc = |error: &Error| RepairError::Bmc(Box::new(error.failure(&endpoint)));
        let stack = hold.inventory.identity.stack;
        let manager = Some(hold.places.manager.as_str()).filter(|uri| !uri.is_empty());
        let busy = match busy::look(&mut hold.client, stack, manager, busy::Ours::default()).await {
            Ok(busy::Idle::Idle) => None,
            Ok(busy::Idle::Busy { what, .. }) => Some(what),
            // A BMC whose tasks cannot be read may be the very one to restart; that is shown.
            Err(error) => Some(format!("what it is doing cannot be read: {error}")),
        };
        if let (Repair::ResetBmc, Some(what), false) = (&repair, &busy, while_busy) {
            return Err(RepairError::Busy(what.clone()));
        }
        let resource = repair::look(&mut hold.client, &hold.places, &repair).await.map_err(|error| bmc(&error))?;
        Ok((Shown { repair, identity: hold.identity.clone(), resource, busy }, back))
    }

    /// What a run of ours has changed on `server` and not set back, by the journal.
    fn open_loan(&self, server: ServerId) -> Result<Option<Loan>, StoreError> {
        let mut open = None;
        for entry in self.0.store.journal_of_server(server)? {
            match serde_json::from_str::<Event>(&entry.event) {
                Ok(Event::LoanIntended { loan, .. }) => open = Some(loan),
                Ok(Event::LoanReturned) => open = None,
                _ => {}
            }
        }
        Ok(open)
    }
}

/// Where BMCs keep jobs, tasks and queues. Nothing else is deleted, whatever is asked for.
fn is_job(uri: &str) -> bool {
    let path = uri.to_ascii_lowercase();
    let has_id = |collection: &str| path.split_once(collection).is_some_and(|(_, id)| !id.trim_matches('/').is_empty());
    let plain = path.starts_with("/redfish/v1/") && !path.contains("..") && !path.contains(['?', '#']);
    plain && ["/tasks/", "/jobs/", "/updatetaskqueue/"].into_iter().any(has_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_jobs_tasks_and_queue_entries_can_be_deleted() {
        for uri in [
            "/redfish/v1/TaskService/Tasks/12",
            "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/JID_1",
            "/redfish/v1/UpdateService/UpdateTaskQueue/7",
        ] {
            assert!(is_job(uri), "{uri}");
        }
        for uri in [
            "/redfish/v1/AccountService/Accounts/1",
            "/redfish/v1/TaskService/Tasks/",
            "/redfish/v1/TaskService/Tasks/../../AccountService/Accounts/1",
            "https://elsewhere/redfish/v1/TaskService/Tasks/1",
        ] {
            assert!(!is_job(uri), "{uri}");
        }
    }
}
