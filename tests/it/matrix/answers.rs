//! What a BMC answers, does not answer, or answers wrongly.

use std::time::Duration;

use firmdeck::lab::{
    Lab,
    fault::{Effect, Rule},
    personality::Personality::{Idrac9, Idrac9Early, Ilo6, LenovoXcc, OpenBmc, OpenBmcOld, SupermicroX13},
};
use serde_json::json;

use super::{assert_went_well, carry_through_a_crash, struck, unwell, updates};
use crate::support::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_whose_answer_is_lost_is_found_again_by_every_method() {
    for personality in [Idrac9, Idrac9Early, Ilo6, SupermicroX13, OpenBmc, OpenBmcOld, LenovoXcc] {
        let site = struck(personality, &["lost-answer"]).await;
        assert_went_well(&site, &site.carry(&[]).await, &personality.to_string());
    }
    // The same with an engine that dies before it knows.
    for personality in [Idrac9, Ilo6, OpenBmc] {
        let site = struck(personality, &["lost-answer"]).await;
        assert_went_well(&site, &carry_through_a_crash(&site).await, &personality.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_names_no_task_is_followed_by_its_version() {
    let site = struck(Idrac9, &["accepted-without-task"]).await;
    assert_went_well(&site, &site.carry(&[]).await, "carried");
    let site = struck(Idrac9, &["accepted-without-task"]).await;
    assert_went_well(&site, &carry_through_a_crash(&site).await, "through a crash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_vanishes_while_it_works_fails_nothing() {
    for personality in [Idrac9, OpenBmc] {
        let site = struck(personality, &["task-vanishes"]).await;
        assert_went_well(&site, &site.carry(&[]).await, &personality.to_string());
    }
    let site = struck(Idrac9, &["task-vanishes"]).await;
    assert_went_well(&site, &carry_through_a_crash(&site).await, "through a crash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_stays_new_for_ten_minutes_is_waited_for() {
    let site = struck(Idrac9, &[]).await;
    // As many looks as ten minutes of device time have.
    let new = Rule::new(Effect::Merge(json!({ "TaskState": "New", "PercentComplete": 0 })));
    site.lab.add_fault(&new.on("GET", "/redfish/v1/TaskService/Tasks/*").times(1, 60));
    assert_went_well(&site, &site.carry(&[]).await, "new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_ends_complete_and_critical_is_a_failure() {
    let site = struck(Idrac9, &["ends-critical"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{document:#}");
    assert!(!unwell(&document, "failed").is_empty());
    assert!(updates(&document).iter().all(|update| update["percent"] != 100 || update["settled"] == "applied"));
    site.assert_unharmed();
    is_offered_again_only_once_a_look_proved_it("ends-critical").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_completes_without_a_new_version_is_a_failure() {
    let site = struck(Idrac9, &["flash-does-not-take"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{document:#}");
    assert!(unwell(&document, "failed").contains("still reports"), "{document:#}");
    site.assert_unharmed();
    is_offered_again_only_once_a_look_proved_it("flash-does-not-take").await;
}

/// An engine that died before it knew that an image was taken cannot know how its flash ended either: what it finds is an
/// idle BMC with the old version, which is the proof that the image may be handed over once more.
async fn is_offered_again_only_once_a_look_proved_it(fault: &str) {
    let site = struck(Idrac9, &[fault]).await;
    let (ended, document) = carry_through_a_crash(&site).await;
    let first = updates(&document)[0]["attempts"].as_array().unwrap().clone();
    match ended.code {
        0 => assert!(first.len() == 2 && first[0]["outcome"] == "not_taken", "{first:#?}"),
        3 => assert_eq!(first.len(), 1, "{first:#?}"),
        code => panic!("{code}: {document:#}"),
    }
    let counts = site.lab.bmc(0).machine().counts;
    assert!(counts.bricks == 0 && counts.images_accepted["bmc"] <= 2, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bmc_that_reboots_in_an_upload_is_given_the_image_once_more() {
    for personality in [Idrac9, Ilo6] {
        let site = struck(personality, &["reset-in-upload"]).await;
        let carried = site.carry(&[]).await;
        assert_went_well(&site, &carried, &personality.to_string());
        // The cut push and the one after it.
        assert_eq!(updates(&carried.1)[0]["attempts"].as_array().unwrap().len(), 2, "{:#}", carried.1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_session_table_ends_before_anything_is_sent() {
    let site = struck(Idrac9, &["sessions-full"]).await;
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{document:#}");
    let why = document["servers"][0]["phases"][0]["why"].as_str().unwrap();
    assert!(why.contains("session table is full") && why.contains("next:"), "{why}");
    assert_eq!(site.lab.bmc(0).machine().counts.pushes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expand_that_hangs_costs_one_deadline_and_no_inventory() {
    // Every vendor's members are read one by one where reading them together hangs.
    let site = Site::start(Lab::builder().personalities([Idrac9]).seed(3)).await;
    let before = site.run(&["inventory", "--json"]).await.server()["components"].as_array().unwrap().len();
    site.bench.config_more("[limits]\nread_s = 10\ninventory_s = 10\n");
    site.run(&["serve", "--stop"]).await;
    site.lab.add_fault(&Rule::new(Effect::BlackHole).on("GET", "*/FirmwareInventory").times(1, 1));
    let read = site.run(&["inventory", "--refresh", "--json"]).await;
    assert_eq!(read.code, 0, "{}", read.err);
    assert_eq!(read.server()["components"].as_array().unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_broken_after_a_flash_is_read_again() {
    for effect in [Effect::Truncate(120), Effect::Garbage(256), Effect::Cut(40)] {
        let site = struck(Idrac9, &[]).await;
        // The third listing is one of those after the first push.
        site.lab
            .add_fault(&Rule::new(effect.clone()).on("GET", "*/FirmwareInventory").times(4, 2).after(Duration::ZERO));
        assert_went_well(&site, &site.carry(&[]).await, &format!("{effect:?}"));
    }
}
