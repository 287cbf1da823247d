//! A BMC's logs of events, and the critical entries in them.

use serde_json::Value;

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

/// A log of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Where its entries are.
    pub uri: String,
    /// The vendor's name for it.
    pub name: String,
    /// Its entries, newest first; or why the BMC does not show them.
    pub entries: Result<Vec<LogEntry>, String>,
}

/// LogEntry of DMTF, as far as it is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The BMC's id for it.
    pub id: String,
    /// When, as the BMC writes it.
    pub at: Option<String>,
    /// `OK Warning Critical`
    pub severity: Option<String>,
    /// In the BMC's words.
    pub message: String,
}

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
    let mut found = Vec::new();
    let mut why = "the BMC names no log of its health".to_owned();
    let mut has_read = false;
    for (_, members) in logs(client, stack, owners, memory).await? {
        match members {
            Ok(members) => {
                has_read = true;
                found.extend(members.iter().filter_map(entry));
            }
            Err(refused) => why = refused,
        }
    }
    Ok(if has_read { Ok(found) } else { Err(why) })
}

/// Every log that the stack keeps of the machine's health, with all its entries. `owners` as above.
pub async fn all(
    client: &mut Client,
    stack: Stack,
    owners: [&str; 2],
    memory: &ExpandMemory,
) -> Result<Vec<Log>, Error> {
    let found = logs(client, stack, owners, memory).await?.into_iter();
    Ok(found
        .map(|(service, members)| {
            let doc = Doc::new(&service);
            let uri = doc.link("Entries").unwrap_or_default().to_owned();
            let name = doc.str("Name").or_else(|| doc.str("Id")).unwrap_or("log").to_owned();
            let entries = members.map(|members| {
                let mut entries: Vec<_> = members.iter().map(told).collect();
                // BMCs list them in either order; times of the form that Redfish wants sort as text.
                entries.sort_by(|one, other| other.at.cmp(&one.at));
                entries
            });
            Log { uri, name, entries }
        })
        .collect())
}

/// The LogServices whose logs tell of the machine's health, and the members of each or why they are not shown.
async fn logs(
    client: &mut Client,
    stack: Stack,
    owners: [&str; 2],
    memory: &ExpandMemory,
) -> Result<Vec<(Value, Result<Vec<Member>, String>)>, Error> {
    let root = client.root().await?;
    let wanted = quirks::of(stack).health_logs();
    let read = client.timeouts().read;
    let mut found = Vec::new();
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
            let Ok(service) = look(client, uri).await? else { continue };
            let Some(entries) = Doc::new(&service).link("Entries") else { continue };
            let expand = Expand { query: quirks::expand_query(&root), product: "logs", memory };
            let members = shown(members(client, entries, read, expand).await)?.map(|listed| listed.list);
            found.push((service, members));
        }
    }
    Ok(found)
}

fn told(member: &Member) -> LogEntry {
    let doc = Doc::new(&member.value);
    let own = |key: &str| doc.str(key).map(str::to_owned);
    let id = own("Id").or_else(|| member.uri.trim_end_matches('/').rsplit('/').next().map(str::to_owned));
    LogEntry {
        id: id.unwrap_or_default(),
        at: own("Created"),
        severity: own("Severity"),
        message: own("Message").unwrap_or_else(|| "without words".into()),
    }
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
