//! What an operator sees who looks about in a BMC, and one server beside another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{error::ApiError, wire::SCHEMA};
use crate::{
    bmc::redfish::{conditions::log::Log, explore::Resource},
    engine::explore::LookError,
};

/// `GET /v1/servers/{id}/redfish?path=`: a resource as the BMC shows it now, secrets masked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResourceDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The server's id.
    pub server: String,
    /// What was asked for.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Its length in bytes.
    pub length: usize,
    /// Its JSON; null where it is none.
    pub body: Value,
    /// Its first letters, where it is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// `GET /v1/servers/{id}/events`: the BMC's logs of the machine's health, as it shows them now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// The server's id.
    pub server: String,
    /// Each log; none where the BMC names none.
    pub logs: Vec<EventLog>,
}

/// One log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLog {
    /// The vendor's name for it.
    pub name: String,
    /// Where its entries are.
    pub uri: String,
    /// Newest first.
    pub entries: Vec<EventRow>,
    /// Why the BMC does not show them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One entry of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The BMC's id for it.
    pub id: String,
    /// When, as the BMC writes it.
    pub at: Option<String>,
    /// `OK Warning Critical`
    pub severity: Option<String>,
    /// In the BMC's words.
    pub message: String,
}

impl ResourceDocument {
    /// What `server` answered at `path`.
    #[must_use]
    pub fn of(server: String, path: String, resource: Resource) -> Self {
        let (body, text) = match resource.body {
            Ok(body) => (body, None),
            Err(text) => (Value::Null, Some(text)),
        };
        Self { schema: SCHEMA, server, path, status: resource.status, length: resource.length, body, text }
    }
}

impl EventsDocument {
    /// The logs of `server`.
    #[must_use]
    pub fn of(server: String, logs: Vec<Log>) -> Self {
        let logs = logs.into_iter().map(|log| {
            let (entries, why) = match log.entries {
                Ok(entries) => (entries, None),
                Err(why) => (Vec::new(), Some(why)),
            };
            let entries = entries.into_iter().map(|entry| EventRow {
                id: entry.id,
                at: entry.at,
                severity: entry.severity,
                message: entry.message,
            });
            EventLog { name: log.name, uri: log.uri, entries: entries.collect(), why }
        });
        Self { schema: SCHEMA, server, logs: logs.collect() }
    }
}

impl From<LookError> for ApiError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::NoSuchServer(_) | LookError::NoPath(_) => Self::usage(error.to_string()),
            LookError::Bmc(_) => Self::error(error.to_string()),
            LookError::Store(error) => error.into(),
        }
    }
}
