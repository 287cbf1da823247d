//! Handing changes over, and taking them back.

use serde_json::{Value, json};

use super::{outcome, read::Place};
use crate::{
    bmc::{error::Error, redfish::client::Client},
    domain::bios::{Attributes, Sent},
};

/// PATCHes `values`, and nothing else, into the settings object: once, against the state that was read.
///
/// Where the settings object takes no PATCH at all (Supermicro: NVIDIA's libredfish writes the BIOS itself), the same
/// goes to the BIOS: what was answered with 404, 405 or 501 was not taken.
pub async fn stage(client: &mut Client, place: &Place, values: &Attributes) -> Sent {
    let mut body = json!({ "Attributes": values });
    if place.on_reset {
        body["@Redfish.SettingsApplyTime"] = json!({ "ApplyTime": "OnReset" });
    }
    match patch(client, &place.settings, &body, place.etag.as_deref()).await {
        Err(_) if place.bios != place.settings => {
            let any = place.etag.as_deref().filter(|etag| *etag == "*");
            patch(client, &place.bios, &body, any).await.unwrap_or_else(not_here)
        }
        other => other.unwrap_or_else(not_here),
    }
}

fn not_here(status: u16) -> Sent {
    let why = format!("the BMC takes no BIOS settings (HTTP {status})");
    Sent::Refused { why, reasons: std::collections::BTreeMap::new() }
}

/// One PATCH; the status, where the resource takes none.
async fn patch(client: &mut Client, path: &str, body: &Value, etag: Option<&str>) -> Result<Sent, u16> {
    let deadline = client.timeouts().change;
    match client.patch(path, body, etag, deadline).await {
        Ok(reply) if matches!(reply.status.as_u16(), 404 | 405 | 501) => Err(reply.status.as_u16()),
        Ok(reply) => Ok(outcome::of_reply(client, path, &reply)),
        Err(error) => Ok(outcome::unanswered(&error)),
    }
}

/// Takes back what waits: deletes `job`, which must be ours, and clears what is left. False where the vendor has no way
/// to do so; then nothing was asked of it. May be asked again: what is gone already is no failure.
pub async fn give_back(client: &mut Client, place: &Place, job: Option<&str>, waits: bool) -> Result<bool, Error> {
    let deadline = client.timeouts().change;
    let Some(jobs) = &place.jobs else { return Ok(false) };
    if let Some(id) = job.and_then(|job| job.trim_end_matches('/').rsplit('/').next()) {
        let path = format!("{}/{id}", jobs.trim_end_matches('/'));
        let reply = client.delete(&path, deadline).await?;
        if !reply.status.is_success() && reply.status.as_u16() != 404 {
            return Err(client.refusal(&hyper::Method::DELETE, &path, &reply));
        }
    }
    if let Some(clear) = place.clear.as_deref().filter(|_| waits) {
        let reply = client.post(clear, &json!({}), deadline).await?;
        // 400 is what an iDRAC says where nothing waits any more; a look at what waits follows in any case.
        if !reply.status.is_success() && reply.status.as_u16() != 400 {
            return Err(client.refusal(&hyper::Method::POST, clear, &reply));
        }
    }
    Ok(true)
}
