//! Reading many BMCs at once, each within its deadline, none delayed by another.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{
    bmc::{
        Credentials, Error,
        connection::Levels,
        redfish::{
            client::{Client, Setup},
            inventory,
        },
        tls::{Fingerprint, Peer, Trust},
    },
    config::{FirstContact, Verify, credentials::CredentialError},
    domain::{
        change::Change,
        failure::{Failure, Weight},
        inventory::{Inventory, ServerId},
        target::{Endpoint, Target},
    },
    store::{Origin, Pin, Refusal, StoreError},
};

/// Closing a session gets this long after everything else has ended.
const FAREWELL: Duration = Duration::from_secs(15);

/// What came of reading one BMC.
#[derive(Debug)]
pub struct Outcome {
    /// Which.
    pub target: Target,
    /// What was read, or why not.
    pub result: Result<ReadOne, Failure>,
    /// The certificate, where this was the first contact and it was pinned.
    pub pinned: Option<Fingerprint>,
    /// Requests that it took.
    pub requests: u32,
}

/// A BMC that was read.
#[derive(Debug)]
pub struct ReadOne {
    /// The server's id.
    pub id: ServerId,
    /// True where it was not known before.
    pub is_new: bool,
    /// Everything read.
    pub inventory: Inventory,
    /// What changed since the last reading.
    pub changes: Vec<Change>,
    /// Other endpoints that lead to the same machine.
    pub also_at: Vec<Endpoint>,
}

/// How far a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// BMCs that were read.
    pub read: usize,
    /// BMCs that could not be.
    pub failed: usize,
    /// All of them.
    pub total: usize,
}

impl Engine {
    /// Reads every target, `limits.concurrency` at a time, and records what came of each. Outcomes are in the order
    /// of `targets`. `called_off` ends it early: what is under way closes its session, the rest is not begun.
    pub async fn read(
        &self,
        targets: Vec<Target>,
        progress: Option<mpsc::UnboundedSender<Progress>>,
        called_off: CancellationToken,
    ) -> Result<Vec<Outcome>, StoreError> {
        let total = targets.len();
        let permits = Arc::new(Semaphore::new(self.0.config.limits.concurrency));
        let mut tasks = JoinSet::new();
        for (index, target) in targets.into_iter().enumerate() {
            let (engine, permits, called_off) = (self.clone(), Arc::clone(&permits), called_off.clone());
            tasks.spawn(async move {
                let _permit = permits.acquire_owned().await;
                (index, engine.read_one(target, &called_off).await)
            });
        }
        let mut outcomes: Vec<Option<Outcome>> = std::iter::repeat_with(|| None).take(total).collect();
        let mut so_far = Progress { read: 0, failed: 0, total };
        while let Some(done) = tasks.join_next().await {
            // A task can only fail to join by a panic, which is a defect to be seen, not an outcome.
            let (index, outcome) = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            let outcome = outcome?;
            if outcome.result.is_ok() {
                so_far.read += 1
            } else {
                so_far.failed += 1
            }
            outcomes[index] = Some(outcome);
            if let Some(progress) = &progress {
                // Nobody need listen.
                let _ = progress.send(so_far);
            }
        }
        self.0.store.set_expand(self.0.expand.all()).await?;
        Ok(outcomes.into_iter().flatten().collect())
    }

    async fn read_one(&self, target: Target, called_off: &CancellationToken) -> Result<Outcome, StoreError> {
        let deadline = self.0.config.limits.bmc_deadline();
        let mut client = None;
        let mut pinned = None;
        let read = tokio::select! {
            read = timeout(deadline, self.converse(&target, &mut client, &mut pinned)) => read,
            () = called_off.cancelled() => Ok(Ok(Err(Error::CalledOff.into()))),
        };
        let requests = match &mut client {
            Some(client) => {
                // What was not answered in time is closed by the BMC's own time-out.
                let _ = timeout(FAREWELL, client.log_out()).await;
                client.requests()
            }
            None => 0,
        };
        let endpoint = target.endpoint.to_string();
        let result = match read.unwrap_or_else(|_| Ok(Err(Error::Deadline(deadline).into())))? {
            Ok(inventory) => {
                let recorded = self.0.store.record_inventory(target.clone(), inventory.clone()).await?;
                Ok(ReadOne {
                    id: recorded.id,
                    is_new: recorded.is_new,
                    inventory,
                    changes: recorded.changes,
                    also_at: recorded.also_at,
                })
            }
            Err(NotRead::ByBmc(Error::CalledOff)) => Err(Error::CalledOff.failure(&endpoint)),
            Err(why) => {
                let failure = why.failure(&endpoint);
                self.0.store.record_failure(target.clone(), failure.clone(), self.0.clock.now()).await?;
                Err(failure)
            }
        };
        Ok(Outcome { target, result, pinned, requests })
    }

    /// The whole conversation up to the inventory. The outer error is the database's, the inner one the BMC's.
    async fn converse(
        &self,
        target: &Target,
        slot: &mut Option<Client>,
        pinned: &mut Option<Fingerprint>,
    ) -> Result<Result<Inventory, NotRead>, StoreError> {
        let pin = self.0.store.pin(&target.endpoint)?;
        let credentials = self.credentials(target).await?;
        let client = slot.insert(match self.setup(target, pin.as_ref()) {
            Ok(setup) => Client::new(setup),
            Err(error) => return Ok(Err(error.into())),
        });
        if let Ok(Some(credentials)) = &credentials {
            client.keep_secret(credentials);
        }
        let peer = match client.connect().await {
            Ok(peer) => peer,
            Err(error) => return Ok(Err(error.into())),
        };
        if let Err(error) = self.keep(target, &peer, pin, pinned).await? {
            return Ok(Err(error.into()));
        }
        let root = match client.root().await {
            Ok(root) => root,
            Err(error) => return Ok(Err(error.into())),
        };
        let credentials = match credentials {
            Ok(credentials) => credentials,
            Err(why) => return Ok(Err(why)),
        };
        let outcome = async {
            if let Some(credentials) = credentials.clone() {
                client.log_in(&root, credentials).await?;
            }
            inventory::read(client, &root, &self.0.expand).await
        }
        .await;
        self.remember_refusal(target, credentials, &outcome).await?;
        Ok(outcome.map_err(NotRead::from))
    }

    fn setup(&self, target: &Target, pin: Option<&Pin>) -> Result<Setup, Error> {
        let rules = self.0.config.tls.rules_for(target);
        let fingerprint = pin.and_then(|pin| pin.fingerprint);
        let trust = match (rules.verify, fingerprint) {
            (Verify::Insecure, _) => Trust::Insecure,
            (Verify::Ca, _) => Trust::Authority,
            (Verify::Pin, Some(fingerprint)) => Trust::Pinned(fingerprint),
            (Verify::Pin, None) => Trust::FirstContact,
        };
        // A person who pinned a level, or a BMC that worked at one, is not asked to go lower, nor refused to stay.
        let known = pin.and_then(|pin| pin.level);
        let lowest = known.map_or(rules.lowest, |level| level.min(rules.lowest));
        let accepted_lower = pin.is_some_and(|pin| pin.origin == Origin::Accepted);
        Ok(Setup {
            endpoint: target.endpoint.clone(),
            trust,
            levels: Levels { known, lowest: if accepted_lower { lowest } else { rules.lowest } },
            timeouts: self.0.timeouts,
            recorder: self.0.transcripts.clone(),
            clock: self.0.clock.clone(),
        })
    }

    /// Judges a first contact by policy, and remembers certificate and level.
    async fn keep(
        &self,
        target: &Target,
        peer: &Peer,
        pin: Option<Pin>,
        pinned: &mut Option<Fingerprint>,
    ) -> Result<Result<(), Error>, StoreError> {
        let rules = self.0.config.tls.rules_for(target);
        let fresh = Pin {
            endpoint: target.endpoint.clone(),
            fingerprint: None,
            level: Some(peer.level),
            origin: Origin::FirstContact,
            since: self.0.clock.now(),
        };
        let mut pin_now = pin.clone().unwrap_or(fresh);
        pin_now.level = Some(peer.level);
        if rules.verify == Verify::Pin && pin_now.fingerprint.is_none() {
            match rules.first_contact {
                FirstContact::Accept => {
                    pin_now.fingerprint = Some(peer.fingerprint);
                    *pinned = Some(peer.fingerprint);
                }
                policy => {
                    let import_only = policy == FirstContact::Deny;
                    return Ok(Err(Error::CertificateUnknown { seen: peer.fingerprint, import_only }));
                }
            }
        }
        if pin.as_ref() != Some(&pin_now) {
            self.0.store.set_pins(vec![pin_now]).await?;
        }
        Ok(Ok(()))
    }

    /// The credential for `target`, unless it is the one that was refused there.
    async fn credentials(&self, target: &Target) -> Result<Result<Option<Credentials>, NotRead>, StoreError> {
        let (engine, asked) = (self.clone(), target.clone());
        let found = tokio::task::spawn_blocking(move || engine.0.book.for_target(&asked)).await;
        let credentials = match found.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
            Ok(credentials) => credentials,
            // Some emulators and bench BMCs want none; a 401 then says that one is missing.
            Err(CredentialError::None) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(NotRead::ByConfiguration(error))),
        };
        let Some(refusal) = self.0.store.refusal(&target.endpoint)? else { return Ok(Ok(Some(credentials))) };
        if self.print(&credentials).await == refusal.print {
            let Refusal { username, at, .. } = refusal;
            return Ok(Err(Error::RefusedBefore { username, since: at }.into()));
        }
        Ok(Ok(Some(credentials)))
    }

    async fn print(&self, credentials: &Credentials) -> Vec<u8> {
        let (engine, credentials) = (self.clone(), credentials.clone());
        let print = tokio::task::spawn_blocking(move || engine.0.prints.of(&credentials)).await;
        print.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    async fn remember_refusal(
        &self,
        target: &Target,
        credentials: Option<Credentials>,
        outcome: &Result<Inventory, Error>,
    ) -> Result<(), StoreError> {
        let Some(credentials) = credentials else { return Ok(()) };
        match outcome {
            Err(Error::WrongCredentials { .. }) => {
                let print = self.print(&credentials).await;
                let at = self.0.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let refusal = Refusal { username: credentials.username, print, at };
                self.0.store.set_refusal(target.endpoint.clone(), refusal).await
            }
            Ok(_) if self.0.store.refusal(&target.endpoint)?.is_some() => {
                self.0.store.forget_refusal(target.endpoint.clone()).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// Why a BMC was not read.
enum NotRead {
    ByBmc(Error),
    ByConfiguration(CredentialError),
}

impl From<Error> for NotRead {
    fn from(error: Error) -> Self {
        Self::ByBmc(error)
    }
}

impl NotRead {
    fn failure(&self, endpoint: &str) -> Failure {
        match self {
            Self::ByBmc(error) => error.failure(endpoint),
            Self::ByConfiguration(error) => Failure {
                kind: "credential_source".into(),
                weight: Weight::Blocked,
                what: error.to_string(),
                state: "it answers as a Redfish service; no credential was sent".into(),
                next: "mend the [[credentials]] entry in firmdeck.toml".into(),
            },
        }
    }
}
