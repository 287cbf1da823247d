//! The columns of the fleet table: what each shows, and in which order it sorts.

use std::{borrow::Cow, cmp::Ordering};

use crate::{
    api::live::FleetRow,
    domain::{failure::Weight, target::Endpoint},
    tui::{text, theme::Role},
};

/// A column of the fleet table. Declared as they stand from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The operator's name, or the endpoint.
    Server,
    /// Site.
    Site,
    /// Rack and unit.
    Rack,
    /// Maker.
    Vendor,
    /// Model.
    Model,
    /// Serial number.
    Serial,
    /// The BMC's endpoint.
    Address,
    /// Host power.
    Power,
    /// System firmware.
    Bios,
    /// BMC firmware.
    Bmc,
    /// How many components are known.
    Parts,
    /// How it stands.
    State,
    /// How old the inventory is.
    Seen,
}

/// How a server stands, in a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The word.
    pub word: Cow<'static, str>,
    /// What it is.
    pub role: Role,
    /// The worse the smaller.
    rank: u8,
}

impl Column {
    /// All of them, as they stand from left to right.
    pub const ALL: [Self; 13] = [
        Self::Server,
        Self::Site,
        Self::Rack,
        Self::Vendor,
        Self::Model,
        Self::Serial,
        Self::Address,
        Self::Power,
        Self::Bios,
        Self::Bmc,
        Self::Parts,
        Self::State,
        Self::Seen,
    ];

    /// Those that the table can be sorted by, in the order that the key goes through.
    pub const SORTED: [Self; 7] =
        [Self::Server, Self::State, Self::Model, Self::Rack, Self::Bios, Self::Bmc, Self::Seen];

    /// What the head of the column says.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Server => "SERVER",
            Self::Vendor => "VENDOR",
            Self::Model => "MODEL",
            Self::Serial => "SERIAL",
            Self::Site => "SITE",
            Self::Rack => "RACK",
            Self::Address => "BMC ADDRESS",
            Self::Power => "PWR",
            Self::Bios => "BIOS",
            Self::Bmc => "BMC",
            Self::Parts => "PARTS",
            Self::State => "STATE",
            Self::Seen => "SEEN",
        }
    }

    /// What it shows, in a sentence.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Server => "your name for it, else the BMC's address",
            Self::Vendor => "who made it",
            Self::Model => "the model as the vendor writes it",
            Self::Serial => "the system's serial number",
            Self::Site => "from the targets file",
            Self::Rack => "rack and unit, from the targets file",
            Self::Address => "where its BMC is",
            Self::Power => "whether the host is on",
            Self::Bios => "the system firmware that runs",
            Self::Bmc => "the BMC firmware that runs",
            Self::Parts => "how many firmwares are known",
            Self::State => "health, the run that works on it, or why it was not read",
            Self::Seen => "how old the inventory is",
        }
    }

    /// What is shown first where there is not room for all: the smaller the longer it stays.
    #[must_use]
    pub const fn priority(self) -> u8 {
        match self {
            Self::Server => 0,
            Self::State => 1,
            Self::Bios => 2,
            Self::Bmc => 3,
            Self::Model => 4,
            Self::Power => 5,
            Self::Seen => 6,
            Self::Rack => 7,
            Self::Vendor => 8,
            Self::Address => 9,
            Self::Serial => 10,
            Self::Parts => 11,
            Self::Site => 12,
        }
    }

    /// The narrowest and the widest that it is drawn.
    #[must_use]
    pub const fn widths(self) -> (u16, u16) {
        match self {
            Self::Server => (10, 24),
            Self::Vendor => (6, 12),
            Self::Model => (8, 24),
            Self::Serial => (8, 16),
            Self::Site => (4, 10),
            Self::Rack => (4, 10),
            Self::Address => (11, 22),
            Self::Power => (3, 4),
            Self::Bios => (6, 20),
            Self::Bmc => (6, 20),
            Self::Parts => (5, 5),
            Self::State => (8, 16),
            Self::Seen => (4, 4),
        }
    }

    /// What it shows of `row`; `?` where that is not known, and `-` where the operator gave nothing.
    #[must_use]
    pub fn text(self, row: &FleetRow, now: jiff::Timestamp) -> Cow<'_, str> {
        let read = |value: &'_ Option<String>| value.clone().map_or(Cow::Borrowed("?"), Cow::Owned);
        let given = |value: &'_ Option<String>| value.clone().map_or(Cow::Borrowed("-"), Cow::Owned);
        match self {
            Self::Server => name(row),
            Self::Vendor => read(&row.vendor),
            Self::Model => read(&row.model),
            Self::Serial => read(&row.serial),
            Self::Site => given(&row.site),
            Self::Rack => match (&row.rack, &row.unit) {
                (None, None) => "-".into(),
                (rack, None) => given(rack),
                (rack, Some(unit)) => format!("{} {unit}", rack.as_deref().unwrap_or("-")).into(),
            },
            Self::Address => endpoint(row).into(),
            Self::Power => match row.power.as_deref() {
                None => "?".into(),
                Some("On") => "on".into(),
                Some("Off") => "off".into(),
                Some("PoweringOn") => "..on".into(),
                Some("PoweringOff") => "..of".into(),
                Some(other) => other.to_ascii_lowercase().into(),
            },
            Self::Bios => read(&row.bios),
            Self::Bmc => read(&row.bmc),
            Self::Parts => {
                if row.read_at.is_some() {
                    row.components.to_string().into()
                } else {
                    "?".into()
                }
            }
            Self::State => standing(row).word,
            Self::Seen => row.read_at.as_deref().map_or("?".into(), |at| text::age_of(at, now).into()),
        }
    }

    /// Which of two rows comes first. What is not known comes last; equals are told apart by name.
    #[must_use]
    pub fn compare(self, one: &FleetRow, other: &FleetRow) -> Ordering {
        let order = match self {
            Self::Server => Ordering::Equal,
            Self::Vendor => known(&one.vendor, &other.vendor),
            Self::Model => known(&one.model, &other.model),
            Self::Serial => known(&one.serial, &other.serial),
            Self::Site => known(&one.site, &other.site),
            Self::Rack => known(&one.rack, &other.rack).then_with(|| known(&one.unit, &other.unit)),
            Self::Address => text::natural(&one.address, &other.address).then(one.port.cmp(&other.port)),
            Self::Power => known(&one.power, &other.power),
            Self::Bios => versions(one, other, |row| &row.bios),
            Self::Bmc => versions(one, other, |row| &row.bmc),
            Self::Parts => one.components.cmp(&other.components),
            Self::State => standing(one).rank.cmp(&standing(other).rank),
            // the longest ago first: RFC 3339 in UTC sorts as text
            Self::Seen => one.read_at.cmp(&other.read_at),
        };
        order.then_with(|| text::natural(&name(one), &name(other))).then_with(|| one.id.cmp(&other.id))
    }
}

fn known(one: &Option<String>, other: &Option<String>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => text::natural(one, other),
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}

/// By maker first, since versions of different makers have no order; then as text with numbers in it. The order of
/// versions proper is no total one (some cannot be compared), and a sort needs one.
fn versions(one: &FleetRow, other: &FleetRow, of: fn(&FleetRow) -> &Option<String>) -> Ordering {
    known(&one.vendor, &other.vendor).then_with(|| known(of(one), of(other)))
}

/// Where its BMC is, as it is written.
#[must_use]
pub fn endpoint(row: &FleetRow) -> String {
    Endpoint { host: row.address.clone(), port: row.port }.to_string()
}

/// What the server is called.
#[must_use]
pub fn name(row: &FleetRow) -> Cow<'_, str> {
    row.name.as_deref().map_or_else(|| endpoint(row).into(), Cow::Borrowed)
}

/// How the server stands: the run that works on it before why it was not read, and that before its health.
#[must_use]
pub fn standing(row: &FleetRow) -> Standing {
    let of = |word: Cow<'static, str>, role, rank| Standing { word, role, rank };
    if let Some(run) = row.run {
        return of(format!("RUN {run}").into(), Role::Running, 3);
    }
    if let Some(error) = &row.error {
        let word = failure_word(&error.kind);
        return match error.weight {
            Weight::Failed => of(word, Role::Failed, 0),
            Weight::Blocked => of(word, Role::Blocked, 1),
        };
    }
    if row.here {
        return of("HERE".into(), Role::Here, 6);
    }
    if row.read_at.is_none() {
        return of("not read".into(), Role::Muted, 4);
    }
    match row.health.as_deref() {
        Some("Critical") => of("CRITICAL".into(), Role::Failed, 1),
        Some("Warning") => of("warning".into(), Role::Warning, 2),
        Some("OK") if row.new => of("ok new".into(), Role::Good, 5),
        Some("OK") => of("ok".into(), Role::Good, 7),
        Some(other) => of(other.to_ascii_lowercase().into(), Role::Warning, 2),
        None => of("health ?".into(), Role::Uncertain, 4),
    }
}

/// The engine's fixed word for a failure, short enough for a column.
fn failure_word(kind: &str) -> Cow<'static, str> {
    match kind {
        "no_answer" => "NO ANSWER".into(),
        "connection_refused" => "REFUSED".into(),
        "wrong_credentials" | "credentials_refused_before" => "PASSWORD".into(),
        "no_credentials" => "NO PASSWORD".into(),
        "certificate_changed" => "CERT CHANGED".into(),
        "certificate_unknown" => "CERT UNKNOWN".into(),
        "certificate_untrusted" => "CERT UNTRUSTED".into(),
        other => other.replace('_', " ").to_ascii_uppercase().into(),
    }
}
