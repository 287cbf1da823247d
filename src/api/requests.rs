//! What clients ask over the socket. The answers are in [`super::wire`], [`super::live`] and [`super::runs`].

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::error::ApiError;
use crate::{
    bmc::tls::{Fingerprint, Level},
    domain::{
        inventory::ServerId,
        plan::{Goal, Options, Plan},
        run::Again,
        target::{Endpoint, Target},
    },
    engine::Mode,
};

/// `POST /v1/attach`: what a client brings along.
#[derive(Serialize, Deserialize)]
pub struct Attach {
    /// Its configuration file.
    pub config: PathBuf,
    /// True where the operator named that file, which must then exist.
    pub named: bool,
    /// The variables of its environment that credentials come from. Kept in memory alone.
    pub environment: BTreeMap<String, String>,
}

/// `POST /v1/vault/unlock`. Kept in memory alone, and no longer than it takes.
#[derive(Serialize, Deserialize)]
pub struct Unlock {
    /// The vault's passphrase.
    pub passphrase: String,
}

/// `POST /v1/shutdown`
#[derive(Debug, Serialize, Deserialize)]
pub struct Shutdown {
    /// Also where it carries a run; the next engine goes on with that.
    pub force: bool,
}

/// `POST /v1/read`
#[derive(Debug, Serialize, Deserialize)]
pub struct Read {
    /// What to read.
    pub targets: Vec<Target>,
    /// What the targets are taken for.
    pub mode: Mode,
}

/// `POST /v1/inventory`
#[derive(Debug, Serialize, Deserialize)]
pub struct Inventory {
    /// Of these alone; of all, where absent.
    pub only: Option<Vec<Target>>,
}

/// `POST /v1/matching`
#[derive(Debug, Serialize, Deserialize)]
pub struct Matching {
    /// A fleet query.
    pub query: String,
}

/// `POST /v1/plans`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// What is wanted.
    pub goal: Goal,
    /// The BIOS profile that is wanted besides.
    #[serde(default)]
    pub bios_profile: Option<String>,
    /// How it is to be carried out.
    pub options: Options,
    /// For these servers alone, by id.
    pub servers: Option<Vec<String>>,
    /// For the servers for which this query holds.
    pub query: Option<String>,
}

/// `POST /v1/runs`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// A plan that the engine keeps, by the beginning of its digest.
    Digest(String),
    /// A plan from a file.
    Plan(Box<Plan>),
}

/// `POST /v1/runs/{run}/retry`
#[derive(Debug, Serialize, Deserialize)]
pub struct Retry {
    /// Which server.
    pub server: ServerId,
    /// How.
    #[serde(default)]
    pub how: Again,
}

/// `POST /v1/pins/accept`
#[derive(Debug, Serialize, Deserialize)]
pub struct AcceptPin {
    /// Where.
    pub endpoint: Endpoint,
    /// The lowest TLS level that is allowed there.
    pub level: Option<Level>,
}

/// `POST /v1/pins/import`
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportPins {
    /// Where, and which certificate.
    pub pins: Vec<(Endpoint, Fingerprint)>,
}

/// `POST /v1/images/add`, `/verify`, `/inspect`
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Images {
    /// Copy a file into the repository.
    Add {
        /// The file, by its absolute path.
        path: PathBuf,
    },
    /// Look at images.
    Verify {
        /// Names or digests; all, where empty.
        images: Vec<String>,
        /// A file that looks as it did is taken to be intact.
        quick: bool,
    },
    /// Say what an image says of itself.
    Inspect {
        /// A file, or an image of the repository.
        image: String,
        /// What a relative path begins at.
        directory: PathBuf,
    },
}

/// `?after=SEQ&server=ID` of a journal's page.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct After {
    /// Entries after this one.
    #[serde(default)]
    pub after: i64,
    /// Of this server alone.
    pub server: Option<ServerId>,
}

/// `?from=BYTE` of a transcript's page.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct From {
    /// Where the page begins; the tail, where absent.
    pub from: Option<u64>,
}

/// `?path=PATH` of a resource.
#[derive(Debug, Serialize, Deserialize)]
pub struct At {
    /// Where it is, from `/redfish/` on.
    pub path: String,
}

/// `?with=ID` of a comparison.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct With {
    /// The other server; a healthy one of the same model, where absent.
    pub with: Option<String>,
}

/// `?since=SEQ` of the event stream.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Since {
    /// Entries after this one; only those to come, where absent.
    pub since: Option<i64>,
}

/// A line of an answer that takes its time (`application/x-ndjson`).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<P, T> {
    /// The number by which it can be called off.
    Began(u64),
    /// How far it is.
    Progress(P),
    /// Its end.
    Done(T),
    /// Its end, where it did not do as asked.
    Failed(ApiError),
}

/// The first line of an engine on its standard output, for whoever started it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstWord {
    /// It listens.
    Ready,
    /// Another engine has this state directory.
    Taken,
    /// It cannot.
    Failed(ApiError),
}
