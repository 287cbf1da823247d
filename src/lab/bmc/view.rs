//! A machine as its vendor's Redfish resources at one moment.

use std::cell::OnceCell;

use serde_json::{Value, json};

use super::session_values;
use crate::lab::{
    model::Machine,
    personality::{self, Etag, Profile, Times, Values},
};

/// Renders resources of one machine.
#[derive(Debug)]
pub struct View<'a> {
    machine: &'a Machine,
    profile: &'static Profile,
    times: Times,
    session: Option<String>,
    values: OnceCell<Values>,
    firmware: OnceCell<Vec<Values>>,
}

impl<'a> View<'a> {
    /// A view of a machine at a moment.
    #[must_use]
    pub fn new(machine: &'a Machine, times: Times) -> Self {
        let profile = machine.identity.personality.profile();
        let now = times.now.checked_add(machine.standing.clock_off).unwrap_or(times.now);
        let times = Times { now, ..times };
        Self { machine, profile, times, session: None, values: OnceCell::new(), firmware: OnceCell::new() }
    }

    /// The same, as the holder of a session sees it.
    pub(super) fn for_session(mut self, session: Option<&str>) -> Self {
        self.session = session.map(str::to_owned);
        self
    }

    /// A resource by its URI (a trailing slash does not matter).
    #[must_use]
    pub fn document(&self, uri: &str) -> Option<Value> {
        let registry = || self.profile.bios?.registry_at(self.machine, uri.trim_end_matches('/'));
        self.listed(uri).or_else(|| self.embedded(uri)).or_else(registry)
    }

    /// A resource that has a template.
    fn listed(&self, uri: &str) -> Option<Value> {
        let (template, member) = self.profile.tree.find(uri)?;
        let Some(name) = member else {
            if self.profile.directory == Some(template.path.as_str()) {
                let mut values = self.values().clone();
                values.set("directory", self.directory());
                return Some(self.profile.tree.fill(template, &template.path, &values));
            }
            let mut body = self.profile.tree.fill(template, &template.path, self.values());
            if self.profile.log.is_some_and(|log| log.embedded && log.entries == template.path) {
                self.embed(&mut body);
            }
            return Some(body);
        };
        let own = match template.path.as_str() {
            path if path.contains("/Sessions/") => self.session(name)?,
            path if path.contains("/Tasks/") || path.contains("/Jobs/") => self.task(name)?,
            path if path.contains("/UpdateTaskQueue/") => (self.profile.updates.queue?.entry)(self.machine, name)?,
            path if path.contains("/ComponentRepository/") => {
                (self.profile.updates.queue?.component)(self.machine, name)?
            }
            path if path.contains("/LogServices/") => self.log_entry(name)?,
            path if path.contains("/Registries/") => self.registry_file(name)?,
            _ => self.firmware(name)?,
        };
        let mut values = self.values().clone();
        values.extend(own);
        Some(self.profile.tree.fill(template, &template.path.replace("{}", name), &values))
    }

    /// Members in place of the links to them.
    fn embed(&self, body: &mut Value) {
        let Some(members) = body.get_mut("Members").and_then(Value::as_array_mut) else { return };
        for member in members {
            let whole = member.get("@odata.id").and_then(Value::as_str).and_then(|uri| self.listed(uri));
            *member = whole.unwrap_or_else(|| member.take());
        }
    }

    /// Every resource but the members of collections, with its type and tag. The collections of schemas and registries are none of
    /// it: ilorest takes a collection that is listed for one that it has read, and then knows no version of its iLO.
    fn directory(&self) -> Value {
        const UNLISTED: [&str; 2] = ["/redfish/v1/JsonSchemas", "/redfish/v1/Registries"];
        let paths = self.profile.tree.documents().map(|(path, _)| path);
        paths
            .filter(|path| !path.ends_with("{}") && self.profile.directory != Some(path) && !UNLISTED.contains(path))
            .filter_map(|path| {
                let body = self.listed(path)?;
                let odata_type = body.get("@odata.type")?;
                Some(json!({
                    "@odata.id": format!("{path}/"),
                    "@odata.type": odata_type,
                    "ETag": self.tag(&body),
                    "HttpMethods": ["GET", "HEAD"],
                }))
            })
            .collect()
    }

    /// A resource that another shows inside itself under its own URI (Dell's `DellSoftwareInventory`).
    fn embedded(&self, uri: &str) -> Option<Value> {
        let (mut outer, _) = uri.split_once("/Oem/")?;
        loop {
            if let Some(found) = self.listed(outer).as_ref().and_then(|body| part(body, uri)) {
                return Some(found.clone());
            }
            outer = outer.rsplit_once('/')?.0;
        }
    }

    fn values(&self) -> &Values {
        self.values.get_or_init(|| {
            let mut values = personality::common(self.machine, &self.times, self.profile);
            (self.profile.values)(self.machine, &mut values);
            if let Some(id) = &self.session {
                values.set("my_session", json!({ "@odata.id": format!("/redfish/v1/SessionService/Sessions/{id}") }));
            }
            values
        })
    }

    fn firmware(&self, id: &str) -> Option<Values> {
        let all = self.firmware.get_or_init(|| (self.profile.firmware)(self.machine));
        all.iter().find(|one| one.text("id") == id).cloned()
    }

    fn task(&self, id: &str) -> Option<Values> {
        let task = self.machine.tasks.iter().find(|task| task.id == id && task.is_listed())?;
        Some(personality::task_values(self.machine, task, &self.times, self.profile))
    }

    /// A registry whose name changes with the BIOS.
    fn registry_file(&self, name: &str) -> Option<Values> {
        let own = self.values().text("bios_registry");
        own.eq_ignore_ascii_case(name).then(Values::default)
    }

    fn log_entry(&self, id: &str) -> Option<Values> {
        let entry = self.machine.standing.log.iter().find(|entry| entry.id.to_string() == id)?;
        Some(personality::log_values(entry, &self.times))
    }

    fn session(&self, id: &str) -> Option<Values> {
        let session = self.machine.sessions.list().iter().find(|session| session.id == id)?;
        let mine = self.session.as_deref() == Some(id);
        Some(session_values(session, self.profile.sessions.idle, mine))
    }

    /// The entity tag of a resource: the same as long as nothing but a clock in it changes.
    #[must_use]
    pub fn tag(&self, body: &Value) -> String {
        let (mut one, mut other) = (Mix(0xcbf2_9ce4_8422_2325), Mix(0x6c62_272e_07bb_0142));
        one.value(body);
        other.value(body);
        let (one, other) = (one.0, other.0);
        let short = one >> 32;
        match self.profile.etag {
            Etag::Weak8 => format!("W/\"{short:08X}\""),
            Etag::Strong32 => format!("\"{one:016x}{other:016x}\""),
            Etag::Strong19 => format!("\"{one:016x}{:03x}\"", other & 0xfff),
            Etag::Header8 => format!("\"{short:08X}\""),
        }
    }

    /// The resource with its tag inside, where the vendor puts it there.
    #[must_use]
    pub fn tagged(&self, mut body: Value) -> Value {
        // Captured: registries have none.
        let has_tag = body.get("@odata.type").is_some() && body.get("RegistryEntries").is_none();
        if self.profile.etag != Etag::Header8 && has_tag {
            let tag = self.tag(&body);
            body["@odata.etag"] = Value::from(tag);
        }
        body
    }

    /// `$metadata`: which schemas the resources follow.
    #[must_use]
    pub fn metadata(&self) -> String {
        let mut types: Vec<String> = Vec::new();
        for (_, template) in self.profile.tree.documents() {
            types.extend(template.odata_types());
        }
        types.sort();
        types.dedup();
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\n",
        );
        for name in types {
            let Some((space, _)) = name.trim_start_matches('#').rsplit_once('.') else { continue };
            let schema = space.split('.').next().unwrap_or(space);
            xml.push_str(&format!(
                "  <edmx:Reference Uri=\"http://redfish.dmtf.org/schemas/v1/{schema}_v1.xml\">\n    \
                 <edmx:Include Namespace=\"{schema}\"/>\n"
            ));
            if space.contains('.') {
                xml.push_str(&format!("    <edmx:Include Namespace=\"{space}\"/>\n"));
            }
            xml.push_str("  </edmx:Reference>\n");
        }
        xml.push_str(
            "  <edmx:DataServices>\n    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"Service\">\n      \
             <EntityContainer Name=\"Service\" Extends=\"ServiceRoot.v1_0_0.ServiceContainer\"/>\n    </Schema>\n  \
             </edmx:DataServices>\n</edmx:Edmx>\n",
        );
        xml
    }
}

/// The part of a resource that has a URI of its own.
fn part<'a>(body: &'a Value, uri: &str) -> Option<&'a Value> {
    match body {
        Value::Object(map) if map.len() > 1 && map.get("@odata.id").and_then(Value::as_str) == Some(uri) => Some(body),
        Value::Object(map) => map.values().find_map(|item| part(item, uri)),
        Value::Array(list) => list.iter().find_map(|item| part(item, uri)),
        _ => None,
    }
}

/// FNV-1a over a resource, without the properties that change by themselves.
struct Mix(u64);

impl Mix {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn value(&mut self, value: &Value) {
        const CLOCKS: [&str; 5] = ["DateTime", "Time", "CurrentTime", "AccessTime", "UserExpires"];
        match value {
            Value::Object(map) => {
                for (key, item) in map.iter().filter(|(key, _)| !CLOCKS.contains(&key.as_str())) {
                    self.bytes(key.as_bytes());
                    self.value(item);
                }
            }
            Value::Array(list) => list.iter().for_each(|item| self.value(item)),
            Value::String(text) => self.bytes(text.as_bytes()),
            other => self.bytes(other.to_string().as_bytes()),
        }
    }
}
