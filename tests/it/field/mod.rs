//! What went wrong in the field with other tools (facts: vendors 5), entry by entry: what firmdeck does, what the lab
//! counts, and what is told of it.
//!
//! | entry | test                                                                                              |
//! |-------|---------------------------------------------------------------------------------------------------|
//! | 1     | `uploads::a_slow_upload_is_waited_for_and_sent_once`                                              |
//! | 2     | `ways::every_request_says_which_answers_it_takes`                                                 |
//! | 3     | `ways::an_idrac_without_a_push_uri_is_told_before_anything_is_sent`                               |
//! | 4     | `tools::an_old_idrac_whose_redfish_lists_no_firmware_is_updated_by_racadm`                        |
//! | 5     | `plans::a_linux_package_for_a_dell_is_refused_with_the_one_to_take`                               |
//! | 6     | `jobs::a_signature_that_an_idrac_does_not_know_is_told_and_not_sent_again`                        |
//! | 7     | `uploads::an_idrac_without_memory_is_told_to_need_a_reset_after_few_tries`                        |
//! | 8     | `tools::an_idrac_that_does_not_let_dells_own_services_be_asked_is_updated_all_the_same`                         |
//! | 9     | `jobs::a_bmc_that_resets_before_its_end_was_read_is_verified_by_its_version`                      |
//! | 10    | `jobs::a_job_that_is_completed_with_a_reboot_pending_gets_its_one_reset`                          |
//! | 11    | `jobs::a_job_that_is_completed_and_critical_is_a_failure_with_a_way_out`                          |
//! | 12    | `plans::a_host_is_never_rebooted_but_by_the_plan`                                                 |
//! | 13    | `jobs::a_job_that_cannot_be_found_yet_is_looked_for_again`                                        |
//! | 14    | `jobs::a_job_that_is_new_is_waited_for`                                                           |
//! | 15    | `jobs::a_task_without_a_percentage_is_followed_all_the_same`                                      |
//! | 16    | `ways::nothing_to_update_is_no_failure_and_nothing_is_sent`                                       |
//! | 17    | `jobs::completed_with_errors_is_never_success`                                                    |
//! | 18    | `jobs::answers_that_changed_their_shape_break_nothing`                                            |
//! | 19    | `ways::a_bmc_that_fetches_no_http_is_not_asked_to`                                                |
//! | 20    | `uploads::two_images_for_one_idrac_go_one_after_the_other`                                        |
//! | 21    | `jobs::a_downgrade_that_is_skipped_without_a_word_is_told_as_one`                                 |
//! | 22    | `versions::a_dangling_previous_version_is_never_taken_for_the_installed_one`                      |
//! | 23    | `versions::an_inventory_that_breaks_after_an_update_is_waited_for`                                |
//! | 24    | `uploads::an_image_that_a_bmc_cannot_fetch_is_told_as_that`                                       |
//! | 25    | `jobs::a_failed_job_is_never_tried_again_by_itself`                                               |
//! | 26    | `plans::an_old_ilo_goes_by_its_stepping_stone`, `plans::an_ilo_that_cannot_verify_is_told_of_the_step_between` |
//! | 27    | `tools::an_ilorest_that_ends_well_and_has_flashed_nothing_is_not_believed`                        |
//! | 28    | `ways::an_old_ilo_takes_its_image_through_redfish_alone`                                          |
//! | 29    | `ways::a_400_without_a_body_names_the_privilege_that_is_missing`                                  |
//! | 30    | `ways::an_enabled_tpm_is_told_before_anything_is_sent`                                            |
//! | 31    | `ways::a_queue_whose_head_has_failed_is_shown_and_left_alone`                                     |
//! | 32    | `ways::an_ilo_that_accepts_and_never_flashes_is_not_believed`                                     |
//! | 33    | `versions::an_sps_downgrade_on_an_old_ilo_is_told_as_the_known_issue`                             |
//! | 34    | `ways::a_missing_licence_stops_and_changes_no_method`                                             |
//! | 35    | `ways::a_supermicro_is_verified_started_and_followed`, `ways::a_supermicro_that_stays_in_update_mode_is_told` |
//! | 36    | `uploads::a_500_to_an_upload_that_was_taken_is_settled_by_the_version`                            |
//! | 37    | `resets::a_bmc_with_factory_accounts_is_told_and_locked_out_by_nobody`                            |
//! | 38    | `jobs::a_task_that_is_gone_is_neither_success_nor_waited_for_for_ever`                            |
//! | 39    | `ways::an_old_openbmc_says_nothing_and_is_done_and_its_host_is_on_again`, `uploads::an_update_service_that_answers_500_is_told` |
//! | 40    | `tools::an_hpm_upgrade_that_breaks_off_is_begun_anew_only_once_the_old_version_is_read` |
//! | 41    | `resets::a_bmc_that_is_away_for_long_is_waited_for`, `resets::a_bmc_that_stays_away_is_uncertain` |
//! | 42    | `resets::a_401_after_a_reset_is_not_taken_for_a_wrong_password`, `ways::a_full_session_table_is_told_and_ours_are_closed` |
//! | 43    | `jobs::a_503_while_an_xcc_updates_is_looked_past_and_its_monitor_left_alone`                      |
//! | 44    | `ways::a_brand_that_is_not_the_stack_is_updated_as_its_stack`                                     |
//! | 45    | `ways::a_push_goes_where_the_bmc_says_that_it_goes`                                               |
//! | 46    | `uploads::an_image_address_is_short_and_without_a_query`                                          |
//! | 47    | `jobs::a_flash_that_stands_still_is_uncertain_and_nothing_is_reset`                               |
//! | 48    | `versions::a_version_in_another_form_is_the_same_version`                                         |
//! | 49    | `tools::a_hosts_firmware_is_no_success_until_the_host_was_seen_off_and_on`                        |
//! | 50    | `plans::a_downgrade_goes_down_only_where_it_was_asked_for_and_a_lock_is_told`                     |

mod jobs;
mod plans;
mod resets;
mod rules;
mod tools;
mod uploads;
mod versions;
mod ways;

use firmdeck::lab::{
    Lab,
    fault::{self, Rule},
    model::{Counts, Machine},
    personality::Personality,
};
use serde_json::Value;

use crate::support::site::{Site, last_document};

/// A machine that is planned for, and then goes wrong.
pub struct Case {
    pub site: Site,
    only: Option<&'static str>,
    options: Vec<&'static str>,
    rules: Vec<Rule>,
}

/// A site with one such machine.
pub async fn given(personality: Personality) -> Case {
    let site = Site::start(Lab::builder().personalities([personality]).seed(3)).await;
    Case { site, only: None, options: Vec::new(), rules: Vec::new() }
}

impl Case {
    /// Which goes wrong in this way, known by its name, once the plan is made.
    pub fn with(mut self, fault: &str) -> Self {
        self.rules.extend(fault::load(fault).unwrap());
        self
    }

    /// Which answers so once the plan is made.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Which is otherwise than as it was made; it is read again.
    pub async fn being(self, change: impl FnOnce(&mut Machine)) -> Self {
        self.site.lab.bmc(0).change(change);
        assert_eq!(self.site.run(&["inventory", "--refresh"]).await.code, 0);
        self
    }

    /// Which is planned for with this option.
    pub fn planned(mut self, option: &'static str) -> Self {
        self.options.push(option);
        self
    }

    /// Of which this part alone is planned for (`bios`, `bmc`).
    pub fn only(mut self, part: &'static str) -> Self {
        self.only = Some(part);
        self
    }

    /// The digest of its plan.
    async fn plan(&self) -> String {
        let Some(part) = self.only else { return self.site.plan(&self.options).await.0 };
        let index = std::fs::read(self.site.bench.path("images").join("images.json")).unwrap();
        let images: Vec<Value> = serde_json::from_slice(&index).unwrap();
        let wanted = images.iter().position(|image| image["component"] == part && image["wanted"] == true).unwrap();
        let image = format!("i{wanted}");
        let mut arguments = vec!["plan", "--image", &image, "--json"];
        arguments.extend(&self.options);
        let planned = self.site.run(&arguments).await;
        let document = planned.json();
        assert_ne!(document["plan"]["servers"][0]["updates"], Value::Array(Vec::new()), "{document:#}");
        document["digest"].as_str().unwrap().to_owned()
    }

    /// Runs its plan to the end.
    pub async fn run(self) -> Outcome {
        let digest = self.plan().await;
        self.carry(&digest).await
    }

    /// Runs the plan of this digest to the end.
    async fn carry(self, digest: &str) -> Outcome {
        self.rules.iter().for_each(|rule| self.site.lab.add_fault(rule));
        let ended = self.site.run(&["run", "--plan", digest, "--json"]).await;
        let document = last_document(&ended);
        let machine = self.site.lab.bmc(0).machine();
        assert_eq!(machine.counts.bricks, 0, "a brick");
        Outcome { code: ended.code, said: ended.out, document, machine, site: self.site }
    }
}

/// How a run of one server ended.
pub struct Outcome {
    pub code: i32,
    pub said: String,
    pub document: Value,
    pub machine: Machine,
    pub site: Site,
}

impl Outcome {
    fn server(&self) -> &Value {
        &self.document["servers"][0]
    }

    /// The word of each update.
    pub fn settled(&self) -> Vec<&str> {
        let updates = self.server()["updates"].as_array().unwrap();
        updates.iter().map(|update| update["settled"].as_str().unwrap_or("open")).collect()
    }

    /// The methods of every attempt.
    pub fn methods(&self) -> Vec<&str> {
        let updates = self.server()["updates"].as_array().unwrap().iter();
        let attempts = updates.flat_map(|update| update["attempts"].as_array().unwrap());
        attempts.map(|attempt| attempt["method"].as_str().unwrap()).collect()
    }

    /// How many updates were planned.
    pub fn planned(&self) -> u64 {
        self.settled().len() as u64
    }

    /// How many of them take effect at a reset of the host.
    pub fn resets(&self) -> u64 {
        let updates = self.server()["updates"].as_array().unwrap();
        updates.iter().filter(|update| update["name"].as_str().unwrap().contains("BIOS")).count() as u64
    }

    pub fn counts(&self) -> &Counts {
        &self.machine.counts
    }

    /// How often a request whose `METHOD path` begins and ends so was made.
    pub fn requests(&self, method: &str, end: &str) -> u64 {
        let requests = self.site.lab.bmc(0).requests();
        let is = |request: &&String| request.starts_with(method) && request.ends_with(end);
        requests.keys().filter(is).map(|request| requests[request]).sum()
    }

    /// Everything took, once; nothing is told, since there is nothing to tell.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!((self.code, self.server()["state"].as_str()), (0, Some("succeeded")), "{:#}", self.document);
        assert!(self.settled().iter().all(|word| *word == "applied"), "{:#}", self.document);
        assert!(self.server()["diagnosis"].is_null(), "{:#}", self.document);
        self.site.assert_unharmed();
        self
    }

    /// It ended as `state`, and `id` is what is told of it: with a cause, a state and a next step, on the terminal too.
    #[track_caller]
    pub fn told(self, state: &str, id: &str) -> Self {
        let server = self.server();
        let diagnosis = &server["diagnosis"];
        assert_eq!((server["state"].as_str(), diagnosis["id"].as_str()), (Some(state), Some(id)), "{server:#}");
        for field in ["cause", "state", "next", "source"] {
            let text = diagnosis[field].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{field}: {text}");
            assert!(!text.contains("unknown"), "{field} holds a value that was not read: {text}");
        }
        assert!(!diagnosis["seen"].as_array().unwrap().is_empty(), "{diagnosis:#}");
        for line in [diagnosis["cause"].as_str().unwrap(), "  state   ", "  next    ", "  seen    "] {
            assert!(self.said.contains(line), "{line}\n{}", self.said);
        }
        self
    }
}

/// The last path that a request of this method and end was made to, and its exchange in the transcript.
pub async fn transcript(outcome: &Outcome) -> Vec<Value> {
    let shown = outcome.site.run(&["runs", "transcript", "1", "s1", "--json"]).await;
    shown.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
