//! A handler that serves a tree of resources with sessions and authentication: a captured one, or one made by a test.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Mutex,
};

use serde_json::{Value, json};

use super::http::{Answer, Handler, Request};

pub const USERNAME: &str = "root";

/// A service over resources by path, without trailing slash.
pub struct Tree {
    resources: BTreeMap<String, Value>,
    password: String,
    sessions: Mutex<Sessions>,
    limit: usize,
    expand: bool,
}

#[derive(Default)]
struct Sessions {
    open: HashSet<String>,
    made: usize,
}

impl Tree {
    /// The captured tree in `directory` (the folder that holds `redfish/`).
    pub fn captured(directory: &Path, password: &str) -> Self {
        let mut resources = BTreeMap::new();
        collect(&directory.join("redfish/v1"), "/redfish/v1", &mut resources);
        Self::of(resources, password)
    }

    pub fn of(resources: BTreeMap<String, Value>, password: &str) -> Self {
        Self { resources, password: password.into(), sessions: Mutex::default(), limit: 8, expand: true }
    }

    /// A small generic machine.
    pub fn small(password: &str) -> Self {
        let resource = |path: &str, value: Value| (path.to_owned(), value);
        let link = |path: &str| json!({ "@odata.id": path });
        let resources = [
            resource(
                "/redfish/v1",
                json!({
                    "RedfishVersion": "1.6.0", "Vendor": "Example",
                    "Systems": link("/redfish/v1/Systems"), "Managers": link("/redfish/v1/Managers"),
                    "UpdateService": link("/redfish/v1/UpdateService"),
                    "Links": { "Sessions": link("/redfish/v1/SessionService/Sessions") },
                }),
            ),
            resource("/redfish/v1/Systems", json!({ "Members": [link("/redfish/v1/Systems/1")] })),
            resource(
                "/redfish/v1/Systems/1",
                json!({
                    "Id": "1", "Name": "System", "Manufacturer": "Example", "Model": "E100", "SerialNumber": "EX0001",
                    "UUID": "6f1a1c2e-0000-4000-8000-000000000001", "BiosVersion": "1.2.3", "PowerState": "On",
                    "Status": { "Health": "OK" },
                }),
            ),
            resource("/redfish/v1/Managers", json!({ "Members": [link("/redfish/v1/Managers/1")] })),
            resource(
                "/redfish/v1/Managers/1",
                json!({ "Id": "1", "Name": "BMC", "ManagerType": "BMC", "Model": "E-BMC", "FirmwareVersion": "4.5.6" }),
            ),
            resource(
                "/redfish/v1/UpdateService",
                json!({ "FirmwareInventory": link("/redfish/v1/UpdateService/FirmwareInventory") }),
            ),
            resource(
                "/redfish/v1/UpdateService/FirmwareInventory",
                json!({ "Members": [
                    link("/redfish/v1/UpdateService/FirmwareInventory/BIOS"),
                    link("/redfish/v1/UpdateService/FirmwareInventory/BMC"),
                ] }),
            ),
            resource(
                "/redfish/v1/UpdateService/FirmwareInventory/BIOS",
                json!({ "Id": "BIOS", "Name": "BIOS", "Version": "1.2.3", "Updateable": true }),
            ),
            resource(
                "/redfish/v1/UpdateService/FirmwareInventory/BMC",
                json!({ "Id": "BMC", "Name": "BMC", "Version": "4.5.6" }),
            ),
        ];
        Self::of(resources.into(), password)
    }

    /// Room for so many sessions.
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Answers `$expand` with bare links, whatever the root offers.
    pub fn without_expand(mut self) -> Self {
        self.expand = false;
        self
    }

    /// Puts `value` at `path`.
    pub fn put(mut self, path: &str, value: Value) -> Self {
        self.resources.insert(path.into(), value);
        self
    }

    pub fn open_sessions(&self) -> usize {
        self.sessions.lock().unwrap().open.len()
    }

    fn log_in(&self, request: &Request) -> Answer {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        if body["UserName"] != USERNAME || body["Password"] != self.password.as_str() {
            // Some BMCs echo what they were sent.
            let echo = format!("the password {} is wrong", body["Password"].as_str().unwrap_or_default());
            return refusal(401, "Base.1.8.ResourceAtUriUnauthorized", &echo);
        }
        let mut sessions = self.sessions.lock().unwrap();
        if sessions.open.len() >= self.limit {
            return refusal(503, "IDRAC.2.8.RAC0218", "The maximum number of user sessions is reached.");
        }
        sessions.made += 1;
        let token = format!("tok-{}-{}", sessions.made, self.password.len());
        sessions.open.insert(token.clone());
        let uri = format!("/redfish/v1/SessionService/Sessions/{token}");
        Answer::json(201, &json!({ "@odata.id": uri, "Id": token, "UserName": USERNAME }))
            .with("X-Auth-Token", &token)
            .with("Location", &uri)
    }

    /// Closes every session, as a BMC's reset does.
    pub fn forget_sessions(&self) {
        self.sessions.lock().unwrap().open.clear();
    }

    fn resource(&self, request: &Request) -> Answer {
        let Some(value) = self.resources.get(request.path()) else {
            return refusal(404, "Base.1.8.ResourceMissingAtURI", "no such resource");
        };
        let mut value = value.clone();
        if self.expand && request.target.contains("$expand=") {
            for member in value["Members"].as_array_mut().into_iter().flatten() {
                let path = member["@odata.id"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
                if let Some(whole) = self.resources.get(&path) {
                    *member = whole.clone();
                }
            }
        }
        Answer::json(200, &value)
    }
}

pub fn refusal(status: u16, id: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": id, "Message": message }] } }))
}

impl Handler for Tree {
    fn answer(&self, request: &Request) -> Answer {
        let path = request.path();
        let sessions = "/redfish/v1/SessionService/Sessions";
        if request.method == "POST" && (path == sessions || path.ends_with("/Sessions")) {
            return self.log_in(request);
        }
        if path == "/redfish/v1" || path == "/redfish" {
            return self.resource(request);
        }
        let token = request.headers.get("x-auth-token").cloned().unwrap_or_default();
        if !self.sessions.lock().unwrap().open.contains(&token) {
            return refusal(401, "Base.1.8.AccessDenied", "log in first");
        }
        if request.method == "DELETE" {
            self.sessions.lock().unwrap().open.remove(path.rsplit('/').next().unwrap_or_default());
            return Answer::empty(204);
        }
        self.resource(request)
    }
}

impl Handler for std::sync::Arc<Tree> {
    fn answer(&self, request: &Request) -> Answer {
        self.as_ref().answer(request)
    }
}

fn collect(directory: &Path, path: &str, resources: &mut BTreeMap<String, Value>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/{name}"), resources);
        } else if name == "index.json" {
            let text = std::fs::read(entry.path()).unwrap();
            if let Ok(value) = serde_json::from_slice(&text) {
                resources.insert(path.to_owned(), value);
            }
        }
    }
}
