//! The client against the lab and against captured trees.

use std::{net::SocketAddr, sync::Arc};

use firmdeck::{
    bmc::{
        Credentials,
        connection::Levels,
        redfish::{
            bios::{Registries, give_back, read, stage},
            client::{Client, Setup, Timeouts},
        },
        tls::{Level, Trust},
        transcript::{Exchange, Recorder},
    },
    clock::Clock,
    domain::{
        bios::{AttributeValue, Attributes, Sent},
        inventory::Stack,
        target::Endpoint,
    },
    lab::{
        Lab,
        fault::{Effect, Rule},
        personality::Personality,
    },
};
use serde_json::json;

use super::ALL;
use crate::support::{http::Server, tree::Tree};

struct Silent;

impl Recorder for Silent {
    fn record(&self, _: Exchange) {}
}

async fn client(address: SocketAddr, username: &str, password: &str) -> Client {
    let mut client = Client::new(Setup {
        endpoint: Endpoint { host: address.ip().to_string(), port: address.port() },
        trust: Trust::FirstContact,
        levels: Levels { known: None, lowest: Level::Legacy },
        timeouts: Timeouts { gap: std::time::Duration::ZERO, ..Timeouts::default() },
        recorder: Arc::new(Silent),
        clock: Clock::system(),
    });
    let credentials = Credentials { username: username.into(), password: password.to_owned().into() };
    client.keep_secret(&credentials);
    let root = client.root().await.unwrap();
    client.log_in(&root, credentials).await.unwrap();
    client
}

fn stack(personality: Personality) -> Stack {
    match personality {
        Personality::Idrac9 => Stack::Idrac,
        Personality::Ilo5 | Personality::Ilo6 => Stack::Ilo,
        Personality::LenovoXcc => Stack::Xcc,
        Personality::OpenBmc => Stack::OpenBmc,
        _ => Stack::Supermicro,
    }
}

/// A virtualization switch of each, as it is on the wire.
fn change(reading: &firmdeck::domain::bios::BiosReading) -> Attributes {
    let switch =
        |name: &&String| name.starts_with("ProcVirtualization") || name.contains("IntelVirtualizationTechnology");
    let name = reading.attributes.keys().find(switch).unwrap();
    let on = if name.starts_with("Intel") { "Enable" } else { "Enabled" };
    [(name.clone(), AttributeValue::from(on))].into()
}

#[tokio::test]
async fn each_vendors_bios_is_read_changed_once_and_shows_what_waits() {
    for personality in ALL {
        let lab = Lab::builder().personalities([personality]).start().await.unwrap();
        let bmc = lab.bmc(0);
        let (system, stack) = (bmc.profile().system, stack(personality));
        let mut client = client(bmc.address(), bmc.user(), lab.password()).await;
        let mut registries = Registries::default();
        let (reading, place) = read(&mut client, stack, system, &mut registries).await.unwrap().unwrap();
        assert!(reading.attributes.len() >= 14 && reading.registry.attributes.len() >= 15, "{personality}");
        assert_eq!(
            (reading.pending.len(), reading.jobs.len(), reading.registry.notes.len()),
            (0, 0, 0),
            "{personality}"
        );

        let values = change(&reading);
        let sent = stage(&mut client, &place, &values).await;
        let Sent::Taken { job } = &sent else { panic!("{personality}: {sent:?}") };
        assert_eq!(job.is_some(), personality == Personality::Idrac9, "{personality}");
        let (reading, place) = read(&mut client, stack, system, &mut registries).await.unwrap().unwrap();
        assert_eq!(reading.pending, values, "{personality}");
        assert_eq!(reading.jobs.len(), usize::from(job.is_some()));
        assert_eq!(bmc.machine().counts.settings_taken, 1);

        let given = give_back(&mut client, &place, job.as_deref(), true).await.unwrap();
        assert_eq!(given, personality == Personality::Idrac9, "{personality}");
        let (reading, _) = read(&mut client, stack, system, &mut registries).await.unwrap().unwrap();
        assert_eq!(reading.pending.is_empty(), given, "{personality}");
        assert_eq!(reading.jobs, []);
    }
}

#[tokio::test]
async fn a_state_that_changed_meanwhile_is_not_overwritten() {
    let lab = Lab::builder().personalities([Personality::Ilo5]).start().await.unwrap();
    let bmc = lab.bmc(0);
    let mut client = client(bmc.address(), bmc.user(), lab.password()).await;
    let mut registries = Registries::default();
    let (reading, place) = read(&mut client, Stack::Ilo, bmc.profile().system, &mut registries).await.unwrap().unwrap();
    // Somebody else stages a value between our look and our change.
    bmc.change(|machine| {
        machine.mishaps.insert(firmdeck::lab::model::Mishap::ForeignSettings);
    });
    let sent = stage(&mut client, &place, &change(&reading)).await;
    assert!(matches!(&sent, Sent::NotTaken { why } if why.contains("changed by somebody meanwhile")), "{sent:?}");
    assert_eq!(bmc.machine().counts.settings_taken, 0);
}

#[tokio::test]
async fn each_answer_to_a_change_ends_it_in_one_way() {
    let info = |id: &str, args: &[&str]| json!({ "error": { "@Message.ExtendedInfo": [{ "MessageId": id, "Message": "said", "MessageArgs": args }] } });
    let answer = |status: u16, body: serde_json::Value| Effect::Answer {
        status,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: body.to_string().into_bytes(),
        done: false,
    };
    for (effect, expected) in [
        (answer(400, info("Base.1.8.PropertyNotWritable", &["Attributes/A"])), "refused: the BMC refuses A: said"),
        (answer(400, info("IDRAC.2.7.SYS410", &["A"])), "refused: HTTP 400: said; next: set what it depends on"),
        (
            answer(403, info("SMC.1.0.OemLicenseNotPassed", &["DCMS"])),
            "refused: a licence for BIOS settings is missing",
        ),
        (answer(403, info("IDRAC.2.7.SYS406", &[])), "refused: HTTP 403: said; next: end the system lockdown"),
        (answer(403, json!({})), "refused: the account may not change BIOS settings"),
        (answer(400, info("IDRAC.2.7.RAC0508", &[])), "busy: HTTP 400: said"),
        (answer(503, json!({})), "busy: HTTP 503"),
        (answer(500, json!({})), "unknown: HTTP 500"),
        (answer(412, json!({})), "not taken: the settings were changed"),
        (answer(404, json!({})), "refused: the BMC takes no BIOS settings (HTTP 404)"),
        (Effect::Cut(0), "unknown: "),
    ] {
        let rule = Rule::new(effect).on("PATCH", "*");
        let lab = Lab::builder().personalities([Personality::SupermicroX13]).fault(rule).start().await.unwrap();
        let bmc = lab.bmc(0);
        let mut client = client(bmc.address(), bmc.user(), lab.password()).await;
        let mut registries = Registries::default();
        let (reading, place) =
            read(&mut client, Stack::Supermicro, bmc.profile().system, &mut registries).await.unwrap().unwrap();
        let said = match stage(&mut client, &place, &change(&reading)).await {
            Sent::Taken { .. } => "taken".into(),
            Sent::Busy { why, .. } => format!("busy: {why}"),
            Sent::Refused { why, .. } => format!("refused: {why}"),
            Sent::Unknown { why } => format!("unknown: {why}"),
            Sent::Uncommitted { why } | Sent::NotTaken { why } => format!("not taken: {why}"),
        };
        assert!(said.starts_with(expected), "{said}\n{expected}");
    }
}

#[tokio::test]
async fn a_bmc_without_settings_says_so() {
    let lab = Lab::builder().personalities([Personality::OpenBmc]).start().await.unwrap();
    let bmc = lab.bmc(0);
    let mut client = client(bmc.address(), bmc.user(), lab.password()).await;
    let read = read(&mut client, Stack::OpenBmc, bmc.profile().system, &mut Registries::default()).await.unwrap();
    assert!(read.is_err_and(|why| why.contains("no BIOS attributes")));
}

#[tokio::test]
async fn the_bios_of_a_captured_tree_is_read_with_its_registry() {
    let Some(root) = std::env::var_os("FIRMDECK_MOCKUPS").map(std::path::PathBuf::from) else {
        assert!(std::env::var_os("CI").is_none(), "in CI the captured trees must be there");
        return;
    };
    for (tree, stack, system, attributes) in [
        ("dell-r750-idrac9-6.00", Stack::Idrac, "Systems/System.Embedded.1", 453),
        ("hpe-dl385gen10plusv2-ilo5-2.72", Stack::Ilo, "Systems/1", 277),
        ("lenovo-sr670v2-xcc-2.83", Stack::Xcc, "Systems/1", 348),
        ("nvidia-dgxh100-ami", Stack::MegaRac, "Systems/DGX", 219),
    ] {
        let server = Server::start(Arc::new(Tree::captured(&root.join(tree), "pw"))).await;
        let mut client = client(server.address, "root", "pw").await;
        let system = format!("/redfish/v1/{system}");
        let read = read(&mut client, stack, &system, &mut Registries::default()).await.unwrap();
        let (reading, _) = read.unwrap_or_else(|why| panic!("{tree}: {why}"));
        assert_eq!(reading.attributes.len(), attributes, "{tree}");
        assert_eq!((reading.pending.len(), reading.jobs.len()), (0, 0), "{tree}: {:?}", reading.pending);
    }
}
