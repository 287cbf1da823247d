//! HPE's upload: a form to `/cgi-bin/uploadFile` (the path is read from HttpPushUri), which needs a session.
//!
//! Source: HPE's Redfish documentation (firmware update, uploadFile); facts: vendors 2.2 A.

use hyper::{
    HeaderMap, StatusCode,
    header::{COOKIE, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    ImageFile,
    form::{self, Form, basename},
    ilo_words,
    outcome::{self, Left},
};
use crate::{
    bmc::redfish::client::Client,
    domain::{
        attempt::{Attempt, Receipt},
        offers::Offers,
    },
};

/// What iLO is to do with an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadOrder<'a> {
    /// Ours alone: `UploadCurrentEtag` says by it whose upload the update service speaks of.
    pub mark: &'a str,
    /// Keep it in the repository, for the task queue, instead of flashing it now.
    pub keep: bool,
    /// The operator accepts that a trusted platform module measures another firmware afterwards.
    pub tpm_override: bool,
}

/// Uploads `image` as `order` says and returns once iLO has it, not once it has flashed.
///
/// `progress` and deadlines are as in [`super::push`]. Ends as [`Attempt::Unknown`] when the connection dies after a byte
/// was sent: then `UploadCurrentEtag` and the version say what became of it.
pub async fn ilo_upload(
    client: &mut Client,
    offers: &Offers,
    order: &UploadOrder<'_>,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Attempt {
    let Some(uri) = offers.push_uri.as_deref() else {
        return Attempt::NotStarted { why: "the iLO offers no HttpPushUri".into() };
    };
    // It opens a session anew that has ended, whose key would be worth nothing in the form.
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    let boundary = match form::boundary() {
        Ok(boundary) => boundary,
        Err(end) => return end,
    };
    let Some(form) = form_of(client, boundary, order, &image.name) else {
        return Attempt::NotStarted { why: "the iLO opened no session, and this upload needs the key of one".into() };
    };
    let answered = match form::post(client, uri, form, image, progress).await {
        Ok(answered) => answered,
        Err(end) => return end,
    };
    let left = Left::Bytes { sent: answered.sent, size: image.size };
    let reply = match answered.answer {
        Ok(reply) => reply,
        Err(error) => return outcome::unanswered(&error, left),
    };
    if reply.status == StatusCode::BAD_REQUEST && reply.body.is_empty() {
        // ilorest #77; HPE's Redfish documentation.
        let why = "HTTP 400 without a word, which iLO says where the account may not configure iLO (iLOConfigPriv) or its \
                   session has ended; nothing was flashed; next: give the account that privilege, then run again";
        return Attempt::Refused { why: why.into(), message_ids: Vec::new() };
    }
    match outcome::of_reply(client, uri, &reply, left) {
        Attempt::Accepted { .. } => {
            let image = order.keep.then(|| basename(&image.name));
            Attempt::Accepted { receipt: Receipt { mark: Some(order.mark.to_owned()), image, ..Receipt::default() } }
        }
        Attempt::Refused { why, message_ids } => {
            let words = message_ids.iter().find_map(|id| ilo_words::of(id, &[]));
            Attempt::Refused { why: words.map_or(why.clone(), |words| format!("{words} ({why})")), message_ids }
        }
        other => other,
    }
}

/// The parts in the order in which iLO wants them: the session's key, what to do, the file. `None` without a session.
///
/// No `Expect` is sent at all: iLO takes none, and curl's empty one says the same.
fn form_of(client: &Client, boundary: String, order: &UploadOrder<'_>, name: &str) -> Option<Form> {
    let key = client.session.as_ref()?.token.expose_secret();
    let mut parameters = json!({
        "UpdateRepository": order.keep, "UpdateTarget": !order.keep, "ETag": order.mark, "Section": 0,
        "UpdateRecoverySet": false,
    });
    if order.tpm_override {
        parameters["TPMOverride"] = true.into();
    }
    let before = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"sessionKey\"\r\n\r\n{key}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"parameters\"\r\n\r\n{parameters}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        basename(name)
    );
    let mut cookie = HeaderValue::from_str(&format!("sessionKey={key}")).ok()?;
    cookie.set_sensitive(true);
    let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
    let after = format!("\r\n--{boundary}--\r\n");
    Some(Form { boundary, before, after, headers })
}
