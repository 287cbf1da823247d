//! The fault matrix that no tool of the field runs end to end (facts: peers, section 7). Whatever happens: nothing is
//! flashed twice, nothing wrong, nothing is lost, and the end is told as it is.
//!
//! | fault                                   | test                                                                      |
//! |-----------------------------------------|---------------------------------------------------------------------------|
//! | 1 the answer to a push is lost          | `answers::a_push_whose_answer_is_lost_is_found_again_by_every_method`      |
//! | 2 202 without a task                    | `answers::a_push_that_names_no_task_is_followed_by_its_version`            |
//! | 3 the task is 404 while it runs         | `answers::a_task_that_vanishes_while_it_works_fails_nothing`               |
//! | 4 a task stays New                      | `answers::a_task_that_stays_new_for_ten_minutes_is_waited_for`             |
//! | 5 100 % and critical                    | `answers::a_task_that_ends_complete_and_critical_is_a_failure`             |
//! | 6 completed, version unchanged          | `answers::a_task_that_completes_without_a_new_version_is_a_failure`        |
//! | 7 another tool changed the version      | `world::a_version_that_another_tool_changed_makes_the_plan_stale`          |
//! | 8 the BMC reboots while it takes        | `answers::a_bmc_that_reboots_in_an_upload_is_given_the_image_once_more`    |
//! | 9 the BMC comes back elsewhere          | `world::a_bmc_that_comes_back_at_another_address_is_missed_and_found`      |
//! | 10 factory reset, default password      | `world::a_bmc_that_forgot_its_accounts_is_asked_five_times_and_blocks`     |
//! | 11 401 after its reset                  | `world::a_bmc_that_refuses_logins_after_its_reset_is_asked_rarely`         |
//! | 12 session table full                   | `answers::a_full_session_table_ends_before_anything_is_sent`               |
//! | 13 certificate changed after the update | `world::a_certificate_may_change_by_a_flash_of_the_bmc_and_by_nothing_else`|
//! | 14 `$expand` hangs                      | `answers::an_expand_that_hangs_costs_one_deadline_and_no_inventory`        |
//! | 15 truncated, packed, invalid JSON      | `answers::an_answer_that_is_broken_after_a_flash_is_read_again`            |
//! | 16 the clock is 20 years off            | `world::a_bmc_whose_clock_is_twenty_years_off_is_followed_all_the_same`    |
//! | 17 image file short, long, slow         | `files::an_image_that_is_a_byte_short_or_long_is_never_offered`            |
//! | 18 hash right, board wrong              | `files::an_image_with_the_right_hash_for_another_board_is_refused`         |
//! | 20 a disk is full                       | `files::a_full_disk_is_told_on_either_side_and_nothing_is_half_done`       |
//! | 21 database busy, a page corrupt        | `files::a_busy_database_is_waited_for_and_a_corrupt_one_is_told`           |
//! | 22 the host loses power in its BIOS phase | `world::a_host_that_loses_power_in_its_bios_phase_is_brought_back`       |
//! | 23 the host never POSTs                 | `world::a_host_that_never_ends_its_post_blocks`                            |
//! | 24 a BIOS job of another waits          | `world::bios_settings_that_wait_for_somebody_else_block`                   |
//! | 25 two controllers, one out of date     | `world::a_controller_that_comes_back_late_finds_the_work_done`             |
//! | 28 one BMC of many is a black hole      | `world::one_black_hole_among_many_costs_the_others_nothing`                |

mod answers;
mod files;
mod world;

use firmdeck::lab::{Lab, fault, personality::Personality};
use serde_json::Value;

use crate::support::{binary::Ended, site::Site};

/// A machine on which a named fault falls once it is known.
async fn struck(personality: Personality, faults: &[&str]) -> Site {
    let site = Site::start(Lab::builder().personalities([personality]).seed(3)).await;
    for name in faults {
        fault::load(name).unwrap().iter().for_each(|rule| site.lab.add_fault(rule));
    }
    site
}

/// Plans and runs; the engine dies on the way, right before it writes down how its first push ended.
async fn carry_through_a_crash(site: &Site) -> (Ended, Value) {
    let (digest, _) = site.plan(&[]).await;
    assert_eq!(site.run(&["serve", "--stop"]).await.code, 0);
    let dies = [("FIRMDECK_CRASH", "push_ended:before")];
    let begun = site.command(&["run", "--plan", &digest, "--detach"], &dies).output().await.unwrap();
    assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
    let mut ended = site.run(&["runs", "attach", "1"]).await;
    for _ in 0..2 {
        // A client whose engine goes away at its very last question is asked again by its operator.
        if ended.code == 1 {
            ended = site.run(&["runs", "attach", "1"]).await;
        }
    }
    assert!(site.bench.state_dir().join("crashed-at").exists(), "it died");
    let document = site.run(&["runs", "show", "1", "--json"]).await.json();
    (ended, document)
}

fn updates(document: &Value) -> &Vec<Value> {
    document["servers"][0]["updates"].as_array().unwrap()
}

/// Every update is read back, and each image was taken once.
fn assert_went_well(site: &Site, (ended, document): &(Ended, Value), what: &str) {
    assert_eq!(ended.code, 0, "{what}: {}\n{document:#}", ended.err);
    assert!(updates(document).iter().all(|update| update["read_back"] == update["to"]), "{what}: {document:#}");
    site.assert_unharmed();
}

/// The first update that did not go well, with its reason.
fn unwell<'a>(document: &'a Value, settled: &str) -> &'a str {
    let found = updates(document).iter().find(|update| update["settled"] == settled);
    found.unwrap_or_else(|| panic!("none is {settled}: {document:#}"))["why"].as_str().unwrap()
}
