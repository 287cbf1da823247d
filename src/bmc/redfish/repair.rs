//! Acts of an operator on a BMC that stands in its own way: the look before, and the act itself, sent once.

use hyper::Method;
use serde_json::{Value, json};

use super::{
    client::Client,
    doc::Doc,
    update::{UPDATE_SERVICE, power},
};
use crate::{
    bmc::error::Error,
    domain::repair::{Repair, RepairOutcome},
};

/// Where a BMC has what acts are done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The main system.
    pub system: String,
    /// The main manager.
    pub manager: String,
}

/// The resource that `repair` is done to, whole.
pub async fn look(client: &mut Client, places: &Places, repair: &Repair) -> Result<Value, Error> {
    let uri = match repair {
        Repair::ResetBmc => &places.manager,
        Repair::ReleaseClaim => UPDATE_SERVICE,
        Repair::DeleteJob { uri } => uri,
        Repair::Identify { .. } => &places.system,
    };
    client.get(uri, client.timeouts().read).await
}

/// What an act came to. `back` is what gives a claim back.
pub async fn act(client: &mut Client, places: &Places, repair: &Repair, back: Option<&Value>) -> RepairOutcome {
    match repair {
        Repair::ResetBmc => of_commanded(power::reset_bmc(client, &places.manager).await),
        Repair::ReleaseClaim => {
            let free = json!({ "HttpPushUriTargetsBusy": false });
            patch(client, UPDATE_SERVICE, back.unwrap_or(&free)).await
        }
        Repair::DeleteJob { uri } => {
            let deadline = client.timeouts().change;
            let answer = client.delete(uri, deadline).await;
            of_answer(client, &Method::DELETE, uri, answer)
        }
        Repair::Identify { on } => identify(client, &places.system, *on).await,
    }
}

/// `LocationIndicatorActive` where the system has it, else `IndicatorLED`, which it took the place of (DMTF ComputerSystem
/// v1_13).
async fn identify(client: &mut Client, system: &str, on: bool) -> RepairOutcome {
    let body = match client.get(system, client.timeouts().read).await {
        Ok(body) => body,
        Err(error) => return RepairOutcome::Refused { why: error.to_string() },
    };
    let doc = Doc::new(&body);
    let lamp = if doc.has("LocationIndicatorActive") {
        json!({ "LocationIndicatorActive": on })
    } else if doc.has("IndicatorLED") {
        // `Blinking` is what finds a server; `Lit` is how some show that they are on.
        json!({ "IndicatorLED": if on { "Blinking" } else { "Off" } })
    } else {
        return RepairOutcome::Refused { why: "the system has no location light that a BMC can switch".into() };
    };
    patch(client, system, &lamp).await
}

async fn patch(client: &mut Client, uri: &str, body: &Value) -> RepairOutcome {
    let etag = match client.get(uri, client.timeouts().read).await {
        Ok(now) => Doc::new(&now).str("@odata.etag").map(str::to_owned),
        Err(error) => return RepairOutcome::Refused { why: error.to_string() },
    };
    let deadline = client.timeouts().change;
    let answer = client.patch(uri, body, etag.as_deref(), deadline).await;
    of_answer(client, &Method::PATCH, uri, answer)
}

fn of_answer(
    client: &Client,
    method: &Method,
    uri: &str,
    answer: Result<crate::bmc::connection::Reply, Error>,
) -> RepairOutcome {
    match answer {
        Ok(reply) if reply.status.is_success() => RepairOutcome::Done,
        Ok(reply) => {
            let why = client.refusal(method, uri, &reply).to_string();
            if reply.status.is_server_error() { RepairOutcome::Unknown { why } } else { RepairOutcome::Refused { why } }
        }
        Err(error) if error.may_have_arrived() => RepairOutcome::Unknown { why: error.to_string() },
        Err(error) => RepairOutcome::Refused { why: format!("nothing was sent: {error}") },
    }
}

fn of_commanded(commanded: power::Commanded) -> RepairOutcome {
    use power::Commanded;
    match commanded {
        Commanded::Taken => RepairOutcome::Done,
        Commanded::Unknown { why } => RepairOutcome::Unknown { why },
        Commanded::NotOffered { .. } => RepairOutcome::Refused { why: "the BMC offers no reset of itself".into() },
        Commanded::Busy { why, .. } | Commanded::Refused { why, .. } | Commanded::NotSent { why } => {
            RepairOutcome::Refused { why }
        }
    }
}
