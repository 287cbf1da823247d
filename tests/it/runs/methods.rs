//! Each further way of handing over an image, from the plan to the version that is read back.

use firmdeck::lab::{
    Lab, fault,
    model::Kind,
    personality::Personality::{self, Chassis, Ilo6, LenovoXcc, MegaRac, OpenBmcOld},
};
use serde_json::Value;

use super::states;
use crate::support::site::Site;

fn rules(names: &[&str]) -> Vec<fault::Rule> {
    names.iter().flat_map(|name| fault::load(name).unwrap()).collect()
}

async fn carried(personality: Personality, names: &[&str]) -> (Site, Value) {
    let site = Site::start(Lab::builder().personalities([personality]).faults(rules(names)).seed(3)).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 0, "{:#?}\n{}\n{document:#}", states(&document), ended.err);
    site.assert_unharmed();
    (site, document)
}

fn methods(document: &Value) -> Vec<&str> {
    let updates = document["servers"][0]["updates"].as_array().unwrap().iter();
    let attempts = updates.flat_map(|update| update["attempts"].as_array().unwrap());
    attempts.map(|attempt| attempt["method"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_xcc_is_claimed_pushed_to_reset_and_released() {
    let (site, document) = carried(LenovoXcc, &[]).await;
    assert_eq!(methods(&document), ["multipart", "multipart"]);
    let bmc = site.lab.bmc(0);
    // Claimed and released for each of the two images.
    assert_eq!(bmc.requests()["PATCH /redfish/v1/UpdateService"], 4);
    assert!(!bmc.machine().service.claimed);
    assert_eq!(bmc.machine().counts.bmc_resets, 1, "the reset that its flash waits for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_becomes_a_job_is_followed_there() {
    let (site, _) = carried(LenovoXcc, &["task-becomes-job"]).await;
    let asked = site.lab.bmc(0).requests();
    assert!(asked.keys().any(|request| request.starts_with("GET /redfish/v1/JobService/Jobs/")), "{asked:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openbmc_without_forms_takes_bare_images_and_gets_its_apply_time_back() {
    let (site, document) = carried(OpenBmcOld, &[]).await;
    assert_eq!(methods(&document), ["http_push", "http_push"]);
    assert_eq!(site.lab.bmc(0).machine().service.apply.to_string(), "OnReset");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_megarac_keeps_its_settings_through_a_flash_of_the_bmc() {
    let (site, document) = carried(MegaRac, &[]).await;
    assert_eq!(methods(&document), ["multipart", "multipart"]);
    let machine = site.lab.bmc(0).machine();
    assert!(machine.standing.refuses_until.is_none(), "its accounts are as they were");
    assert!(machine.service.preserve.values().all(|kept| !kept), "and the setting is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_hosts_uefi_installs_is_queued_and_comes_in_with_the_hosts_reset() {
    let (site, document) = carried(Ilo6, &[]).await;
    assert_eq!(methods(&document), ["ilo_upload", "ilo_upload", "ilo_queue"]);
    let module = &document["servers"][0]["updates"][2];
    assert_eq!((&module["to"], &module["read_back"]), (&module["to"], &module["to"]), "{module:#}");
    let machine = site.lab.bmc(0).machine();
    // ROM and module came in with one and the same reset.
    assert_eq!((machine.counts.host_resets, machine.ilo.queue.len()), (1, 1));
    assert_eq!(machine.counts.images_accepted["tpm"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_task_of_somebody_else_at_the_head_of_the_queue_blocks_and_is_left_to_them() {
    let site = Site::start(Lab::builder().personalities([Ilo6]).faults(rules(&["queue-head-failed"])).seed(3)).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 4, "{document:#}");
    let text = document.to_string();
    assert!(text.contains("update task queue is blocked") && text.contains("until it is deleted"), "{text}");
    let machine = site.lab.bmc(0).machine();
    assert_eq!((machine.counts.pushes, machine.ilo.queue.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_one_bmc_of_an_enclosure_is_flashed_once_and_no_host_notices() {
    let (site, document) = carried(Chassis, &[]).await;
    assert_eq!(methods(&document), ["multipart"]);
    let machine = site.lab.bmc(0).machine();
    let flashes: u64 = machine.counts.flashes.values().sum();
    assert_eq!((flashes, machine.counts.host_resets, machine.nodes.as_slice()), (1, 0, &[true, true, true][..]));
    assert!(!machine.version(Kind::Bmc).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_somebody_else_has_claimed_is_left_to_them() {
    let site = Site::start(Lab::builder().personalities([LenovoXcc]).faults(rules(&["claimed"])).seed(3)).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 4, "{document:#}");
    let text = document.to_string();
    assert!(text.contains("HttpPushUriTargetsBusy"), "{text}");
    let bmc = site.lab.bmc(0);
    assert!(bmc.machine().service.claimed && bmc.machine().counts.pushes == 0);
}
