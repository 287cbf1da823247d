//! Reading a BIOS: current values, the settings object, the registry, and jobs that wait.

use std::collections::BTreeMap;

use serde_json::Value;

use super::registry::Registries;
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{
        bios::{AttributeValue, Attributes, BiosReading, BiosWay, ConfigJob},
        inventory::Stack,
    },
};

/// Where settings are written, as the last reading found it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The BIOS itself.
    pub(super) bios: String,
    /// The settings object; the BIOS itself where there is none.
    pub(super) settings: String,
    /// What the settings object's state was called.
    pub(super) etag: Option<String>,
    /// The BMC wants to be told when settings are applied, and knows `OnReset`.
    pub(super) on_reset: bool,
    /// The vendor's collection of jobs.
    pub(super) jobs: Option<String>,
    /// The vendor's action that clears what waits.
    pub(super) clear: Option<String>,
}

/// Reads the BIOS of `system`. Why there is nothing to be read, where the BMC shows none.
///
/// Requests: system, BIOS, settings object, and the registry with its place unless `registries` has it; Dell's jobs
/// besides. A registry's answer has the client's deadline for inventories: some have half a megabyte.
pub async fn read(
    client: &mut Client,
    stack: Stack,
    system: &str,
    registries: &mut Registries,
) -> Result<Result<(BiosReading, Place), String>, Error> {
    let limit = client.timeouts().read;
    let host = client.get(system, limit).await?;
    let Some(uri) = Doc::new(&host).link("Bios").map(str::to_owned) else {
        return Ok(Err("the BMC shows no BIOS settings".into()));
    };
    let bios = match client.get(&uri, limit).await {
        Err(Error::Http { status: 404 | 405 | 501, .. }) => return Ok(Err("the BMC shows no BIOS settings".into())),
        other => other?,
    };
    let doc = Doc::new(&bios);
    let attributes = attributes(doc);
    if attributes.is_empty() {
        let what = "the BMC shows no BIOS attributes; some do so only after the host's first boot";
        return Ok(Err(what.into()));
    }
    let mut place = Place { bios: uri.clone(), settings: uri, ..Place::default() };
    let settings = doc.at(&["@Redfish.Settings"]);
    place.on_reset = supports_on_reset(settings);
    let mut pending = Attributes::new();
    let mut body = Value::Null;
    if let Some(uri) = settings.link("SettingsObject") {
        uri.clone_into(&mut place.settings);
        let reply = client.get_reply(uri, limit).await?;
        let header = reply.headers.get("etag").and_then(|value| value.to_str().ok()).map(str::to_owned);
        body = client.json(&hyper::Method::GET, uri, &reply)?;
        place.etag = header.or_else(|| Doc::new(&body).str("@odata.etag").map(str::to_owned));
        // Some show every value there, some what waits alone: what differs is what waits.
        pending = self::attributes(Doc::new(&body));
        pending.retain(|name, value| !attributes.get(name).is_some_and(|now| now.is(value)));
    }
    let profile = quirks::of(stack);
    if profile.wants_any_etag() {
        place.etag = Some("*".into());
    }
    place.jobs = profile.bios_jobs(Doc::new(&body)).map(str::to_owned);
    place.clear = profile.bios_clear(Doc::new(&body)).map(str::to_owned);
    let jobs = match &place.jobs {
        Some(collection) => waiting_jobs(client, collection, &host).await?,
        None => Vec::new(),
    };
    let version = Doc::new(&host).str("BiosVersion").unwrap_or_default();
    let registry = match registries.of(client, doc.str("AttributeRegistry"), version).await? {
        Ok(registry) => registry,
        Err(why) => return Ok(Err(why)),
    };
    let complaints = complaints(settings);
    let way = BiosWay::Redfish;
    Ok(Ok((BiosReading { way, attributes, pending, registry, jobs, complaints }, place)))
}

/// Attributes without a value (Dell shows passwords as null) and odd ones are left out.
fn attributes(doc: Doc<'_>) -> Attributes {
    let object = doc.at(&["Attributes"]).raw().as_object();
    let known = object.into_iter().flatten();
    // Annotations of attributes stand among them on some.
    let known = known.filter(|(name, _)| !name.contains('@'));
    known.filter_map(|(name, value)| Some((name.clone(), AttributeValue::of_json(value)?))).collect()
}

fn supports_on_reset(settings: Doc<'_>) -> bool {
    let times = settings.at(&["SupportedApplyTimes"]).raw().as_array();
    times.is_some_and(|times| times.iter().any(|time| time.as_str() == Some("OnReset")))
}

/// What the BMC says of the settings that it applied last (iLO: one message an attribute that it refused in POST).
fn complaints(settings: Doc<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for message in settings.items("Messages") {
        let id = message.str("MessageId").unwrap_or_default();
        let name = id.rsplit('.').next().unwrap_or(id);
        if ["Success", "NoOperation", "SystemResetRequired", "ResetRequired"].contains(&name) || name.is_empty() {
            continue;
        }
        let (attribute, words) = super::outcome::of_message(message);
        found.insert(attribute.unwrap_or_default(), words);
    }
    found
}

/// Jobs that will bring settings into the BIOS at the next boot.
async fn waiting_jobs(client: &mut Client, collection: &str, host: &Value) -> Result<Vec<ConfigJob>, Error> {
    let limit = client.timeouts().read;
    let root = client.root().await?;
    let memory = ExpandMemory::default();
    let product = Doc::new(host).str("Model").unwrap_or_default();
    let expand = Expand { query: quirks::expand_query(&root), product, memory: &memory };
    let all = match members(client, collection, limit, expand).await {
        Err(Error::Http { status: 404 | 405 | 501, .. }) => return Ok(Vec::new()),
        other => other?,
    };
    let waits = all.list.iter().filter_map(|member| {
        let job = Doc::new(&member.value);
        let state = job.str("JobState")?;
        let is_over = ["Completed", "CompletedWithErrors", "Failed", "RebootFailed"].contains(&state);
        if job.str("JobType") != Some("BIOSConfiguration") || is_over {
            return None;
        }
        let name = job.str("Name").unwrap_or("a BIOS configuration job");
        let since = job.str("StartTime").unwrap_or("a time that it does not say");
        let what = format!("{name} ({}), {state}, since {since}", member.uri);
        Some(ConfigJob { uri: member.uri.clone(), what })
    });
    Ok(waits.collect())
}
