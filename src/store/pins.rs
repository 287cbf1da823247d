//! Pinned certificates and the TLS level that worked, by endpoint.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::{
    bmc::tls::{Fingerprint, Level},
    domain::target::Endpoint,
};

/// How a pin came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Shown at first contact, under `first_contact = "accept"`.
    FirstContact,
    /// `firmdeck pins accept`.
    Accepted,
    /// `firmdeck pins import`.
    Imported,
}

impl Origin {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstContact => "first_contact",
            Self::Accepted => "accepted",
            Self::Imported => "imported",
        }
    }
}

/// What is remembered of an endpoint's TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Where.
    pub endpoint: Endpoint,
    /// The certificate, absent where only the level is known.
    pub fingerprint: Option<Fingerprint>,
    /// The level that worked, absent before the first handshake.
    pub level: Option<Level>,
    /// How it came to be.
    pub origin: Origin,
    /// Since when.
    pub since: Timestamp,
}

const COLUMNS: &str = "host, port, fingerprint, level, origin, since";

impl Store {
    /// Every pin, by endpoint.
    pub fn pins(&self) -> Result<Vec<Pin>, StoreError> {
        let rows = self.read(|connection| {
            let mut query = connection.prepare(&format!("SELECT {COLUMNS} FROM pins ORDER BY host, port"))?;
            query.query_map([], raw)?.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.into_iter().map(RawPin::parse).collect()
    }

    /// The pin of `endpoint`, if it has one.
    pub fn pin(&self, endpoint: &Endpoint) -> Result<Option<Pin>, StoreError> {
        let row = self.read(|connection| {
            let mut query =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM pins WHERE host = ?1 AND port = ?2"))?;
            query.query_row(params![endpoint.host, endpoint.port], raw).optional()
        })?;
        row.map(RawPin::parse).transpose()
    }

    /// Writes pins, replacing what was remembered of their endpoints.
    pub async fn set_pins(&self, pins: Vec<Pin>) -> Result<(), StoreError> {
        self.write(move |connection| {
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO pins (host, port, fingerprint, level, origin, since) VALUES (?1,?2,?3,?4,?5,?6)",
            )?;
            for pin in &pins {
                insert.execute(params![
                    pin.endpoint.host,
                    pin.endpoint.port,
                    pin.fingerprint.map(|fingerprint| fingerprint.to_string()),
                    pin.level.map(|level| level.to_string()),
                    pin.origin.word(),
                    pin.since.to_string(),
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets the pin of `endpoint`; true if there was one.
    pub async fn forget_pin(&self, endpoint: Endpoint) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let delete = "DELETE FROM pins WHERE host = ?1 AND port = ?2";
            Ok(connection.execute(delete, params![endpoint.host, endpoint.port])? > 0)
        })
        .await
    }
}

struct RawPin {
    endpoint: Endpoint,
    fingerprint: Option<String>,
    level: Option<String>,
    origin: String,
    since: String,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<RawPin> {
    Ok(RawPin {
        endpoint: Endpoint { host: row.get(0)?, port: row.get(1)? },
        fingerprint: row.get(2)?,
        level: row.get(3)?,
        origin: row.get(4)?,
        since: row.get(5)?,
    })
}

impl RawPin {
    fn parse(self) -> Result<Pin, StoreError> {
        let wrong = |what: String| StoreError::Row(format!("pin of {}: {what}", self.endpoint));
        let origins = [Origin::FirstContact, Origin::Accepted, Origin::Imported];
        Ok(Pin {
            fingerprint: self.fingerprint.map(|text| text.parse()).transpose().map_err(wrong)?,
            level: self.level.map(|word| word.parse()).transpose().map_err(wrong)?,
            origin: origins
                .into_iter()
                .find(|origin| origin.word() == self.origin)
                .ok_or_else(|| wrong(format!("unknown origin `{}`", self.origin)))?,
            since: self.since.parse().map_err(|error: jiff::Error| wrong(error.to_string()))?,
            endpoint: self.endpoint,
        })
    }
}
