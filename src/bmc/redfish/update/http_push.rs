//! The raw push: POST of the bare image to HttpPushUri (UpdateService v1_1, deprecated, and all that older BMCs have).

use std::sync::{Arc, atomic::AtomicU64};

use hyper::HeaderMap;

use super::{
    multipart::ImageFile,
    outcome::{self, Left},
    receipt,
};
use crate::{
    bmc::redfish::{
        change::{Upload, counting},
        client::Client,
    },
    domain::{attempt::Attempt, offers::Offers},
    file_body::FileBody,
};

/// Pushes `image` as it is and returns once the BMC has answered, not once it has flashed. What it is for stands in the
/// service by then ([`super::claim`]).
///
/// `progress`, deadlines and ends: as [`super::push`].
pub async fn http_push(
    client: &mut Client,
    offers: &Offers,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Attempt {
    let Some(uri) = offers.push_uri.as_deref() else {
        return Attempt::NotStarted { why: "the BMC offers no HttpPushUri".into() };
    };
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    let sent = Arc::new(AtomicU64::new(0));
    let file = match image.file.size() {
        size if size == image.size => {
            FileBody::of(&image.file, 0, size, counting(&sent)).map_err(|error| error.to_string())
        }
        size => Err(format!("it has {size} bytes instead of {}", image.size)),
    };
    let body = match file {
        Ok(file) => file,
        Err(what) => {
            let why = format!("nothing was sent: {} cannot be read: {what}", image.name);
            return Attempt::Refused { why, message_ids: Vec::new() };
        }
    };
    // bmcweb takes exactly this type and answers any other with a bare 400.
    let content_type = "application/octet-stream".into();
    let answered = client
        .upload(uri, Upload { body, content_type, headers: HeaderMap::new(), size: image.size, sent }, progress)
        .await;
    let left = Left::Bytes { sent: answered.sent, size: image.size };
    let mut end = match &answered.answer {
        Ok(reply) => outcome::of_reply(client, uri, reply, left),
        Err(error) => outcome::unanswered(error, left),
    };
    if let Attempt::Accepted { receipt } = &mut end {
        receipt::note_start(client, receipt).await;
    }
    end
}
