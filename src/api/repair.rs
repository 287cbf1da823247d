//! Acts of an operator on one BMC, as clients see them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{error::ApiError, wire::SCHEMA};
use crate::{
    domain::repair::{Repair, RepairOutcome, Shown},
    engine::repair::RepairError,
};

/// `POST /v1/servers/{id}/repair/look`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtRepair {
    /// What is to be done.
    pub repair: Repair,
    /// Also where the BMC is at something that it would cut off.
    pub while_busy: bool,
}

/// `POST /v1/servers/{id}/repair`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmRepair {
    /// What was looked at.
    #[serde(flatten)]
    pub look: LookAtRepair,
    /// The first digits of the digest of what was shown: at least 4.
    pub digest: String,
}

/// What is to be confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepairDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The server's id.
    pub server: String,
    /// What is to be done.
    pub act: String,
    /// What becomes of the server by it.
    pub consequence: String,
    /// What the BMC is doing at the moment.
    pub busy: Option<String>,
    /// The resource that it is done to, whole.
    pub resource: Value,
    /// A confirmation is bound to it.
    pub digest: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairEnd {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The server's id.
    pub server: String,
    /// What was done.
    pub act: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: RepairOutcome,
}

impl RepairDocument {
    /// What is shown of `shown` on `server`.
    #[must_use]
    pub fn of(server: String, shown: &Shown) -> Self {
        Self {
            schema: SCHEMA,
            server,
            act: shown.repair.to_string(),
            consequence: shown.repair.consequence().into(),
            busy: shown.busy.clone(),
            resource: shown.resource.clone(),
            digest: shown.digest().to_string(),
        }
    }
}

impl From<RepairError> for ApiError {
    fn from(error: RepairError) -> Self {
        match error {
            RepairError::NoSuchServer(_) | RepairError::NoJob(_) => Self::usage(error.to_string()),
            RepairError::Store(error) => error.into(),
            RepairError::Bmc(_) => Self::error(error.to_string()),
            _ => Self::blocked(error.to_string()),
        }
    }
}
