//! What stands behind one BMC: systems, managers and every firmware version, as read.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{kind::Kind, offers::Offers, reading::Reading};

/// Our own id of a server, assigned at first identification. The address is only a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ServerId(pub u64);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("s{}", self.0))
    }
}

impl From<ServerId> for String {
    fn from(id: ServerId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for ServerId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.strip_prefix('s')
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no server id; ids look like s12"))
    }
}

/// The BMC software that answers. The brand on the lid is not the stack: some Supermicro run OpenBMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stack {
    /// Dell iDRAC.
    Idrac,
    /// HPE iLO.
    Ilo,
    /// Supermicro's own BMC software.
    Supermicro,
    /// Lenovo XClarity Controller.
    Xcc,
    /// OpenBMC's bmcweb and its forks.
    OpenBmc,
    /// AMI MegaRAC SP-X.
    MegaRac,
    /// HPE Cray EX node and chassis controllers.
    CrayEx,
    /// Intel's own BMC software.
    Intel,
    /// A Redfish service of no stack that firmdeck knows.
    Generic,
    /// A controller that speaks IPMI and no Redfish.
    Ipmi,
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Idrac => "iDRAC",
            Self::Ilo => "iLO",
            Self::Supermicro => "Supermicro",
            Self::Xcc => "XCC",
            Self::OpenBmc => "OpenBMC",
            Self::MegaRac => "MegaRAC",
            Self::CrayEx => "Cray EX",
            Self::Intel => "Intel BMC",
            Self::Generic => "generic Redfish",
            Self::Ipmi => "IPMI",
        })
    }
}

/// One system behind a BMC: the computer itself, a node of a chassis, or an accelerator baseboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// The BMC's id for it.
    pub id: String,
    /// Its resource, the target of resets and settings.
    pub uri: String,
    /// Who made it.
    pub manufacturer: Reading<String>,
    /// The model as the vendor writes it.
    pub model: Reading<String>,
    /// The system's serial number.
    pub serial: Reading<String>,
    /// SMBIOS UUID.
    pub uuid: Reading<String>,
    /// `On`, `Off` and so on, as read.
    pub power: Reading<String>,
    /// `OK`, `Warning` or `Critical`, as read.
    pub health: Reading<String>,
    /// The name of the host's operating system side.
    pub host_name: Reading<String>,
    /// The system firmware that the host booted with.
    pub bios_version: Reading<String>,
}

/// One manager behind a BMC address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    /// The BMC's id for it.
    pub id: String,
    /// Its resource, the target of BMC resets.
    pub uri: String,
    /// Redfish ManagerType, as read: `BMC`, `EnclosureManager`, `Service` and so on.
    pub manager_type: Reading<String>,
    /// What the vendor calls it: "iLO 6", "15G Monolithic", "OpenBmc".
    pub model: Reading<String>,
    /// The firmware that it runs.
    pub firmware_version: Reading<String>,
    /// Its own UUID, which is not the system's.
    pub uuid: Reading<String>,
}

/// Whether the BMC says that a component can be updated. Optional in Redfish, so absence is its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Updateable {
    /// The BMC says yes.
    Yes,
    /// The BMC says no.
    No,
    /// The BMC says nothing that can be read.
    Unknown,
}

/// Which copy of a component's firmware a version belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// What the component runs.
    Running,
    /// Dell's `Current-` beside `Installed-`: running or awaiting a reboot, depending on the iDRAC.
    Current,
    /// Uploaded, waits for a reset.
    Staged,
    /// Uploaded, not yet scheduled (Dell `Available-`).
    Available,
    /// The version before, kept for rollback.
    Previous,
    /// The second bank.
    Backup,
    /// The vendor's recovery image.
    Golden,
}

/// A version of a component in another slot than the running one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherVersion {
    /// Which copy.
    pub slot: Slot,
    /// The version as read.
    pub version: String,
    /// The inventory member that speaks of it.
    pub uri: String,
}

/// One firmware of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Stable on this server from one reading to the next; free of the version.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The vendor's name for it.
    pub name: String,
    /// The version exactly as read.
    pub version: Reading<String>,
    /// The version in the family's canonical form, where it has one.
    pub normalised: Option<String>,
    /// Redfish SoftwareId (Dell ComponentID), which images are matched by.
    pub software_id: Option<String>,
    /// Whether the BMC offers to update it.
    pub updateable: Updateable,
    /// Which copy `version` belongs to.
    pub slot: Slot,
    /// Resources that an update of this component can name as its target.
    pub targets: Vec<String>,
    /// The other copies that the BMC lists.
    pub others: Vec<OtherVersion>,
}

/// Something odd that was met while reading, and where; the rest of the inventory stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The resource.
    pub at: String,
    /// What was odd.
    pub what: String,
}

/// Who a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The brand of the machine.
    pub vendor: Reading<String>,
    /// The BMC software that answers.
    pub stack: Stack,
    /// The vendor's generation word: "iDRAC9", "iLO 6", "X13".
    pub generation: Reading<String>,
    /// The machine's model.
    pub model: Reading<String>,
    /// The system's serial number.
    pub serial: Reading<String>,
    /// Dell's service tag or its like, where the vendor has one besides the serial.
    pub service_tag: Option<String>,
    /// The board's id or name, where images are matched by it.
    pub board: Option<String>,
    /// SMBIOS UUID. May be zero or shared; never a key by itself.
    pub uuid: Reading<String>,
}

/// Everything read from one BMC at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Who it is, from the first real system behind the BMC.
    pub identity: Identity,
    /// Power state of that system.
    pub power: Reading<String>,
    /// Health of that system.
    pub health: Reading<String>,
    /// Name of that system's operating system side.
    pub host_name: Reading<String>,
    /// The system firmware that the machine runs.
    pub bios: Reading<String>,
    /// The firmware that the BMC runs.
    pub bmc: Reading<String>,
    /// Every system behind the BMC, the main one first.
    pub systems: Vec<System>,
    /// Every manager behind the address, the main one first.
    pub managers: Vec<Manager>,
    /// Every firmware.
    pub components: Vec<Component>,
    /// How images can be handed to the BMC.
    #[serde(default)]
    pub offers: Offers,
    /// What was odd.
    pub notes: Vec<Note>,
    /// When the reading ended.
    pub read_at: Timestamp,
}
