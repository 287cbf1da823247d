//! Each personality against a captured tree of that vendor: the trees stay outside of the project (they name somebody's
//! machines), in the directory `FIRMDECK_MOCKUPS`. Without it there is nothing to compare, except where `CI` is `true`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use firmdeck::lab::{Lab, personality::Personality};
use serde_json::Value;

use super::raw::{get, log_in};

/// The captured tree of a personality. X12, the older OpenBMC and the enclosure have none and are held against their
/// next relative.
fn tree(personality: Personality) -> &'static str {
    match personality {
        Personality::Idrac9 => "dell-r750-idrac9-6.00",
        Personality::Idrac9Early => "dell-m640-idrac9-3.34",
        Personality::Ilo5 => "hpe-dl385gen10plusv2-ilo5-2.72",
        Personality::Ilo6 => "hpe-dl380agen11-ilo6-1.66",
        Personality::SupermicroX12 | Personality::SupermicroX13 => "supermicro-821ge-tnhr",
        Personality::OpenBmc | Personality::OpenBmcOld | Personality::Chassis => "openbmc-stock-2.15dev",
        Personality::MegaRac => "gigabyte-h262-ami-12.84",
        Personality::LenovoXcc => "lenovo-sr670v2-xcc-2.83",
        Personality::Idrac8 | Personality::SupermicroX11 => panic!("no tree of one was to be had"),
        Personality::HpmBoard => panic!("it has no web service to be captured"),
    }
}

/// Where sessions were captured: live trees show who was logged in, HPE's exports do not.
fn session_tree(personality: Personality) -> Option<&'static str> {
    match personality {
        Personality::Idrac9 | Personality::LenovoXcc => Some(tree(personality)),
        Personality::Ilo5 | Personality::Ilo6 => Some("hpe-dl360gen12-ilo7-1.14"),
        _ => None,
    }
}

/// What tells a client which machine and which BMC it has before it: ours must have each that the captured one has.
const IDENTIFYING: &[(&str, &[&str])] = &[
    (
        "root",
        &[
            "Id",
            "Name",
            "RedfishVersion",
            "UUID",
            "Vendor",
            "Product",
            "Systems",
            "Managers",
            "Chassis",
            "Tasks",
            "SessionService",
            "AccountService",
            "UpdateService",
            "Links.Sessions",
            "Links.ManagerProvidingService",
            "ProtocolFeaturesSupported.ExpandQuery.NoLinks",
            "Oem.Dell.ServiceTag",
            "Oem.Dell.ManagerMACAddress",
            "Oem.Hpe.Manager[].ManagerType",
            "Oem.Hpe.Manager[].ManagerFirmwareVersion",
            "Oem.Hpe.Manager[].HostName",
            "Oem.Hpe.Moniker.PRODGEN",
            "Oem.Supermicro.DumpService",
        ],
    ),
    (
        "system",
        &[
            "Id",
            "Name",
            "Manufacturer",
            "Model",
            "SubModel",
            "SKU",
            "SerialNumber",
            "PartNumber",
            "UUID",
            "HostName",
            "BiosVersion",
            "PowerState",
            "Status.Health",
            "Status.State",
            "Bios",
            "Links.Chassis",
            "Links.ManagedBy",
            "Actions.#ComputerSystem.Reset.target",
            "Oem.Dell.DellSystem.SystemGeneration",
            "Oem.Dell.DellSystem.BIOSReleaseDate",
            "Oem.Hpe.PostState",
            "Oem.Hpe.DeviceDiscoveryComplete.DeviceDiscovery",
            "Oem.Hpe.Bios.Backup.VersionString",
            "TrustedModules[].FirmwareVersion",
            "BootProgress.LastState",
        ],
    ),
    (
        "manager",
        &[
            "Id",
            "Name",
            "Model",
            "ManagerType",
            "FirmwareVersion",
            "UUID",
            "ServiceEntryPointUUID",
            "Status.State",
            "DateTime",
            "Links.ManagerForServers",
            "Links.ActiveSoftwareImage",
            "Actions.#Manager.Reset.target",
            "Oem.Hpe.Firmware.Current.VersionString",
            "Oem.Hpe.License.LicenseString",
            "Oem.Supermicro.LicenseManager",
        ],
    ),
    (
        "chassis",
        &[
            "Id",
            "Name",
            "ChassisType",
            "Manufacturer",
            "Model",
            "SerialNumber",
            "PartNumber",
            "SKU",
            "Oem.Supermicro.BoardID",
            "Oem.Supermicro.BoardSerialNumber",
            "Oem.Lenovo.SystemBoardSerialNumber",
            "Oem.Hpe.Firmware.SystemProgrammableLogicDevice.Current.VersionString",
        ],
    ),
    (
        "update",
        &[
            "Id",
            "Name",
            "ServiceEnabled",
            "FirmwareInventory",
            "HttpPushUri",
            "MultipartHttpPushUri",
            "HttpPushUriTargetsBusy",
            "MaxImageSizeBytes",
            "Actions.#UpdateService.SimpleUpdate.target",
            "Actions.#UpdateService.StartUpdate.target",
            "Oem.Hpe.State",
            "Oem.Hpe.Capabilities.UpdateFWPKG",
            "Actions.#UpdateService.SimpleUpdate.TransferProtocol@Redfish.AllowableValues",
        ],
    ),
    (
        "firmware",
        &[
            "Id",
            "Name",
            "Version",
            "Updateable",
            "SoftwareId",
            "ReleaseDate",
            "Manufacturer",
            "Description",
            "Status.State",
            "RelatedItem",
            "Oem.Dell.DellSoftwareInventory.ComponentID",
            "Oem.Dell.DellSoftwareInventory.Status",
            "Oem.Hpe.DeviceClass",
            "Oem.Hpe.DeviceContext",
            "Oem.Hpe.Targets",
            "Oem.Supermicro.UniqueFilename",
        ],
    ),
    ("session", &["Id", "Name", "UserName"]),
];

/// Exceptions, and which of them were needed.
struct Exceptions {
    known: Vec<(String, String, String)>,
    used: BTreeSet<usize>,
    found: BTreeSet<String>,
}

impl Exceptions {
    fn read() -> Self {
        let lines = include_str!("keys.tsv").lines().filter(|line| !line.starts_with('#'));
        let known = lines.map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            assert!(fields.len() == 4 && !fields[3].is_empty(), "keys.tsv: {line}");
            (fields[0].to_owned(), fields[1].to_owned(), fields[2].to_owned())
        });
        Self { known: known.collect(), used: BTreeSet::new(), found: BTreeSet::new() }
    }

    fn meet(&mut self, personality: Personality, kind: &str, what: &str) {
        let at = self.known.iter().position(|(who, of, which)| {
            (who == personality.name() || who == "*") && of == kind && matches(which, what)
        });
        match at {
            Some(index) => {
                self.used.insert(index);
            }
            None => {
                self.found.insert(format!("{personality}\t{kind}\t{what}"));
            }
        }
    }

    fn settle(self) {
        let unused: Vec<_> = (0..self.known.len()).filter(|index| !self.used.contains(index)).collect();
        let unused: Vec<_> = unused.into_iter().map(|index| &self.known[index]).collect();
        let found = Vec::from_iter(self.found).join("\n");
        assert!(found.is_empty(), "not in the captured tree:\n{found}");
        assert!(unused.is_empty(), "keys.tsv has lines that nothing needs: {unused:?}");
    }
}

/// A `*` at the end stands for the rest.
fn matches(pattern: &str, text: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == text, |start| text.starts_with(start))
}

#[tokio::test]
async fn each_personality_has_the_keys_and_ids_of_its_vendors_captured_tree() {
    let Some(root) = env::var_os("FIRMDECK_MOCKUPS").map(PathBuf::from) else {
        assert!(env::var("CI").as_deref() != Ok("true"), "FIRMDECK_MOCKUPS is not set");
        eprintln!("skipped: FIRMDECK_MOCKUPS is not set");
        return;
    };
    let mut exceptions = Exceptions::read();
    for personality in Personality::ALL {
        // Several seeds, so that every part of the catalogue is there once.
        let mut ours = BTreeMap::new();
        for seed in 1..=6 {
            let lab = Lab::builder().seed(seed).personalities([personality]).start().await.unwrap();
            gather(&lab, &mut ours).await;
        }
        let there = root.join(tree(personality));
        let captured_as = |uri: &str| uri.replace("/Systems/node1", "/Systems/system");
        for ((kind, uri), ours) in &ours {
            let captured = match *kind {
                "firmware" => members(&there, uri),
                "session" => match session_tree(personality) {
                    Some(tree) => members(&root.join(tree), uri),
                    None => continue,
                },
                _ => vec![
                    read(&there, &captured_as(uri)).unwrap_or_else(|| panic!("{personality}: no {uri} was captured")),
                ],
            };
            keys(personality, kind, ours, &captured, &mut exceptions);
            forms(personality, kind, ours, &captured, &mut exceptions);
        }
    }
    exceptions.settle();
}

/// The resources of a lab's one BMC, by kind and URI (for members the collection's).
async fn gather(lab: &Lab, ours: &mut BTreeMap<(&'static str, String), Vec<Value>>) {
    let profile = lab.bmc(0).profile();
    let chassis = get(lab, 0, "/redfish/v1/Chassis").await.json()["Members"][0]["@odata.id"].clone();
    for (kind, uri) in [
        ("root", "/redfish/v1"),
        ("system", profile.system),
        ("manager", profile.manager),
        ("chassis", chassis.as_str().unwrap()),
        ("update", "/redfish/v1/UpdateService"),
    ] {
        ours.entry((kind, uri.to_owned())).or_default().push(get(lab, 0, uri).await.json());
    }
    let inventory = "/redfish/v1/UpdateService/FirmwareInventory";
    for member in get(lab, 0, inventory).await.json()["Members"].as_array().unwrap() {
        let body = get(lab, 0, member["@odata.id"].as_str().unwrap()).await.json();
        ours.entry(("firmware", inventory.to_owned())).or_default().push(body);
    }
    let sessions = "/redfish/v1/SessionService/Sessions".to_owned();
    ours.entry(("session", sessions)).or_default().push(log_in(lab, 0).await.json());
}

/// Versions and ids look like the captured ones.
fn forms(personality: Personality, kind: &str, ours: &[Value], captured: &[Value], exceptions: &mut Exceptions) {
    for name in ["BiosVersion", "FirmwareVersion"] {
        let forms: BTreeSet<_> = captured.iter().filter_map(|one| one[name].as_str()).map(form).collect();
        for ours in ours.iter().filter_map(|one| one[name].as_str()).map(form) {
            if !forms.is_empty() && !forms.contains(&ours) {
                exceptions.meet(personality, kind, &format!("{name}={ours}"));
            }
        }
    }
    if kind == "firmware" {
        let forms: BTreeSet<_> = captured.iter().map(|member| id_form(personality, member)).collect();
        for form in ours.iter().map(|member| id_form(personality, member)).filter(|form| !forms.contains(form)) {
            exceptions.meet(personality, "firmware id", &form);
        }
    }
}

/// Ours in theirs, and what identifies in ours.
fn keys(personality: Personality, kind: &str, ours: &[Value], captured: &[Value], exceptions: &mut Exceptions) {
    assert!(!captured.is_empty(), "{personality}: no {kind} was captured");
    let paths = |list: &[Value]| {
        let mut paths = BTreeSet::new();
        list.iter().for_each(|value| collect(value, "", &mut paths));
        paths
    };
    let (ours, theirs) = (paths(ours), paths(captured));
    for path in ours.difference(&theirs) {
        exceptions.meet(personality, kind, path);
    }
    let (_, wanted) = IDENTIFYING.iter().find(|(name, _)| *name == kind).unwrap();
    for path in wanted.iter().filter(|path| theirs.contains(**path) && !ours.contains(**path)) {
        exceptions.meet(personality, kind, &format!("-{path}"));
    }
}

fn collect(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(item, &path, paths);
                paths.insert(path);
            }
        }
        Value::Array(list) => list.iter().for_each(|item| collect(item, &format!("{path}[]"), paths)),
        _ => {}
    }
}

/// The form of an inventory id: what is left when numbers and versions are taken out.
fn id_form(personality: Personality, member: &Value) -> String {
    let id = member["Id"].as_str().unwrap();
    match personality {
        // `Installed-159-1.8.2__BIOS.Setup.1-1`
        Personality::Idrac9 => {
            let (left, fqdd) = id.split_once("__").unwrap();
            let mut parts = left.splitn(3, '-');
            let (state, component) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(component.parse::<u32>().is_ok() && member["SoftwareId"] == component, "{id}");
            assert!(parts.next() == member["Version"].as_str(), "{id}");
            format!("{state}-…__{}", fqdd.split(['.', ':']).next().unwrap())
        }
        // `Installed-159-2.2.11`
        Personality::Idrac9Early => {
            let mut parts = id.splitn(3, '-');
            let (state, component) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(member["SoftwareId"] == component && parts.next() == member["Version"].as_str(), "{id}");
            format!("{state}-…")
        }
        // `5d0869c4`
        Personality::OpenBmc | Personality::OpenBmcOld | Personality::Chassis
            if id.len() == 8 && id.chars().all(|one| one.is_ascii_hexdigit()) =>
        {
            "<hash>".to_owned()
        }
        _ => form(id),
    }
}

/// `A42 v2.60 (08/11/2022)` -> `a9 a9.9 (9/9/9)`
fn form(text: &str) -> String {
    let mut form = String::new();
    for one in text.chars() {
        let kind = match one {
            '0'..='9' => '9',
            'a'..='z' | 'A'..='Z' => 'a',
            other => other,
        };
        if !(matches!(kind, '9' | 'a') && form.ends_with(kind)) {
            form.push(kind);
        }
    }
    form
}

fn read(tree: &Path, uri: &str) -> Option<Value> {
    let text = fs::read_to_string(tree.join(uri.trim_start_matches('/')).join("index.json")).ok()?;
    serde_json::from_str(&text).ok()
}

fn members(tree: &Path, uri: &str) -> Vec<Value> {
    let directory = fs::read_dir(tree.join(uri.trim_start_matches('/'))).unwrap();
    let names = directory.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| read(tree, &format!("{uri}/{name}"))).filter(|body| body.get("Members").is_none()).collect()
}
