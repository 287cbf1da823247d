//! A fleet in which on each server one thing alone is wrong: the run says of each where it stopped and why.

use firmdeck::{
    domain::{
        offers::Method,
        phase::{Phase, ServerState, State},
        plan::{Options, Plan},
        run::{ServerRun, Step},
    },
    engine::{Engine, run::RunState},
    lab::{
        Lab,
        fault::{self, Effect, Rule, Servers},
        model::Health,
        personality::Personality::{self, Idrac9, Ilo5, Ilo6, OpenBmc, SupermicroX12, SupermicroX13},
    },
};
use serde_json::json;

use crate::support::site::{Site, to_the_end};

/// What is wrong.
enum Wrong {
    /// A fault of the lab, by its name.
    Fault(&'static str),
    /// The licence is gone on a BMC that is updated by SimpleUpdate alone.
    LicenceForTheOnlyWay,
    /// Rules that a row makes itself.
    Rule(fn() -> Rule),
    /// The machine has changed since it was read.
    Machine(fn(&mut firmdeck::lab::model::Machine)),
    /// Another run holds the lease.
    Lease,
    /// The image was damaged in the repository.
    Image,
}

struct Row {
    personality: Personality,
    wrong: Wrong,
    /// Where it shows: a sub-step, or a phase whose work is its updates or its reset.
    place: Place,
    state: &'static str,
    why: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Step(Step),
    Phase(Phase),
}

const fn row(personality: Personality, wrong: Wrong, step: Step, state: &'static str, why: &'static str) -> Row {
    Row { personality, wrong, place: Place::Step(step), state, why }
}

const fn work(
    personality: Personality,
    fault: &'static str,
    phase: Phase,
    state: &'static str,
    why: &'static str,
) -> Row {
    Row { personality, wrong: Wrong::Fault(fault), place: Place::Phase(phase), state, why }
}

fn table() -> Vec<Row> {
    use Wrong::{Fault, Image, Lease, LicenceForTheOnlyWay, Machine};
    vec![
        row(Idrac9, Lease, Step::Lease, "blocked", "run 1 holds this server"),
        row(Ilo5, Fault("html-login"), Step::Address, "failed", "HTML"),
        row(
            OpenBmc,
            Machine(|machine| machine.standing.certificates += 1),
            Step::Tls,
            "blocked",
            "no credential was sent; next: if the BMC was reset",
        ),
        row(Idrac9, Fault("sessions-full"), Step::Credentials, "failed", "session"),
        row(
            Ilo6,
            Machine(|machine| {
                machine.identity.serial = "LAX0000001".into();
                machine.identity.uuid = "00112233-4455-6677-8899-aabbccddeeff".into();
            }),
            Step::Identity,
            "blocked",
            "serial number LAX0000001 instead of LAB",
        ),
        row(Ilo5, Fault("read-only-account"), Step::Privilege, "blocked", "iLOConfigPriv"),
        row(
            Idrac9,
            Fault("read-only-account"),
            Step::Privilege,
            "blocked",
            "has the role ReadOnly, which may not update",
        ),
        row(SupermicroX13, Machine(|machine| machine.health = Health::Critical), Step::Health, "blocked", "Critical"),
        row(
            OpenBmc,
            Wrong::Rule(|| {
                let claimed = json!({ "HttpPushUriTargetsBusy": true });
                Rule::new(Effect::Merge(claimed)).on("GET", "/redfish/v1/UpdateService")
            }),
            Step::Idle,
            "blocked",
            "somebody has claimed the update service",
        ),
        row(
            Idrac9,
            Fault("lockdown"),
            Step::VendorGates,
            "blocked",
            "system lockdown, which blocks updates; nothing was changed",
        ),
        row(
            SupermicroX13,
            Fault("lockdown"),
            Step::VendorGates,
            "blocked",
            "system lockdown, which blocks updates; nothing",
        ),
        row(
            Idrac9,
            Fault("lc-not-ready"),
            Step::VendorGates,
            "blocked",
            "Lifecycle Controller is not ready (LCStatus InUse",
        ),
        row(Ilo6, Fault("in-post"), Step::VendorGates, "blocked", "not through POST (PostState InPost"),
        row(SupermicroX13, LicenceForTheOnlyWay, Step::VendorGates, "blocked", "SFT-DCMS-SINGLE"),
        row(SupermicroX12, Image, Step::Images, "blocked", "corrupt"),
        row(
            OpenBmc,
            Wrong::Rule(|| failing("/redfish/v1/Systems").times(2, u64::MAX)),
            Step::Inventory,
            "failed",
            "HTTP 500",
        ),
        row(Ilo6, Wrong::Rule(|| failing("*/LogServices")), Step::Log, "skipped", "names no log"),
        row(
            Idrac9,
            Machine(|machine| {
                let bios = machine.components.iter_mut().find(|component| component.name == "BIOS").unwrap();
                bios.version = "1.9.9".into();
            }),
            Step::PlanHolds,
            "blocked",
            "the plan is stale: BIOS runs 1.9.9",
        ),
        row(
            Idrac9,
            Fault("critical-event"),
            Step::LogAfter,
            "failed",
            "a critical event is new in its log: Correctable",
        ),
        row(
            OpenBmc,
            Fault("critical-event"),
            Step::LogAfter,
            "failed",
            "a critical event is new in its log: Correctable",
        ),
        row(Ilo6, Fault("critical-event"), Step::LogAfter, "failed", "a critical event is new in its log: Correctable"),
        row(
            SupermicroX13,
            Fault("critical-event"),
            Step::LogAfter,
            "failed",
            "a critical event is new in its log: Corr",
        ),
        work(Ilo5, "flash-does-not-take", Phase::FirmwareUpdate, "failed", "but the server still reports"),
        work(Idrac9, "ends-critical", Phase::FirmwareUpdate, "failed", "made no progress"),
        work(Idrac9, "task-hangs", Phase::FirmwareUpdate, "uncertain", "its task has not ended 40 minutes after"),
        work(Ilo6, "bmc-stays-away", Phase::FirmwareUpdate, "uncertain", "the BMC is away"),
        work(Ilo5, "post-hangs", Phase::SystemReboot, "blocked", "not through POST after 30 minutes"),
    ]
}

/// A resource that the BMC fails to show.
fn failing(path: &str) -> Rule {
    let answer = Effect::Answer {
        status: 500,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: b"{}".to_vec(),
        done: false,
    };
    Rule::new(answer).on("GET", path)
}

async fn spoil(site: &Site, engine: &Engine, plan: &Plan, index: usize, wrong: &Wrong) {
    let only = || Servers::Index(vec![index]);
    let server = || plan.servers.iter().find(|server| is_at(site, index, &server.endpoint.host)).unwrap();
    match wrong {
        Wrong::Fault(name) => {
            fault::load(&format!("{name}@{index}")).unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
        }
        Wrong::LicenceForTheOnlyWay => site.lab.bmc(index).change(|machine| machine.licensed = false),
        Wrong::Rule(rule) => site.lab.add_fault(&rule().at_servers(only())),
        Wrong::Machine(change) => site.lab.bmc(index).change(change),
        Wrong::Lease => {
            let now = engine.clock().now();
            let other = engine.store().add_run(plan.clone(), "somebody".into(), now).await.unwrap();
            assert_eq!(engine.store().lease(server().id, other, now).await.unwrap(), Ok(()));
        }
        Wrong::Image => {
            let image = site.bench.state_dir().join("images").join(server().updates[0].image.sha256.to_string());
            let mut bytes = std::fs::read(&image).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            super::replace(&image, &bytes);
        }
    }
}

fn is_at(site: &Site, index: usize, host: &str) -> bool {
    site.lab.addresses()[index].ip().to_string() == host
}

/// The first sub-step or phase that did not go well.
fn first_wrong(run: &ServerRun) -> (Place, State) {
    for record in &run.phases {
        let step = record.steps.iter().find(|step| step.state != State::Done && !is_usual(&step.state));
        if let Some(found) = step {
            let known = Step::ALL.into_iter().find(|one| one.phase() == record.phase && one.word() == found.step);
            return (Place::Step(known.unwrap()), found.state.clone());
        }
        if !record.state.lets_go_on() {
            return (Place::Phase(record.phase), record.state.clone());
        }
    }
    panic!("nothing is wrong: {run:#?}");
}

/// A stack without conditions of its own says so each time.
fn is_usual(state: &State) -> bool {
    matches!(state, State::Skipped { why } if why.contains("makes no conditions of its own"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_each_server_only_what_is_wrong_there_stops_it() {
    let rows = table();
    // Given a fleet with a server for each row, of which some are updated in one way alone,
    let personalities: Vec<_> = rows.iter().map(|row| row.personality).collect();
    let site = Site::start(Lab::builder().personalities(personalities).seed(3)).await;
    let engine = site.engine().await;
    let mut plan = site.planned(&[]).await;
    plan.options = Options { canary: false, stop_after: u32::MAX, ..plan.options };
    for (index, row) in rows.iter().enumerate() {
        if matches!(row.wrong, Wrong::LicenceForTheOnlyWay) {
            let of_row = plan.servers.iter_mut().filter(|server| is_at(&site, index, &server.endpoint.host));
            of_row
                .flat_map(|server| &mut server.updates)
                .for_each(|update| update.methods = vec![Method::SimpleUpdate]);
        }
        spoil(&site, &engine, &plan, index, &row.wrong).await;
    }
    // when all are updated at once,
    let state = to_the_end(&engine, plan).await;
    // then each says what is wrong, where, and nothing else.
    for (index, row) in rows.iter().enumerate() {
        let run = of(&site, &state, index);
        let (place, found) = first_wrong(run);
        let at = format!("row {index}, {}, {:?}", row.personality, row.place);
        assert_eq!((place, found.word()), (row.place, row.state), "{at}: {run:#?}");
        assert!(found.why().unwrap().contains(row.why), "{at}: {found:?}");
        let ends = match row.state {
            "blocked" => ServerState::Blocked,
            "failed" => ServerState::Failed,
            "uncertain" => ServerState::Uncertain,
            _ => ServerState::Succeeded,
        };
        assert_eq!(run.state, ends, "{at}");
        let machine = site.lab.bmc(index).machine();
        assert_eq!(machine.counts.bricks, 0, "{at}");
        let before_the_first_image = matches!(row.place, Place::Step(step) if step.phase() < Phase::FirmwareUpdate);
        if before_the_first_image && row.state != "skipped" {
            assert_eq!((machine.counts.pushes, machine.counts.host_resets), (0, 0), "{at}: nothing was changed");
        }
    }
}

fn of<'a>(site: &Site, state: &'a RunState, index: usize) -> &'a ServerRun {
    let found = state.servers.iter().find(|(plan, _)| is_at(site, index, &plan.endpoint.host));
    &found.unwrap().1
}

#[test]
fn a_sub_step_that_no_fault_of_the_lab_reaches_alone_is_named_here() {
    // They stand in the table of the worker's own tests, whose BMC changes at a given entry of the journal.
    let elsewhere = [Step::Power, Step::InventoryAfter, Step::Targets, Step::HealthAfter];
    // Theirs are `tests/it/bios` and the worker's own.
    let of_bios = |step: Step| step.phase() == Phase::BiosConfiguration;
    let rows = table();
    for step in Step::ALL.into_iter().filter(|step| !of_bios(*step)) {
        let is_here = rows.iter().any(|row| row.place == Place::Step(step));
        assert_ne!(is_here, elsewhere.contains(&step), "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_option_that_a_bmc_does_not_know_is_left_out_under_an_intent_of_its_own() {
    let info = json!({ "MessageId": "Base.1.8.PropertyUnknown", "Message": "no", "MessageArgs": ["PreserveSMBIOS"] });
    let body = json!({ "error": { "@Message.ExtendedInfo": [info] } });
    let answer = Effect::Answer {
        status: 400,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: body.to_string().into_bytes(),
        done: false,
    };
    // The second upload is the BIOS's.
    let unknown = Rule::new(answer).on("POST", "*/UpdateService/upload").times(2, 1);
    let site = Site::start(Lab::builder().personalities([SupermicroX13]).seed(3).fault(unknown)).await;
    let plan = site.planned(&[]).await;
    let engine = site.engine().await;
    let state = to_the_end(&engine, plan.clone()).await;
    assert_eq!(state.state(), ServerState::Succeeded, "{:#?}", state.servers[0].1);
    let updates = &state.servers[0].1.updates;
    let words: Vec<Vec<_>> = updates
        .iter()
        .map(|update| update.attempts.iter().map(|one| one.outcome.as_ref().unwrap().to_string()).collect())
        .collect();
    let left_out = words.iter().flatten().filter(|word| word.starts_with("did not take: HTTP 400")).count();
    assert_eq!(left_out, 1, "{words:?}");
    let journal = engine.store().journal(state.row.id, 0).unwrap();
    let intents = journal.iter().filter(|entry| entry.event.contains("push_intended")).count();
    assert_eq!(intents, plan.servers[0].updates.len() + 1, "each upload has an intent of its own");
    site.assert_unharmed();
}
