//! Runs by the vendors' own ways of taking an image.

use std::collections::BTreeMap;

use firmdeck::{
    domain::{
        offers::Method,
        phase::ServerState,
        run::{ServerRun, Settled},
    },
    lab::{
        Lab,
        fault::{self, Effect, Rule},
        model::{Held, Payload},
        personality::Personality,
    },
};

use serde_json::json;

use crate::support::site::{Site, to_the_end};

/// The methods of every attempt, and how each update was settled.
fn ways(run: &ServerRun) -> (Vec<Method>, Vec<&'static str>) {
    let methods = run.updates.iter().flat_map(|update| &update.attempts).map(|attempt| attempt.method).collect();
    let settled = run.updates.iter().map(|update| update.settled.as_ref().map_or("open", Settled::word)).collect();
    (methods, settled)
}

/// How a run of one server ends on which `fault` lies.
async fn one(personality: Personality, named: Option<&str>) -> (Site, ServerRun) {
    let site = Site::start(Lab::builder().personalities([personality]).seed(3)).await;
    let plan = site.planned(&[]).await;
    for rule in named.into_iter().flat_map(|name| fault::load(name).unwrap()) {
        site.lab.add_fault(&rule);
    }
    let engine = site.engine().await;
    let run = to_the_end(&engine, plan).await;
    let (_, server) = run.servers.into_iter().next().unwrap();
    site.assert_unharmed();
    (site, server)
}

fn pushes(site: &Site, of: &str) -> u64 {
    let requests: BTreeMap<String, u64> = site.lab.bmc(0).requests();
    requests.iter().filter(|(request, _)| request.ends_with(of)).map(|(_, times)| times).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ilo_is_updated_by_uploads_and_each_version_is_read_back() {
    for personality in [Personality::Ilo5, Personality::Ilo6] {
        let (site, run) = one(personality, None).await;
        assert_eq!(run.state, ServerState::Succeeded, "{personality}: {run:#?}");
        let (methods, settled) = ways(&run);
        let own = |method: &Method| matches!(method, Method::IloUpload | Method::IloQueue);
        assert!(methods.iter().all(own), "{methods:?}");
        assert!(settled.iter().all(|word| *word == "applied"), "{settled:?}");
        assert_eq!(pushes(&site, "uploadFile"), methods.len() as u64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_service_that_rests_at_anothers_end_is_not_taken_for_ours() {
    let (site, run) = one(Personality::Ilo6, Some("rests-at-complete")).await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(site.lab.bmc(0).machine().counts.all_images_accepted(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_refused_without_a_word_names_what_is_missing_and_no_other_way_is_tried() {
    let (site, run) = one(Personality::Ilo5, Some("upload-refused-silently")).await;
    assert_eq!(run.state, ServerState::Failed, "{run:#?}");
    let Some(Settled::Failed { why, .. }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("iLOConfigPriv") && why.contains("next:"), "{why}");
    assert_eq!(pushes(&site, "SimpleUpdate"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_idrac_is_updated_by_files_that_are_started_and_each_version_is_read_back() {
    let (site, run) = one(Personality::Idrac9Early, None).await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    let (methods, settled) = ways(&run);
    assert_eq!((methods, settled), (vec![Method::DellPush; 2], vec!["applied"; 2]));
    assert_eq!(
        (pushes(&site, "POST /redfish/v1/UpdateService/FirmwareInventory"), pushes(&site, "SimpleUpdate")),
        (2, 2)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_to_an_early_idrac_that_goes_wrong_is_made_again_only_where_nothing_was_taken() {
    for (named, uploads) in
        [("rac964", 3), ("inventory-changes", 3), ("upload-lost", 3), ("accepted-500", 2), ("lost-answer", 2)]
    {
        let (site, run) = one(Personality::Idrac9Early, Some(named)).await;
        assert_eq!(run.state, ServerState::Succeeded, "{named}: {run:#?}");
        let sent = pushes(&site, "POST /redfish/v1/UpdateService/FirmwareInventory");
        assert_eq!((sent, site.lab.bmc(0).machine().counts.all_images_accepted()), (uploads, 2), "{named}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_lies_on_an_early_idrac_already_is_nobodys_to_start() {
    let site = Site::start(Lab::builder().personalities([Personality::Idrac9Early]).seed(3)).await;
    let plan = site.planned(&[]).await;
    site.lab.bmc(0).change(|machine| {
        for release in firmdeck::lab::release(std::slice::from_ref(machine), 1) {
            let payload = Payload { kind: release.kind, version: release.version, released: None };
            machine.held.push(Held { file: "x.EXE".into(), payload });
        }
    });
    let run = to_the_end(&site.engine().await, plan).await;
    let Some(Settled::Failed { why, .. }) = &run.servers[0].1.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("nobody knows whose") && why.contains("Available-"), "{why}");
    assert_eq!(site.lab.bmc(0).machine().counts.all_images_accepted(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enabled_tpm_stops_rom_and_ilo_until_the_plan_says_that_it_may_be_overridden() {
    let site = Site::start(Lab::builder().personalities([Personality::Ilo6]).seed(3)).await;
    site.lab.bmc(0).change(|machine| machine.ilo.tpm_enabled = true);
    let (stopped, document) = site.carry(&[]).await;
    assert_eq!(stopped.code, 4, "{}", stopped.err);
    let why = document["servers"][0]["phases"][0]["why"].as_str().unwrap();
    assert!(why.contains("trusted platform module") && why.contains("--tpm-override"), "{why}");
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
    let (ended, _) = site.carry(&["--tpm-override"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    site.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tpm_that_is_enabled_after_pre_flight_is_the_ilos_to_refuse() {
    let site = Site::start(Lab::builder().personalities([Personality::Ilo6]).seed(3)).await;
    let plan = site.planned(&[]).await;
    // It shows no module and has one all the same.
    let hidden = Rule::new(Effect::Merge(json!({ "TrustedModules": [] }))).on("GET", "/redfish/v1/Systems/1");
    site.lab.add_fault(&hidden);
    fault::load("tpm").unwrap().iter().for_each(|rule| site.lab.add_fault(&rule.clone().on("POST", "*/Sessions")));
    let run = to_the_end(&site.engine().await, plan).await;
    let Some(Settled::Failed { why, .. }) = &run.servers[0].1.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("--tpm-override"), "{why}");
}
