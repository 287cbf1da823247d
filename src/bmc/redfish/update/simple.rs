//! SimpleUpdate: the BMC fetches the image itself.

use serde_json::Value;

use super::{
    outcome::{self, Left},
    receipt,
};
use crate::{
    bmc::redfish::client::Client,
    domain::{attempt::Attempt, offers::Offers},
};

/// Asks the BMC to fetch and flash, with the body that [`super::parameters::for_simple_update`] makes, and returns once
/// it has answered.
///
/// Not one byte is pushed, yet an answer that is lost is [`Attempt::Unknown`] with 0 bytes: it may be at it.
pub async fn simple_update(client: &mut Client, offers: &Offers, parameters: &Value) -> Attempt {
    let Some(uri) = offers.simple_update.as_deref() else {
        return Attempt::NotStarted { why: "the BMC offers no SimpleUpdate".into() };
    };
    act(client, uri, parameters).await
}

/// POSTs an action of the UpdateService and tells how it ended.
pub(super) async fn act(client: &mut Client, uri: &str, body: &Value) -> Attempt {
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    let deadline = client.timeouts().change;
    let mut end = match client.post(uri, body, deadline).await {
        Ok(reply) => outcome::of_reply(client, uri, &reply, Left::NoImage),
        Err(error) => outcome::unanswered(&error, Left::NoImage),
    };
    if let Attempt::Accepted { receipt } = &mut end {
        receipt::note_start(client, receipt).await;
    }
    end
}
