use serde_json::json;

use super::*;

fn state(body: &Value) -> TaskState {
    interpret(Asked::Task, 200, &HeaderMap::new(), body, None).state
}

fn failed(why: &str, ids: &[&str]) -> TaskState {
    TaskState::Failed { why: why.into(), message_ids: ids.iter().map(|id| (*id).to_owned()).collect() }
}

fn message(id: &str, words: &str, severity: &str) -> Value {
    json!({ "MessageId": id, "Message": words, "Severity": severity })
}

#[test]
fn a_word_that_nobody_knows_is_still_running() {
    for word in
        ["New", "Starting", "Running", "Pending", "Downloading", "Update in progress", "Verifying", "Stopping", "x"]
    {
        assert_eq!(state(&json!({ "TaskState": word, "TaskStatus": "OK" })), TaskState::Running, "{word}");
    }
    assert_eq!(state(&json!({})), TaskState::Running, "no word at all");
}

#[test]
fn completed_is_a_success_only_without_a_critical_word() {
    let task =
        |status: &str, messages: Value| json!({ "TaskState": "Completed", "TaskStatus": status, "Messages": messages });
    assert_eq!(state(&task("OK", json!([]))), TaskState::Succeeded);
    assert_eq!(state(&task("Warning", json!([]))), TaskState::Succeeded);
    // iDRAC: JCP052, "made no progress for the allocated time"
    let jcp052 = json!([message("IDRAC.2.8.JCP052", "The job made no progress.", "Critical")]);
    assert_eq!(state(&task("Critical", jcp052.clone())), failed("The job made no progress.", &["IDRAC.2.8.JCP052"]));
    assert_eq!(state(&task("OK", jcp052)), failed("The job made no progress.", &["IDRAC.2.8.JCP052"]));
    assert_eq!(state(&task("Critical", json!([]))), failed("Completed", &[]));
}

#[test]
fn a_failure_says_its_last_critical_words() {
    let body = json!({ "TaskState": "Exception", "TaskStatus": "Critical", "Messages": [
        message("Update.1.0.VerificationFailed", "The signature is wrong.", "Critical"),
        message("TaskEvent.1.0.TaskAborted", "Aborted.", "Warning"),
    ] });
    let ids = ["Update.1.0.VerificationFailed", "TaskEvent.1.0.TaskAborted"];
    assert_eq!(state(&body), failed("The signature is wrong.", &ids));
    for word in ["Killed", "Cancelled", "Failed", "CompletedWithErrors", "Invalid"] {
        assert_eq!(state(&json!({ "JobState": word })), failed(word, &[]), "{word}");
    }
}

#[test]
fn what_waits_for_a_reset_is_told_from_what_runs() {
    let with = |word: &str, id: &str| json!({ "TaskState": word, "Messages": [message(id, "words", "OK")] });
    for body in [
        json!({ "TaskState": "UserIntervention" }),
        json!({ "JobState": "Scheduled" }),
        json!({ "TaskState": "Starting", "Oem": { "Dell": { "JobState": "Scheduled" } } }),
        with("Starting", "IDRAC.2.8.JCP001"),
        with("Stopping", "TaskEvent.1.0.3.TaskPaused"),
        with("Running", "Update.1.0.AwaitToActivate"),
        with("Completed", "Base.1.13.ResetRequired"),
        json!({ "TaskState": "Completed", "Messages": [{ "Message": "Job completed, server reboot pending." }] }),
    ] {
        assert_eq!(state(&body), TaskState::AwaitsReset, "{body}");
    }
    // What it said before it went on does not count.
    let resumed = json!({ "TaskState": "Running", "Messages": [
        message("TaskEvent.1.0.TaskPaused", "paused", "OK"), message("TaskEvent.1.0.TaskResumed", "resumed", "OK") ] });
    assert_eq!(state(&resumed), TaskState::Running);
}

#[test]
fn an_interrupted_task_has_failed_only_once_it_has_ended() {
    for end in [json!(null), json!("1970-01-01T00:00:00Z"), json!("TIME_NA"), json!("0000-00-00T00:00:00Z")] {
        assert_eq!(state(&json!({ "TaskState": "Interrupted", "EndTime": end })), TaskState::Running, "{end}");
    }
    let ended = json!({ "TaskState": "Suspended", "EndTime": "2026-01-02T03:04:05Z" });
    assert_eq!(state(&ended), failed("Suspended", &[]));
}

#[test]
fn a_task_that_is_not_there_or_is_another_ones_is_gone() {
    let none = interpret(Asked::Task, 404, &HeaderMap::new(), &Value::Null, None);
    assert_eq!(none.state, TaskState::Gone);
    let body = json!({ "TaskState": "Completed", "StartTime": "2026-01-01T10:00:00Z" });
    let other = interpret(Asked::Task, 200, &HeaderMap::new(), &body, Some("2026-01-01T09:00:00Z"));
    assert_eq!(other.state, TaskState::Gone);
    let same = interpret(Asked::Task, 200, &HeaderMap::new(), &body, Some("2026-01-01T10:00:00Z"));
    assert_eq!(same.state, TaskState::Succeeded);
}

#[test]
fn a_monitor_tells_by_its_status() {
    let read = |status, body: &Value| interpret(Asked::Monitor, status, &HeaderMap::new(), body, None).state;
    assert_eq!(read(202, &Value::Null), TaskState::Running);
    assert_eq!(read(204, &Value::Null), TaskState::Succeeded);
    assert_eq!(read(200, &json!({})), TaskState::Succeeded);
    let refusal =
        json!({ "error": { "@Message.ExtendedInfo": [message("Update.1.0.ApplyFailed", "No.", "Critical")] } });
    assert_eq!(read(400, &refusal), failed("No.", &["Update.1.0.ApplyFailed"]));
    assert_eq!(read(500, &Value::Null), failed("HTTP 500", &[]));
    assert_eq!(read(404, &Value::Null), TaskState::Gone);
    // A monitor that answers with the task.
    assert_eq!(read(200, &json!({ "TaskState": "Exception" })), failed("Exception", &[]));
    assert_eq!(read(202, &json!({ "TaskState": "Running" })), TaskState::Running);
}

#[test]
fn percent_is_taken_from_where_the_vendor_has_it() {
    let percent = |body: &Value| interpret(Asked::Task, 200, &HeaderMap::new(), body, None).percent;
    let progress = |args: Value| json!({ "Messages": [{ "MessageId": "TaskEvent.1.0.TaskProgressChanged", "MessageArgs": args }] });
    for (body, expected) in [
        (json!({ "PercentComplete": 42 }), Some(42)),
        (json!({ "PercentComplete": "7" }), Some(7)),
        (json!({ "PercentComplete": null }), None),
        (json!({ "PercentComplete": 250 }), None),
        (json!({ "PercentComplete": -1 }), None),
        (progress(json!(["0", "55"])), Some(55)),
        (progress(json!(["0"])), None),
        (json!({ "Oem": { "Dell": { "PercentComplete": 12 } } }), Some(12)),
        (json!({ "Oem": { "Ami": { "FlashPercentage": "80%" } } }), Some(80)),
        (json!({}), None),
    ] {
        assert_eq!(percent(&body), expected, "{body}");
    }
}

#[test]
fn a_wait_that_the_bmc_asks_for_is_passed_on() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "30".parse().unwrap());
    let reading = interpret(Asked::Task, 200, &headers, &json!({ "TaskState": "Running" }), None);
    assert_eq!(reading.retry_after, Some(Duration::from_secs(30)));
}

#[test]
fn no_json_whatever_makes_a_reading_panic() {
    for body in
        [json!(5), json!([]), json!("x"), json!({ "TaskState": 5, "Messages": "x" }), json!({ "Messages": [1, null] })]
    {
        for asked in [Asked::Task, Asked::Monitor] {
            for status in [200, 202, 404, 500] {
                let _ = interpret(asked, status, &HeaderMap::new(), &body, Some("x"));
            }
        }
    }
}

#[test]
fn a_task_whose_work_went_on_in_a_job_says_which() {
    let of = |id: &str, args: Value| {
        goes_on_in(&json!({ "TaskState": "Completed", "Messages": [{ "MessageId": id, "MessageArgs": args }] }))
    };
    let job = "/redfish/v1/JobService/Jobs/FW_Update_3";
    assert_eq!(of("Update.1.1.OperationTransitionedToJob", json!([job])).as_deref(), Some(job));
    assert_eq!(of("Update.1.1.OperationTransitionedToJob", json!(["FW_Update_3"])), None);
    assert_eq!(of("Update.1.1.UpdateSuccessful", json!([job])), None);
}
