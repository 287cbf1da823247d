//! Power of the host and resets of the BMC: each a single act. Nothing here waits for what follows.

use std::time::Duration;

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::messages::{self, Meaning};
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::{Client, seconds_to_wait},
            doc::Doc,
            quirks,
        },
    },
    domain::inventory::Stack,
};

/// Whether the host has power.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// On its way to one of them, in the BMC's word: `PoweringOn`, `PoweringOff`, `Paused`.
    Between(String),
    /// The BMC does not say.
    Unknown,
}

/// A host as its system resource tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// PowerState.
    pub power: Power,
    /// Where the boot is, in the BMC's word: BootProgress.LastState, or HPE's PostState.
    pub boot: Option<String>,
    /// Whether POST is over. Nothing where the BMC does not say.
    pub post_finished: Option<bool>,
    /// LastResetTime as read; a reset that was ours shows as a change of it. Absent on many.
    pub last_reset: Option<String>,
}

/// Reads the system at `uri`.
pub async fn read(client: &mut Client, stack: Stack, uri: &str) -> Result<Host, Error> {
    let body = client.get(uri, client.timeouts().read).await?;
    Ok(host(stack, Doc::new(&body)))
}

fn host(stack: Stack, system: Doc<'_>) -> Host {
    let power = match system.str("PowerState") {
        Some("On") => Power::On,
        Some("Off") => Power::Off,
        Some(word) => Power::Between(word.to_owned()),
        None => Power::Unknown,
    };
    let standard = system.at(&["BootProgress"]).str("LastState").filter(|word| *word != "None").map(|word| {
        // ComputerSystem v1_20 BootProgressTypes: from the end of hardware initialisation on, POST is over.
        let finished = match word {
            "SystemHardwareInitializationComplete" | "SetupEntered" | "OSBootStarted" | "OSRunning" => Some(true),
            "OEM" => None,
            _ => Some(false),
        };
        (word.to_owned(), finished)
    });
    let (boot, post_finished) = match quirks::of(stack).boot(system).or(standard) {
        Some((word, finished)) => (Some(word), finished),
        None => (None, None),
    };
    // A clock that was never set says 1970.
    let last_reset =
        system.str("LastResetTime").filter(|time| !time.starts_with("1970-") && !time.starts_with("0000-"));
    Host { power, boot, post_finished, last_reset: last_reset.map(str::to_owned) }
}

/// A way of resetting (Redfish ResetType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reset {
    /// Power on.
    On,
    /// Ask the operating system to shut down.
    GracefulShutdown,
    /// Power off at once.
    ForceOff,
    /// Ask the operating system to restart.
    GracefulRestart,
    /// Reset at once.
    ForceRestart,
    /// Power off and on at once.
    PowerCycle,
}

impl Reset {
    /// The words that ask for it, the best first.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::On => &["On", "ForceOn"],
            Self::GracefulShutdown => &["GracefulShutdown"],
            Self::ForceOff => &["ForceOff"],
            Self::GracefulRestart => &["GracefulRestart"],
            Self::ForceRestart => &["ForceRestart"],
            Self::PowerCycle => &["PowerCycle"],
        }
    }
}

/// What came of asking for a reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commanded {
    /// The BMC took it; whether it follows shows in the power state.
    Taken,
    /// The BMC does not offer it. Nothing was sent.
    NotOffered {
        /// What it offers.
        offered: Vec<String>,
    },
    /// Not now: the BMC asks to wait, or is not ready for it yet.
    Busy {
        /// What it says.
        why: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The BMC said no.
    Refused {
        /// What it says.
        why: String,
        /// Its MessageIds.
        message_ids: Vec<String>,
    },
    /// It was not reached: nothing was sent.
    NotSent {
        /// Why.
        why: String,
    },
    /// No clear answer came: it may have reset. Only reading decides; it is never sent again by itself.
    Unknown {
        /// What happened.
        why: String,
    },
}

/// Resets the host at `system` (its resource).
pub async fn reset_host(client: &mut Client, system: &str, reset: Reset) -> Commanded {
    reset_at(client, system, "#ComputerSystem.Reset", reset.words()).await
}

/// Resets the BMC whose manager is at `manager`: gracefully where it offers that.
pub async fn reset_bmc(client: &mut Client, manager: &str) -> Commanded {
    reset_at(client, manager, "#Manager.Reset", &["GracefulRestart", "ForceRestart"]).await
}

async fn reset_at(client: &mut Client, uri: &str, action: &str, words: &[&str]) -> Commanded {
    let read = client.timeouts().read;
    let body = match client.get(uri, read).await {
        Ok(body) => body,
        Err(error) => return Commanded::NotSent { why: error.to_string() },
    };
    let action = Doc::new(&body).at(&["Actions", action]);
    let Some(target) = action.str("target").filter(|target| target.starts_with('/')) else {
        return Commanded::NotOffered { offered: Vec::new() };
    };
    let offered = offered(client, action, read).await;
    // A service that lists none is asked all the same.
    let word = words.iter().find(|word| offered.iter().any(|known| known == *word)).copied();
    let Some(word) = word.or_else(|| offered.is_empty().then(|| words.first().copied()).flatten()) else {
        return Commanded::NotOffered { offered };
    };
    let answer = client.post(target, &json!({ "ResetType": word }), client.timeouts().change).await;
    match answer {
        Ok(reply) if reply.status.is_success() => Commanded::Taken,
        Ok(reply) => {
            let error = client.refusal(&Method::POST, target, &reply);
            of_refusal(&error, seconds_to_wait(&reply.headers))
        }
        Err(error) if error.may_have_arrived() => Commanded::Unknown { why: error.to_string() },
        Err(error) => Commanded::NotSent { why: error.to_string() },
    }
}

fn of_refusal(error: &Error, retry_after: Option<Duration>) -> Commanded {
    let why = error.to_string();
    match error {
        Error::Http { status: 503 | 429, .. } => Commanded::Busy { why, retry_after },
        Error::Http { message_ids, .. } if messages::meaning(message_ids) == Some(Meaning::Busy) => {
            Commanded::Busy { why, retry_after }
        }
        Error::Http { status: 500.., .. } => Commanded::Unknown { why },
        Error::Http { message_ids, .. } => Commanded::Refused { why, message_ids: message_ids.clone() },
        _ => Commanded::Unknown { why },
    }
}

/// The allowed values: inline, or in the ActionInfo that the action links. Empty where it says none.
async fn offered(client: &mut Client, action: Doc<'_>, deadline: Duration) -> Vec<String> {
    let inline = texts(action.raw().get("ResetType@Redfish.AllowableValues"));
    if !inline.is_empty() {
        return inline;
    }
    let Some(info) = action.link("@Redfish.ActionInfo") else { return Vec::new() };
    let Ok(info) = client.get(info, deadline).await else { return Vec::new() };
    let of_reset = Doc::new(&info).items("Parameters").find(|parameter| parameter.str("Name") == Some("ResetType"));
    of_reset.map(|parameter| texts(parameter.raw().get("AllowableValues"))).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_read_as_its_vendor_says_it() {
        let read = |stack, body: Value| host(stack, Doc::new(&body));
        let ilo = read(
            Stack::Ilo,
            json!({ "PowerState": "On", "BootProgress": { "LastState": "OSRunning" }, "Oem": { "Hpe": { "PostState": "InPost" } } }),
        );
        assert_eq!(
            (ilo.boot.as_deref(), ilo.post_finished),
            (Some("InPost"), Some(false)),
            "PostState is the surer word"
        );
        let openbmc = read(
            Stack::OpenBmc,
            json!({ "PowerState": "Off", "BootProgress": { "LastState": "None" }, "LastResetTime": "1970-01-01T00:00:00+00:00" }),
        );
        assert_eq!(openbmc, Host { power: Power::Off, boot: None, post_finished: None, last_reset: None });
        let dell =
            read(Stack::Idrac, json!({ "PowerState": "PoweringOn", "LastResetTime": "2024-06-11T00:14:47-05:00" }));
        assert_eq!(dell.power, Power::Between("PoweringOn".into()));
        assert!(dell.last_reset.is_some());
        assert_eq!(read(Stack::Generic, json!({})).power, Power::Unknown);
    }
}
