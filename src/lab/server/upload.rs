//! The body of a push, read as it comes: no more than a piece of an image is ever held.

use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::{PATIENCE, Seat};
use crate::lab::{bmc::Request, upload};

/// Reads an upload into the request. `cut` makes the BMC reset after so many bytes. `None` when the client stopped
/// sending.
pub(super) async fn receive(seat: &Seat, request: &mut Request, mut body: Incoming, cut: Option<u64>) -> Option<()> {
    seat.bmc.push_began();
    let length = request.header("content-length").and_then(|text| text.parse::<u64>().ok());
    let largest = seat.bmc.largest_image();
    let too_large = |bytes: u64| largest.is_some_and(|largest| bytes > largest.saturating_add(FORM));
    let mut incoming = upload::Incoming::by_type(request.header("content-type").unwrap_or_default());
    let mut bytes = 0_u64;
    // What is refused is read all the same: an answer that overtakes the body would be lost with the connection.
    while let Some(frame) = tokio::time::timeout(PATIENCE, body.frame()).await.ok()? {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        bytes = bytes.saturating_add(u64::try_from(data.len()).unwrap_or_default());
        if cut.is_some_and(|cut| bytes >= cut) {
            seat.bmc.reset();
            std::future::pending::<()>().await;
        }
        if !too_large(length.unwrap_or_default().max(bytes)) {
            incoming.push(&data);
        }
    }
    let mut upload = incoming.finish();
    upload.headers.clone_from(&request.headers);
    upload.chunked = length.is_none();
    upload.too_large = too_large(length.unwrap_or_default().max(bytes));
    request.upload = Some(upload);
    Some(())
}

/// What a form adds to its image at most.
const FORM: u64 = 4096;
