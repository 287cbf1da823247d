//! Collections and their members: in one request where `$expand` is offered and really works, else one by one.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;

use super::{client::Client, doc::Doc};
use crate::{bmc::error::Error, domain::inventory::Note};

/// More members than any captured BMC has by a factor of ten: a service that links in a circle is stopped here.
const MEMBERS: usize = 2000;
const PAGES: usize = 100;
/// After so many members in a row that the connection fails on, the BMC is gone, not a member odd.
const FAILURES_IN_A_ROW: usize = 3;

/// Which products' `$expand` works, by product and collection. Some offer it and answer links, errors or nothing.
#[derive(Debug, Default)]
pub struct ExpandMemory {
    works: Mutex<HashMap<String, bool>>,
}

impl ExpandMemory {
    /// A memory with what is known from before.
    #[must_use]
    pub fn knowing(works: HashMap<String, bool>) -> Self {
        Self { works: Mutex::new(works) }
    }

    /// Everything known.
    #[must_use]
    pub fn all(&self) -> HashMap<String, bool> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known_broken(&self, key: &str) -> bool {
        self.works.lock().unwrap_or_else(PoisonError::into_inner).get(key) == Some(&false)
    }

    fn learn(&self, key: String, works: bool) {
        self.works.lock().unwrap_or_else(PoisonError::into_inner).insert(key, works);
    }
}

/// How a collection may be expanded on this product.
#[derive(Clone, Copy)]
pub struct Expand<'a> {
    /// `$expand=…`, or nothing where the service does not offer it.
    pub query: Option<&'a str>,
    /// The product, as the memory keys it.
    pub product: &'a str,
    /// What is known of it.
    pub memory: &'a ExpandMemory,
}

/// A member as it was read.
#[derive(Debug)]
pub struct Member {
    /// Its resource.
    pub uri: String,
    /// Its content.
    pub value: Value,
}

/// The members that could be read, and what was odd about the others.
#[derive(Debug, Default)]
pub struct Members {
    /// In the BMC's order.
    pub list: Vec<Member>,
    /// One note for each that could not.
    pub notes: Vec<Note>,
}

/// Reads every member of the collection at `uri`. `deadline` is for the collection; each member alone has the
/// client's read deadline.
pub async fn members(client: &mut Client, uri: &str, deadline: Duration, expand: Expand<'_>) -> Result<Members, Error> {
    let first = first_page(client, uri, deadline, expand).await?;
    let mut found = Members::default();
    let mut seen = HashSet::new();
    let mut failures = 0;
    let mut page = first;
    for _ in 0..PAGES {
        let doc = Doc::new(&page);
        if doc.raw().get("Members").is_none_or(|members| !members.is_array()) {
            found.note(uri, "the collection has no Members array");
        }
        for (index, member) in doc.items("Members").enumerate() {
            if found.list.len() >= MEMBERS {
                found.note(uri, format!("only the first {MEMBERS} members were read"));
                return Ok(found);
            }
            let Some(link) = member.own_link() else {
                found.note(uri, format!("member {index} has no @odata.id"));
                continue;
            };
            if !seen.insert(link.trim_end_matches('/').to_owned()) {
                continue;
            }
            if is_whole(member) {
                found.list.push(Member { uri: link.to_owned(), value: member.raw().clone() });
                continue;
            }
            match client.get(link, client.timeouts().read).await {
                Ok(value) => {
                    failures = 0;
                    found.list.push(Member { uri: link.to_owned(), value });
                }
                Err(error @ Error::CalledOff) => return Err(error),
                Err(error) => {
                    failures = if matches!(error, Error::Http { .. }) { 0 } else { failures + 1 };
                    if failures >= FAILURES_IN_A_ROW {
                        return Err(error);
                    }
                    found.note(link, error.to_string());
                }
            }
        }
        let Some(next) = doc.str("Members@odata.nextLink").filter(|next| next.starts_with('/')) else { break };
        let next = next.to_owned();
        page = client.get(&next, deadline).await?;
    }
    Ok(found)
}

impl Members {
    fn note(&mut self, at: &str, what: impl Into<String>) {
        self.notes.push(Note { at: at.into(), what: what.into() });
    }
}

async fn first_page(client: &mut Client, uri: &str, deadline: Duration, expand: Expand<'_>) -> Result<Value, Error> {
    let key = format!("{} {}", expand.product, uri.trim_end_matches('/').rsplit('/').next().unwrap_or(uri));
    let Some(query) = expand.query.filter(|_| !expand.memory.known_broken(&key)) else {
        return client.get(uri, deadline).await;
    };
    let separator = if uri.contains('?') { '&' } else { '?' };
    match client.get(&format!("{uri}{separator}{query}"), deadline).await {
        Ok(page) => {
            let doc = Doc::new(&page);
            if let Some(any) = doc.items("Members").next() {
                expand.memory.learn(key, is_whole(any));
            }
            Ok(page)
        }
        // These say nothing about $expand.
        Err(error @ (Error::WrongCredentials { .. } | Error::NoCredentials | Error::CalledOff)) => Err(error),
        Err(Error::Http { status: 404, .. }) => client.get(uri, deadline).await,
        Err(_) => {
            let plain = client.get(uri, deadline).await?;
            expand.memory.learn(key, false);
            Ok(plain)
        }
    }
}

/// A member that was expanded in place carries more than its link, and is no error.
fn is_whole(member: Doc<'_>) -> bool {
    member.has("@odata.type") || member.has("Id") || member.has("Name")
}
