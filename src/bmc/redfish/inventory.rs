//! Reading everything that firmdeck wants to know from one BMC.

use serde_json::Value;

use super::{
    client::Client,
    collection::{Expand, ExpandMemory, Member, Members, members},
    doc::{Doc, Text, excerpt},
    identify,
    quirks::{self, Facts, Profile},
};
use crate::{
    bmc::error::Error,
    domain::{
        inventory::{Component, Inventory, Note, Slot, Updateable},
        kind::Kind,
        offers::Offers,
        reading::{Provenance, Reading, Source},
        running, version,
    },
};
use jiff::Timestamp;

/// Reads the inventory behind `root`, over a client that is logged in.
///
/// Fails only where the BMC cannot be read at all; what is odd about a part becomes a note.
pub async fn read(client: &mut Client, root: &Value, memory: &ExpandMemory) -> Result<Inventory, Error> {
    let mut notes = Vec::new();
    if client.sends_password_each_time() {
        let what = "the service has no sessions: Basic authentication is used";
        notes.push(Note { at: "/redfish/v1/".into(), what: what.into() });
    }
    let product = product(root);
    let expand = Expand { query: quirks::expand_query(root), product: &product, memory };
    let timeouts = client.timeouts();
    let doc = Doc::new(root);

    let systems_uri = doc.link("Systems").unwrap_or("/redfish/v1/Systems");
    let mut systems = required(members(client, systems_uri, timeouts.read, expand).await, systems_uri, &mut notes)?;
    identify::order_systems(&mut systems);
    let managers_uri = doc.link("Managers").unwrap_or("/redfish/v1/Managers");
    let mut managers = required(members(client, managers_uri, timeouts.read, expand).await, managers_uri, &mut notes)?;
    identify::order_managers(&mut managers, systems.first().map(|member| &member.value));

    let facts = Facts { root, systems: &systems, managers: &managers, chassis: None };
    let profile = quirks::profile(&facts);
    let chassis = if profile.wants_chassis() { chassis(client, &facts, &mut notes).await? } else { None };
    let facts = Facts { chassis: chassis.as_ref(), ..facts };

    let (service, listed) = firmware(client, doc, expand, &mut notes).await?;
    let at = client.setup.clock.now();
    Ok(Inventory { offers: offers(Doc::new(&service)), ..assemble(&facts, profile, &listed, notes, at) })
}

/// The product as `$expand` is remembered for: what the root says without a login.
fn product(root: &Value) -> String {
    let doc = Doc::new(root);
    let oem = doc.at(&["Oem"]).raw().as_object().and_then(|oem| oem.keys().next().cloned()).unwrap_or_default();
    let said = |key| doc.str(key).unwrap_or("-");
    // HPE puts the server's model in Product; the stack's version says more about its $expand.
    let version = doc.at(&["Oem", "Hpe"]).items("Manager").find_map(|manager| manager.str("ManagerFirmwareVersion"));
    format!("{}|{}|{}|{oem}|{}", said("Vendor"), said("Product"), said("RedfishVersion"), version.unwrap_or("-"))
}

/// A collection that is not there is a note, since the others may stand; one that cannot be read is an error.
fn required(outcome: Result<Members, Error>, uri: &str, notes: &mut Vec<Note>) -> Result<Vec<Member>, Error> {
    match outcome {
        Ok(found) => {
            notes.extend(found.notes);
            Ok(found.list)
        }
        Err(error @ Error::Http { status: 404 | 405 | 501, .. }) => {
            notes.push(Note { at: uri.into(), what: error.to_string() });
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// The chassis of the main system.
async fn chassis(client: &mut Client, facts: &Facts<'_>, notes: &mut Vec<Note>) -> Result<Option<Value>, Error> {
    let links = facts.system().at(&["Links"]);
    let Some(uri) = links.items("Chassis").find_map(Doc::own_link) else { return Ok(None) };
    match client.get(uri, client.timeouts().read).await {
        Ok(value) => Ok(Some(value)),
        Err(error @ Error::Http { .. }) => {
            notes.push(Note { at: uri.into(), what: error.to_string() });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The members of FirmwareInventory; of SoftwareInventory only where a BMC has no other (Intel).
async fn firmware(
    client: &mut Client,
    root: Doc<'_>,
    expand: Expand<'_>,
    notes: &mut Vec<Note>,
) -> Result<(Value, Vec<Member>), Error> {
    let Some(service_uri) = root.link("UpdateService") else {
        notes.push(Note { at: "/redfish/v1/".into(), what: "the root names no UpdateService".into() });
        return Ok((Value::Null, Vec::new()));
    };
    let service = match client.get(service_uri, client.timeouts().read).await {
        Ok(service) => service,
        Err(error @ (Error::Http { .. } | Error::Html { .. } | Error::BrokenJson { .. })) => {
            notes.push(Note { at: service_uri.into(), what: error.to_string() });
            return Ok((Value::Null, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    let doc = Doc::new(&service);
    let Some(uri) = doc.link("FirmwareInventory").or_else(|| doc.link("SoftwareInventory")) else {
        notes.push(Note { at: service_uri.into(), what: "the UpdateService names no FirmwareInventory".into() });
        return Ok((service, Vec::new()));
    };
    match members(client, uri, client.timeouts().inventory, expand).await {
        Ok(found) => {
            notes.extend(found.notes);
            Ok((service, found.list))
        }
        Err(error @ Error::Http { .. }) => {
            notes.push(Note { at: uri.into(), what: error.to_string() });
            Ok((service, Vec::new()))
        }
        Err(error) => Err(error),
    }
}

/// What the UpdateService offers (DMTF UpdateService v1_17).
fn offers(service: Doc<'_>) -> Offers {
    let path = |key: &str| service.str(key).filter(|path| path.starts_with('/')).map(str::to_owned);
    let actions = service.at(&["Actions"]);
    let action = |name: &str| actions.at(&[name]).str("target").map(str::to_owned);
    let simple = actions.at(&["#UpdateService.SimpleUpdate"]);
    let protocols = simple.raw().get("TransferProtocol@Redfish.AllowableValues").and_then(Value::as_array);
    Offers {
        enabled: service.bool("ServiceEnabled"),
        // AMI has it among its own on some builds (python-redfish-lenovo, SR635 and SR655).
        multipart_uri: path("MultipartHttpPushUri").or_else(|| {
            let oem = service.at(&["Oem", "AMIUpdateService"]).str("MultipartHttpPushUri");
            oem.filter(|path| path.starts_with('/')).map(str::to_owned)
        }),
        push_uri: path("HttpPushUri"),
        hpm: false,
        push_targets: service.has("HttpPushUriTargets"),
        takes_packages: service.at(&["Oem", "Hpe", "Capabilities"]).bool("UpdateFWPKG"),
        simple_update: action("#UpdateService.SimpleUpdate"),
        task_queue: service.at(&["Oem", "Hpe"]).link("UpdateTaskQueue").map(str::to_owned),
        protocols: protocols.into_iter().flatten().filter_map(Value::as_str).map(str::to_uppercase).collect(),
        start_update: action("#UpdateService.StartUpdate"),
        max_image_bytes: service.raw().get("MaxImageSizeBytes").and_then(Value::as_u64).filter(|max| *max > 0),
    }
}

fn assemble(
    facts: &Facts<'_>,
    profile: &dyn Profile,
    listed: &[Member],
    mut notes: Vec<Note>,
    at: Timestamp,
) -> Inventory {
    let systems: Vec<_> = facts.systems.iter().map(|member| identify::system(member, at)).collect();
    let managers: Vec<_> = facts.managers.iter().map(|member| identify::manager(member, at)).collect();
    let identity = identify::identity(facts, profile, &systems, at);
    let vendor = identity.vendor.value().cloned();

    let components = listed
        .iter()
        .map(|member| {
            let mut component = component(member, at, &mut notes);
            profile.refine(Doc::new(&member.value), &mut component);
            component
        })
        .collect();
    let mut components = profile.group(components);
    running::add_missing(&mut components, &systems, &managers);
    for component in &mut components {
        component.normalised = component
            .version
            .value()
            .and_then(|text| version::normalise_as_read(running::hint(vendor.as_deref(), component), text));
    }
    // Dell's ids lose their state; two members can then share one.
    running::number_repeated_ids(&mut components);

    let no_system = || Reading::unknown("the BMC lists no system");
    let main = systems.first();
    let (bios, bios_note) = running::bios(vendor.as_deref(), &components, main);
    let (bmc, bmc_note) = running::bmc(vendor.as_deref(), &components, managers.first());
    notes.extend(bios_note.into_iter().chain(bmc_note));
    Inventory {
        power: main.map_or_else(no_system, |system| system.power.clone()),
        health: main.map_or_else(no_system, |system| system.health.clone()),
        host_name: main.map_or_else(no_system, |system| system.host_name.clone()),
        identity,
        bios,
        bmc,
        systems,
        managers,
        components,
        offers: Offers::default(),
        notes,
        read_at: at,
    }
}

/// A component the standard way: SoftwareInventory of DMTF.
fn component(member: &Member, at: Timestamp, notes: &mut Vec<Note>) -> Component {
    let doc = Doc::new(&member.value);
    let uri = &member.uri;
    let id = identify::id_of(member);
    let mut odd = |key: &str| match doc.text(key) {
        Text::Odd(value) => notes.push(Note { at: uri.clone(), what: format!("{key} is no text: {}", excerpt(value)) }),
        Text::Value(_) | Text::Missing => {}
    };
    ["Name", "Version", "SoftwareId"].into_iter().for_each(&mut odd);
    // Some stacks name every member so; then only the id tells them apart.
    let name = doc.str("Name").filter(|name| *name != "Software Inventory").unwrap_or(&id).to_owned();
    let related = doc.items("RelatedItem").filter_map(Doc::own_link).map(str::to_owned);
    Component {
        kind: Kind::from_words(&id, &name),
        version: version_of(doc, uri, at),
        normalised: None,
        software_id: doc.str("SoftwareId").map(str::to_owned),
        updateable: match doc.bool("Updateable") {
            Some(true) => Updateable::Yes,
            Some(false) => Updateable::No,
            None => Updateable::Unknown,
        },
        slot: match doc.at(&["Status"]).str("State") {
            Some("StandbySpare" | "StandbyOffline") => Slot::Backup,
            _ => Slot::Running,
        },
        targets: std::iter::once(uri.clone()).chain(related).collect(),
        others: Vec::new(),
        id,
        name,
    }
}

/// "Not Present", "-*", "Unknown" and their like.
fn is_no_version(text: &str) -> bool {
    version::normalise_as_read(version::Hint::default(), text).is_none()
}

fn version_of(doc: Doc<'_>, uri: &str, at: Timestamp) -> Reading<String> {
    match doc.text("Version") {
        Text::Value(text) if is_no_version(text) => {
            Reading::unknown(format!("the BMC says \"{text}\" instead of a version"))
        }
        Text::Value(text) => Reading::Known {
            value: text.to_owned(),
            from: Provenance { source: Source::Redfish, path: format!("{uri}#Version"), at },
        },
        Text::Missing => Reading::unknown("the BMC lists it without a version"),
        Text::Odd(odd) => Reading::unknown(format!("its Version is no text: {}", excerpt(odd))),
    }
}
