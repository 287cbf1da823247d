//! Reading many BMCs at once, each within its deadline, none delayed by another.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Engine, resets};
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
    open_files,
    store::{Origin, Pin, Refusal, StoreError},
};

/// Why an engine with a scaled clock does not speak to a BMC.
const LAB_ALONE: &str = "an engine with a scaled clock speaks to the lab's loopback addresses alone";

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
    /// Targets that could not be.
    pub failed: usize,
    /// All of them.
    pub total: usize,
}

/// What a target is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The operator says that a BMC is there: what is not reached is a failure of that BMC, and recorded.
    Named,
    /// Perhaps a BMC is there: an address without one leaves nothing behind.
    Searched,
}

/// Reaching and reading have separate room: an address that swallows every packet waits in the first, where there is
/// room for thousands, and takes nothing from those that answer.
struct Room {
    reach: Semaphore,
    read: Semaphore,
}

/// Handles for everything but BMCs: database, transcripts, terminal, names.
const RESERVED_FILES: u64 = 64;

/// Connections that may be open at the same time.
fn room_for_connections() -> usize {
    let room = open_files::raise().saturating_sub(RESERVED_FILES).max(1);
    usize::try_from(room).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)
}

impl Engine {
    /// Reads every target, `limits.concurrency` at a time, and records what came of each. Outcomes are in the order
    /// of `targets`. `called_off` ends it early: what is under way closes its session, the rest is not begun.
    pub async fn read(
        &self,
        targets: Vec<Target>,
        mode: Mode,
        progress: Option<mpsc::UnboundedSender<Progress>>,
        called_off: CancellationToken,
    ) -> Result<Vec<Outcome>, StoreError> {
        let total = targets.len();
        let limits = self.0.settings.now().config.limits;
        let room = Arc::new(Room {
            reach: Semaphore::new(room_for_connections().min(limits.probes)),
            read: Semaphore::new(limits.concurrency),
        });
        let mut tasks = JoinSet::new();
        for (index, target) in targets.into_iter().enumerate() {
            let (engine, room, called_off) = (self.clone(), Arc::clone(&room), called_off.clone());
            tasks.spawn(async move { (index, engine.read_one(target, mode, &room, &called_off).await) });
        }
        let mut outcomes: Vec<Option<Outcome>> = std::iter::repeat_with(|| None).take(total).collect();
        let mut so_far = Progress { read: 0, failed: 0, total };
        while let Some(done) = tasks.join_next().await {
            // A task can only fail to join by a panic, which is a defect to be seen, not an outcome.
            let (index, outcome) = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            let outcome = outcome?;
            if outcome.result.is_ok() {
                so_far.read += 1;
            } else {
                so_far.failed += 1;
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

    async fn read_one(
        &self,
        target: Target,
        mode: Mode,
        room: &Room,
        called_off: &CancellationToken,
    ) -> Result<Outcome, StoreError> {
        let target = self.with_known_ipmi_port(target)?;
        let mut client = None;
        let mut pinned = None;
        let read = tokio::select! {
            biased;
            () = called_off.cancelled() => Ok(Err(Error::CalledOff.into())),
            read = self.converse(&target, room, &mut client, &mut pinned) => read,
        };
        let requests = match &mut client {
            Some(client) => {
                // What was not answered in time is closed by the BMC's own time-out.
                let _ = timeout(FAREWELL, self.log_out(&target.endpoint, client)).await;
                client.requests()
            }
            None => 0,
        };
        let endpoint = target.endpoint.to_string();
        let read = match read? {
            Err(why) if why.may_speak_ipmi(mode, &target) && self.answers_ipmi(&target).await => {
                self.read_over_ipmi(&target, called_off).await?
            }
            read => read,
        };
        let result = match read {
            Ok(mut inventory) => {
                self.complete(&target, &mut inventory).await;
                let recorded = self.0.store.record_inventory(target.clone(), inventory).await?;
                Ok(ReadOne {
                    id: recorded.id,
                    is_new: recorded.is_new,
                    changes: recorded.changes,
                    also_at: recorded.also_at,
                })
            }
            Err(why) => {
                let failure = why.failure(&endpoint);
                if why.is_of_the_server(mode) || self.0.store.knows(&target.endpoint)? {
                    self.0.store.record_failure(target.clone(), failure.clone(), self.0.clock.now()).await?;
                }
                Err(failure)
            }
        };
        Ok(Outcome { target, result, pinned, requests })
    }

    /// A target of which only the address was given keeps what a targets file said of its IPMI.
    fn with_known_ipmi_port(&self, target: Target) -> Result<Target, StoreError> {
        let known = || Ok::<_, StoreError>(self.0.store.target(&target.endpoint)?.and_then(|known| known.ipmi_port));
        let ipmi_port = target.ipmi_port.map_or_else(known, |port| Ok(Some(port)))?;
        Ok(Target { ipmi_port, ..target })
    }

    /// Reads a controller that speaks IPMI and no Redfish.
    async fn read_over_ipmi(
        &self,
        target: &Target,
        called_off: &CancellationToken,
    ) -> Result<Result<Inventory, NotRead>, StoreError> {
        let credentials = match self.credentials(target).await? {
            Ok(Some(credentials)) => credentials,
            Ok(None) => return Ok(Err(Error::NoCredentials.into())),
            Err(why) => return Ok(Err(why)),
        };
        let read = match self.controller(target, credentials.clone()).await {
            Ok(controller) => controller.read(self, called_off).await,
            Err(failure) => Err(failure),
        };
        Ok(match read {
            Ok((_, inventory)) => Ok(inventory),
            Err(failure) => {
                if failure.kind == "wrong_credentials" {
                    self.keep_refusal(target, credentials).await?;
                }
                Err(NotRead::OverIpmi(failure))
            }
        })
    }

    /// The credential that a tool may have for one conversation.
    pub(super) async fn tool_credentials(&self, target: &Target) -> Result<Credentials, Failure> {
        let endpoint = target.endpoint.to_string();
        if !self.may_speak_to(&target.endpoint) {
            return Err(Error::Unreachable(LAB_ALONE.into()).failure(&endpoint));
        }
        let of_store = |error: StoreError| {
            super::ipmi::failure("database", Weight::Blocked, error.to_string(), "look at the state directory")
        };
        match self.credentials(target).await.map_err(of_store)? {
            Ok(Some(credentials)) => Ok(credentials),
            Ok(None) => Err(Error::NoCredentials.failure(&endpoint)),
            Err(why) => Err(why.failure(&endpoint)),
        }
    }

    /// The whole conversation up to the inventory. The outer error is the database's, the inner one the BMC's.
    async fn converse(
        &self,
        target: &Target,
        room: &Room,
        slot: &mut Option<Client>,
        pinned: &mut Option<Fingerprint>,
    ) -> Result<Result<Inventory, NotRead>, StoreError> {
        let reaching = room.reach.acquire().await;
        let (root, credentials) = match self.knock(target, slot, pinned).await? {
            Ok(answered) => answered,
            Err(why) => return Ok(Err(why)),
        };
        drop(reaching);
        let _reading = room.read.acquire().await;
        let deadline = self.0.settings.now().config.limits.bmc_deadline();
        let Some(client) = slot else { return Ok(Err(Error::CalledOff.into())) };
        let outcome = timeout(deadline, async {
            if let Some(credentials) = credentials.clone() {
                self.log_in_unless_restarting(target, client, &root, credentials).await?;
            }
            inventory::read(client, &root, &self.0.expand).await
        })
        .await
        .unwrap_or(Err(Error::Deadline(deadline)));
        self.remember_refusal(target, credentials, outcome.as_ref().err()).await?;
        Ok(outcome.map_err(NotRead::from))
    }

    /// Connects and logs in, for a conversation of any length. `slot` keeps the client, whose session the caller closes.
    pub(super) async fn enter(
        &self,
        target: &Target,
        slot: &mut Option<Client>,
    ) -> Result<Result<serde_json::Value, Failure>, StoreError> {
        let failed = |why: NotRead| Ok(Err(why.failure(&target.endpoint.to_string())));
        let (root, credentials) = match self.knock(target, slot, &mut None).await? {
            Ok(answered) => answered,
            Err(why) => return failed(why),
        };
        let (Some(client), Some(secret)) = (slot, credentials.clone()) else { return Ok(Ok(root)) };
        let outcome = self.log_in_unless_restarting(target, client, &root, secret).await;
        self.remember_refusal(target, credentials, outcome.as_ref().err()).await?;
        match outcome {
            Ok(()) => Ok(Ok(root)),
            Err(error) => failed(error.into()),
        }
    }

    /// Real servers are waited for in real time: deadlines that are shortened for the lab would lie about them.
    pub(super) fn may_speak_to(&self, endpoint: &Endpoint) -> bool {
        endpoint.is_loopback() || (self.0.clock.speed() - 1.0).abs() < f64::EPSILON
    }

    /// Logs in. A BMC that may be restarting after our flash of it is asked rarely, and its refusals count for nothing
    /// until there are too many.
    async fn log_in_unless_restarting(
        &self,
        target: &Target,
        client: &mut Client,
        root: &serde_json::Value,
        credentials: Credentials,
    ) -> Result<(), Error> {
        let (resets, endpoint, clock) = (&self.0.resets, &target.endpoint, &self.0.clock);
        let not_ready = |username: String, refused, wait: Duration| Error::NotReady {
            username,
            refused,
            most: resets::MOST,
            again_in: wait,
        };
        if let Err(wait) = resets.may_log_in(endpoint, clock.elapsed()) {
            return Err(not_ready(credentials.username, resets.refusals(endpoint), wait));
        }
        match self.log_in(target, client, root, credentials).await {
            Err(Error::WrongCredentials { username, status }) => match resets.refused(endpoint, clock.elapsed()) {
                Some(refused) => {
                    let wait = resets.may_log_in(endpoint, clock.elapsed()).err().unwrap_or_default();
                    Err(not_ready(username, refused, wait))
                }
                None => Err(Error::WrongCredentials { username, status }),
            },
            outcome => {
                if outcome.is_ok() {
                    resets.welcomed(endpoint);
                }
                outcome
            }
        }
    }

    /// Logs in. Where the BMC's session table is full and sessions of ours are among them, left by a process that was
    /// killed, those are closed first; others' are never touched.
    async fn log_in(
        &self,
        target: &Target,
        client: &mut Client,
        root: &serde_json::Value,
        credentials: Credentials,
    ) -> Result<(), Error> {
        let mut outcome = client.log_in(root, credentials.clone()).await;
        if matches!(outcome, Err(Error::SessionTableFull(_))) {
            let left = self.0.store.left_behind(&target.endpoint).unwrap_or_default();
            if !left.is_empty() && client.close_left_behind(&credentials, &left).await > 0 {
                for uri in left {
                    // What stays noted is only tried once more.
                    let _ = self.0.store.forget_session(target.endpoint.clone(), uri).await;
                }
                outcome = client.log_in(root, credentials).await;
            }
        }
        if let (Ok(()), Some(uri)) = (&outcome, client.session_uri()) {
            // Without the note a crash only leaves the slot to the BMC's own time-out.
            let _ = self.0.store.add_session(target.endpoint.clone(), uri).await;
        }
        outcome
    }

    /// Closes the session and forgets it.
    pub(super) async fn log_out(&self, endpoint: &Endpoint, client: &mut Client) {
        let uri = client.session_uri();
        client.log_out().await;
        if let Some(uri) = uri {
            let _ = self.0.store.forget_session(endpoint.clone(), uri).await;
        }
    }

    /// Everything before the login: the root, and the credential that may be sent.
    async fn knock(
        &self,
        target: &Target,
        slot: &mut Option<Client>,
        pinned: &mut Option<Fingerprint>,
    ) -> Result<Result<(serde_json::Value, Option<Credentials>), NotRead>, StoreError> {
        if !self.may_speak_to(&target.endpoint) {
            return Ok(Err(Error::Unreachable(LAB_ALONE.into()).into()));
        }
        let pin = self.0.store.pin(&target.endpoint)?;
        let credentials = self.credentials(target).await?;
        let client = slot.insert(Client::new(self.setup(target, pin.as_ref())));
        if let Ok(Some(credentials)) = &credentials {
            client.keep_secret(credentials);
        }
        match self.reach(target, client, pin, pinned).await? {
            Ok(root) => Ok(credentials.map(|credentials| (root, credentials))),
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Connects, judges the certificate, and reads the root without a credential.
    async fn reach(
        &self,
        target: &Target,
        client: &mut Client,
        pin: Option<Pin>,
        pinned: &mut Option<Fingerprint>,
    ) -> Result<Result<serde_json::Value, Error>, StoreError> {
        let peer = match client.connect().await {
            Ok(peer) => peer,
            Err(error) => return Ok(Err(error)),
        };
        let now = match self.judge(target, &peer, pin.clone()) {
            Ok(now) => now,
            Err(error) => return Ok(Err(error)),
        };
        let root = match client.root().await {
            Ok(root) => root,
            Err(error) => return Ok(Err(error)),
        };
        // Only what proved to be a Redfish service is remembered.
        if pin.as_ref() != Some(&now) {
            if pin.is_none_or(|pin| pin.fingerprint.is_none()) {
                *pinned = now.fingerprint;
            }
            self.0.store.set_pins(vec![now]).await?;
        }
        Ok(Ok(root))
    }

    pub(super) fn setup(&self, target: &Target, pin: Option<&Pin>) -> Setup {
        let settings = self.0.settings.now();
        let rules = settings.config.tls.rules_for(target);
        let trust = match (rules.verify, pin.and_then(|pin| pin.fingerprint)) {
            (Verify::Insecure, _) => Trust::Insecure,
            (Verify::Ca, _) => Trust::Authority,
            (Verify::Pin, Some(fingerprint)) => Trust::Pinned(fingerprint),
            (Verify::Pin, None) => Trust::FirstContact,
        };
        let known = pin.and_then(|pin| pin.level);
        // A level that a person accepted for this BMC holds, whatever the policy for others.
        let accepted = known.filter(|_| pin.is_some_and(|pin| pin.origin == Origin::Accepted));
        Setup {
            endpoint: target.endpoint.clone(),
            trust,
            levels: Levels { known, lowest: accepted.map_or(rules.lowest, |level| level.min(rules.lowest)) },
            timeouts: settings.timeouts,
            recorder: self.0.transcripts.clone(),
            clock: self.0.clock.clone(),
        }
    }

    /// Judges a first contact by policy. Returns what is to be remembered of certificate and level.
    fn judge(&self, target: &Target, peer: &Peer, pin: Option<Pin>) -> Result<Pin, Error> {
        let rules = self.0.settings.now().config.tls.rules_for(target);
        let mut now = pin.unwrap_or_else(|| Pin {
            endpoint: target.endpoint.clone(),
            fingerprint: None,
            level: None,
            origin: Origin::FirstContact,
            since: self.0.clock.now(),
        });
        now.level = Some(peer.level);
        if rules.verify == Verify::Pin && now.fingerprint.is_none() {
            if rules.first_contact != FirstContact::Accept {
                let import_only = rules.first_contact == FirstContact::Deny;
                return Err(Error::CertificateUnknown { seen: peer.fingerprint, import_only });
            }
            now.fingerprint = Some(peer.fingerprint);
        }
        Ok(now)
    }

    /// The credential for `target`, unless it is the one that was refused there.
    async fn credentials(&self, target: &Target) -> Result<Result<Option<Credentials>, NotRead>, StoreError> {
        let (settings, asked) = (self.0.settings.now(), target.clone());
        let found = tokio::task::spawn_blocking(move || settings.book.for_target(&asked)).await;
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

    /// This credential is not sent there again.
    pub(super) async fn keep_refusal(&self, target: &Target, credentials: Credentials) -> Result<(), StoreError> {
        let print = self.print(&credentials).await;
        let at = self.0.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let refusal = Refusal { username: credentials.username, print, at };
        self.0.store.set_refusal(target.endpoint.clone(), refusal).await
    }

    async fn remember_refusal(
        &self,
        target: &Target,
        credentials: Option<Credentials>,
        error: Option<&Error>,
    ) -> Result<(), StoreError> {
        let Some(credentials) = credentials else { return Ok(()) };
        match error {
            Some(Error::WrongCredentials { .. }) => self.keep_refusal(target, credentials).await,
            None if self.0.store.refusal(&target.endpoint)?.is_some() => {
                self.0.store.forget_refusal(target.endpoint.clone()).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// Why a BMC was not read.
enum NotRead {
    ByBmc(Error),
    OverIpmi(Failure),
    ByConfiguration(CredentialError),
}

impl From<Error> for NotRead {
    fn from(error: Error) -> Self {
        Self::ByBmc(error)
    }
}

impl NotRead {
    /// False where the failure only says that no BMC answers there, and none was said to be.
    fn is_of_the_server(&self, mode: Mode) -> bool {
        match self {
            Self::ByBmc(Error::CalledOff) => false,
            Self::ByBmc(error) => mode == Mode::Named || !error.means_no_bmc(),
            Self::ByConfiguration(_) | Self::OverIpmi(_) => true,
        }
    }

    /// Where no Redfish service answers there may be IPMI. Whole networks are searched for Redfish alone, but for what is said
    /// to have IPMI at a port.
    fn may_speak_ipmi(&self, mode: Mode, target: &Target) -> bool {
        let Self::ByBmc(error) = self else { return false };
        error.means_no_bmc() && (mode == Mode::Named || target.ipmi_port.is_some())
    }

    fn failure(&self, endpoint: &str) -> Failure {
        match self {
            Self::ByBmc(error) => error.failure(endpoint),
            Self::OverIpmi(failure) => failure.clone(),
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
