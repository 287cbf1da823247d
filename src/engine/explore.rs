//! Looking about in a BMC: resources and its log of events, as an operator asks for them. Nothing is changed.
//!
//! One conversation a BMC, kept open between two looks, since a login for each would fill the session tables of small
//! BMCs; it ends after a minute of silence, and with the engine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::timeout;

use super::Engine;
use crate::{
    bmc::{
        Error,
        redfish::{
            client::Client,
            conditions::log::{self, Log},
            explore::Resource,
        },
    },
    domain::{
        failure::Failure,
        inventory::{Inventory, ServerId},
        target::{Endpoint, Target},
    },
    store::StoreError,
};

/// A conversation in which nothing was asked for so long is ended.
const SILENCE: Duration = Duration::from_secs(60);
/// Ending one may take so long.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// No such server.
    #[error("there is no server {0}: `firmdeck inventory` lists them")]
    NoSuchServer(ServerId),
    /// Not a path of a Redfish service.
    #[error("{0} is no path of a Redfish service: one begins with /redfish/")]
    NoPath(String),
    /// The BMC could not be asked.
    #[error("{}; {}; next: {}", .0.what, .0.state, .0.next)]
    Bmc(Box<Failure>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Conversations by the server that they are with.
#[derive(Default)]
pub(super) struct Conversations(Mutex<HashMap<ServerId, Slot>>);

type Slot = Arc<tokio::sync::Mutex<Option<Open>>>;

struct Open {
    client: Client,
    endpoint: Endpoint,
    used: Timestamp,
}

impl Conversations {
    fn with(&self, server: ServerId) -> Slot {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(server).or_default())
    }

    fn all(&self) -> Vec<Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().map(|(_, slot)| slot).collect()
    }
}

impl Engine {
    /// What the BMC of `server` answers at `path`, which begins with `/redfish/`.
    pub async fn resource(&self, server: ServerId, path: &str) -> Result<Resource, LookError> {
        let plain = path.starts_with("/redfish/") && !path.contains("..") && !path.contains(char::is_whitespace);
        // Links into a resource ("/redfish/v1/Chassis/1/Thermal#/Fans/0") are read as the resource.
        let path = path.split('#').next().unwrap_or_default();
        if !plain {
            return Err(LookError::NoPath(path.into()));
        }
        let (slot, _) = self.conversation(server).await?;
        let mut open = slot.lock().await;
        let outcome = match open.as_mut() {
            Some(open) => open.client.resource(path).await,
            None => Err(Error::CalledOff),
        };
        self.after_look(&mut open, outcome).await
    }

    /// The logs that the BMC of `server` keeps of the machine's health, newest entries first.
    pub async fn event_logs(&self, server: ServerId) -> Result<Vec<Log>, LookError> {
        let (slot, inventory) = self.conversation(server).await?;
        let stack = inventory.identity.stack;
        let first = |uri: Option<&String>| uri.cloned().unwrap_or_default();
        let system = first(inventory.systems.first().map(|system| &system.uri));
        let manager = first(inventory.managers.first().map(|manager| &manager.uri));
        let mut open = slot.lock().await;
        let outcome = match open.as_mut() {
            Some(open) => log::all(&mut open.client, stack, [&system, &manager], &self.0.expand).await,
            None => Err(Error::CalledOff),
        };
        self.after_look(&mut open, outcome).await
    }

    /// The conversation with a BMC, begun where there is none.
    async fn conversation(&self, server: ServerId) -> Result<(Slot, Inventory), LookError> {
        let stored = self.0.store.server(server)?;
        let known = stored.iter().find(|one| one.failure.is_none()).or(stored.first());
        let known = known.ok_or(LookError::NoSuchServer(server))?;
        let inventory = known.inventory.clone().ok_or(LookError::NoSuchServer(server))?;
        let slot = self.0.conversations.with(server);
        let mut open = slot.lock().await;
        if open.is_none() {
            *open = Some(self.begin_conversation(&known.target).await?);
            tokio::spawn(self.clone().end_when_silent(Arc::clone(&slot)));
        }
        drop(open);
        Ok((slot, inventory))
    }

    async fn begin_conversation(&self, target: &Target) -> Result<Open, LookError> {
        let bmc = |failure: Failure| LookError::Bmc(Box::new(failure));
        let mut client = None;
        let entered = self.enter(target, &mut client).await?;
        let endpoint = target.endpoint.clone();
        match (entered, client) {
            (Ok(_), Some(client)) => Ok(Open { client, endpoint, used: self.0.clock.now() }),
            (Err(failure), client) => {
                if let Some(mut client) = client {
                    self.log_out(&endpoint, &mut client).await;
                }
                Err(bmc(failure))
            }
            (Ok(_), None) => Err(bmc(Error::CalledOff.failure(&endpoint.to_string()))),
        }
    }

    /// A look that the BMC answered, with whatever, leaves the conversation open; after any other it begins anew.
    async fn after_look<T>(&self, open: &mut Option<Open>, outcome: Result<T, Error>) -> Result<T, LookError> {
        let used = self.0.clock.now();
        match outcome {
            Ok(value) => {
                if let Some(open) = open {
                    open.used = used;
                }
                Ok(value)
            }
            Err(error) => {
                let endpoint = open.as_ref().map(|open| open.endpoint.to_string()).unwrap_or_default();
                self.end_conversation(open).await;
                Err(LookError::Bmc(Box::new(error.failure(&endpoint))))
            }
        }
    }

    async fn end_when_silent(self, slot: Slot) {
        let mut rest = SILENCE;
        loop {
            self.0.clock.pause(rest).await;
            let mut open = slot.lock().await;
            let Some(used) = open.as_ref().map(|open| open.used) else { return };
            rest = SILENCE.saturating_sub(self.0.clock.now().duration_since(used).unsigned_abs());
            if rest.is_zero() {
                return self.end_conversation(&mut open).await;
            }
        }
    }

    async fn end_conversation(&self, open: &mut Option<Open>) {
        if let Some(mut open) = open.take() {
            // What was not answered in time is closed by the BMC's own time-out.
            let _ = timeout(FAREWELL, self.log_out(&open.endpoint, &mut open.client)).await;
        }
    }

    /// Ends every conversation: the engine ends.
    pub async fn end_conversations(&self) {
        let farewells = self.0.conversations.all().into_iter().map(|slot| async move {
            if let Ok(mut open) = slot.try_lock() {
                self.end_conversation(&mut open).await;
            }
        });
        futures_util::future::join_all(farewells).await;
    }
}
