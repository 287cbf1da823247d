//! Which task an accepting answer names. Every vendor has its own place for it.

use std::time::Duration;

use hyper::{HeaderMap, header::LOCATION};
use serde_json::Value;

use crate::{
    bmc::redfish::{client::Client, doc::Doc},
    domain::attempt::Receipt,
};

/// The task and the monitor that an accepting answer names (facts: vendors 1.5).
///
/// Where the task is looked for: the body where it is a task or job itself (which on HPE differs from `Location`), its
/// `Task` link (Dell), `Location`, the argument of an `Accepted` message (Supermicro), arguments of other messages.
/// A `Location` or `TaskMonitor` that is no task by its path is the monitor.
#[must_use]
pub fn of(headers: &HeaderMap, body: &Value) -> Receipt {
    let doc = Doc::new(body);
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(path_of);
    let monitor = doc.str("TaskMonitor").or_else(|| doc.at(&["TaskMonitor"]).str("@odata.id")).and_then(path_of);
    let is_task = doc.str("@odata.type").is_some_and(|kind| kind.starts_with("#Task.") || kind.starts_with("#Job."));
    let own = is_task.then(|| doc.str("@odata.id").and_then(path_of)).flatten();
    let linked = doc.at(&["Task"]).str("@odata.id").or_else(|| doc.str("Task")).and_then(path_of);
    let located = location.clone().filter(|path| !is_monitor(path));
    let accepted = || argument(doc.at(&["Accepted"]), true);
    let of_error = || argument(doc.at(&["error"]), false).or_else(|| argument(doc, false));

    let task = own.or(linked).or(located).or_else(accepted).or_else(of_error);
    // The Location of a 202 is a monitor by the standard; where the body names another resource, that is the task.
    let other = location.filter(|path| is_monitor(path) || task.as_ref().is_some_and(|task| task != path));
    Receipt {
        monitor: monitor.or(other).filter(|monitor| Some(monitor) != task.as_ref()),
        started: is_task.then(|| doc.str("StartTime").map(str::to_owned)).flatten(),
        task,
        ..Receipt::default()
    }
}

/// Reads the task's StartTime, by which it is told from another one that gets its id after a reset of the BMC.
/// Whatever goes wrong is left for the first reading to meet.
pub(super) async fn note_start(client: &mut Client, receipt: &mut Receipt) {
    const PATIENCE: Duration = Duration::from_secs(10);
    if receipt.started.is_some() {
        return;
    }
    let Some(task) = receipt.task.clone() else { return };
    let deadline = client.timeouts().read.min(PATIENCE);
    if let Ok(body) = client.get(&task, deadline).await {
        receipt.started = Doc::new(&body).str("StartTime").map(str::to_owned);
    }
}

/// `/TaskService/TaskMonitors/N`, `/TaskService/Tasks/N/Monitor`, `/TaskMon/N` and their like.
fn is_monitor(path: &str) -> bool {
    path.to_ascii_lowercase().split('/').any(|part| part == "monitor" || part.starts_with("taskmon"))
}

/// A path among the arguments of messages: the first one where `any`, else only one that names a task or job.
fn argument(doc: Doc<'_>, any: bool) -> Option<String> {
    doc.items("@Message.ExtendedInfo")
        .flat_map(|info| info.raw().get("MessageArgs").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|argument| path_of(argument.as_str()?))
        .find(|path| any || path.contains("/Tasks/") || path.contains("/Jobs/") || is_monitor(path))
}

/// The path of a resource, also of one that was named with scheme and host. Other text is none.
fn path_of(text: &str) -> Option<String> {
    let text = text.trim();
    let path = match text.split_once("://") {
        Some(("http" | "https" | "HTTP" | "HTTPS", rest)) => &rest[rest.find('/')?..],
        Some(_) => return None,
        None => text,
    };
    let is_path =
        path.starts_with("/redfish/") && !path.contains(char::is_whitespace) && path.parse::<hyper::Uri>().is_ok();
    is_path.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(location: Option<&str>, body: &Value) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert(LOCATION, location.parse().unwrap());
        }
        let receipt = of(&headers, body);
        (receipt.task, receipt.monitor)
    }

    #[test]
    fn every_vendors_place_for_the_task_is_found() {
        let tasks = "/redfish/v1/TaskService/Tasks";
        let monitors = "/redfish/v1/TaskService/TaskMonitors";
        let jid = format!("{tasks}/JID_466849276889");
        let task = |id: &str| json!({ "@odata.type": "#Task.v1_4_3.Task", "@odata.id": format!("{tasks}/{id}") });
        let with_monitor = json!({
            "@odata.type": "#Task.v1_4_0.Task", "@odata.id": format!("{tasks}/7"), "TaskMonitor": format!("{monitors}/7"),
        });
        let supermicro = json!({ "Accepted": { "code": "SMC.v1_0_0.OemSimpleupdateAcceptedMessage",
            "@Message.ExtendedInfo": [{ "MessageId": "SMC.1.0.OemSimpleupdateAcceptedMessage", "MessageArgs": [format!("{tasks}/2")] }] } });
        let in_error = json!({ "error": { "@Message.ExtendedInfo": [
            { "MessageId": "iLO.2.34.Success", "MessageArgs": ["/redfish/v1/UpdateService"] },
            { "MessageId": "Update.1.0.OperationTransitionedToJob", "MessageArgs": ["/redfish/v1/JobService/Jobs/3"] } ] } });
        let job = json!({ "@odata.type": "#Job.v1_0_0.Job", "@odata.id": "/redfish/v1/JobService/Jobs/1" });
        let other =
            json!({ "@odata.type": "#UpdateService.v1_8_4.UpdateService", "@odata.id": "/redfish/v1/UpdateService" });
        for (name, location, body, wanted) in [
            ("Dell: Location, no body", Some(jid.clone()), Value::Null, (Some(jid.clone()), None)),
            ("absolute", Some(format!("https://10.0.0.5:443{jid}")), Value::Null, (Some(jid.clone()), None)),
            (
                "OpenBMC",
                Some(format!("{monitors}/0")),
                task("0"),
                (Some(format!("{tasks}/0")), Some(format!("{monitors}/0"))),
            ),
            (
                "OpenBMC, older",
                Some(format!("{tasks}/0/Monitor")),
                task("0"),
                (Some(format!("{tasks}/0")), Some(format!("{tasks}/0/Monitor"))),
            ),
            ("a monitor alone", Some(format!("{monitors}/0")), Value::Null, (None, Some(format!("{monitors}/0")))),
            (
                "HPE: body over Location",
                Some(format!("{tasks}/9")),
                with_monitor.clone(),
                (Some(format!("{tasks}/7")), Some(format!("{monitors}/7"))),
            ),
            ("a body alone", None, with_monitor, (Some(format!("{tasks}/7")), Some(format!("{monitors}/7")))),
            ("Location and body agree", Some(format!("{tasks}/4")), task("4"), (Some(format!("{tasks}/4")), None)),
            ("a job", None, job, (Some("/redfish/v1/JobService/Jobs/1".into()), None)),
            ("a Task link", None, json!({ "Task": { "@odata.id": jid } }), (Some(jid.clone()), None)),
            ("Supermicro: an argument", None, supermicro, (Some(format!("{tasks}/2")), None)),
            ("an argument of another message", None, in_error, (Some("/redfish/v1/JobService/Jobs/3".into()), None)),
            ("not a task", None, other, (None, None)),
            ("nothing", None, Value::Null, (None, None)),
            ("nonsense", Some("over there".into()), json!([1, "x", { "Task": 5 }]), (None, None)),
            ("elsewhere", Some("ftp://x/redfish/v1/TaskService/Tasks/1".into()), Value::Null, (None, None)),
        ] {
            assert_eq!(read(location.as_deref(), &body), wanted, "{name}");
        }
    }

    #[test]
    fn the_start_of_a_task_in_the_body_is_kept() {
        let body = json!({ "@odata.type": "#Task.v1_4_3.Task", "@odata.id": "/redfish/v1/TaskService/Tasks/0", "StartTime": "t0" });
        assert_eq!(of(&HeaderMap::new(), &body).started.as_deref(), Some("t0"));
    }
}
