//! Plans from manifests as operators write them.

mod bios;

use jiff::Timestamp;

use super::{Candidate, Goal, Options, Plan, PowerPolicy, Why, make};
use crate::domain::{
    inventory::{Component, Identity, Inventory, ServerId, Slot, Stack, Updateable},
    kind::Kind,
    manifest::{self, Manifest, Source},
    offers::{Method, Offers, Tier},
    reading::{Provenance, Reading, Source as Said},
    target::Endpoint,
    toolbox::Toolbox,
};

fn known(value: &str) -> Reading<String> {
    let from = Provenance { source: Said::Redfish, path: "/x".into(), at: Timestamp::UNIX_EPOCH };
    Reading::Known { value: value.into(), from }
}

fn component(id: &str, kind: Kind, version: &str, software_id: &str) -> Component {
    Component {
        id: id.into(),
        kind,
        name: id.into(),
        version: known(version),
        normalised: None,
        software_id: Some(software_id.into()),
        updateable: Updateable::Yes,
        slot: Slot::Running,
        targets: Vec::new(),
        others: Vec::new(),
    }
}

fn r750(bios: &str, idrac: &str) -> Inventory {
    let unknown = || Reading::unknown("none");
    Inventory {
        identity: Identity {
            vendor: known("Dell"),
            stack: Stack::Idrac,
            generation: known("iDRAC9"),
            model: known("PowerEdge R750"),
            serial: known("CN1"),
            service_tag: Some("TAG1".into()),
            board: None,
            uuid: unknown(),
        },
        power: known("On"),
        health: known("OK"),
        host_name: unknown(),
        bios: known(bios),
        bmc: known(idrac),
        systems: Vec::new(),
        managers: Vec::new(),
        components: vec![component("BIOS", Kind::Bios, bios, "159"), component("iDRAC", Kind::Bmc, idrac, "25227")],
        offers: Offers { multipart_uri: Some("/u".into()), simple_update: Some("/s".into()), ..Offers::default() },
        notes: Vec::new(),
        read_at: Timestamp::UNIX_EPOCH,
    }
}

const IMAGE: &str = r#"
[[image]]
id = "bios-1.13.2"
vendor = "dell"
kind = "bios"
version = "1.13.2"
file = "BIOS_1.13.2.EXE"
sha256 = "4f1c0d6b8a9e27335dd0c7a1e1b2f06489c5a7d23e9b1f0c6d8872a5b4e3f19c"
size = 33554432
MIN
[image.match]
models = ["PowerEdge R750"]
software_ids = ["159"]

[[image]]
id = "bios-1.8.2"
vendor = "dell"
kind = "bios"
version = "1.8.2"
file = "BIOS_1.8.2.EXE"
sha256 = "5f1c0d6b8a9e27335dd0c7a1e1b2f06489c5a7d23e9b1f0c6d8872a5b4e3f19c"
size = 33554432
[image.match]
models = ["PowerEdge R750"]
software_ids = ["159"]

[[image]]
id = "idrac-6.10.80.00"
vendor = "dell"
kind = "bmc"
version = "6.10.80.00"
file = "iDRAC_6.10.80.00.EXE"
sha256 = "9b3e5f7a1c2d4068e7f9a0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f7"
size = 301989888
[image.match]
generations = ["iDRAC9"]

[[baseline]]
name = "q3"
[[baseline.for]]
vendor = "dell"
models = ["PowerEdge R7*"]
wanted = ["bios-1.13.2", "idrac-6.10.80.00"]
"#;

fn manifest(minimum: &str) -> Manifest {
    let text = IMAGE.replace("MIN", minimum);
    manifest::read(&[Source { name: "m.toml", text: &text }]).into_manifest().unwrap()
}

fn plan(inventory: &Inventory, manifest: &Manifest, goal: Goal, options: Options) -> Plan {
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
    make(&[candidate], manifest, goal, options)
}

fn q3() -> Goal {
    Goal::Baseline("q3".into())
}

fn steps(plan: &Plan) -> Vec<(&str, &str, &str)> {
    let updates = plan.servers.iter().flat_map(|server| &server.updates);
    updates.map(|update| (update.component.as_str(), update.from.as_str(), update.to.as_str())).collect()
}

#[test]
fn a_baseline_names_from_to_ways_and_why_they_are_taken() {
    let plan = plan(&r750("1.10.2", "5.10.30.00"), &manifest(""), q3(), Options::default());
    assert_eq!(steps(&plan), [("iDRAC", "5.10.30.00", "6.10.80.00"), ("BIOS", "1.10.2", "1.13.2")]);
    let bios = &plan.servers[0].updates[1];
    assert_eq!(bios.methods, [Method::Multipart, Method::SimpleUpdate]);
    assert!(bios.host_reset && !bios.host_off);
    let whys: Vec<_> = bios.ladder.rungs.iter().map(|rung| rung.why.as_str()).collect();
    assert_eq!(whys, ["the standard push, which the BMC offers", "the BMC fetches it from us, where no push is taken"]);
}

#[test]
fn an_idrac_goes_first_over_a_major_version_and_last_within_one_and_the_plan_says_why() {
    let of = |idrac: &str| {
        let plan = plan(&r750("1.10.2", idrac), &manifest(""), q3(), Options::default());
        let first = plan.servers[0].updates[0].component.clone();
        (first, plan.servers[0].order.clone().unwrap())
    };
    let (first, why) = of("5.10.30.00");
    assert!(first == "iDRAC" && why.contains("RED007"), "{first} {why}");
    let (first, why) = of("6.00.30.00");
    assert!(first == "BIOS" && why.contains("one major version"), "{first} {why}");
    // One update alone has no order.
    let alone = plan(&r750("1.13.2", "6.00.30.00"), &manifest(""), q3(), Options::default());
    assert_eq!(alone.servers[0].order, None);
}

#[test]
fn what_runs_already_or_is_newer_is_left_out_with_the_reason() {
    let now = r750("1.13.2", "6.10.90.00");
    let plan_ = plan(&now, &manifest(""), q3(), Options::default());
    assert_eq!(steps(&plan_), []);
    let whys: Vec<_> = plan_.servers[0].left_out.iter().map(|left| (left.component.as_str(), &left.why)).collect();
    assert_eq!(whys, [("BIOS", &Why::AlreadyThere), ("iDRAC", &Why::Newer { wanted: "6.10.80.00".into() })]);

    let downgrade = Options { downgrade: true, ..Options::default() };
    assert_eq!(steps(&plan(&now, &manifest(""), q3(), downgrade)), [("iDRAC", "6.10.90.00", "6.10.80.00")]);
}

#[test]
fn a_known_floor_is_met_by_a_stepping_stone_or_refused_naming_it() {
    let with_floor = manifest("min_from = \"1.8.0\"");
    let plan_ = plan(&r750("1.5.4", "6.10.80.00"), &with_floor, q3(), Options::default());
    assert_eq!(steps(&plan_), [("BIOS", "1.5.4", "1.8.2"), ("BIOS", "1.8.2", "1.13.2")]);
    assert!(plan_.servers[0].updates[0].why.contains("stepping stone"));

    let too_high = manifest("min_from = \"1.9.0\"");
    let plan_ = plan(&r750("1.5.4", "6.10.80.00"), &too_high, q3(), Options::default());
    let left = plan_.servers[0].left_out.iter().find(|left| left.component == "BIOS").unwrap();
    assert_eq!(left.why, Why::NoSteppingStone { min_from: "1.9.0".into(), image: "bios-1.13.2".into() });
}

#[test]
fn an_order_that_nobody_knows_is_never_guessed() {
    let plan = plan(&r750("1.10.2-custom/7", "6.10.80.00"), &manifest(""), q3(), Options::default());
    let left = plan.servers[0].left_out.iter().find(|left| left.component == "BIOS").unwrap();
    assert!(matches!(left.why, Why::NotComparable { .. }), "{left:?}");
}

#[test]
fn a_policy_without_resets_leaves_out_what_needs_one() {
    for (power, why) in [(PowerPolicy::Never, Why::PowerForbidden), (PowerPolicy::IfOff, Why::HostIsOn)] {
        let options = Options { power, ..Options::default() };
        let plan = plan(&r750("1.10.2", "6.10.80.00"), &manifest(""), q3(), options);
        let left = plan.servers[0].left_out.iter().find(|left| left.component == "BIOS").unwrap();
        assert_eq!(left.why, why);
    }
}

#[test]
fn an_image_of_another_vendor_or_board_or_too_large_is_refused_before_anything() {
    let mut other = r750("1.10.2", "6.00.30.00");
    other.identity.vendor = known("HPE");
    let refused = plan(&other, &manifest(""), Goal::Image("bios-1.13.2".into()), Options::default());
    assert!(matches!(refused.servers[0].refused, Some(Why::Mismatch { .. })), "{:?}", refused.servers[0]);

    let mut model = r750("1.10.2", "6.00.30.00");
    model.identity.model = known("PowerEdge R640");
    let refused = plan(&model, &manifest(""), Goal::Image("bios-1.13.2".into()), Options::default());
    assert!(matches!(refused.servers[0].refused, Some(Why::Mismatch { .. })));

    let mut small = r750("1.10.2", "6.10.80.00");
    small.offers.max_image_bytes = Some(1 << 20);
    let plan_ = plan(&small, &manifest(""), q3(), Options::default());
    assert!(plan_.servers[0].left_out.iter().any(|left| matches!(left.why, Why::TooLarge { .. })));
}

#[test]
fn the_machine_that_runs_the_engine_and_one_without_numbers_are_refused() {
    let endpoint = Endpoint { host: "10.0.0.1".into(), port: 443 };
    let inventory = r750("1.10.2", "6.00.30.00");
    let here = Candidate {
        id: ServerId(1),
        endpoint: &endpoint,
        name: None,
        inventory: &inventory,
        here: true,
        tools: Toolbox::default(),
        tiers: &Tier::ALL,
    };
    let plan = make(&[here], &manifest(""), q3(), Options::default());
    assert_eq!((plan.servers[0].refused.as_ref(), plan.servers[0].updates.len()), (Some(&Why::Here), 0));

    let mut anonymous = inventory.clone();
    anonymous.identity.serial = Reading::unknown("none");
    anonymous.identity.service_tag = None;
    let one = Candidate { inventory: &anonymous, here: false, ..here };
    assert_eq!(make(&[one], &manifest(""), q3(), Options::default()).servers[0].refused, Some(Why::Anonymous));
}

#[test]
fn the_digest_changes_with_what_is_done_and_not_with_names() {
    let inventory = r750("1.10.2", "6.00.30.00");
    let digest = |inventory: &Inventory, options| plan(inventory, &manifest(""), q3(), options).digest();
    let usual = digest(&inventory, Options::default());
    assert_eq!(usual, digest(&inventory, Options::default()));
    let forced = Options { power: PowerPolicy::Forced, ..Options::default() };
    assert_ne!(usual, digest(&inventory, forced));
    assert_ne!(usual, digest(&r750("1.10.3", "6.00.30.00"), Options::default()));
    let mut other_machine = inventory.clone();
    other_machine.identity.serial = known("CN2");
    assert_ne!(usual, digest(&other_machine, Options::default()));
    let mut renamed = plan(&inventory, &manifest(""), q3(), Options::default());
    renamed.servers[0].name = Some("r12u15".into());
    assert_eq!(usual, renamed.digest());
}
