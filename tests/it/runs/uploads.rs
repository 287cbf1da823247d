//! Runs by the vendors' own ways of taking an image.

use std::collections::BTreeMap;

use firmdeck::{
    domain::{
        offers::Method,
        phase::ServerState,
        run::{ServerRun, Settled},
    },
    lab::{Lab, fault, personality::Personality},
};

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
        assert!(methods.iter().all(|method| *method == Method::IloUpload), "{methods:?}");
        assert!(settled.iter().all(|word| *word == "applied"), "{settled:?}");
        assert_eq!(pushes(&site, "uploadFile"), methods.len() as u64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_service_that_rests_at_anothers_end_is_not_taken_for_ours() {
    let (site, run) = one(Personality::Ilo6, Some("rests-at-complete")).await;
    assert_eq!(run.state, ServerState::Succeeded, "{run:#?}");
    assert_eq!(site.lab.bmc(0).machine().counts.all_images_accepted(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_refused_without_a_word_names_what_is_missing_and_no_other_way_is_tried() {
    let (site, run) = one(Personality::Ilo5, Some("upload-refused-silently")).await;
    assert_eq!(run.state, ServerState::Failed, "{run:#?}");
    let Some(Settled::Failed { why, .. }) = &run.updates[0].settled else { panic!("{run:#?}") };
    assert!(why.contains("iLOConfigPriv") && why.contains("next:"), "{why}");
    assert_eq!(pushes(&site, "SimpleUpdate"), 0);
}
