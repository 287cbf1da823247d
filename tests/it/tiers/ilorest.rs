//! The real ilorest through the binary: it updates an iLO 6, and lists what its Redfish service does not.

use firmdeck::lab::{
    Lab,
    fault::{Effect, Rule},
    fleet,
    model::{Kind, Machine},
    personality::Personality::{Ilo5, Ilo6},
};
use serde_json::{Value, json};

use super::wrapped::{Kit, Tiers, with_controller};
use crate::support::site::Beside;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilo_6_is_updated_to_the_end_by_the_real_ilorest() {
    for kind in ["bmc", "bios"] {
        let Some(kit) = Kit::full() else { return };
        // Given an operator who wants tools first,
        let tiers = kit.tools_first().before(Ilo6).await;
        // when its iLO, or its ROM, is updated,
        let ran = tiers.carry(Some(kind), &[]).await;
        // then ilorest has brought the image, once, and firmdeck has read the version back. An iLO resets itself at the end, and
        // whether ilorest sees that end is a matter of a second.
        let attempts = ran.attempts();
        assert!(matches!(attempts[..], [("ilorest", "accepted" | "unknown")]), "{:#}", ran.document);
        ran.ended("applied", &attempts);
        assert_eq!(tiers.all_updates(), [1, 0, 0, 0], "{kind}");
        let counts = tiers.counts();
        assert_eq!((counts.images_accepted[kind], counts.pushes), (1, 1), "{kind}");
        assert_eq!((counts.host_resets, counts.bricks), (u32::from(kind == "bios").into(), 0), "{kind}");
        tiers.site.assert_unharmed();
    }
}

/// An update service that links no firmware inventory, which is there all the same: iLO's resource directory has it.
fn linking_none() -> Rule {
    Rule::new(Effect::Merge(json!({ "FirmwareInventory": null }))).on("GET", "/redfish/v1/UpdateService*")
}

/// The first server of an inventory that is read anew, with its components.
async fn read(tiers: &Tiers) -> Value {
    let ended = tiers.site.run(&["inventory", "--refresh", "--json"]).await;
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.err);
    ended.server()
}

fn ilo(personality: firmdeck::lab::personality::Personality) -> Machine {
    if personality == Ilo5 { with_controller() } else { fleet::machine(Ilo6, 0, 1) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilo_whose_redfish_lists_no_firmware_is_listed_by_the_real_ilorest_and_says_so() {
    for personality in [Ilo5, Ilo6] {
        let Some(kit) = Kit::full() else { return };
        let tiers = kit.at(Lab::builder().machines(vec![ilo(personality)]), Beside::Nothing).await;
        assert!(tiers.calls("ilorest").is_empty(), "one whose Redfish lists it is not asked by ilorest");
        tiers.site.lab.add_fault(&linking_none());
        let server = read(&tiers).await;
        // Then every component but ROM and iLO, which system and manager tell, comes from ilorest as the machine has it,
        let components = server["components"].as_array().unwrap();
        let machine = tiers.site.lab.bmc(0).machine();
        let others = machine.components.iter().filter(|one| !matches!(one.kind, Kind::Bios | Kind::Bmc));
        let mut count = 0;
        for other in others {
            let is_it = |one: &&Value| one["name"] == other.name && one["version"] == other.version;
            let found = components.iter().find(is_it).unwrap_or_else(|| panic!("{}: {server:#}", other.name));
            assert_eq!(found["source"], "ilorest", "{found:#}");
            count += 1;
        }
        assert!(count > 0, "{personality}");
        for kind in ["bios", "bmc"] {
            let one = components.iter().find(|one| one["kind"] == kind && one["slot"] == "running").unwrap();
            assert_eq!(one["source"], "redfish", "{one:#}");
        }
        // by one conversation of the tool.
        let calls = tiers.calls("ilorest");
        assert_eq!(calls.iter().filter(|line| line.contains("serverinfo --firmware")).count(), 1, "{calls:?}");
        assert_eq!(calls.iter().filter(|line| line.contains(" login ")).count(), 1, "{calls:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_ilorest_what_an_ilo_does_not_list_is_unknown_and_never_made_up() {
    let tiers = Kit::new().at(Lab::builder().machines(vec![ilo(Ilo5)]), Beside::Nothing).await;
    tiers.site.lab.add_fault(&linking_none());
    let server = read(&tiers).await;
    let components = server["components"].as_array().unwrap();
    assert!(components.iter().all(|one| one["source"] == "redfish"), "{server:#}");
    assert!(components.iter().all(|one| ["bios", "bmc"].contains(&one["kind"].as_str().unwrap())), "{server:#}");
    let notes = server["notes"].as_array().unwrap();
    let said = notes.iter().any(|note| note["what"].as_str().unwrap().contains("lists no firmware, and ilorest"));
    assert!(said, "{notes:#?}");
}
