//! The rules by which failures are told: firmdeck's own, and an operator's.

use std::time::Duration;

use firmdeck::lab::{
    Lab,
    fault::{self, Effect, Rule, Servers},
    personality::Personality::{Idrac9, Ilo5, OpenBmc},
};
use serde_json::json;

use super::given;
use crate::support::site::Site;

const MINE: &str = r#"
[[rule]]
id = "idrac_job_no_progress"
when = { message = ["JCP052"] }
cause = "the job for {component} stood still, as those of our racks do"
next = "call the people of the rack about {server}"
source = "our own runbook 7"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_rule_beside_the_configuration_takes_the_place_of_ours() {
    let case = given(Idrac9).await.with("ends-critical");
    case.site.bench.write("diagnoses.toml", MINE);
    let run = case.run().await.told("failed", "idrac_job_no_progress");
    let diagnosis = &run.document["servers"][0]["diagnosis"];
    assert_eq!(
        (diagnosis["next"].as_str(), diagnosis["source"].as_str()),
        (Some("call the people of the rack about s1"), Some("our own runbook 7"))
    );
    // Without it the same run is told by ours: nothing of a diagnosis is kept but what it is made from.
    std::fs::remove_file(run.site.bench.path("diagnoses.toml")).unwrap();
    let shown = run.site.run(&["runs", "show", "1", "--json"]).await.json();
    assert!(
        shown["servers"][0]["diagnosis"]["next"].as_str().unwrap().contains("firmdeck repair reset-bmc"),
        "{shown:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_rule_is_told_with_file_line_and_field_and_nothing_is_run_by_it() {
    let case = given(OpenBmc).await;
    let path = case.site.bench.write("diagnoses.toml", &MINE.replace("{component}", "{serial}"));
    let ended = case.site.run(&["runs", "list"]).await;
    assert_eq!(ended.code, 2, "{}", ended.err);
    let place = format!("{}:5:9: cause: nothing fills `{{serial}}`", path.display());
    assert!(ended.err.contains(&place), "{}", ended.err);
    let ended =
        case.site.run(&["runs", "list", "--config", case.site.bench.path("firmdeck.toml").to_str().unwrap()]).await;
    assert_eq!(ended.code, 2, "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_run_that_an_operator_stopped_that_is_told_and_no_cause_is_made_up() {
    let case = given(Idrac9).await;
    let (digest, _) = case.site.plan(&[]).await;
    // It takes its time, so that the word comes before anything was begun.
    case.site.lab.add_fault(&Rule::new(Effect::Slow).on("GET", "/redfish/v1").after(Duration::from_secs(3)));
    assert_eq!(case.site.run(&["run", "--plan", &digest, "--detach"]).await.code, 0);
    assert_eq!(case.site.run(&["runs", "stop", "1"]).await.code, 0);
    case.site.run(&["runs", "attach", "1"]).await;
    let shown = case.site.run(&["runs", "show", "1", "--json"]).await.json();
    let server = &shown["servers"][0];
    assert_eq!(
        (&server["state"], &server["diagnosis"]["id"]),
        (&json!("cancelled"), &json!("called_off")),
        "{server:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_the_stop_rule_kept_back_is_not_said_to_be_called_off_by_an_operator() {
    let site = Site::start(Lab::builder().personalities([Ilo5, OpenBmc]).seed(3)).await;
    for rule in fault::load("upload-refused-silently").unwrap() {
        site.lab.add_fault(&rule.at_servers(Servers::All));
    }
    let refusing = Effect::Answer {
        status: 400,
        headers: Vec::new(),
        content_type: "application/json".into(),
        body: Vec::new(),
        done: false,
    };
    site.lab.add_fault(&Rule::new(refusing).on("POST", "*/UpdateService/*"));
    let (ended, document) = site.carry(&[]).await;
    assert_eq!(ended.code, 3, "{}", ended.err);
    let servers = document["servers"].as_array().unwrap();
    let told: Vec<_> = servers.iter().map(|server| (&server["state"], &server["diagnosis"]["id"])).collect();
    let kept = told.iter().filter(|one| **one == (&json!("cancelled"), &json!("halted"))).count();
    assert_eq!((kept, told.iter().filter(|(state, _)| **state == json!("failed")).count()), (1, 1), "{told:?}");
}
