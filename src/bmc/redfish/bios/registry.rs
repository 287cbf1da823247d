//! Finding and reading the attribute registry.

use std::{io::Read as _, sync::Arc};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::{
    bmc::{
        connection::Reply,
        error::Error,
        redfish::{client::Client, doc::Doc},
    },
    domain::bios::Registry,
};

/// The largest registry that is unpacked, in bytes. Captured ones have up to a megabyte.
const LARGEST: u64 = 32 << 20;

/// Registries that were read, by name and BIOS version: vendors keep one name over versions (Dell), or have the version
/// in it (HPE).
#[derive(Debug, Clone, Default)]
pub struct Registries(Option<(String, Arc<Registry>)>);

impl Registries {
    /// The registry of that name. Why it is not to be had, where the BMC has none.
    pub(super) async fn of(
        &mut self,
        client: &mut Client,
        name: Option<&str>,
        bios_version: &str,
    ) -> Result<Result<Arc<Registry>, String>, Error> {
        let Some(name) = name else {
            return Ok(Err("the BMC names no attribute registry, so nothing can be checked before it is sent".into()));
        };
        let key = format!("{name} {bios_version}");
        if let Some((_, known)) = self.0.as_ref().filter(|(known, _)| *known == key) {
            return Ok(Ok(Arc::clone(known)));
        }
        let Some(body) = find(client, name).await? else {
            let what = format!("the BMC does not show its attribute registry {name}, so nothing can be checked");
            return Ok(Err(what));
        };
        let registry = Arc::new(Registry::of_json(&body));
        if registry.attributes.is_empty() {
            return Ok(Err(format!("the attribute registry {name} lists no attributes")));
        }
        self.0 = Some((key, Arc::clone(&registry)));
        Ok(Ok(registry))
    }
}

/// The registry: under its own name, or under the one of its collection that differs in nothing but the version.
async fn find(client: &mut Client, name: &str) -> Result<Option<Value>, Error> {
    let root = client.root().await?;
    let collection =
        Doc::new(&root).link("Registries").unwrap_or("/redfish/v1/Registries").trim_end_matches('/').to_owned();
    let mut file = shown(client, &format!("{collection}/{name}")).await?;
    if file.is_none() {
        // A Dell names v1_0_3 and has v1_0_0; a Supermicro has it without any version (captured trees).
        let list = shown(client, &collection).await?.unwrap_or_default();
        let same = Doc::new(&list).items("Members").filter_map(Doc::own_link).find(|uri| {
            let last = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            stem(last).eq_ignore_ascii_case(stem(name))
        });
        file = match same {
            Some(uri) => shown(client, uri).await?,
            None => None,
        };
    }
    let Some(file) = file else { return Ok(None) };
    let doc = Doc::new(&file);
    if doc.has("RegistryEntries") {
        return Ok(Some(file));
    }
    let is_english = |place: &Doc<'_>| place.str("Language").is_none_or(|language| language.starts_with("en"));
    let place = doc.items("Location").find(is_english).or_else(|| doc.items("Location").next());
    match place.and_then(|place| place.link("Uri")) {
        Some(uri) => shown(client, uri).await,
        None => Ok(None),
    }
}

/// A name without its version: `BiosAttributeRegistry.v1_0_3`, `BiosAttributeRegistry.1.0.0`.
fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// A resource, unless the BMC has no such. iLO packs registries whether asked to or not.
async fn shown(client: &mut Client, uri: &str) -> Result<Option<Value>, Error> {
    let mut reply = client.get_reply(uri, client.timeouts().inventory).await?;
    if matches!(reply.status.as_u16(), 404 | 405 | 410 | 501) {
        return Ok(None);
    }
    unpack(&mut reply);
    client.json(&hyper::Method::GET, uri, &reply).map(Some)
}

/// Takes the packing off a body, if it has any. One that cannot be unpacked stays as it is, and is no JSON then.
fn unpack(reply: &mut Reply) {
    let is_packed = reply.body.starts_with(&[0x1f, 0x8b]);
    if !is_packed {
        return;
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(reply.body.as_ref()).take(LARGEST).read_to_end(&mut plain);
    if read.is_ok() {
        reply.body = plain.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_known_by_its_name_without_the_version() {
        for (one, other) in [
            ("BiosAttributeRegistry.v1_0_3", "BiosAttributeRegistry.v1_0_0"),
            ("BiosAttributeRegistry.v1_0_0", "BiosAttributeRegistry"),
            ("BiosAttributeRegistryA42.v1_2_60", "BiosAttributeRegistryA42.v1_2_60"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
        assert_ne!(stem("BiosAttributeRegistryA42.v1"), stem("BiosAttributeRegistryU58.v1"));
    }
}
