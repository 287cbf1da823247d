//! StartUpdate: what was uploaded and verified is flashed now.

use serde_json::json;

use super::simple::act;
use crate::{
    bmc::redfish::client::Client,
    domain::{attempt::Attempt, offers::Offers},
};

/// Starts everything that was uploaded with OnStartUpdateRequest. Accepted: 200, 202 and 204.
///
/// An answer that is lost is [`Attempt::Unknown`] with 0 bytes: it may have been started.
pub async fn start_update(client: &mut Client, offers: &Offers) -> Attempt {
    match offers.start_update.as_deref() {
        Some(uri) => act(client, uri, &json!({})).await,
        None => Attempt::NotStarted { why: "the BMC offers no StartUpdate".into() },
    }
}
