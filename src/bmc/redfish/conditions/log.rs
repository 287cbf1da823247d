//! Critical entries of a BMC's logs of events.

use super::{look, shown};
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, Member, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{inventory::Stack, verdict::CriticalEntry},
};

/// The critical entries of every log that the stack keeps of the machine's health. Nothing where it shows none: then
/// why.
///
/// `owners`: the system and the manager, whose logs are looked for.
pub async fn critical(
    client: &mut Client,
    stack: Stack,
    owners: [&str; 2],
    memory: &ExpandMemory,
) -> Result<Result<Vec<CriticalEntry>, String>, Error> {
    let root = client.root().await?;
    let wanted = quirks::of(stack).health_logs();
    let read = client.timeouts().read;
    let mut found = Vec::new();
    let mut why = "the BMC names no log of its health".to_owned();
    let mut has_read = false;
    for owner in owners.into_iter().filter(|owner| !owner.is_empty()) {
        let services = match look(client, owner).await? {
            Ok(owner) => Doc::new(&owner).link("LogServices").map(str::to_owned),
            Err(_) => None,
        };
        let Some(services) = services else { continue };
        let Ok(services) = look(client, &services).await? else { continue };
        let links = Doc::new(&services).items("Members").filter_map(Doc::own_link);
        let is_wanted =
            |uri: &&str| uri.trim_end_matches('/').rsplit('/').next().is_some_and(|id| wanted.contains(&id));
        for uri in links.filter(is_wanted) {
            let entries = match look(client, uri).await? {
                Ok(service) => Doc::new(&service).link("Entries").map(str::to_owned),
                Err(_) => None,
            };
            let Some(entries) = entries else { continue };
            let expand = Expand { query: quirks::expand_query(&root), product: "logs", memory };
            match shown(members(client, &entries, read, expand).await)? {
                Ok(listed) => {
                    has_read = true;
                    found.extend(listed.list.iter().filter_map(entry));
                }
                Err(refused) => why = refused,
            }
        }
    }
    Ok(if has_read { Ok(found) } else { Err(why) })
}

/// LogEntry of DMTF, if it is critical.
fn entry(member: &Member) -> Option<CriticalEntry> {
    let doc = Doc::new(&member.value);
    (doc.str("Severity")? == "Critical").then(|| CriticalEntry {
        key: format!("{} {}", member.uri.trim_end_matches('/'), doc.str("Created").unwrap_or("-")),
        message: doc.str("Message").unwrap_or("without words").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_known_by_its_place_and_its_time() {
        let member = |value| Member { uri: "/redfish/v1/x/Entries/7/".into(), value };
        let fan = json!({ "Severity": "Critical", "Created": "2026-01-02T03:04:05Z", "Message": "Fan 3 failed" });
        let found = entry(&member(fan)).unwrap();
        assert_eq!(found.key, "/redfish/v1/x/Entries/7 2026-01-02T03:04:05Z");
        assert_eq!(entry(&member(json!({ "Severity": "Warning" }))), None);
        assert_eq!(entry(&member(json!({}))), None);
    }
}
