//! The port over Redfish: sessions are opened when they are needed and anew after a BMC's reset.

mod bios;
mod bios_by_racadm;
mod left_behind;
mod settings;
mod tools;
mod upload;
mod vendors;

pub(super) use bios::has_none as has_no_bios_settings;

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use super::{
    port::{HostPower, Idle, Intended, OurWork, Port, PowerAct, Set, Stranger},
    seat::Seat,
};
use crate::{
    bmc::{
        Error,
        redfish::{
            client::Client,
            conditions::{
                gates::{self, Wanted},
                log, privilege,
            },
            identify, inventory,
            update::{
                self, Watch,
                busy::{self, Whose},
                parameters,
                power::{self, Commanded, Power, Reset},
            },
        },
    },
    clock::Clock,
    domain::{
        attempt::{Attempt, Receipt, TaskReading},
        bios::{Attributes, BiosReading, BiosWay, Sent},
        failure::{Failure, Weight},
        inventory::{Inventory, Stack},
        kind::Kind,
        machine::Front,
        offers::{Method, Offers},
        plan::{ServerPlan, Update},
        run::Loan,
        target::Target,
        verdict::{CriticalEntry, Verdict},
    },
    engine::Engine,
    images::server::Grant,
    store::StoreError,
};

/// What the last inventory said of the ways in.
#[derive(Debug, Clone)]
struct Known {
    stack: Stack,
    offers: Offers,
    system: String,
    manager: String,
    maker: Option<String>,
}

/// A worker's hold on one BMC.
pub(super) struct RedfishPort {
    seat: Seat,
    client: Option<Client>,
    known: Option<Known>,
    last: Option<Inventory>,
    front: Option<Front>,
    watch: Option<Watch>,
    receipts: Vec<Receipt>,
    grants: Vec<Grant>,
    /// What an update is asked for with, where the BMC did not know some of our options.
    fewer: HashMap<usize, Value>,
    /// What was seen of its BIOS settings.
    bios: bios::Seen,
    /// Its jobs are asked of racadm: its Redfish takes no image, and shows no job of one.
    jobs_by_racadm: bool,
    /// What racadm said when the BMC refused its login: it is not called again.
    racadm_refused: Option<Failure>,
    /// The components that the plan updates.
    wanted: Vec<String>,
}

impl RedfishPort {
    pub(super) fn new(engine: Engine, run: Option<i64>, plan: &ServerPlan) -> Self {
        Self {
            seat: Seat::new(engine, run, plan),
            client: None,
            known: None,
            last: None,
            front: None,
            watch: None,
            receipts: Vec::new(),
            grants: Vec::new(),
            fewer: HashMap::new(),
            bios: bios::Seen::by(plan.bios.as_ref().map(|bios| bios.way).unwrap_or_default()),
            racadm_refused: None,
            wanted: plan.updates.iter().map(|update| update.component.clone()).collect(),
            jobs_by_racadm: plan.updates.iter().any(|update| update.methods.first() == Some(&Method::Racadm))
                || plan.bios.as_ref().is_some_and(|bios| bios.way == BiosWay::Racadm),
        }
    }

    /// Whether something that is to be updated is not among what Redfish lists.
    fn lacks_some(&self, inventory: &Inventory) -> bool {
        self.wanted.iter().any(|wanted| !inventory.components.iter().any(|one| one.id == *wanted))
    }

    pub(super) fn target(&self) -> &Target {
        &self.seat.target
    }

    fn clock(&self) -> &Clock {
        self.seat.engine.clock()
    }

    fn endpoint(&self) -> String {
        self.seat.endpoint()
    }

    /// An open conversation.
    async fn client(&mut self) -> Result<&mut Client, Failure> {
        if self.client.is_none() {
            let mut slot = None;
            let entered = self.seat.engine.enter(&self.seat.target, &mut slot).await;
            match entered {
                Ok(Ok(_)) => self.client = slot,
                Ok(Err(failure)) => {
                    if let Some(mut client) = slot {
                        self.seat.engine.log_out(&self.seat.target.endpoint, &mut client).await;
                    }
                    return Err(failure);
                }
                Err(error) => return Err(of_store(&error)),
            }
        }
        self.client.as_mut().ok_or_else(|| plain("cut", "the connection is gone"))
    }

    /// Ends the conversation: the next call begins a new one.
    async fn hang_up(&mut self) {
        if let Some(mut client) = self.client.take() {
            self.seat.engine.log_out(&self.seat.target.endpoint, &mut client).await;
        }
    }

    /// After a failure the next call begins a new conversation.
    async fn or_hang_up<T>(&mut self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        if outcome.is_err() {
            self.hang_up().await;
        }
        outcome
    }

    /// What the last inventory said, reading one where there was none.
    async fn known(&mut self) -> Result<Known, Failure> {
        if self.known.is_none() {
            self.inventory().await?;
        }
        self.known.clone().ok_or_else(|| plain("not_read", "its inventory was not read"))
    }

    async fn try_idle(&mut self, work: &OurWork) -> Result<Idle, Failure> {
        let known = self.known().await?;
        if self.jobs_by_racadm
            && let busy @ Idle::No { .. } = self.idle_by_racadm(work).await?
        {
            return Ok(busy);
        }
        let receipts = self.receipts.clone();
        let endpoint = self.endpoint();
        let client = self.client().await?;
        let manager = Some(known.manager.as_str()).filter(|uri| !uri.is_empty());
        let ours = busy::Ours { receipts: &receipts, claimed: work.claimed, staged: &work.staged };
        match busy::look(client, known.stack, manager, ours).await {
            Ok(busy::Idle::Idle) => Ok(Idle::Yes),
            Ok(busy::Idle::Busy { what, whose, task }) => {
                let what = if whose == Whose::Ours { format!("ours: {what}") } else { what };
                Ok(Idle::No { what, task })
            }
            Err(error) => Err(error.failure(&endpoint)),
        }
    }
}

fn plain(kind: &str, what: &str) -> Failure {
    Failure {
        kind: kind.into(),
        weight: Weight::Failed,
        what: what.into(),
        state: "only read from".into(),
        next: "resume the run".into(),
    }
}

fn of_store(error: &StoreError) -> Failure {
    Failure { weight: Weight::Blocked, ..plain("database", &error.to_string()) }
}

impl Port for RedfishPort {
    async fn lease(&mut self) -> Result<(), String> {
        self.seat.lease().await
    }

    fn flashing(&mut self, is_under_way: bool) {
        self.seat.engine.0.resets.flashing(&self.seat.target.endpoint, is_under_way, self.clock().elapsed());
    }

    async fn check_image(&mut self, update: &Update) -> Result<(), String> {
        if let Some(signature) = &update.image.signature {
            self.seat.opened(signature.sha256).await.map_err(|why| format!("{}: {why}", signature.file))?;
        }
        self.image(update).await.map(drop)
    }

    async fn inventory(&mut self) -> Result<Inventory, Failure> {
        let endpoint = self.endpoint();
        let engine = self.seat.engine.clone();
        let client = self.client().await?;
        let read = async {
            let root = client.root().await?;
            let front = identify::front(&root);
            Ok::<_, Error>((inventory::read(client, &root, &engine.0.expand).await?, front))
        };
        match read.await {
            Ok((mut inventory, front)) => {
                if self.lacks_some(&inventory) {
                    self.seat.engine.complete(&self.seat.target, &mut inventory).await;
                }
                self.front = Some(front);
                self.known = Some(Known {
                    stack: inventory.identity.stack,
                    offers: inventory.offers.clone(),
                    system: inventory.systems.first().map(|system| system.uri.clone()).unwrap_or_default(),
                    maker: inventory.identity.vendor.value().cloned(),
                    manager: inventory.managers.first().map(|manager| manager.uri.clone()).unwrap_or_default(),
                });
                self.last = Some(inventory.clone());
                Ok(inventory)
            }
            Err(error) => {
                self.hang_up().await;
                Err(error.failure(&endpoint))
            }
        }
    }

    fn front(&self) -> Option<Front> {
        self.front.clone()
    }

    async fn stranger(&mut self) -> Result<Stranger, Failure> {
        self.hang_up().await;
        let (pinned, shown, root) = self.seat.engine.look_at_stranger(&self.seat.target).await?;
        Ok(Stranger { pinned, shown, front: identify::front(&root) })
    }

    async fn repin(&mut self, stranger: &Stranger) -> Result<(), StoreError> {
        self.seat.engine.repin(&self.seat.target, stranger.shown).await
    }

    async fn privilege(&mut self) -> Result<Verdict, Failure> {
        let (endpoint, known) = (self.endpoint(), self.known().await?);
        let engine = self.seat.engine.clone();
        let verdict = privilege::look_up(self.client().await?, known.stack, &engine.0.expand).await;
        self.or_hang_up(verdict.map_err(|error| error.failure(&endpoint))).await
    }

    async fn gates(&mut self, plan: &ServerPlan) -> Result<Verdict, Failure> {
        let (endpoint, known) = (self.endpoint(), self.known().await?);
        let alone = |update: &Update| update.methods == [Method::SimpleUpdate];
        let minds = |update: &Update| matches!(update.kind, Kind::Bios | Kind::Bmc) && !update.tpm_override;
        let wanted =
            Wanted { simple_update_alone: plan.updates.iter().any(alone), minds_tpm: plan.updates.iter().any(minds) };
        let places = (known.system.as_str(), known.manager.as_str());
        let verdict = gates::look_at(self.client().await?, known.stack, places, wanted).await;
        self.or_hang_up(verdict.map_err(|error| error.failure(&endpoint))).await
    }

    async fn critical_log(&mut self) -> Result<Result<Vec<CriticalEntry>, String>, Failure> {
        let (endpoint, known) = (self.endpoint(), self.known().await?);
        let engine = self.seat.engine.clone();
        let owners = [known.system.as_str(), known.manager.as_str()];
        let entries = log::critical(self.client().await?, known.stack, owners, &engine.0.expand).await;
        self.or_hang_up(entries.map_err(|error| error.failure(&endpoint))).await
    }

    async fn idle(&mut self, ours: &OurWork) -> Result<Idle, Failure> {
        let idle = self.try_idle(ours).await;
        if idle.is_err() {
            self.hang_up().await;
        }
        idle
    }

    async fn loan(&mut self, update: &Update, method: Method) -> Result<Option<Loan>, Failure> {
        self.what_to_borrow(update, method).await
    }

    async fn set(&mut self, uri: &str, settings: &Value) -> Result<Set, Failure> {
        self.patch(uri, settings).await
    }

    async fn push(&mut self, index: usize, update: &Update, intended: Intended) -> Attempt {
        let known = match self.known().await {
            Ok(known) => known,
            Err(failure) => return Attempt::NotStarted { why: failure.what },
        };
        if let Ok(client) = self.client().await {
            self.watch = Watch::begin(client, known.stack).await.ok();
        }
        let attempt = match intended.method {
            Method::Multipart => self.push_multipart(&known, index, update).await,
            Method::HttpPush => self.push_raw(&known, index, update).await,
            Method::SimpleUpdate => self.push_simple(&known, index, update).await,
            Method::IloUpload | Method::IloQueue => self.push_ilo(&known, index, update, intended).await,
            Method::DellPush => self.push_dell(&known, index, update).await,
            Method::Ilorest | Method::Racadm | Method::Sum => self.push_by_tool(index, update, intended.method).await,
            Method::Ipmitool => Attempt::NotStarted { why: "it is for boards that speak IPMI alone".into() },
        };
        if let Attempt::Accepted { receipt } = &attempt {
            self.receipts.push(receipt.clone());
        }
        attempt
    }

    fn wants_bmc_reset(&self) -> bool {
        self.known.as_ref().is_some_and(|known| parameters::wants_bmc_reset(known.stack))
    }

    async fn reset_bmc(&mut self) -> Result<(), Failure> {
        self.restart_bmc().await
    }

    fn wants_start(&self, method: Method) -> bool {
        let of_stack = || self.known.as_ref().is_some_and(|known| parameters::wants_start_update(known.stack));
        // A tool starts what it brings.
        method.tool().is_none() && (matches!(method, Method::DellPush | Method::IloQueue) || of_stack())
    }

    async fn uploaded(&mut self, update: &Update, intended: Intended) -> Result<Option<Receipt>, Failure> {
        let found = self.left_behind(update, intended).await?;
        self.receipts.extend(found.clone());
        Ok(found)
    }

    async fn start(&mut self, asked: &Update, method: Method, uploaded: &Receipt) -> Attempt {
        let known = match self.known().await {
            Ok(known) => known,
            Err(failure) => return Attempt::NotStarted { why: failure.what },
        };
        let client = match self.client().await {
            Ok(client) => client,
            Err(failure) => return Attempt::NotStarted { why: failure.what },
        };
        match (method, &uploaded.image) {
            (Method::DellPush, Some(entry)) => update::dell_push::start(client, &known.offers, entry).await,
            (Method::DellPush, None) => Attempt::NotStarted { why: "nothing says where its image lies".into() },
            (Method::IloQueue, Some(file)) => {
                let name = uploaded.mark.as_deref().unwrap_or(file);
                update::ilo_queue::enqueue(client, &known.offers, name, file, asked.tpm_override).await
            }
            (Method::IloQueue, None) => {
                Attempt::NotStarted { why: "nothing says which file lies in its repository".into() }
            }
            _ => update::start_update(client, &known.offers).await,
        }
    }

    async fn task(&mut self, receipt: &Receipt) -> Result<TaskReading, Failure> {
        let endpoint = self.endpoint();
        if !self.receipts.contains(receipt) {
            self.receipts.push(receipt.clone());
        }
        if let Some(job) = receipt.task.as_deref().filter(|task| tools::is_job(task)) {
            return self.job(job).await;
        }
        let known = self.known().await?;
        let mut watch = self.watch.take().unwrap_or_else(|| Watch::resumed(known.stack));
        let read = match self.client().await {
            Ok(client) => watch.read(client, receipt).await.map_err(|error| error.failure(&endpoint)),
            Err(failure) => Err(failure),
        };
        self.watch = Some(watch);
        if read.is_err() {
            self.hang_up().await;
        }
        read
    }

    async fn bios(&mut self) -> Result<BiosReading, Failure> {
        match self.bios.way() {
            BiosWay::Redfish => self.read_bios().await,
            BiosWay::Racadm => self.read_bios_by_racadm().await,
        }
    }

    async fn stage_bios(&mut self, values: &Attributes) -> Sent {
        match self.bios.way() {
            BiosWay::Redfish => self.send_bios(values).await,
            BiosWay::Racadm => self.send_bios_by_racadm(values).await,
        }
    }

    async fn give_bios_back(&mut self, job: Option<&str>) -> Result<bool, Failure> {
        match self.bios.way() {
            BiosWay::Redfish => self.take_bios_back(job).await,
            BiosWay::Racadm => self.take_bios_back_by_racadm(job).await,
        }
    }

    async fn power(&mut self) -> Result<HostPower, Failure> {
        let endpoint = self.endpoint();
        let known = self.known().await?;
        let client = self.client().await?;
        match power::read(client, known.stack, &known.system).await {
            Ok(host) => Ok(HostPower {
                on: match host.power {
                    Power::On => Some(true),
                    Power::Off => Some(false),
                    Power::Between(_) | Power::Unknown => None,
                },
                post_done: host.post_finished,
            }),
            Err(error) => {
                self.hang_up().await;
                Err(error.failure(&endpoint))
            }
        }
    }

    async fn act(&mut self, act: PowerAct) -> Result<(), Failure> {
        let known = self.known().await?;
        let client = self.client().await?;
        let reset = match act {
            PowerAct::GracefulOff => Reset::GracefulShutdown,
            PowerAct::ForceOff => Reset::ForceOff,
            PowerAct::On => Reset::On,
        };
        match power::reset_host(client, &known.system, reset).await {
            // What became of an unclear one shows in the power state.
            Commanded::Taken | Commanded::Unknown { .. } => Ok(()),
            Commanded::NotOffered { .. } => Err(plain("not_offered", &format!("the BMC does not offer {reset:?}"))),
            Commanded::Busy { why, .. } | Commanded::Refused { why, .. } | Commanded::NotSent { why } => {
                Err(plain("refused", &format!("the BMC did not take {reset:?}: {why}")))
            }
        }
    }

    async fn rest(&mut self) {
        self.hang_up().await;
    }

    async fn leave(&mut self) {
        self.flashing(false);
        self.hang_up().await;
        self.grants.clear();
        if let Some(inventory) = self.last.take()
            && let Err(error) = self.seat.engine.0.store.record_inventory(self.seat.target.clone(), inventory).await
        {
            // What the run read back is in its journal; only the fleet's view is older than it could be.
            tracing::warn!(%error, "the inventory after a run was not recorded");
        }
        self.seat.release();
    }

    async fn wait(&self, time: Duration) {
        self.clock().wait(time).await;
    }

    fn elapsed(&self) -> Duration {
        self.clock().elapsed()
    }
}
