//! Fleets, plans and runs as an engine would send them, for tests.

mod look;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use crate::{
    api::{
        live::{
            BoardPhase, BoardRow, DiagnosisDocument, DiagnosisRow, ExchangeLine, FleetDocument, FleetRow, GoalRow,
            GoalsDocument, Hello, JournalLine, JournalPage, Message, RunBoard, RunHead, TranscriptPage, VaultState,
        },
        runs::{PlanDocument, RunLine},
        wire::{ComponentRow, Progress, Server},
    },
    domain::{
        diagnosis::Diagnosis,
        digest::Sha256,
        failure::{Failure, Weight},
        inventory::{Note, ServerId},
        kind::Kind,
        ladder::{Ladder, Rung},
        machine::Numbers,
        manifest::Criticality,
        offers::Method,
        plan::{Goal, LeftOut, Options, Plan, PlannedImage, ServerPlan, Update, Why},
        target::Endpoint,
    },
    tui::{
        action::{self, Context},
        input::Input,
        key::Key,
        keymap::Keymap,
        model::{Model, journal::JournalOf},
        msg::{Answer, Effect, Msg},
        theme::Themes,
        update::update,
    },
};

pub(crate) use look::{events, resource, sides};

pub(crate) const RUN: i64 = 17;

pub(crate) fn now() -> Timestamp {
    "2026-08-23T14:02:31Z".parse().unwrap()
}

pub(crate) fn ago(minutes: i64) -> String {
    (now() - SignedDuration::from_mins(minutes)).to_string()
}

/// A server of a fleet that has every kind of standing, each so often.
pub(crate) fn row(number: usize) -> FleetRow {
    let (vendor, model, generation, bios, bmc) = match number % 4 {
        0 => ("Dell", "PowerEdge R750", "iDRAC9", "1.13.2", "6.10.30.00"),
        1 => ("HPE", "ProLiant DL360 Gen10", "iLO 5", "U32 v2.62", "2.78"),
        2 => ("Supermicro", "SYS-621C-TN12R", "X13", "2.1", "01.03.09"),
        _ => ("OpenBMC", "Tiogapass", "OpenBMC", "F0E5", "2.14.0-dev"),
    };
    let failure = |kind: &str, weight, what: &str| Failure {
        kind: kind.into(),
        weight,
        what: what.into(),
        state: "nothing was changed; what is shown is of the last good reading".into(),
        next: "check the cable, then read it again".into(),
    };
    let error = match number % 23 {
        7 => Some(failure("no_answer", Weight::Failed, "10.4.12.8 does not answer within 10 s")),
        13 => Some(failure("certificate_changed", Weight::Blocked, "the certificate is another than the pinned one")),
        _ => None,
    };
    FleetRow {
        id: format!("s{}", number + 1),
        address: format!("10.{}.{}.{}", number / 65_000, number / 250, number % 250 + 1),
        port: if number.is_multiple_of(5) { 8443 } else { 443 },
        name: Some(format!("r{:02}u{:02}-{}", number / 40 + 1, number % 40 + 1, ["gpu", "cpu", "sto"][number % 3])),
        rack: Some(format!("r{:02}", number / 40 + 1)),
        unit: Some(format!("{}", number % 40 + 1)),
        site: Some("ams1".into()),
        vendor: Some(vendor.into()),
        generation: Some(generation.into()),
        model: Some(model.into()),
        serial: Some(format!("S4471B{number:03}")),
        power: Some(if number % 9 == 4 { "Off" } else { "On" }.into()),
        health: Some(if number % 11 == 5 { "Warning" } else { "OK" }.into()),
        bios: (number % 17 != 9).then(|| bios.into()),
        bmc: Some(bmc.into()),
        components: 12 + number % 7,
        read_at: Some(ago((number % 60) as i64)),
        new: number % 31 == 6,
        here: number == 11,
        error,
        ..FleetRow::default()
    }
}

pub(crate) fn fleet(count: usize) -> FleetDocument {
    FleetDocument { schema: 1, servers: (0..count).map(row).collect() }
}

pub(crate) fn hello() -> Hello {
    Hello {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        pid: 4711,
        speed: 1.0,
        carries: vec![],
        readings: 0,
        listeners: 1,
        vault: VaultState::Unused,
    }
}

fn component(kind: &str, name: &str, version: Option<&str>) -> ComponentRow {
    ComponentRow {
        id: name.to_lowercase(),
        kind: kind.into(),
        name: name.into(),
        version: version.map(str::to_owned),
        normalised: None,
        unknown: version.is_none().then(|| "the BMC lists it without a version".into()),
        software_id: None,
        updateable: Some(kind != "psu"),
        slot: "running".into(),
        targets: vec![],
        others: vec![],
        source: Some("redfish".into()),
        read_at: Some(ago(3)),
    }
}

pub(crate) fn server(number: usize) -> Server {
    let row = row(number);
    let json = serde_json::json!({
        "id": row.id, "address": row.address, "port": row.port, "also_at": [], "name": row.name, "rack": row.rack,
        "unit": row.unit, "site": row.site, "labels": {}, "vendor": row.vendor, "stack": null,
        "generation": row.generation, "model": row.model, "serial": row.serial, "service_tag": null, "board": null,
        "uuid": null, "host_name": null, "power": row.power, "health": row.health, "bios": row.bios, "bmc": row.bmc,
        "systems": [], "managers": [], "components": [], "unknown": {"host_name": "the BMC names no host"},
        "notes": [], "read_at": row.read_at, "error": null,
    });
    let mut server: Server = serde_json::from_value(json).unwrap();
    server.components = vec![
        component("bios", "System BIOS", row.bios.as_deref()),
        component("bmc", "BMC firmware", row.bmc.as_deref()),
        component("cpld", "System CPLD", Some("1.0.4")),
        component("nic", "BCM57414 25Gb SFP28 port 1", Some("22.31.6")),
        component("nic", "BCM57414 25Gb SFP28 port 2", None),
        component("storage", "PERC H755 Front", Some("52.16.1-4405")),
        component("psu", "PSU.Slot.1", Some("00.1B.53")),
        component("tpm", "TPM 2.0", Some("7.2.2.0")),
    ];
    server.notes = vec![Note {
        at: "/redfish/v1/UpdateService/FirmwareInventory/NIC.2".into(),
        what: "Version is a number, not text: \x1b[31m22\x1b[0m".into(),
    }];
    server.error = row.error;
    server
}

pub(crate) fn goals() -> GoalsDocument {
    let goal = |name: &str, what: &str| GoalRow { name: name.into(), what: what.into() };
    GoalsDocument {
        schema: 1,
        baselines: vec![goal("2026.08", "14 wanted versions for 6 models"), goal("2026.07", "12 wanted versions")],
        images: vec![
            goal("dell-r750-bios-1.15.1", "bios 1.15.1 for PowerEdge R750"),
            goal("smc-x13-bmc-01.04.02", "bmc 01.04.02 for X13"),
        ],
        bios_profiles: vec![],
        mistakes: vec![],
    }
}

fn update_of(kind: Kind, name: &str, from: &str, to: &str) -> Update {
    let bios = kind == Kind::Bios;
    Update {
        component: name.to_lowercase(),
        kind,
        name: name.into(),
        targets: vec![],
        from: from.into(),
        to: to.into(),
        image: PlannedImage {
            id: format!("{kind}-{to}"),
            file: format!("{kind}_{to}.bin"),
            sha256: Sha256([to.len() as u8; 32]),
            size: 33_554_432,
            signature: None,
        },
        tpm_override: false,
        methods: vec![Method::Multipart, Method::SimpleUpdate],
        ladder: Ladder {
            rungs: vec![
                Rung {
                    method: Method::Multipart,
                    why: "the BMC offers it: image and parameters in one request".into(),
                },
                Rung { method: Method::SimpleUpdate, why: "the BMC fetches the image itself".into() },
            ],
            left_out: vec![Rung { method: Method::Racadm, why: "the tool was not found".into() }],
        },
        criticality: Criticality::Normal,
        host_reset: bios,
        bmc_reset: !bios,
        host_off: false,
        minutes: if bios { 9 } else { 4 },
        why: "baseline 2026.08 wants it".into(),
    }
}

/// A plan for the first `count` servers: most change, some need nothing, one is refused.
pub(crate) fn plan(count: usize) -> PlanDocument {
    let servers = (0..count)
        .map(|number| {
            let row = row(number);
            let left =
                |name: &str, why| LeftOut { component: name.into(), name: name.into(), version: Some("1".into()), why };
            let needs_nothing = number % 5 == 3;
            let refused = (number % 7 == 4).then_some(Why::NeedsAcCycle);
            let updates = if needs_nothing || refused.is_some() {
                vec![]
            } else {
                vec![
                    update_of(Kind::Bmc, "BMC firmware", row.bmc.as_deref().unwrap_or("?"), "7.00.30.00"),
                    update_of(Kind::Bios, "System BIOS", row.bios.as_deref().unwrap_or("1.13.2"), "1.15.1"),
                ]
            };
            let mut left_out = vec![left("System CPLD", Why::AlreadyThere)];
            if number % 6 == 1 {
                left_out.push(left("PERC H755 Front", Why::NeedsAcCycle));
            }
            ServerPlan {
                id: ServerId(number as u64 + 1),
                endpoint: Endpoint { host: row.address, port: row.port },
                name: row.name,
                identity: Numbers::default(),
                updates,
                order: None,
                left_out,
                bios: None,
                refused,
            }
        })
        .collect();
    let plan =
        Plan { goal: Goal::Baseline("2026.08".into()), bios_profile: None, options: Options::default(), servers };
    PlanDocument {
        schema: 1,
        digest: "9f3c21aa5b7d0011223344556677889900aabbccddeeff00112233445566778899".into(),
        plan,
    }
}

pub(crate) fn head(run: i64, state: &str, carried: bool, servers: &[(&str, usize)]) -> RunHead {
    RunHead {
        line: RunLine {
            run,
            plan: "9f3c21aa5b7d00112233".into(),
            state: state.into(),
            actor: "kim".into(),
            started: ago(11 + (RUN - run) * 700),
            servers: servers.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect::<BTreeMap<_, _>>(),
        },
        goal: "baseline 2026.08".into(),
        carried,
        held: None,
        stop_after: 1,
        ended: (!carried).then(|| ago(2 + (RUN - run) * 700)),
    }
}

pub(crate) fn runs(count: usize) -> Vec<RunHead> {
    (0..count)
        .map(|back| {
            let run = RUN - back as i64;
            match back {
                0 => head(run, "running", true, &[("succeeded", 3), ("running", 2), ("pending", 2), ("failed", 1)]),
                back if back % 3 == 1 => head(run, "succeeded", false, &[("succeeded", 12)]),
                back if back % 3 == 2 => head(run, "failed", false, &[("succeeded", 39), ("failed", 1)]),
                _ => head(run, "cancelled", false, &[("succeeded", 3), ("cancelled", 2)]),
            }
        })
        .collect()
}

/// A server of a run, as far as `stage`: 0 waits, 1 is flashed, 2 uploads, 3 succeeded, 4 failed, 5 uncertain, 6 blocked.
pub(crate) fn board_row(number: usize, stage: usize) -> BoardRow {
    let phases = |words: [&str; 6]| {
        words
            .iter()
            .enumerate()
            .map(|(index, state)| BoardPhase {
                state: (*state).into(),
                began: (*state != "pending").then(|| ago(11 - index as i64)),
                ended: (!matches!(*state, "pending" | "running")).then(|| ago(10 - index as i64)),
                why: matches!(*state, "failed" | "uncertain" | "blocked").then(|| "still 2.04, wanted 2.10".into()),
            })
            .collect()
    };
    let (state, phases) = match stage {
        0 => ("pending", phases(["pending"; 6])),
        1 | 2 => ("running", phases(["done", "done", "running", "pending", "pending", "pending"])),
        3 => ("succeeded", phases(["done", "done", "done", "done", "skipped", "done"])),
        4 => ("failed", phases(["done", "done", "done", "done", "skipped", "failed"])),
        5 => ("uncertain", phases(["done", "done", "uncertain", "pending", "pending", "pending"])),
        _ => ("blocked", phases(["blocked", "pending", "pending", "pending", "pending", "pending"])),
    };
    let row = row(number);
    BoardRow {
        id: row.id,
        name: row.name.unwrap_or_default(),
        state: state.into(),
        phases,
        now: match stage {
            1 => Some("BIOS 2.1 -> 2.5: flashing".into()),
            2 => Some("BIOS 2.1 -> 2.5: multipart".into()),
            _ => None,
        },
        word: (stage == 1).then(|| "Running".into()),
        percent: match stage {
            1 => Some(43),
            2 => Some(7),
            _ => None,
        },
        sent: (stage == 2).then_some((14_428_410, 33_554_432)),
        why: matches!(stage, 4..)
            .then(|| "BIOS 2.10 was flashed, but the server still reports 2.04 after its reset".into()),
        settings: (0, 0),
        bios: vec![],
        updates: (usize::from(stage == 3) * 2, 2),
        began: (stage != 0).then(|| ago(11)),
        last: Some(ago(if number % 4 == 2 { 4 } else { 0 })),
        ended: matches!(stage, 3..).then(|| ago(2)),
    }
}

pub(crate) fn board(stages: &[usize]) -> RunBoard {
    let servers: Vec<BoardRow> = stages.iter().enumerate().map(|(number, stage)| board_row(number, *stage)).collect();
    let mut counts = BTreeMap::new();
    for row in &servers {
        *counts.entry(row.state.clone()).or_default() += 1;
    }
    let mut head = head(RUN, "running", true, &[]);
    head.line.servers = counts;
    RunBoard { schema: 1, run: head, servers, seq: 400 }
}

pub(crate) fn entries(run: i64, count: i64) -> JournalPage {
    let entries = (1..=count)
        .map(|seq| {
            let (words, event) = match seq % 6 {
                1 => ("pre_flight began", serde_json::json!({"event": "phase_began"})),
                2 => ("pre_flight: credentials work", serde_json::json!({"event": "step_ended", "state": {"state": "done"}})),
                3 => ("BIOS: will be sent by multipart", serde_json::json!({"event": "push_intended"})),
                4 => ("BIOS: the BMC took it; task /redfish/v1/TaskService/Tasks/7", serde_json::json!({"event": "push_ended"})),
                5 => ("BIOS: 2.5 was read back", serde_json::json!({"event": "update_settled", "settled": {"settled": "applied"}})),
                _ => (
                    "final_validation failed: BIOS 2.10 was flashed, but the server still reports 2.04 after its reset; \
                     power the host off and on, then try it again",
                    serde_json::json!({"event": "phase_ended", "state": {"state": "failed"}}),
                ),
            };
            JournalLine {
                seq,
                run,
                server: (seq % 9 != 0).then(|| format!("s{}", seq % 8 + 1)),
                at: ago(12 - (seq / 4).min(12)),
                event,
                words: words.into(),
                hash: String::new(),
            }
        })
        .collect();
    JournalPage { schema: 1, entries, more: false }
}

pub(crate) fn diagnosis(run: i64, server: &str) -> DiagnosisDocument {
    let diagnosis = Diagnosis {
        id: "version_unchanged".into(),
        cause: "the BMC took the image and ended its task, and the version that is read is still 2.04".into(),
        state:
            "no task is running; the BMC had accepted its image; installed in this run: BMC firmware 7.00.30.00; the \
                host was reset, and is on"
                .into(),
        next: format!(
            "read the BMC's event log of that time; if the vendor wants an AC cycle for this component, do that, then \
             `firmdeck runs retry {run} {server}`"
        ),
        seen: vec!["firmware_update: failed: 2.10 was flashed, but the server still reports 2.04".into()],
        source: Some("success is the version, not the task".into()),
    };
    let row = DiagnosisRow { component: Some("System BIOS".into()), diagnosis };
    DiagnosisDocument { schema: 1, run, server: server.into(), diagnoses: vec![row] }
}

pub(crate) fn transcript() -> TranscriptPage {
    let exchange = |method: &str, path: &str, status, body: &str| ExchangeLine {
        at: ago(1),
        tool: None,
        method: method.into(),
        path: path.into(),
        status,
        ms: 84,
        length: body.len(),
        body: body.into(),
        error: status.is_none().then(|| "the connection was cut".into()),
    };
    TranscriptPage {
        schema: 1,
        exchanges: vec![
            exchange("GET", "/redfish/v1/UpdateService", Some(200), "{\"@odata.id\":\"/redfish/v1/UpdateService\"}"),
            exchange("POST", "/redfish/v1/UpdateService/upload", Some(202), ""),
            exchange("GET", "/redfish/v1/TaskService/Tasks/7", Some(503), "\x1b]0;owned\x07"),
            exchange("GET", "/redfish/v1/TaskService/Tasks/7", None, ""),
        ],
        next: None,
    }
}

/// Every key that the embedded keymap has a use for.
pub(crate) fn every_key() -> Vec<Key> {
    let keymap = Keymap::embedded().unwrap();
    let places = Context::ALL.iter().map(|(context, ..)| *context);
    places
        .flat_map(|context| action::of(context).map(move |action| (context, action.id)))
        .flat_map(|(context, id)| keymap.chords(context, id).to_vec())
        .flat_map(|chord| chord.0)
        .collect()
}

/// A screen at a desk: keys in, effects out, answers by hand.
pub(crate) struct Desk {
    pub(crate) model: Model,
    pub(crate) effects: Vec<Effect>,
}

impl Desk {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let mut model = Model::new(now(), Size { width, height }, Keymap::embedded().unwrap());
        model.themes = Themes::embedded().names().map(str::to_owned).collect();
        Self { model, effects: Vec::new() }
    }

    /// A desk whose engine answers and has `count` servers.
    pub(crate) fn with(width: u16, height: u16, count: usize) -> Self {
        let mut desk = Self::new(width, height);
        desk.tell(Msg::At(now()));
        desk.tell(Msg::Attached(hello()));
        desk.tell(Msg::Answer(Answer::Fleet(Ok(fleet(count)))));
        desk
    }

    pub(crate) fn tell(&mut self, msg: Msg) {
        self.effects.extend(update(&mut self.model, msg));
    }

    pub(crate) fn answer(&mut self, answer: Answer) {
        self.tell(Msg::Answer(answer));
    }

    pub(crate) fn engine(&mut self, message: Message) {
        self.tell(Msg::Engine(Box::new(message)));
    }

    /// The fleet is read again, and this server is so now.
    pub(crate) fn server(&mut self, row: FleetRow) {
        let mut servers: Vec<FleetRow> = self.model.fleet.all().filter(|known| known.id != row.id).cloned().collect();
        servers.push(row);
        self.engine(Message::Reading {
            reading: 1,
            progress: Progress { read: servers.len(), failed: 0, total: servers.len() },
            done: true,
        });
        self.answer(Answer::Fleet(Ok(FleetDocument { schema: 1, servers })));
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.tell(Msg::Input(Input::Key(key)));
    }

    /// Types letters; `\n` is Enter, `\x1b` is Esc and `\t` is Tab.
    pub(crate) fn keys(&mut self, text: &str) {
        for letter in text.chars() {
            self.key(match letter {
                '\n' => Key::Enter,
                '\x1b' => Key::Esc,
                '\t' => Key::Tab,
                letter => Key::Char(letter),
            });
        }
    }

    /// The effects since the last call.
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn notice(&self) -> &str {
        self.model.notice.as_ref().map_or("", |notice| &notice.text)
    }

    /// Answers whatever the screen asks for, until it asks for nothing more.
    pub(crate) fn serve(&mut self, servers: usize, stages: &[usize], runs_known: usize) {
        for _ in 0..50 {
            let asked = self.take();
            if asked.is_empty() {
                return;
            }
            for effect in asked {
                let answer = match effect {
                    Effect::LoadFleet => Answer::Fleet(Ok(fleet(servers))),
                    Effect::LoadServer(id) => {
                        let number = id.trim_start_matches('s').parse::<usize>().unwrap_or(1) - 1;
                        Answer::Server(id, Ok(Box::new(server(number))))
                    }
                    Effect::LoadGoals => Answer::Goals(Ok(goals())),
                    Effect::LoadRuns => Answer::Runs(Ok(runs(runs_known))),
                    Effect::LoadBoard(run) => Answer::Board(run, Ok(board(stages))),
                    Effect::LoadJournal(of, after) => {
                        let run = match of {
                            JournalOf::Run(run) | JournalOf::Server { run, .. } => run,
                            JournalOf::Last(_) => RUN,
                        };
                        let mut page = entries(run, 40);
                        page.entries.retain(|line| line.seq > after);
                        Answer::Journal(of, Ok((Some(run), page)))
                    }
                    Effect::LoadTranscript(server) => Answer::Transcript(server, Ok(transcript())),
                    Effect::LoadDiagnosis(of) => {
                        let told = diagnosis(of.0, &of.1);
                        Answer::Diagnosis(of, Ok(told))
                    }
                    Effect::LoadResource(place) => {
                        let document = resource(&place.server, &place.path);
                        Answer::Resource(place, Ok(Box::new(document)))
                    }
                    Effect::LoadEvents(server) => {
                        let log = events(&server);
                        Answer::Events(server, Ok(log))
                    }
                    Effect::LoadBeside(of) => Answer::Beside(of, Ok(sides())),
                    Effect::Plan(wish) => Answer::Plan(Ok(Box::new(plan(wish.servers.len().max(6))))),
                    Effect::Start(_) => Answer::Started(Ok(RUN)),
                    Effect::Read { targets, .. } => {
                        Answer::Reading(Progress { read: 1, failed: 0, total: targets.len() })
                    }
                    _ => continue,
                };
                self.answer(answer);
            }
        }
    }
}
