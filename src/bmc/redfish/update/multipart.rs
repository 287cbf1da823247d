//! The multipart push: POST to MultipartHttpPushUri.

use std::fmt::Write as _;

use hyper::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{
    form::{self, Form, basename},
    outcome::{self, Left},
    parameters, receipt,
};
use crate::{
    bmc::redfish::{change::Uploaded, client::Client},
    domain::{attempt::Attempt, offers::Offers},
    file_body::OpenFile,
};

/// An image as it is pushed. It was verified by its digest before.
#[derive(Debug, Clone)]
pub struct ImageFile {
    /// Its bytes.
    pub file: OpenFile,
    /// What the BMC is told that it is called: Dells go by it. Only the last part of a path is sent.
    pub name: String,
    /// Its length in bytes. A file of another length is not sent.
    pub size: u64,
}

/// A further part, whose name must begin with `Oem` (DSP0266; AMI's `OemParameters`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OemPart {
    /// Its name.
    pub name: String,
    /// Its content.
    pub value: Value,
}

/// Pushes `image` and returns once the BMC has answered, not once it has flashed.
///
/// `progress` is told the bytes handed to the socket (monotonic, at most four times a second; ends at `image.size` if all
/// of it left). The kernel and TLS hold back at most 0.4 MiB of that.
/// Deadlines: [`UploadLimits`](crate::bmc::redfish::client::UploadLimits); the size limit is the caller's to check.
/// Ends as [`Attempt::Unknown`] when the connection dies after a byte was sent: verify, never push again.
/// A 400 that names an option of ours which the BMC does not know ends it as [`Attempt::NotTaken`], with that option taken
/// out of `parameters`: to push again is another attempt, before which the version and the BMC's work are read anew.
pub async fn push(
    client: &mut Client,
    offers: &Offers,
    parameters: &mut Value,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Attempt {
    push_with(client, offers, parameters, None, image, progress).await
}

/// As [`push`], with a further part after the image.
pub async fn push_with(
    client: &mut Client,
    offers: &Offers,
    parameters: &mut Value,
    extra: Option<&OemPart>,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Attempt {
    let Some(uri) = offers.multipart_uri.as_deref() else {
        return Attempt::NotStarted { why: "the BMC offers no MultipartHttpPushUri".into() };
    };
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    let answered = match post(client, uri, parameters, extra, image, progress).await {
        Ok(answered) => answered,
        Err(end) => return end,
    };
    // Facts: vendors 2.4.
    if let Some(fewer) = unknown_dropped(&answered, parameters) {
        *parameters = fewer;
        return Attempt::NotTaken {
            proof: "HTTP 400: it does not know an option of ours, which is left out now".into(),
        };
    }
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

async fn post(
    client: &mut Client,
    uri: &str,
    parameters: &Value,
    extra: Option<&OemPart>,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<Uploaded, Attempt> {
    let boundary = form::boundary()?;
    let Parts { before, after } = Parts::of(&boundary, parameters, extra, &image.name);
    let form = Form { boundary, before, after, headers: HeaderMap::new() };
    form::post(client, uri, form, image, progress).await
}

fn unknown_dropped(answered: &Uploaded, parameters: &Value) -> Option<Value> {
    let reply = answered.answer.as_ref().ok().filter(|reply| reply.status == StatusCode::BAD_REQUEST)?;
    parameters::without_unknown(parameters, &serde_json::from_slice(&reply.body).ok()?)
}

/// What stands before and after the bytes of the image.
struct Parts {
    before: String,
    after: String,
}

impl Parts {
    /// UpdateParameters first, since BMCs that take the file as it comes must know what to do with it.
    fn of(boundary: &str, parameters: &Value, extra: Option<&OemPart>, name: &str) -> Self {
        let json = |name: &str, value: &Value| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n\r\n\
                 {value}\r\n"
            )
        };
        let mut before = json("UpdateParameters", parameters);
        // Writing to a String cannot fail.
        let _ = write!(
            before,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"UpdateFile\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            basename(name)
        );
        let extra = extra.map(|part| json(&part.name, &part.value)).unwrap_or_default();
        Self { before, after: format!("\r\n{extra}--{boundary}--\r\n") }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_parts_stand_in_their_order_and_only_the_file_has_a_name() {
        let extra = OemPart { name: "OemParameters".into(), value: json!({ "ImageType": "HPM" }) };
        let parts = Parts::of("B", &json!({ "Targets": [] }), Some(&extra), "/var/lib/BIOS_X.EXE");
        assert_eq!(
            format!("{}IMAGE{}", parts.before, parts.after),
            "--B\r\nContent-Disposition: form-data; name=\"UpdateParameters\"\r\nContent-Type: application/json\r\n\r\n\
             {\"Targets\":[]}\r\n\
             --B\r\nContent-Disposition: form-data; name=\"UpdateFile\"; filename=\"BIOS_X.EXE\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nIMAGE\r\n\
             --B\r\nContent-Disposition: form-data; name=\"OemParameters\"\r\nContent-Type: application/json\r\n\r\n\
             {\"ImageType\":\"HPM\"}\r\n--B--\r\n"
        );
    }
}
