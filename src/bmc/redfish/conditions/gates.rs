//! Conditions that one vendor makes and another does not: which they are, its profile says.

use hyper::Method;
use serde_json::{Value, json};

use super::{look, shown};
use crate::{
    bmc::{
        error::Error,
        redfish::{client::Client, doc::Doc, quirks},
    },
    domain::{inventory::Stack, verdict::Verdict},
};

/// What is going to be done, as far as a gate depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// An update can be handed over by SimpleUpdate alone.
    pub simple_update_alone: bool,
    /// ROM or BMC are flashed, and not in spite of a trusted platform module.
    pub minds_tpm: bool,
}

/// How a gate is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// By reading.
    Get,
    /// By an action that changes nothing.
    Post,
}

/// One condition.
pub struct Gate {
    /// Where it is looked at.
    pub uri: String,
    /// How.
    pub ask: Ask,
    /// What the answer means.
    pub judge: fn(Doc<'_>) -> Verdict,
}

impl Gate {
    /// One that is read.
    pub fn at(uri: impl Into<String>, judge: fn(Doc<'_>) -> Verdict) -> Self {
        Self { uri: uri.into(), ask: Ask::Get, judge }
    }
}

/// Looks at every gate of the stack. The first that does not hold decides; what a BMC does not show does not.
pub async fn look_at(
    client: &mut Client,
    stack: Stack,
    (system, manager): (&str, &str),
    wanted: Wanted,
) -> Result<Verdict, Error> {
    let profile = quirks::of(stack);
    if !profile.has_gates() {
        return Ok(Verdict::Unknown("this stack makes no conditions of its own".into()));
    }
    let manager = match look(client, manager).await? {
        Ok(manager) => manager,
        Err(why) => return Ok(Verdict::Unknown(why)),
    };
    let mut unknown = None;
    for gate in profile.gates(system, Doc::new(&manager), wanted) {
        let answer = match gate.ask {
            Ask::Get => look(client, &gate.uri).await?,
            Ask::Post => shown(post(client, &gate.uri).await)?,
        };
        match answer.map(|answer| (gate.judge)(Doc::new(&answer))) {
            Ok(Verdict::Holds) => {}
            Ok(Verdict::Unknown(why)) | Err(why) => unknown = Some(why),
            Ok(closed) => return Ok(closed),
        }
    }
    Ok(unknown.map_or(Verdict::Holds, Verdict::Unknown))
}

async fn post(client: &mut Client, uri: &str) -> Result<Value, Error> {
    let reply = client.post(uri, &json!({}), client.timeouts().change).await?;
    client.json(&Method::POST, uri, &reply)
}
