//! Dell's push without multipart (iDRAC8, early iDRAC9): a file into the firmware inventory, from where SimpleUpdate takes
//! it.
//!
//! Source: Dell's DeviceFirmwareSimpleUpdateREDFISH.py; facts: vendors 2.3 B.

use hyper::{
    HeaderMap, StatusCode,
    header::{ETAG, HeaderValue, IF_MATCH, LOCATION},
};
use serde_json::{Value, json};

use super::{
    ImageFile,
    form::{self, Form, basename},
    outcome::{self, Left},
    simple::act,
};
use crate::{
    bmc::{
        connection::Reply,
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{
        attempt::{Attempt, Receipt, TaskReading, TaskState},
        offers::Offers,
    },
};

/// Uploads `image`, which then lies in the inventory as an `Available-` entry and waits for [`start`].
///
/// `progress` and deadlines are as in [`super::push`]. A 412 is [`Attempt::NotTaken`]: the inventory has changed since its
/// entity tag was read, which the next attempt reads anew. A 500 (RAC964) is unknown: only reading decides.
pub async fn dell_push(
    client: &mut Client,
    offers: &Offers,
    image: &ImageFile,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Attempt {
    let Some(uri) = offers.push_uri.as_deref() else {
        return Attempt::NotStarted { why: "the iDRAC offers no HttpPushUri".into() };
    };
    if let Some(end) = outcome::barrier(client).await {
        return end;
    }
    let none_left = Left::Bytes { sent: 0, size: image.size };
    let read = client.timeouts().read;
    let tag = match client.get_reply(uri, read).await {
        Ok(reply) => tag_of(&reply),
        Err(error) => return outcome::unanswered(&error, none_left),
    };
    let boundary = match form::boundary() {
        Ok(boundary) => boundary,
        Err(end) => return end,
    };
    let before = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        basename(&image.name)
    );
    let after = format!("\r\n--{boundary}--\r\n");
    let headers = tag.map(|tag| (IF_MATCH, tag)).into_iter().collect::<HeaderMap>();
    let answered = match form::post(client, uri, Form { boundary, before, after, headers }, image, progress).await {
        Ok(answered) => answered,
        Err(end) => return end,
    };
    let left = Left::Bytes { sent: answered.sent, size: image.size };
    let reply = match answered.answer {
        Ok(reply) => reply,
        Err(error) => return outcome::unanswered(&error, left),
    };
    if reply.status == StatusCode::PRECONDITION_FAILED {
        return Attempt::NotTaken { proof: "HTTP 412: the inventory changed while the image was on its way".into() };
    }
    match outcome::of_reply(client, uri, &reply, left) {
        Attempt::Accepted { .. } => match entry_of(&reply, uri) {
            Some(entry) => Attempt::Accepted { receipt: Receipt { image: Some(entry), ..Receipt::default() } },
            None => Attempt::Unknown { why: "it was taken, and no entry was named".into(), sent: answered.sent },
        },
        end => end,
    }
}

/// Where the body has no tag, the header has it, and where neither has one, nothing is asked for.
fn tag_of(reply: &Reply) -> Option<HeaderValue> {
    let in_body = || {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        Doc::new(&body).str("@odata.etag").and_then(|tag| HeaderValue::from_str(tag).ok())
    };
    reply.headers.get(ETAG).cloned().or_else(in_body).filter(|tag| !tag.is_empty())
}

/// The `Available-` entry that the answer names: in `Location`, or by its Id.
fn entry_of(reply: &Reply, collection: &str) -> Option<String> {
    let located = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let located = located.and_then(|text| text.split_once("/redfish/")).map(|(_, rest)| format!("/redfish/{rest}"));
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let doc = Doc::new(&body);
    let by_id = || doc.str("Id").map(|id| format!("{}/{id}", collection.trim_end_matches('/')));
    let named = located.or_else(|| doc.own_link().map(str::to_owned)).or_else(by_id);
    named.filter(|entry| is_available(entry))
}

fn is_available(entry: &str) -> bool {
    entry.rsplit('/').next().is_some_and(|id| id.starts_with("Available-"))
}

/// The `Available-` entry of component `id` (of its id before any `__`) with `version`, where one lies there.
pub async fn available(client: &mut Client, offers: &Offers, id: &str, version: &str) -> Result<Option<String>, Error> {
    let Some(uri) = offers.push_uri.as_deref() else { return Ok(None) };
    let read = client.timeouts().read;
    let root = client.root().await?;
    let memory = ExpandMemory::default();
    let expand = Expand { query: quirks::expand_query(&root), product: "inventory", memory: &memory };
    let component = id.split_once("__").map_or(id, |(component, _)| component);
    let begins = format!("Available-{component}-");
    let listed = members(client, uri, read, expand).await?.list;
    let is_it = |uri: &str, value: &Value| {
        let name = uri.rsplit('/').next().unwrap_or_default();
        name.starts_with(&begins) && Doc::new(value).str("Version") == Some(version)
    };
    Ok(listed.into_iter().find(|member| is_it(&member.uri, &member.value)).map(|member| member.uri))
}

/// Whether the image still lies at `entry`: then it can be started.
pub(super) async fn read(client: &mut Client, entry: &str) -> Result<TaskReading, Error> {
    let reply = client.get_reply(entry, client.timeouts().read).await?;
    let (state, word) = match reply.status.as_u16() {
        200..=299 => (TaskState::Succeeded, "Available"),
        404 | 410 => (TaskState::Gone, ""),
        _ => return Err(client.refusal(&hyper::Method::GET, entry, &reply)),
    };
    Ok(TaskReading { state, word: word.into(), percent: None, message: None, retry_after: None })
}

/// Starts what lies at `entry`. It is sent without an apply time: iDRACs honour that from 5.00 on, and those have multipart.
pub async fn start(client: &mut Client, offers: &Offers, entry: &str) -> Attempt {
    match offers.simple_update.as_deref() {
        Some(uri) => act(client, uri, &json!({ "ImageURI": entry })).await,
        None => Attempt::NotStarted { why: "the iDRAC offers no SimpleUpdate".into() },
    }
}
