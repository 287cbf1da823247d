//! What a client sees while things happen: summary rows, and the messages of the event stream. Versioned as
//! [`super::wire`] is; a field is added freely, and a message of an unknown type is to be passed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{runs::RunLine, wire::Progress};
use crate::domain::{diagnosis::Diagnosis, failure::Failure};

/// `GET /v1/hello`: who answers on the socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// The engine's version of firmdeck.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// How many times faster than real time it waits for devices; 1 but in a lab.
    pub speed: f64,
    /// Runs that it carries at this moment.
    pub carries: Vec<i64>,
    /// Readings under way.
    pub readings: usize,
    /// Clients that listen to its events.
    pub listeners: usize,
    /// How the vault stands.
    #[serde(default)]
    pub vault: VaultState,
}

/// How the vault of passwords stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// No credential is taken from it.
    #[default]
    Unused,
    /// A person has to open it first.
    Locked,
    /// The engine has it.
    Open,
}

/// `GET /v1/fleet`: a row a server; components are in `GET /v1/servers/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetDocument {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// By address.
    pub servers: Vec<FleetRow>,
}

/// A server in the fleet table. What was not read is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetRow {
    /// Our id, or `address:port` where nothing was ever identified there.
    pub id: String,
    /// The BMC's address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// From the targets file, as are the next four.
    pub name: Option<String>,
    /// Rack.
    pub rack: Option<String>,
    /// Rack unit.
    pub unit: Option<String>,
    /// Site.
    pub site: Option<String>,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The brand of the machine.
    pub vendor: Option<String>,
    /// The BMC software, as in the inventory document.
    pub stack: Option<String>,
    /// The vendor's generation word: "iDRAC9", "iLO 6".
    pub generation: Option<String>,
    /// The model as the vendor writes it.
    pub model: Option<String>,
    /// The system's serial number.
    pub serial: Option<String>,
    /// Name of the operating system side.
    pub host_name: Option<String>,
    /// Redfish PowerState.
    pub power: Option<String>,
    /// Redfish Health.
    pub health: Option<String>,
    /// The system firmware that runs.
    pub bios: Option<String>,
    /// The BMC firmware that runs.
    pub bmc: Option<String>,
    /// How many components are known.
    pub components: usize,
    /// When the inventory was read, RFC 3339.
    pub read_at: Option<String>,
    /// True where it was read only once so far.
    #[serde(default)]
    pub new: bool,
    /// True where it is the machine that the engine runs on: it cannot be selected.
    #[serde(default)]
    pub here: bool,
    /// Why the last try failed; the fields above are then of the last good one.
    pub error: Option<Failure>,
    /// The run that works on it now.
    pub run: Option<i64>,
}

/// `GET /v1/runs/{run}/board`: a run as its screen shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunBoard {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// The run as a whole.
    pub run: RunHead,
    /// In the plan's order.
    pub servers: Vec<BoardRow>,
    /// The journal entry up to which this is told; events after it are in the stream from there.
    pub seq: i64,
}

/// A run as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// As in `runs list`.
    #[serde(flatten)]
    pub line: RunLine,
    /// What the plan wants: `baseline NAME` or `image ID`.
    pub goal: String,
    /// True where an engine carries it now.
    pub carried: bool,
    /// Why nothing new begins although it is not over: stopped, halted by the stop rule, held after an absence.
    pub held: Option<String>,
    /// How many failures stop it.
    pub stop_after: u32,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
}

/// One server of a run, on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    /// Our id.
    pub id: String,
    /// The operator's name, or the endpoint.
    pub name: String,
    /// `pending running succeeded skipped cancelled blocked uncertain failed`
    pub state: String,
    /// The six phases, in order.
    pub phases: Vec<BoardPhase>,
    /// What is being done, in words: "BIOS 2.1 -> 2.5: multipart".
    pub now: Option<String>,
    /// What the BMC said last.
    pub word: Option<String>,
    /// Percent of the current update, at most 99 until it is verified.
    pub percent: Option<u8>,
    /// Bytes of the image that have left, and all of them, while it leaves.
    pub sent: Option<(u64, u64)>,
    /// Why it ended as it did, where it did not succeed.
    pub why: Option<String>,
    /// Updates that were read back, and all of them.
    pub updates: (usize, usize),
    /// BIOS settings that were read back, and all that were changed.
    #[serde(default)]
    pub settings: (usize, usize),
    /// Each of them, in words: "SysProfile PerfOptimized -> Custom".
    #[serde(default)]
    pub bios: Vec<String>,
    /// When it began, RFC 3339.
    pub began: Option<String>,
    /// When its last journal entry was written, RFC 3339: silence is counted from here.
    pub last: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
}

/// A phase in a [`BoardRow`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPhase {
    /// `pending running done skipped blocked failed uncertain`
    pub state: String,
    /// When it began, RFC 3339.
    pub began: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// Why, where the state has a reason.
    pub why: Option<String>,
}

/// `GET /v1/runs/{run}/journal`: a page of what happened, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// The entries.
    pub entries: Vec<JournalLine>,
    /// True where there are more after the last one.
    pub more: bool,
}

/// An entry of the journal, with what it says in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Its number, over all runs.
    pub seq: i64,
    /// The run.
    pub run: i64,
    /// The server; absent where it is of the run as a whole.
    pub server: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// The event as it is kept.
    pub event: serde_json::Value,
    /// In words, for a person.
    pub words: String,
    /// The entry's hash.
    pub hash: String,
}

/// `GET /v1/runs/{run}/servers/{id}/diagnosis`: what is told of a server that did not end well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosisDocument {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// The run.
    pub run: i64,
    /// The server.
    pub server: String,
    /// Of each update that did not succeed, or of the server as a whole; none where it ended well or goes on.
    pub diagnoses: Vec<DiagnosisRow>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosisRow {
    /// The vendor's name for the component; absent where it is of the server as a whole.
    pub component: Option<String>,
    /// What is told.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
}

/// `GET /v1/servers/{id}/transcript`: what was said to a BMC and what it answered, free of secrets, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptPage {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// The exchanges.
    pub exchanges: Vec<ExchangeLine>,
    /// Where the next page begins; absent at the end.
    pub next: Option<u64>,
}

/// One exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeLine {
    /// When the request left, RFC 3339.
    pub at: String,
    /// What a tool said: then nothing of HTTP is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolWords>,
    /// HTTP method.
    #[serde(default)]
    pub method: String,
    /// Path and query.
    #[serde(default)]
    pub path: String,
    /// Absent where no answer came.
    pub status: Option<u16>,
    /// Milliseconds from request to the end of the answer.
    #[serde(default)]
    pub ms: u64,
    /// Length of the answer in bytes.
    #[serde(default)]
    pub length: usize,
    /// The answer's first bytes.
    #[serde(default)]
    pub body: String,
    /// Why no whole answer came.
    pub error: Option<String>,
}

/// One line of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolWords {
    /// The tool.
    pub name: String,
    /// `output errors terminal answer`
    pub stream: String,
    /// The line.
    pub text: String,
}

/// `GET /v1/goals`: what can be planned for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalsDocument {
    /// [`super::wire::SCHEMA`]
    pub schema: u32,
    /// Baselines of the manifests.
    pub baselines: Vec<GoalRow>,
    /// Images of the manifests.
    pub images: Vec<GoalRow>,
    /// BIOS profiles.
    #[serde(default)]
    pub bios_profiles: Vec<GoalRow>,
    /// Mistakes in the manifests, `file:line:column: what`; nothing is planned while there are any.
    pub mistakes: Vec<String>,
}

impl GoalsDocument {
    /// True where there is nothing to plan for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.baselines.is_empty() && self.images.is_empty() && self.bios_profiles.is_empty()
    }
}

/// Something to plan for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalRow {
    /// Its name.
    pub name: String,
    /// In words: "bios 2.5 for PowerEdge R750", or how many wanted versions.
    pub what: String,
}

/// Somebody who follows the events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The engine's number for it.
    pub number: u64,
    /// Who, as in the journal: `ana from 10.0.0.5`.
    pub who: String,
    /// At which terminal: `pts/3`; absent where at none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// Since when, RFC 3339.
    pub since: String,
}

/// A message of the event stream (`GET /v1/events`, a WebSocket; `?since=SEQ` begins after that journal entry).
/// Entries are never lost. Rows and progress are the newest state only: one that is late replaces the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Message {
    /// A journal entry.
    Entry(JournalLine),
    /// A server of a run, at most twice a second.
    Row {
        /// The run.
        run: i64,
        /// Its server.
        row: BoardRow,
    },
    /// A run as a whole changed.
    Run(RunHead),
    /// A reading of BMCs goes on; `done` where it has ended, and the fleet is to be fetched anew.
    Reading {
        /// Which one; numbers are the engine's own.
        reading: u64,
        /// How far it is.
        progress: Progress,
        /// True at its end.
        done: bool,
    },
    /// Everything up to this journal entry was sent.
    Caught {
        /// The entry.
        seq: i64,
    },
    /// Who follows the events now: somebody has come or gone.
    Present {
        /// Every listener, the first that came first.
        here: Vec<Listener>,
        /// Which of them this one is; in its first message alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        own: Option<u64>,
    },
    /// Somebody has opened the vault.
    Vault {
        /// How it stands now.
        state: VaultState,
    },
    /// Rows may have been missed: fetch the fleet and the boards that are shown anew. Entries follow all the same.
    Resync,
    /// A message that this client does not know.
    #[serde(other)]
    Unknown,
}
