use serde_json::json;

use super::*;
use crate::domain::{
    bios::{AttributeValue, BiosReading, BiosWay, Registry, Told},
    plan::with_profile,
};

const PROFILE: &str = r#"
[[bios_profile]]
name = "virtualization"
[[bios_profile.for]]
vendor = "dell"
models = ["PowerEdge R7*"]
attributes = { ProcVirtualization = "Enabled" }
"#;

fn manifest_with(profile: &str) -> Manifest {
    let text = format!("{}\n{profile}", IMAGE.replace("MIN", ""));
    manifest::read(&[Source { name: "m.toml", text: &text }]).into_manifest().unwrap()
}

fn planned(inventory: &Inventory, profile: &str, goal: Goal, power: PowerPolicy) -> Plan {
    let manifest = manifest_with(profile);
    let endpoint = Endpoint { host: "10.0.0.1".into(), port: 443 };
    let candidate = Candidate {
        id: ServerId(1),
        endpoint: &endpoint,
        name: None,
        inventory,
        here: false,
        tools: Toolbox::default(),
        tiers: &Tier::ALL,
    };
    let plan = make(&[candidate], &manifest, goal, Options { power, ..Options::default() });
    with_profile(plan, &[candidate], manifest.bios_profile("virtualization").unwrap())
}

fn alone(profile: &str) -> Plan {
    planned(&r750("1.13.2", "6.10.80.00"), profile, Goal::NoFirmware, PowerPolicy::Graceful)
}

fn reading(value: &str, read_only: bool) -> BiosReading {
    let values = [json!({ "ValueName": "Enabled" }), json!({ "ValueName": "Disabled" })];
    let one =
        json!({ "AttributeName": "ProcVirtualization", "Type": "Enumeration", "Value": values, "ReadOnly": read_only });
    let registry = Registry::of_json(&json!({ "RegistryEntries": { "Attributes": [one] } }));
    BiosReading {
        attributes: [("ProcVirtualization".to_owned(), AttributeValue::from(value))].into(),
        registry: registry.into(),
        ..BiosReading::default()
    }
}

#[test]
fn a_server_without_firmware_to_update_joins_a_plan_for_its_bios() {
    let mut plan = alone(PROFILE);
    assert_eq!((plan.wanted().as_str(), plan.servers.len()), ("BIOS profile virtualization", 1));
    let server = &mut plan.servers[0];
    assert!(!server.has_work(), "nobody has looked yet");
    server.take_reading(Ok(&reading("Disabled", false)));
    assert!(server.has_work() && server.updates.is_empty() && server.host_minutes() > 0);
    server.take_reading(Ok(&reading("Enabled", false)));
    assert!(!server.has_work() && server.refused.is_none());
    // A machine that no rule is for has no part in it.
    let mut other = r750("1.13.2", "6.10.80.00");
    other.identity.model = known("PowerEdge C6525");
    assert_eq!(planned(&other, PROFILE, Goal::NoFirmware, PowerPolicy::Graceful).servers, []);
}

#[test]
fn what_is_refused_or_cannot_be_read_keeps_the_whole_server_back() {
    let inventory = r750("1.10.2", "6.10.80.00");
    for (read, words) in [
        (Ok(reading("Disabled", true)), "the BIOS profile does not fit: ProcVirtualization: it is read-only"),
        (Err("it hung".to_owned()), "its BIOS settings cannot be read: it hung"),
    ] {
        let mut plan = planned(&inventory, PROFILE, q3(), PowerPolicy::Graceful);
        assert_eq!(plan.servers[0].updates.len(), 1);
        plan.servers[0].take_reading(read.as_ref().map_err(Clone::clone));
        let server = &plan.servers[0];
        assert_eq!((server.refused.as_ref().unwrap().to_string().as_str(), server.updates.len()), (words, 0));
        // Made again from what is stored, it is the same plan once the look is taken over.
        let mut again = planned(&inventory, PROFILE, q3(), PowerPolicy::Graceful);
        assert_ne!(again.digest(), plan.digest());
        again.take_readings_of(&plan);
        assert_eq!((again.digest(), &again.servers), (plan.digest(), &plan.servers));
    }
}

#[test]
fn the_digest_changes_with_what_the_profile_wants_and_not_with_what_a_look_said() {
    let usual = alone(PROFILE);
    let mut looked = alone(PROFILE);
    looked.servers[0].take_reading(Ok(&reading("Disabled", false)));
    assert_eq!(usual.digest(), looked.digest());
    for other in [
        PROFILE.replace("= \"Enabled\"", "= \"Disabled\""),
        PROFILE.replace("attributes", "preserve = [\"A*\"]\nattributes"),
    ] {
        assert_ne!(usual.digest(), alone(&other).digest(), "{other}");
    }
    let inventory = r750("1.13.2", "6.10.80.00");
    assert_ne!(usual.digest(), planned(&inventory, PROFILE, Goal::NoFirmware, PowerPolicy::Never).digest());
    // A plan without a profile has the digest that it had before there were any.
    let without = plan(&inventory, &manifest(""), q3(), Options::default());
    assert!(!serde_json::to_string(&without).unwrap().contains("bios"));
}

#[test]
fn a_policy_without_resets_stages() {
    let mut off = r750("1.13.2", "6.10.80.00");
    off.power = known("Off");
    for (inventory, power, resets) in [
        (r750("1.13.2", "6.10.80.00"), PowerPolicy::Never, false),
        (r750("1.13.2", "6.10.80.00"), PowerPolicy::IfOff, false),
        (off, PowerPolicy::IfOff, true),
        (r750("1.13.2", "6.10.80.00"), PowerPolicy::Forced, true),
    ] {
        let plan = planned(&inventory, PROFILE, Goal::NoFirmware, power);
        assert_eq!(plan.servers[0].bios.as_ref().unwrap().resets_host, resets, "{power}");
    }
}

#[test]
fn the_way_of_the_settings_and_why_it_is_taken_stand_in_the_plan_and_its_digest() {
    let mut usual = alone(PROFILE);
    usual.servers[0].take_reading(Ok(&reading("Disabled", false)));
    assert!(!serde_json::to_string(&usual).unwrap().contains("\"way\""), "it is as it was before there was another");
    let told = Told {
        group: "ProcSettings".into(),
        name: "ProcVirtualization".into(),
        value: Some("Disabled".into()),
        pending: None,
        read_only: false,
    };
    let mut plan = alone(PROFILE);
    plan.servers[0].take_reading(Ok(&BiosReading::of_told(BiosWay::Racadm, &[told])));
    let bios = plan.servers[0].bios.as_ref().unwrap();
    assert_eq!((bios.way, bios.changes.len()), (BiosWay::Racadm, 1));
    assert!(bios.why.as_ref().unwrap().contains("shows no BIOS settings over Redfish"));
    assert_ne!(usual.digest(), plan.digest());
    // Made again from what is stored, it is the same plan once the look is taken over.
    let mut again = alone(PROFILE);
    again.take_readings_of(&plan);
    assert_eq!((again.digest(), &again.servers), (plan.digest(), &plan.servers));
}
