//! A worker against a BMC of a few lines.

mod bios;
mod borrowing;
mod crash;
mod steps;
mod stop;
mod ways;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};

use super::{
    port::{HostPower, Idle, Intended, OurWork, Port, PowerAct, Set, Stranger},
    worker::{Ledger, Worker},
};
use crate::{
    bmc::tls::Fingerprint,
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        bios::{Attributes, BiosReading, Sent},
        digest::Sha256,
        failure::{Failure, Weight},
        inventory::{Component, Identity, Inventory, ServerId, Slot, Stack, System, Updateable},
        kind::Kind,
        ladder::Ladder,
        machine::{Front, Numbers},
        manifest::Criticality,
        offers::Method,
        phase::{Phase, ServerState, State},
        plan::{Options, PlannedImage, PowerPolicy, ServerPlan, Update},
        reading::{Provenance, Reading, Source},
        run::{Control, Event, Loan, PowerGoal, ServerRun, Settled},
        target::Endpoint,
        verdict::{CriticalEntry, Verdict},
    },
    store::StoreError,
};

/// What a push does to the BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flash {
    /// The new version runs after some looks.
    Takes,
    /// The new version runs after the host has been off and on.
    Stages,
    /// The new version runs after the BMC was reset.
    Waits,
    /// The task says that it is done, and nothing changes.
    Lies,
}

struct Bmc {
    version: String,
    serial: String,
    host_on: bool,
    shuts_down: bool,
    health: String,
    flash: Flash,
    /// Outcomes of pushes, the first first; accepted when there are none.
    outcomes: Vec<Attempt>,
    /// Looks until the task is done; absent where nothing is being flashed.
    task: Option<u32>,
    staged: Option<String>,
    target: String,
    lease: Option<String>,
    image: Option<String>,
    /// Who it says that it is before a login.
    front: Front,
    /// It shows another certificate than the pinned one.
    rekeyed: bool,
    /// What becomes of its front, should it make itself a new certificate once an image was accepted.
    rekeys_as: Option<Front>,
    /// Why it cannot be read: kind and words of the failure.
    unread: Option<(&'static str, &'static str)>,
    privilege: Verdict,
    gate: Verdict,
    /// The critical entries of its log; none that can be read, where absent.
    log: Option<Vec<String>>,
    bios: bios::Bios,
    away: u32,
    /// Looks that a flash takes.
    flash_looks: u32,
    /// It calls itself idle while it flashes.
    hides: bool,
    /// Looks for which it is away once an image was accepted.
    away_after_push: u32,
    foreign: u32,
    elapsed: Duration,
    /// How long a push takes.
    push_takes: Duration,
    /// It wants to be claimed for a push.
    lends: bool,
    claimed: bool,
    pushes: u32,
    accepted: u32,
    offs: u32,
    ons: u32,
    /// Resets of the BMC itself.
    resets: u32,
    /// So often it is not reached to be reset.
    unreached: u32,
    /// It calls itself busy, and names no task.
    mumbles: bool,
    bricks: u32,
}

impl Default for Bmc {
    fn default() -> Self {
        Self {
            version: "1.0.0".into(),
            serial: "EX1".into(),
            host_on: true,
            shuts_down: true,
            health: "OK".into(),
            flash: Flash::Takes,
            outcomes: Vec::new(),
            task: None,
            staged: None,
            target: "2.0.0".into(),
            lease: None,
            image: None,
            front: front("u1"),
            rekeyed: false,
            rekeys_as: None,
            unread: None,
            privilege: Verdict::Holds,
            gate: Verdict::Holds,
            log: Some(vec!["an old one".into()]),
            bios: bios::Bios::default(),
            away: 0,
            flash_looks: 2,
            hides: false,
            away_after_push: 0,
            foreign: 0,
            elapsed: Duration::ZERO,
            push_takes: Duration::ZERO,
            lends: false,
            claimed: false,
            pushes: 0,
            accepted: 0,
            offs: 0,
            ons: 0,
            resets: 0,
            unreached: 0,
            mumbles: false,
            bricks: 0,
        }
    }
}

#[derive(Clone)]
struct Fake(Arc<Mutex<Bmc>>);

fn known(value: &str) -> Reading<String> {
    let from = Provenance { source: Source::Redfish, path: "/x".into(), at: Timestamp::UNIX_EPOCH };
    Reading::Known { value: value.into(), from }
}

impl Bmc {
    fn inventory(&self) -> Inventory {
        let power = if self.host_on { "On" } else { "Off" };
        let system = System {
            id: "1".into(),
            uri: "/redfish/v1/Systems/1".into(),
            manufacturer: known("Example"),
            model: known("E100"),
            serial: known(&self.serial),
            uuid: Reading::unknown("none"),
            power: known(power),
            health: known(&self.health),
            host_name: Reading::unknown("none"),
            bios_version: Reading::unknown("none"),
        };
        Inventory {
            identity: Identity {
                vendor: known("Example"),
                stack: Stack::Generic,
                generation: Reading::unknown("none"),
                model: known("E100"),
                serial: known(&self.serial),
                service_tag: None,
                board: None,
                uuid: Reading::unknown("none"),
            },
            power: known(power),
            health: known(&self.health),
            host_name: Reading::unknown("none"),
            bios: known(&self.version),
            bmc: Reading::unknown("none"),
            systems: vec![system],
            managers: Vec::new(),
            components: vec![Component {
                id: "BIOS".into(),
                kind: Kind::Bios,
                name: "BIOS".into(),
                version: known(&self.version),
                normalised: None,
                software_id: None,
                updateable: Updateable::Yes,
                slot: Slot::Running,
                targets: Vec::new(),
                others: Vec::new(),
            }],
            offers: crate::domain::offers::Offers::default(),
            notes: Vec::new(),
            read_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn tick(&mut self) {
        if let Some(left) = self.task {
            self.task = left.checked_sub(1);
            if self.task.is_none() {
                match self.flash {
                    Flash::Takes => self.version = self.target.clone(),
                    Flash::Stages | Flash::Waits => self.staged = Some(self.target.clone()),
                    Flash::Lies => {}
                }
            }
        }
        self.foreign = self.foreign.saturating_sub(1);
    }
}

fn front(uuid: &str) -> Front {
    Front { uuid: Some(uuid.into()), tag: None, stack: Stack::Generic }
}

fn away() -> Failure {
    Failure {
        kind: "cut".into(),
        weight: Weight::Failed,
        what: "away".into(),
        state: String::new(),
        next: String::new(),
    }
}

impl Port for Fake {
    async fn lease(&mut self) -> Result<(), String> {
        self.0.lock().unwrap().lease.clone().map_or(Ok(()), Err)
    }

    fn flashing(&mut self, _: bool) {}

    async fn check_image(&mut self, _: &Update) -> Result<(), String> {
        self.0.lock().unwrap().image.clone().map_or(Ok(()), Err)
    }

    async fn inventory(&mut self) -> Result<Inventory, Failure> {
        let mut bmc = self.0.lock().unwrap();
        if bmc.away > 0 {
            bmc.away -= 1;
            return Err(away());
        }
        if let Some((kind, what)) = bmc.unread {
            return Err(Failure { kind: kind.into(), what: what.into(), ..away() });
        }
        if bmc.rekeyed {
            return Err(Failure { kind: "certificate_changed".into(), weight: Weight::Blocked, ..away() });
        }
        Ok(bmc.inventory())
    }

    fn front(&self) -> Option<Front> {
        Some(self.0.lock().unwrap().front.clone())
    }

    async fn stranger(&mut self) -> Result<Stranger, Failure> {
        let bmc = self.0.lock().unwrap();
        Ok(Stranger { pinned: Fingerprint([1; 32]), shown: Fingerprint([2; 32]), front: bmc.front.clone() })
    }

    async fn repin(&mut self, stranger: &Stranger) -> Result<(), StoreError> {
        let mut bmc = self.0.lock().unwrap();
        bmc.rekeyed &= stranger.shown != Fingerprint([2; 32]);
        Ok(())
    }

    async fn privilege(&mut self) -> Result<Verdict, Failure> {
        Ok(self.0.lock().unwrap().privilege.clone())
    }

    async fn gates(&mut self, _: &ServerPlan) -> Result<Verdict, Failure> {
        Ok(self.0.lock().unwrap().gate.clone())
    }

    async fn critical_log(&mut self) -> Result<Result<Vec<CriticalEntry>, String>, Failure> {
        let entry = |word: &String| CriticalEntry { key: word.clone(), message: word.clone() };
        let log = self.0.lock().unwrap().log.clone();
        Ok(log.map(|log| log.iter().map(entry).collect()).ok_or_else(|| "it shows no log".into()))
    }

    async fn idle(&mut self, ours: &OurWork) -> Result<Idle, Failure> {
        let bmc = self.0.lock().unwrap();
        let is_staged = ours.staged.iter().any(|task| task == "/task/1");
        if bmc.mumbles {
            return Ok(Idle::No { what: "it is at work".into(), task: None });
        }
        Ok(match (bmc.task.filter(|_| !is_staged && !bmc.hides), bmc.foreign) {
            (Some(_), _) => Idle::No { what: "task 1".into(), task: Some("/task/1".into()) },
            (None, 0) => Idle::Yes,
            (None, _) => Idle::No { what: "task 9 of another".into(), task: Some("/task/9".into()) },
        })
    }

    async fn push(&mut self, _: usize, update: &Update, _: Intended) -> Attempt {
        let mut bmc = self.0.lock().unwrap();
        bmc.target = update.to.clone();
        bmc.pushes += 1;
        let took = bmc.push_takes;
        bmc.elapsed += took;
        let accepted = Attempt::Accepted { receipt: Receipt { task: Some("/task/1".into()), ..Receipt::default() } };
        let outcome = if bmc.outcomes.is_empty() { accepted } else { bmc.outcomes.remove(0) };
        let has_it = matches!(&outcome, Attempt::Accepted { .. })
            || matches!(&outcome, Attempt::Unknown { why, .. } if why == "after all");
        if has_it {
            bmc.accepted += 1;
            bmc.task = Some(bmc.flash_looks);
            bmc.away = bmc.away_after_push;
            if let Some(front) = bmc.rekeys_as.take() {
                bmc.rekeyed = true;
                bmc.front = front;
            }
        }
        outcome
    }

    async fn loan(&mut self, _: &Update, _: Method) -> Result<Option<Loan>, Failure> {
        Ok(self.0.lock().unwrap().lends.then(|| Loan {
            what: "the claim".into(),
            uri: "/service".into(),
            take: true.into(),
            back: false.into(),
        }))
    }

    async fn set(&mut self, _: &str, settings: &Value) -> Result<Set, Failure> {
        let mut bmc = self.0.lock().unwrap();
        if bmc.away > 0 {
            bmc.away -= 1;
            return Err(away());
        }
        bmc.claimed = settings.as_bool().unwrap();
        Ok(Set::Taken)
    }

    fn wants_bmc_reset(&self) -> bool {
        self.0.lock().unwrap().flash == Flash::Waits
    }

    async fn reset_bmc(&mut self) -> Result<(), Failure> {
        let mut bmc = self.0.lock().unwrap();
        if bmc.unreached > 0 {
            bmc.unreached -= 1;
            return Err(away());
        }
        bmc.bricks += u32::from(bmc.task.is_some());
        bmc.resets += 1;
        if let Some(version) = bmc.staged.take() {
            bmc.version = version;
        }
        Ok(())
    }

    fn wants_start(&self, _: Method) -> bool {
        false
    }

    async fn uploaded(&mut self, _: &Update, _: Intended) -> Result<Option<Receipt>, Failure> {
        Ok(None)
    }

    async fn start(&mut self, _: &Update, _: Method, _: &Receipt) -> Attempt {
        Attempt::NotStarted { why: "nothing to start".into() }
    }

    async fn bios(&mut self) -> Result<BiosReading, Failure> {
        Ok(self.0.lock().unwrap().bios.reading())
    }

    async fn stage_bios(&mut self, values: &Attributes) -> Sent {
        self.0.lock().unwrap().bios.stage(values)
    }

    async fn give_bios_back(&mut self, _: Option<&str>) -> Result<bool, Failure> {
        Ok(self.0.lock().unwrap().bios.give_back())
    }

    async fn task(&mut self, receipt: &Receipt) -> Result<TaskReading, Failure> {
        let bmc = self.0.lock().unwrap();
        if bmc.away > 0 {
            return Err(away());
        }
        if receipt.task.as_deref().is_some_and(|task| task.starts_with("/jobs/")) {
            let state = bmc.bios.job_state();
            return Ok(TaskReading {
                state,
                word: "Scheduled".into(),
                percent: None,
                message: None,
                retry_after: None,
            });
        }
        let state = match (bmc.task, &bmc.staged) {
            (Some(_), _) => TaskState::Running,
            (None, Some(_)) if bmc.flash == Flash::Stages => TaskState::AwaitsReset,
            (None, _) => TaskState::Succeeded,
        };
        Ok(TaskReading { state, word: "Running".into(), percent: None, message: None, retry_after: None })
    }

    async fn power(&mut self) -> Result<HostPower, Failure> {
        let bmc = self.0.lock().unwrap();
        Ok(HostPower { on: Some(bmc.host_on), post_done: Some(true) })
    }

    async fn act(&mut self, act: PowerAct) -> Result<(), Failure> {
        let mut bmc = self.0.lock().unwrap();
        bmc.bricks += u32::from(bmc.task.is_some());
        match act {
            PowerAct::GracefulOff if !bmc.shuts_down => {}
            PowerAct::GracefulOff | PowerAct::ForceOff => {
                bmc.offs += u32::from(bmc.host_on);
                bmc.host_on = false;
            }
            PowerAct::On => {
                bmc.ons += u32::from(!bmc.host_on);
                bmc.host_on = true;
                bmc.bios.boot();
                if let Some(version) = bmc.staged.take() {
                    bmc.version = version;
                }
            }
        }
        Ok(())
    }

    async fn rest(&mut self) {}

    async fn leave(&mut self) {}

    async fn wait(&self, time: Duration) {
        let mut bmc = self.0.lock().unwrap();
        bmc.elapsed += time;
        bmc.tick();
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().elapsed
    }
}

type Then = Arc<dyn Fn(&Event) + Send + Sync>;

/// A journal in memory, whose process can be killed at any entry: before it is on disk, or right after.
#[derive(Clone, Default)]
struct Journal {
    events: Arc<Mutex<Vec<Event>>>,
    killed_before: Option<usize>,
    killed_after: Option<usize>,
    /// It is killed right after such an entry.
    killed_by: Option<fn(&Event) -> bool>,
    /// What happens in the world once an entry is on disk.
    then: Option<Then>,
}

impl Ledger for Journal {
    async fn append(&mut self, event: &Event) -> Result<Timestamp, StoreError> {
        let mut events = self.events.lock().unwrap();
        if self.killed_before == Some(events.len()) {
            return Err(StoreError::Ended);
        }
        events.push(event.clone());
        if let Some(then) = &self.then {
            then(event);
        }
        if self.killed_after == Some(events.len()) || self.killed_by.is_some_and(|is_it| is_it(event)) {
            return Err(StoreError::Ended);
        }
        Ok(Timestamp::UNIX_EPOCH)
    }
}

fn plan(host_reset: bool, host_off: bool) -> ServerPlan {
    ServerPlan {
        id: ServerId(1),
        endpoint: Endpoint { host: "10.0.0.1".into(), port: 443 },
        name: None,
        identity: Numbers::of(&Bmc::default().inventory()),
        updates: vec![Update {
            component: "BIOS".into(),
            kind: Kind::Bios,
            name: "BIOS".into(),
            targets: Vec::new(),
            from: "1.0.0".into(),
            to: "2.0.0".into(),
            image: PlannedImage {
                id: "bios-2".into(),
                file: "bios.bin".into(),
                sha256: Sha256([7; 32]),
                size: 9,
                signature: None,
            },
            methods: vec![Method::Multipart, Method::SimpleUpdate],
            ladder: Ladder::default(),
            criticality: Criticality::Critical,
            host_reset,
            bmc_reset: false,
            host_off,
            tpm_override: false,
            minutes: 5,
            why: "baseline x".into(),
        }],
        order: None,
        left_out: Vec::new(),
        bios: None,
        refused: None,
    }
}

struct Case {
    plan: ServerPlan,
    options: Options,
    bmc: Fake,
    control: watch::Sender<Control>,
    journal: Journal,
}

impl Case {
    fn new(bmc: Bmc, plan: ServerPlan) -> Self {
        let options = Options::default();
        let control = watch::channel(Control::default()).0;
        Self { plan, options, bmc: Fake(Arc::new(Mutex::new(bmc))), control, journal: Journal::default() }
    }

    fn so_far(&self) -> ServerRun {
        let mut run = ServerRun::of(&self.plan);
        self.journal.events.lock().unwrap().iter().for_each(|event| run.apply(Timestamp::UNIX_EPOCH, event));
        run
    }

    async fn work(&self, journal: Journal) -> Result<ServerRun, StoreError> {
        let port = self.bmc.clone();
        let plan = (self.plan.clone(), self.options);
        let uploads = Arc::new(Semaphore::new(1));
        Worker::new(plan, self.so_far(), port, journal, self.control.subscribe(), uploads).work().await
    }

    async fn run(&self) -> ServerRun {
        self.work(self.journal.clone()).await.unwrap()
    }

    /// Once `event` is on disk, an operator says `control`.
    fn says(&mut self, control: Control, event: impl Fn(&Event) -> bool + Send + Sync + 'static) {
        let sender = self.control.clone();
        self.journal.then = Some(Arc::new(move |entry: &Event| {
            if event(entry) {
                sender.send_replace(control);
            }
        }));
    }

    /// Once `event` is on disk, this happens to the BMC.
    fn befalls(&mut self, event: impl Fn(&Event) -> bool + Send + Sync + 'static, spoil: fn(&mut Bmc)) {
        let bmc = self.bmc.clone();
        self.journal.then = Some(Arc::new(move |entry: &Event| {
            if event(entry) {
                spoil(&mut bmc.0.lock().unwrap());
            }
        }));
    }

    fn wrote(&self, event: impl Fn(&Event) -> bool) -> bool {
        self.journal.events.lock().unwrap().iter().any(event)
    }

    fn bmc<T>(&self, look: impl FnOnce(&mut Bmc) -> T) -> T {
        look(&mut self.bmc.0.lock().unwrap())
    }
}

fn state_of(run: &ServerRun, phase: Phase) -> &'static str {
    run.phase(phase).word()
}
