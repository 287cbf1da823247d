//! The lab's BIOSes: shaped as the vendors' are, and what they do with a change.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use firmdeck::{
    clock::Clock,
    lab::{Lab, personality::Personality},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ALL;
use crate::lab::raw::{Answer, ask, basic, get, post, try_get, until};

async fn patch(lab: &Lab, uri: &str, body: &Value) -> Answer {
    let bmc = lab.bmc(0);
    ask(bmc.address(), "PATCH", uri, &[("Authorization", &basic(lab, bmc))], body.to_string()).await.unwrap()
}

/// Tree, BIOS, settings object, registry file and registry of a captured BMC; the lab's are at the same places.
type Places = (Personality, &'static str, &'static str, &'static str, &'static str, Option<&'static str>);

#[rustfmt::skip]
const PLACES: [Places; 4] = [
    (Personality::Idrac9, "dell-r750-idrac9-6.00", "Systems/System.Embedded.1/Bios", "Systems/System.Embedded.1/Bios/Settings",
        "Registries/BiosAttributeRegistry.v1_0_0", Some("Systems/System.Embedded.1/Bios/BiosRegistry")),
    (Personality::Ilo5, "hpe-dl385gen10plusv2-ilo5-2.72", "systems/1/bios", "systems/1/bios/settings",
        "Registries/BiosAttributeRegistryA42.v1_2_60", Some("registrystore/registries/en/biosattributeregistrya42.v1_2_60")),
    (Personality::SupermicroX13, "supermicro-821ge-tnhr", "Systems/1/Bios", "Systems/1/Bios/SD",
        "Registries/BiosAttributeRegistry", None),
    (Personality::LenovoXcc, "lenovo-sr670v2-xcc-2.83", "Systems/1/Bios", "Systems/1/Bios/Pending",
        "Registries/BiosAttributeRegistry.1.0.0", Some("schemas/registries/BiosAttributeRegistry.1.0.0.json")),
];

fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            let path = format!("{path}.{key}");
            // The attributes are each machine's own.
            if key != "Attributes" || item.is_array() {
                keys(item, &path, found);
            }
            found.insert(path);
        }),
        Value::Array(list) => list.iter().for_each(|item| keys(item, &format!("{path}[]"), found)),
        _ => {}
    }
}

#[tokio::test]
async fn each_bios_has_the_keys_of_its_vendors_captured_tree() {
    let Some(root) = std::env::var_os("FIRMDECK_MOCKUPS").map(PathBuf::from) else {
        assert!(std::env::var_os("CI").is_none(), "in CI the captured trees must be there");
        return;
    };
    for (personality, tree, bios, settings, file, registry) in PLACES {
        let lab = Lab::builder().seed(3).personalities([personality]).start().await.unwrap();
        let name = get(&lab, 0, &format!("/redfish/v1/{bios}")).await.json()["AttributeRegistry"].clone();
        let hpe = |uri: &str| {
            let own = name.as_str().unwrap();
            match personality {
                Personality::Ilo5 if uri.starts_with("Registries") => format!("Registries/{own}"),
                Personality::Ilo5 if uri.starts_with("registrystore") => {
                    format!("registrystore/registries/en/{}", own.to_lowercase())
                }
                _ => uri.to_owned(),
            }
        };
        for uri in [Some(bios), Some(settings), Some(file), registry].into_iter().flatten() {
            let text =
                std::fs::read_to_string(root.join(tree).join("redfish/v1").join(uri).join("index.json")).unwrap();
            let captured: Value = serde_json::from_str(&text).unwrap();
            let answer = get(&lab, 0, &format!("/redfish/v1/{}", hpe(uri))).await;
            assert_eq!(answer.status, 200, "{personality} {uri}");
            let mut body = answer.body.clone();
            if answer.header("content-encoding") == Some("gzip") {
                let mut plain = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_slice()), &mut plain).unwrap();
                body = plain;
            }
            let ours: Value = serde_json::from_slice(&body).unwrap();
            let (mut mine, mut theirs) = (BTreeSet::new(), BTreeSet::new());
            keys(&ours, "", &mut mine);
            keys(&captured, "", &mut theirs);
            let strange: Vec<_> = mine.difference(&theirs).collect();
            assert!(strange.is_empty(), "{personality} {uri}: {strange:?}");
            let needed = [
                ".AttributeRegistry",
                ".@Redfish.Settings.SettingsObject",
                ".Attributes",
                ".Location[].Uri",
                ".RegistryEntries.Attributes[].Type",
            ];
            for key in needed.iter().filter(|key| theirs.contains(**key)) {
                assert!(mine.contains(*key), "{personality} {uri}: {key} is missing");
            }
        }
    }
}

#[tokio::test]
async fn a_change_waits_survives_a_reset_of_the_bmc_and_comes_in_at_the_hosts_next_boot() {
    for personality in ALL {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let lab = Lab::builder().personalities([personality]).clock(clock.clone()).start().await.unwrap();
        let bmc = lab.bmc(0);
        let style = bmc.profile().bios.unwrap();
        let attribute = style.attributes.iter().find(|one| one.name.contains("irtualization")).unwrap();
        let name = style.wire_name(&bmc.machine(), attribute);
        let word = if style.coded { "Enable" } else { "Enabled" };
        let taken = patch(&lab, style.writes[0], &json!({ "Attributes": { &name: word } })).await;
        assert!(matches!(taken.status, 200 | 202 | 204), "{personality}: {}", taken.text());
        bmc.reset();
        clock.advance(Duration::from_secs(400));
        until(async || try_get(&lab, 0, style.settings).await.is_ok()).await;
        let read = async |uri: &str| get(&lab, 0, uri).await.json()["Attributes"][&name].clone();
        assert_eq!(read(style.settings).await, word, "{personality}");
        assert_ne!(read(style.bios).await, word, "{personality}");
        let reset = format!("{}/Actions/ComputerSystem.Reset", bmc.profile().system);
        post(&lab, 0, &reset, "{\"ResetType\": \"ForceRestart\"}").await;
        clock.advance(Duration::from_secs(900));
        assert_eq!(read(style.bios).await, word, "{personality}");
        assert!(bmc.machine().bios.pending.is_empty() && bmc.machine().bios.job.is_none(), "{personality}");
    }
}

#[tokio::test]
async fn each_vendor_refuses_in_its_own_words() {
    for (personality, attributes, status, id) in [
        (Personality::Idrac9, json!({ "ProcTurboMode": "Disabled" }), 400, "SYS410"),
        (Personality::Idrac9, json!({ "Nothing": 1 }), 400, "PropertyUnknown"),
        (Personality::Ilo5, json!({ "ProcTurbo": "Maybe" }), 400, "PropertyValueNotInList"),
        (Personality::LenovoXcc, json!({ "Processors_SourceValidation": "yes" }), 400, "PropertyValueTypeError"),
        (Personality::SupermicroX13, json!({ "QuietBoot": true }), 400, "PropertyUnknown"),
    ] {
        let lab = Lab::builder().personalities([personality]).start().await.unwrap();
        let uri = lab.bmc(0).profile().bios.unwrap().writes[0];
        let answer = patch(&lab, uri, &json!({ "Attributes": attributes })).await;
        assert_eq!(answer.status, status, "{personality}");
        assert!(answer.message_id().ends_with(id), "{personality}: {}", answer.text());
        assert!(lab.bmc(0).machine().bios.pending.is_empty());
    }
    // A job cannot be joined by another change, and what it has is cleared only without it.
    let lab = Lab::builder().personalities([Personality::Idrac9]).start().await.unwrap();
    let style = lab.bmc(0).profile().bios.unwrap();
    let change = json!({ "Attributes": { "LogicalProc": "Disabled" }, "@Redfish.SettingsApplyTime": { "ApplyTime": "OnReset" } });
    assert_eq!(patch(&lab, style.settings, &change).await.status, 202);
    assert!(patch(&lab, style.settings, &change).await.message_id().ends_with("SYS011"));
    let (_, clear) = style.jobs.unwrap();
    assert_eq!(post(&lab, 0, clear, "{}").await.status, 400);
}
