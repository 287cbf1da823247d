//! The documents that firmdeck prints and serves. Versioned: a field is added freely, changed or removed only with
//! another `schema`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    change::Change,
    failure::Failure,
    inspected::Inspected,
    inventory::{Component, Inventory, Manager, Note, OtherVersion, System, Updateable},
    reading::Reading,
};

/// The version of these documents.
pub const SCHEMA: u32 = 1;

/// `firmdeck inventory --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InventoryDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// One entry a BMC; several systems or managers behind one are in its `systems` and `managers`.
    pub servers: Vec<Server>,
}

/// `firmdeck inventory --filter QUERY --json`: the servers for which the query holds, and how many were left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FilteredInventory {
    /// The document, with the servers for which the query holds.
    #[serde(flatten)]
    pub document: InventoryDocument,
    /// What became of the others; absent where nothing was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<FilterOutcome>,
}

/// What a query did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterOutcome {
    /// The query as it was understood.
    pub query: String,
    /// Servers for which it holds.
    pub matched: usize,
    /// Servers for which it does not.
    pub not_matched: usize,
    /// Servers left out because a value that the query asks for was not read.
    pub unknown: usize,
    /// Servers left out because a version has no known order to the query's.
    pub not_comparable: usize,
}

/// One BMC and the machine behind it. A value that could not be read is null, and `unknown` says why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Server {
    /// Our id; null where nothing was ever identified at the address.
    pub id: Option<String>,
    /// The BMC's address as it was given.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Other endpoints that lead to the same machine, `address:port`.
    pub also_at: Vec<String>,
    /// From the targets file, as are the next four.
    pub name: Option<String>,
    /// Rack.
    pub rack: Option<String>,
    /// Rack unit.
    pub unit: Option<String>,
    /// Site.
    pub site: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The brand of the machine.
    pub vendor: Option<String>,
    /// The BMC software: `idrac`, `ilo`, `supermicro`, `xcc`, `open_bmc`, `mega_rac`, `cray_ex`, `intel`, `generic`.
    pub stack: Option<String>,
    /// The vendor's generation word: "iDRAC9", "iLO 6", "X13".
    pub generation: Option<String>,
    /// The model as the vendor writes it.
    pub model: Option<String>,
    /// The system's serial number.
    pub serial: Option<String>,
    /// Dell's service tag.
    pub service_tag: Option<String>,
    /// The board that images are matched by.
    pub board: Option<String>,
    /// SMBIOS UUID.
    pub uuid: Option<String>,
    /// Name of the operating system side.
    pub host_name: Option<String>,
    /// Redfish PowerState: `On`, `Off`, `PoweringOn`, `PoweringOff`, `Paused`.
    pub power: Option<String>,
    /// Redfish Health: `OK`, `Warning`, `Critical`.
    pub health: Option<String>,
    /// The system firmware that the machine runs.
    pub bios: Option<String>,
    /// The firmware that the BMC runs.
    pub bmc: Option<String>,
    /// Every system behind the BMC, the main one first.
    pub systems: Vec<SystemRow>,
    /// Every manager behind the address, the main one first.
    pub managers: Vec<ManagerRow>,
    /// Every firmware.
    pub components: Vec<ComponentRow>,
    /// Why a field above is null, by field.
    pub unknown: BTreeMap<String, String>,
    /// What was odd while reading, and where.
    pub notes: Vec<Note>,
    /// When the inventory was read, RFC 3339.
    pub read_at: Option<String>,
    /// True where it was read only once so far.
    #[serde(default)]
    pub new: bool,
    /// Why the last try failed; the fields above are then of the last good one.
    pub error: Option<Failure>,
}

/// One system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SystemRow {
    /// The BMC's id for it.
    pub id: String,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// SMBIOS UUID.
    pub uuid: Option<String>,
    /// Redfish PowerState.
    pub power: Option<String>,
    /// Redfish Health.
    pub health: Option<String>,
    /// Name of the operating system side.
    pub host_name: Option<String>,
    /// The system firmware it booted with.
    pub bios: Option<String>,
}

/// One manager.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManagerRow {
    /// The BMC's id for it.
    pub id: String,
    /// Redfish ManagerType.
    pub r#type: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// The firmware it runs.
    pub version: Option<String>,
}

/// One firmware.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComponentRow {
    /// Stable from one reading to the next.
    pub id: String,
    /// `bios bmc cpld nic storage drive psu gpu tpm other`
    pub kind: String,
    /// The vendor's name.
    pub name: String,
    /// As read; null where unknown.
    pub version: Option<String>,
    /// In canonical form, where its family has one.
    pub normalised: Option<String>,
    /// Why the version is unknown.
    pub unknown: Option<String>,
    /// Redfish SoftwareId.
    pub software_id: Option<String>,
    /// What the BMC says; null where it says nothing.
    pub updateable: Option<bool>,
    /// Which copy: `running`, `current`, `staged`, `available`, `previous`, `backup`, `golden`.
    pub slot: String,
    /// Resources that an update can name as its target.
    pub targets: Vec<String>,
    /// Other copies of the same component.
    pub others: Vec<OtherVersion>,
    /// What said so: `redfish`.
    pub source: Option<String>,
    /// When, RFC 3339.
    pub read_at: Option<String>,
}

/// `firmdeck pins list --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PinsDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// By endpoint.
    pub pins: Vec<PinRow>,
}

/// One pin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PinRow {
    /// The BMC's address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// `sha256:` and 64 hex digits, of the certificate in DER; null where only the level is known.
    pub fingerprint: Option<String>,
    /// `strict`, `compat` or `legacy`.
    pub level: Option<String>,
    /// `first_contact`, `accepted` or `imported`.
    pub origin: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// `firmdeck pins accept --json`, besides the BMC's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinAccepted {
    /// The pin before, if there was one.
    pub before: Option<String>,
    /// The pin now: `sha256:` and 64 hex digits.
    pub fingerprint: String,
    /// The TLS level that the handshake needed.
    pub level: String,
}

/// Counts of a reading under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// BMCs that were read.
    pub read: usize,
    /// BMCs that could not be.
    pub failed: usize,
    /// All of them.
    pub total: usize,
}

/// What came of a reading, besides the inventory itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSummary {
    /// BMCs that were read.
    pub read: usize,
    /// BMCs that could not be.
    pub failed: usize,
    /// Of those, how many wait for a person's decision.
    pub blocked: usize,
    /// Addresses that were searched and have no BMC; not among the failed.
    pub without: usize,
    /// Servers not known before.
    pub new: usize,
    /// Servers on which something changed since the last reading.
    pub changed: usize,
    /// Further addresses of servers that have another.
    pub aliases: usize,
    /// Certificates pinned at first contact.
    pub pinned: usize,
    /// Requests sent.
    pub requests: u64,
}

/// A difference that a reading found on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerChange {
    /// The server's id.
    pub id: String,
    /// Where it was read.
    pub at: String,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// An address that was searched and has no BMC that firmdeck can speak to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoBmc {
    /// The address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// `no_answer`, `connection_refused`, `plain_http`, `not_redfish`, `tls_failed` and so on.
    pub kind: String,
    /// What happened.
    pub what: String,
}

/// What a reading found, besides the inventory itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReport {
    /// Counts.
    pub summary: ReadSummary,
    /// What changed.
    pub changes: Vec<ServerChange>,
    /// Addresses without a BMC; only where they were searched, not named.
    pub no_bmc: Vec<NoBmc>,
}

/// `firmdeck discover --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiscoveryDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// Counts.
    pub summary: ReadSummary,
    /// How many addresses have no BMC, by kind.
    pub without: BTreeMap<String, usize>,
    /// The addresses that answered, but not as a BMC.
    pub others: Vec<NoBmc>,
    /// What changed since the last reading.
    pub changes: Vec<ServerChange>,
    /// The BMCs that were found, as in the inventory document.
    pub servers: Vec<Server>,
}

fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

impl From<&System> for SystemRow {
    fn from(system: &System) -> Self {
        Self {
            id: system.id.clone(),
            model: system.model.value().cloned(),
            serial: system.serial.value().cloned(),
            uuid: system.uuid.value().cloned(),
            power: system.power.value().cloned(),
            health: system.health.value().cloned(),
            host_name: system.host_name.value().cloned(),
            bios: system.bios_version.value().cloned(),
        }
    }
}

impl From<&Manager> for ManagerRow {
    fn from(manager: &Manager) -> Self {
        Self {
            id: manager.id.clone(),
            r#type: manager.manager_type.value().cloned(),
            model: manager.model.value().cloned(),
            version: manager.firmware_version.value().cloned(),
        }
    }
}

impl From<&Component> for ComponentRow {
    fn from(component: &Component) -> Self {
        let from = component.version.provenance();
        Self {
            id: component.id.clone(),
            kind: component.kind.to_string(),
            name: component.name.clone(),
            version: component.version.value().cloned(),
            normalised: component.normalised.clone(),
            unknown: component.version.why_unknown().map(str::to_owned),
            software_id: component.software_id.clone(),
            updateable: match component.updateable {
                Updateable::Yes => Some(true),
                Updateable::No => Some(false),
                Updateable::Unknown => None,
            },
            slot: word(&component.slot),
            targets: component.targets.clone(),
            others: component.others.clone(),
            source: from.map(|from| from.source.to_string()),
            read_at: from.map(|from| from.at.to_string()),
        }
    }
}

impl Server {
    /// Fills in what was read.
    pub(super) fn with_inventory(mut self, inventory: &Inventory) -> Self {
        let identity = &inventory.identity;
        let mut unknown = BTreeMap::new();
        let mut take = |field: &str, reading: &Reading<String>| {
            if let Some(why) = reading.why_unknown() {
                unknown.insert(field.to_owned(), why.to_owned());
            }
            reading.value().cloned()
        };
        self.vendor = take("vendor", &identity.vendor);
        self.generation = take("generation", &identity.generation);
        self.model = take("model", &identity.model);
        self.serial = take("serial", &identity.serial);
        self.uuid = take("uuid", &identity.uuid);
        self.host_name = take("host_name", &inventory.host_name);
        self.power = take("power", &inventory.power);
        self.health = take("health", &inventory.health);
        self.bios = take("bios", &inventory.bios);
        self.bmc = take("bmc", &inventory.bmc);
        self.stack = Some(word(&identity.stack));
        self.service_tag.clone_from(&identity.service_tag);
        self.board.clone_from(&identity.board);
        self.systems = inventory.systems.iter().map(SystemRow::from).collect();
        self.managers = inventory.managers.iter().map(ManagerRow::from).collect();
        self.components = inventory.components.iter().map(ComponentRow::from).collect();
        self.notes.clone_from(&inventory.notes);
        self.read_at = Some(inventory.read_at.to_string());
        self.unknown = unknown;
        self
    }
}

/// `firmdeck images list --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImagesDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// By name.
    pub images: Vec<ImageRow>,
}

/// One image of the repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRow {
    /// 64 hex digits.
    pub sha256: String,
    /// What it was called when it was added first.
    pub name: String,
    /// Every name that it was added under.
    pub names: Vec<String>,
    /// Bytes.
    pub size: u64,
    /// RFC 3339.
    pub added_at: String,
    /// What the file says of itself.
    pub inspected: Option<Inspected>,
    /// Ids of the manifest images with this digest.
    pub manifest: Vec<String>,
}

/// One line of `firmdeck images add --json`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageAdded {
    /// [`SCHEMA`]
    pub schema: u32,
    /// False where the repository held it before.
    pub new: bool,
    /// The image.
    pub image: ImageRow,
    /// Where the file contradicts a manifest that names it.
    pub manifest: Vec<ManifestCheck>,
}

/// What a manifest says of an image against what its file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestCheck {
    /// The id of the manifest image.
    pub id: String,
    /// Empty where nothing contradicts.
    pub contradictions: Vec<String>,
}

/// `firmdeck images verify --json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VerifyDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// One for each image that was looked at.
    pub images: Vec<VerifiedRow>,
}

/// What a look at an image showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifiedRow {
    /// 64 hex digits.
    pub sha256: String,
    /// What it was called when it was added.
    pub name: String,
    /// Bytes, when it was added.
    pub size: u64,
    /// `intact` or `quarantined`.
    pub result: String,
    /// True where every byte was hashed.
    pub hashed: bool,
    /// What is wrong.
    pub why: Option<String>,
    /// Where the broken file is now.
    pub moved_to: Option<String>,
}

/// `firmdeck images inspect --json`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InspectDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// What it is called.
    pub name: String,
    /// 64 hex digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// True where the repository holds it.
    pub in_repository: bool,
    /// What the file says of itself.
    pub inspected: Inspected,
    /// What manifests say of it.
    pub manifest: Vec<ManifestCheck>,
}

/// How far a copy or a check of files is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteProgress {
    /// Bytes done.
    pub done: u64,
    /// All of them.
    pub total: u64,
}
