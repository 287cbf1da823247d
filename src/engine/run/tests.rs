//! A worker against a BMC of a few lines: every way through, and a crash at every boundary.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

use super::{
    port::{HostPower, Idle, Port, PowerAct},
    worker::{Ledger, Worker},
};
use crate::{
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        digest::Sha256,
        failure::{Failure, Weight},
        inventory::{Component, Identity, Inventory, ServerId, Slot, Stack, System, Updateable},
        kind::Kind,
        machine::Numbers,
        manifest::Criticality,
        offers::Method,
        phase::{Phase, ServerState, State},
        plan::{Options, PlannedImage, PowerPolicy, ServerPlan, Update},
        reading::{Provenance, Reading, Source},
        run::{Control, Event, PowerGoal, ServerRun, Settled},
        target::Endpoint,
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
    away: u32,
    /// Looks that a flash takes.
    flash_looks: u32,
    /// Looks for which it is away once an image was accepted.
    away_after_push: u32,
    foreign: u32,
    elapsed: Duration,
    pushes: u32,
    accepted: u32,
    offs: u32,
    ons: u32,
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
            away: 0,
            flash_looks: 2,
            away_after_push: 0,
            foreign: 0,
            elapsed: Duration::ZERO,
            pushes: 0,
            accepted: 0,
            offs: 0,
            ons: 0,
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
                    Flash::Stages => self.staged = Some(self.target.clone()),
                    Flash::Lies => {}
                }
            }
        }
        self.foreign = self.foreign.saturating_sub(1);
    }
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

    async fn check_image(&mut self, _: &Update) -> Result<(), String> {
        self.0.lock().unwrap().image.clone().map_or(Ok(()), Err)
    }

    async fn inventory(&mut self) -> Result<Inventory, Failure> {
        let mut bmc = self.0.lock().unwrap();
        if bmc.away > 0 {
            bmc.away -= 1;
            return Err(away());
        }
        Ok(bmc.inventory())
    }

    async fn idle(&mut self) -> Result<Idle, Failure> {
        let bmc = self.0.lock().unwrap();
        Ok(match (bmc.task, bmc.foreign) {
            (Some(_), _) => Idle::No { what: "task 1".into(), task: Some("/task/1".into()) },
            (None, 0) => Idle::Yes,
            (None, _) => Idle::No { what: "task 9 of another".into(), task: Some("/task/9".into()) },
        })
    }

    async fn push(&mut self, update: &Update, _: Method) -> Attempt {
        let mut bmc = self.0.lock().unwrap();
        bmc.target = update.to.clone();
        bmc.pushes += 1;
        let accepted = Attempt::Accepted { receipt: Receipt { task: Some("/task/1".into()), ..Receipt::default() } };
        let outcome = if bmc.outcomes.is_empty() { accepted } else { bmc.outcomes.remove(0) };
        let took = matches!(&outcome, Attempt::Accepted { .. })
            || matches!(&outcome, Attempt::Unknown { why, .. } if why == "after all");
        if took {
            bmc.accepted += 1;
            bmc.task = Some(bmc.flash_looks);
            bmc.away = bmc.away_after_push;
        }
        outcome
    }

    fn wants_start(&self) -> bool {
        false
    }

    async fn start(&mut self) -> Attempt {
        Attempt::NotStarted { why: "nothing to start".into() }
    }

    async fn task(&mut self, _: &Receipt) -> Result<TaskReading, Failure> {
        let bmc = self.0.lock().unwrap();
        if bmc.away > 0 {
            return Err(away());
        }
        let state = match (bmc.task, &bmc.staged) {
            (Some(_), _) => TaskState::Running,
            (None, Some(_)) => TaskState::AwaitsReset,
            (None, None) => TaskState::Succeeded,
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
                if let Some(version) = bmc.staged.take() {
                    bmc.version = version;
                }
            }
        }
        Ok(())
    }

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

/// A journal in memory, whose process can be killed at any entry: before it is on disk, or right after.
#[derive(Clone, Default)]
struct Journal {
    events: Arc<Mutex<Vec<Event>>>,
    killed_before: Option<usize>,
    killed_after: Option<usize>,
}

impl Ledger for Journal {
    async fn append(&mut self, event: &Event) -> Result<Timestamp, StoreError> {
        let mut events = self.events.lock().unwrap();
        if self.killed_before == Some(events.len()) {
            return Err(StoreError::Ended);
        }
        events.push(event.clone());
        if self.killed_after == Some(events.len()) {
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
            image: PlannedImage { id: "bios-2".into(), file: "bios.bin".into(), sha256: Sha256([7; 32]), size: 9 },
            methods: vec![Method::Multipart, Method::SimpleUpdate],
            criticality: Criticality::Critical,
            host_reset,
            bmc_reset: false,
            host_off,
            minutes: 5,
            why: "baseline x".into(),
        }],
        left_out: Vec::new(),
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

    fn bmc<T>(&self, look: impl FnOnce(&mut Bmc) -> T) -> T {
        look(&mut self.bmc.0.lock().unwrap())
    }
}

fn state_of(run: &ServerRun, phase: Phase) -> &'static str {
    run.phase(phase).word()
}

#[tokio::test]
async fn an_update_that_takes_is_read_back_and_succeeds() {
    let case = Case::new(Bmc::default(), plan(false, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    assert_eq!(run.updates[0].settled, Some(Settled::Applied { read_back: "2.0.0".into() }));
    assert_eq!(state_of(&run, Phase::SystemReboot), "skipped");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.offs, bmc.ons)), (1, 0, 0));
}

#[tokio::test]
async fn a_staged_update_gets_one_host_reset_and_is_read_back() {
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.offs, bmc.ons, bmc.bricks)), (1, 1, 1, 0));
}

#[tokio::test]
async fn a_host_that_was_off_is_off_again_at_the_end() {
    let bmc = Bmc { flash: Flash::Stages, host_on: false, ..Bmc::default() };
    let case = Case::new(bmc, plan(true, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert!(!case.bmc(|bmc| bmc.host_on));
}

#[tokio::test]
async fn a_flash_that_needs_the_host_off_gets_it_off_and_back_on() {
    let case = Case::new(Bmc::default(), plan(false, true));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.host_on, bmc.offs, bmc.ons, bmc.bricks)), (true, 1, 1, 0));
}

#[tokio::test]
async fn a_host_that_is_off_for_a_flash_is_not_switched_on_while_the_bmc_still_writes() {
    let case = Case::new(Bmc { flash_looks: u32::MAX, ..Bmc::default() }, plan(false, true));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.bricks, bmc.ons, bmc.host_on)), (0, 0, false));
    assert!(run.power.failed.is_some_and(|why| why.contains("works on it")));
}

#[tokio::test]
async fn a_stepping_stone_that_is_staged_is_stepped_on_before_it_is_left() {
    let mut plan = plan(true, false);
    let stone = Update { to: "1.5.0".into(), ..plan.updates[0].clone() };
    let last = Update { from: "1.5.0".into(), ..plan.updates[0].clone() };
    plan.updates = vec![stone, last];
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan);
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(case.bmc(|bmc| (bmc.version.clone(), bmc.accepted, bmc.offs, bmc.ons)), ("2.0.0".into(), 2, 2, 2));
}

#[tokio::test]
async fn a_task_that_says_done_while_the_version_stays_old_is_a_failure() {
    let case = Case::new(Bmc { flash: Flash::Lies, ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Failed);
    let Some(Settled::Failed { why, .. }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("still reports 1.0.0"), "{why}");
    assert_eq!(case.bmc(|bmc| bmc.pushes), 1);
}

#[tokio::test]
async fn an_accepted_upload_whose_answer_is_lost_is_verified_and_never_sent_again() {
    let lost = Attempt::Unknown { why: "after all".into(), sent: 9 };
    let case = Case::new(Bmc { outcomes: vec![lost], ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (1, 1));
}

#[tokio::test]
async fn an_upload_that_was_cut_and_proved_not_to_have_taken_is_sent_again() {
    let cut = Attempt::Unknown { why: "cut".into(), sent: 4 };
    let case = Case::new(Bmc { outcomes: vec![cut], ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.pushes, bmc.accepted)), (2, 1));
}

#[tokio::test]
async fn only_a_method_that_did_not_start_hands_over_to_the_next() {
    let unsupported = Attempt::NotStarted { why: "404".into() };
    let case = Case::new(Bmc { outcomes: vec![unsupported], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    let methods: Vec<_> = run.updates[0].attempts.iter().map(|attempt| attempt.method).collect();
    assert_eq!((run.state, methods), (ServerState::Succeeded, vec![Method::Multipart, Method::SimpleUpdate]));

    let refused = Attempt::Refused { why: "no licence".into(), message_ids: Vec::new() };
    let case = Case::new(Bmc { outcomes: vec![refused], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].attempts.len()), (ServerState::Failed, 1));
}

#[tokio::test]
async fn a_busy_bmc_is_waited_for_by_the_same_method() {
    let busy = Attempt::Busy { why: "update in progress".into(), retry_after: Some(Duration::from_secs(30)) };
    let case = Case::new(Bmc { outcomes: vec![busy.clone(), busy], ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, run.updates[0].attempts.len()), (ServerState::Succeeded, 3));
}

#[tokio::test]
async fn a_bmc_that_goes_away_for_its_reset_is_waited_for() {
    let case = Case::new(Bmc { away_after_push: 20, ..Bmc::default() }, plan(false, false));
    assert_eq!(case.run().await.state, ServerState::Succeeded);

    let case = Case::new(Bmc { away_after_push: u32::MAX, ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Uncertain, 1));
}

#[tokio::test]
async fn each_sub_step_of_pre_flight_fails_alone_and_the_run_says_so() {
    type Spoil = fn(&mut Bmc);
    let cases: [(&str, Spoil, &str); 5] = [
        ("lease", |bmc| bmc.lease = Some("run 7 holds it".into()), "run 7"),
        ("address_tls_credentials_and_identity", |bmc| bmc.serial = "EX2".into(), "another machine"),
        ("health", |bmc| bmc.health = "Critical".into(), "Critical"),
        ("idle", |bmc| bmc.foreign = u32::MAX, "somebody else"),
        ("images", |bmc| bmc.image = Some("truncated: 3 bytes of 9".into()), "truncated"),
    ];
    for (step, spoil, words) in cases {
        let case = Case::new(Bmc::default(), plan(false, false));
        case.bmc(spoil);
        let run = case.run().await;
        let record = &run.phases[0];
        let failed: Vec<_> = record.steps.iter().filter(|step| step.state != State::Done).collect();
        assert_eq!((failed.len(), failed[0].step.as_str()), (1, step));
        assert!(record.state.why().unwrap().contains(words), "{step}: {:?}", record.state);
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Blocked, 0), "{step}");
    }
}

#[tokio::test]
async fn a_power_policy_that_forbids_the_reset_blocks_before_anything_is_sent() {
    for (policy, words) in [(PowerPolicy::Never, "host reset"), (PowerPolicy::IfOff, "host is on")] {
        let mut case = Case::new(Bmc::default(), plan(true, false));
        case.options.power = policy;
        let run = case.run().await;
        assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Blocked, 0));
        assert!(run.phases[0].state.why().unwrap().contains(words));
    }
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_is_stale() {
    let case = Case::new(Bmc { version: "1.5.0".into(), ..Bmc::default() }, plan(false, false));
    let run = case.run().await;
    assert_eq!((run.state, state_of(&run, Phase::FirmwareAnalysis)), (ServerState::Blocked, "blocked"));
    assert!(run.phase(Phase::FirmwareAnalysis).why().unwrap().contains("stale"));
}

#[tokio::test]
async fn a_host_that_does_not_shut_down_blocks_and_is_forced_only_by_policy() {
    let stubborn = || Bmc { flash: Flash::Stages, shuts_down: false, ..Bmc::default() };
    let case = Case::new(stubborn(), plan(true, false));
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.offs)), (ServerState::Blocked, 0), "{run:#?}");

    let mut case = Case::new(stubborn(), plan(true, false));
    case.options.power = PowerPolicy::Forced;
    assert_eq!((case.run().await.state, case.bmc(|bmc| bmc.offs)), (ServerState::Succeeded, 1));
}

#[tokio::test]
async fn a_stop_before_the_first_push_starts_nothing() {
    let case = Case::new(Bmc::default(), plan(false, false));
    case.control.send_replace(Control { stop: true });
    let run = case.run().await;
    assert_eq!((run.state, case.bmc(|bmc| bmc.pushes)), (ServerState::Cancelled, 0));
}

#[tokio::test]
async fn killed_at_any_boundary_a_run_ends_as_if_nothing_had_happened() {
    for (flash, host_reset, host_off) in
        [(Flash::Takes, false, false), (Flash::Stages, true, false), (Flash::Takes, false, true)]
    {
        let whole = Case::new(Bmc { flash, ..Bmc::default() }, plan(host_reset, host_off));
        whole.run().await;
        let boundaries = whole.journal.events.lock().unwrap().len();
        let offs = whole.bmc(|bmc| bmc.offs);
        for boundary in 0..=boundaries {
            for after in [false, true] {
                let case = Case::new(Bmc { flash, ..Bmc::default() }, plan(host_reset, host_off));
                let killed = Journal {
                    killed_before: (!after).then_some(boundary),
                    killed_after: after.then_some(boundary),
                    ..case.journal.clone()
                };
                let _ = case.work(killed).await;
                let run = case.run().await;
                let counts = case.bmc(|bmc| (bmc.accepted, bmc.offs, bmc.ons, bmc.bricks, bmc.host_on));
                assert_eq!(run.state, ServerState::Succeeded, "{flash:?} at {boundary}: {run:#?}");
                assert_eq!(counts, (1, offs, offs, 0, true), "{flash:?} killed at {boundary}, after: {after}");
            }
        }
    }
}

#[tokio::test]
async fn a_chain_of_kills_at_every_boundary_ends_well_too() {
    let case = Case::new(Bmc { flash: Flash::Stages, ..Bmc::default() }, plan(true, false));
    for boundary in 1..200 {
        let killed = Journal { killed_after: Some(boundary), ..case.journal.clone() };
        if case.work(killed).await.is_ok() {
            break;
        }
    }
    let run = case.run().await;
    assert_eq!(run.state, ServerState::Succeeded);
    assert_eq!(case.bmc(|bmc| (bmc.accepted, bmc.offs, bmc.ons, bmc.bricks)), (1, 1, 1, 0));
}

#[test]
fn a_goal_that_was_intended_is_brought_to_its_end_first() {
    let plan = plan(true, false);
    let mut run = ServerRun::of(&plan);
    for event in [
        Event::PhaseBegan { phase: Phase::PreFlight },
        Event::PhaseEnded { phase: Phase::PreFlight, state: State::Done },
        Event::PhaseBegan { phase: Phase::FirmwareAnalysis },
        Event::Analysed { versions: std::collections::BTreeMap::new(), host_on: true, health: None },
        Event::PhaseEnded { phase: Phase::FirmwareAnalysis, state: State::Failed { why: "x".into() } },
        Event::PowerIntended { goal: PowerGoal::Off, forced: false },
    ] {
        run.apply(Timestamp::UNIX_EPOCH, &event);
    }
    let next = crate::domain::run::next(&plan, &run, Control::default());
    assert_eq!(next, crate::domain::run::Next::Power(PowerGoal::Off));
}
