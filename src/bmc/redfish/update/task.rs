//! What a task says: one reading, without waiting and without a verdict. A task's word is a hint; the version decides.

use std::time::Duration;

use hyper::HeaderMap;
use serde_json::Value;

use super::messages;
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::{Client, seconds_to_wait},
            doc::Doc,
            quirks,
        },
    },
    domain::{
        attempt::{Receipt, TaskReading, TaskState},
        inventory::Stack,
    },
};

/// What was asked: a task (or job), or the monitor of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A resource that tells its state.
    Task,
    /// A resource whose HTTP status is the state: 202 while it runs, then what the operation's answer would have been.
    Monitor,
}

/// Reads the task that `receipt` names: the task itself where there is one, since looking at a monitor makes some BMCs
/// forget the task (XCC), and others show the end only once (OpenBMC).
///
/// Says `Gone` where the receipt names nothing. A job that was made a moment ago may be `Gone` for some seconds (Dell).
/// Fails where the BMC cannot be read now, which is no news of the task.
pub async fn read(client: &mut Client, stack: Stack, receipt: &Receipt) -> Result<TaskReading, Error> {
    let deadline = client.timeouts().read;
    if let Some(task) = &receipt.task {
        let (mut reading, mut job) = read_one(client, task, receipt.started.as_deref(), deadline).await?;
        for elsewhere in quirks::of(stack).task_elsewhere(task) {
            if reading.state == TaskState::Gone {
                (reading, job) = read_one(client, &elsewhere, None, deadline).await?;
            }
        }
        // The task is over, and its work is not.
        return match job.filter(|job| job != task && reading.state == TaskState::Succeeded) {
            Some(job) => Ok(read_one(client, &job, None, deadline).await?.0),
            None => Ok(reading),
        };
    }
    let Some(monitor) = &receipt.monitor else { return Ok(gone("no task was named")) };
    let reply = client.get_reply(monitor, deadline).await?;
    let status = reply.status.as_u16();
    if matches!(status, 401 | 403 | 429 | 503) {
        return Err(client.refusal(&hyper::Method::GET, monitor, &reply));
    }
    let body = serde_json::from_slice(&reply.body).unwrap_or_default();
    let reading = interpret(Asked::Monitor, status, &reply.headers, &body, receipt.started.as_deref());
    Ok(cleaned(client, reading))
}

/// The job that a task's work went on in (`OperationTransitionedToJob`, DMTF's Update registry 1.1; XCC3).
fn goes_on_in(body: &Value) -> Option<String> {
    let said = Doc::new(body)
        .items("Messages")
        .find(|message| message.str("MessageId").map(messages::name) == Some("OperationTransitionedToJob"))?;
    let job = said.raw().get("MessageArgs")?.get(0)?.as_str()?;
    job.starts_with("/redfish/").then(|| job.to_owned())
}

async fn read_one(
    client: &mut Client,
    path: &str,
    started: Option<&str>,
    deadline: Duration,
) -> Result<(TaskReading, Option<String>), Error> {
    let reply = client.get_reply(path, deadline).await?;
    let status = reply.status.as_u16();
    if !matches!(status, 200..=299 | 404 | 410) {
        return Err(client.refusal(&hyper::Method::GET, path, &reply));
    }
    let body = if matches!(status, 200..=299) && !reply.body.is_empty() {
        client.json(&hyper::Method::GET, path, &reply)?
    } else {
        Value::Null
    };
    Ok((cleaned(client, interpret(Asked::Task, status, &reply.headers, &body, started)), goes_on_in(&body)))
}

fn cleaned(client: &Client, mut reading: TaskReading) -> TaskReading {
    reading.message = reading.message.map(|message| client.redactor.clean(&message));
    if let TaskState::Failed { why, .. } = &mut reading.state {
        *why = client.redactor.clean(why);
    }
    reading
}

fn gone(why: &str) -> TaskReading {
    TaskReading {
        state: TaskState::Gone,
        word: String::new(),
        percent: None,
        message: Some(why.into()),
        retry_after: None,
    }
}

/// What an answer says of a task (facts: vendors 1.5). `started`: the StartTime it had when it was made, if known.
#[must_use]
pub fn interpret(asked: Asked, status: u16, headers: &HeaderMap, body: &Value, started: Option<&str>) -> TaskReading {
    let doc = Doc::new(body);
    let now_started = doc.str("StartTime");
    if matches!(status, 404 | 410) {
        return gone("the BMC knows no such task");
    }
    if let (Some(then), Some(now)) = (started, now_started)
        && then != now
    {
        return gone("another task has its id now: its StartTime differs");
    }
    let told = Told::of(doc);
    let word = told.word.unwrap_or_default().to_owned();
    let state = match (asked, told.word) {
        (Asked::Monitor, _) if status == 202 && !told.is_at_its_end() => told.while_running(),
        (_, Some(_)) => told.state(),
        (Asked::Monitor, None) if matches!(status, 200..=299) && !told.has_critical() => TaskState::Succeeded,
        (Asked::Monitor, None) => told.failed(&format!("HTTP {status}")),
        (Asked::Task, None) => TaskState::Running,
    };
    TaskReading { percent: told.percent(), message: told.message(), state, word, retry_after: seconds_to_wait(headers) }
}

/// Words of a state that is over, and well. "Done" is AMI's.
const GOOD_ENDS: [&str; 2] = ["completed", "done"];

/// Words of a state that is over, and not well: TaskState and JobState of DMTF, JobStatus of Dell, queue states of HPE.
const BAD_ENDS: [&str; 10] = [
    "exception",
    "killed",
    "cancelled",
    "canceled",
    "failed",
    "invalid",
    "expired",
    "aborted",
    "completedwitherrors",
    "rebootfailed",
];

/// Words of a state that only a reset ends. UserIntervention is in no Task enum, and iDRACs say it all the same.
const PARKED: [&str; 5] = ["userintervention", "scheduled", "rebootpending", "pendingactivation", "awaittoactivate"];

/// Messages that say the same. JCP001, RED014: scheduled on an iDRAC.
const PARKING: [&str; 6] =
    ["ResetRequired", "SystemResetRequired", "DeviceResetRequired", "AwaitToActivate", "JCP001", "RED014"];

/// The parts of a task or job that matter, wherever its vendor keeps them.
struct Told<'a> {
    doc: Doc<'a>,
    word: Option<&'a str>,
    /// What the vendor's own job says besides.
    oem_word: Option<&'a str>,
    messages: Vec<Doc<'a>>,
}

impl<'a> Told<'a> {
    fn of(doc: Doc<'a>) -> Self {
        let oem = doc.at(&["Oem", "Dell"]);
        let mut messages: Vec<_> = doc.items("Messages").collect();
        messages.extend(doc.at(&["error"]).items("@Message.ExtendedInfo"));
        // A Dell job has its one message in itself.
        messages.extend([doc, oem].into_iter().filter(|part| part.str("MessageId").is_some() && part.has("Message")));
        Self {
            doc,
            word: doc.str("TaskState").or_else(|| doc.str("JobState")),
            oem_word: oem.str("JobState"),
            messages,
        }
    }

    fn is(&self, words: &[&str]) -> bool {
        self.word.is_some_and(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    }

    fn is_at_its_end(&self) -> bool {
        self.is(&GOOD_ENDS) || self.is(&BAD_ENDS)
    }

    fn state(&self) -> TaskState {
        if self.is(&BAD_ENDS) {
            return self.failed("");
        }
        if self.is(&GOOD_ENDS) {
            let critical = self.has_critical();
            let oem_bad = self.oem_word.is_some_and(|word| BAD_ENDS.iter().any(|bad| word.eq_ignore_ascii_case(bad)));
            return match () {
                () if critical || oem_bad => self.failed(""),
                () if self.wants_reset() => TaskState::AwaitsReset,
                () => TaskState::Succeeded,
            };
        }
        if self.is(&["suspended", "interrupted"]) && self.has_ended() {
            return self.failed("");
        }
        self.while_running()
    }

    fn while_running(&self) -> TaskState {
        let parked_job = self.oem_word.is_some_and(|word| PARKED.iter().any(|known| word.eq_ignore_ascii_case(known)));
        // bmcweb: "Stopping" with TaskPaused as the last word means staged, and waits five hours for a reset.
        let paused = self.is(&["stopping"]) && self.last_id() == Some("TaskPaused");
        let parking = self.last_id().is_some_and(|id| PARKING.contains(&id));
        if self.is(&PARKED) || parked_job || paused || parking { TaskState::AwaitsReset } else { TaskState::Running }
    }

    fn last_id(&self) -> Option<&'a str> {
        self.messages.iter().rev().find_map(|message| message.str("MessageId")).map(messages::name)
    }

    fn has_critical(&self) -> bool {
        let critical = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case("critical"));
        critical(self.doc.str("TaskStatus"))
            || critical(self.doc.str("JobStatus"))
            || self.messages.iter().any(|message| is_critical(*message))
    }

    /// A task that is done and says that a reset is still needed ("Job completed, server reboot pending").
    fn wants_reset(&self) -> bool {
        let by_id = self.messages.iter().filter_map(|message| message.str("MessageId")).map(messages::name);
        let by_word = self.messages.iter().filter_map(|message| message.str("Message")).any(|text| {
            let text = text.to_lowercase();
            text.contains("reboot pending") || text.contains("pending reboot")
        });
        by_word || by_id.into_iter().any(|id| PARKING.contains(&id))
    }

    /// EndTime is there and is a time: some BMCs send the year 0 or 1970, or a word, while a task runs.
    fn has_ended(&self) -> bool {
        self.doc.str("EndTime").is_some_and(|time| {
            let year = time.split('-').next().and_then(|year| year.parse::<u16>().ok());
            year.is_some_and(|year| year > 1970)
        })
    }

    fn failed(&self, without_words: &str) -> TaskState {
        let critical = self.messages.iter().rev().filter(|message| is_critical(**message));
        let why = critical
            .chain(self.messages.iter().rev())
            .find_map(|message| message.str("Message"))
            .or_else(|| Some(without_words).filter(|words| !words.is_empty()))
            .or(self.word)
            .unwrap_or("it gives no reason");
        let ids = self.messages.iter().filter_map(|message| message.str("MessageId")).map(str::to_owned).collect();
        TaskState::Failed { why: why.to_owned(), message_ids: ids }
    }

    fn message(&self) -> Option<String> {
        let last = self.messages.iter().rev().find_map(|message| message.str("Message"));
        last.or_else(|| self.doc.at(&["Oem", "Dell"]).str("Message")).map(str::to_owned)
    }

    /// PercentComplete, then the argument of the last TaskProgressChanged, then a vendor's own.
    fn percent(&self) -> Option<u8> {
        let of_messages = || {
            let changed =
                |message: &&Doc<'_>| message.str("MessageId").map(messages::name) == Some("TaskProgressChanged");
            let last = self.messages.iter().rev().find(changed)?;
            percent(last.raw().get("MessageArgs")?.get(1)?)
        };
        let of_vendor = || {
            let parts = self.doc.at(&["Oem"]).raw().as_object()?;
            parts.values().find_map(|part| {
                ["PercentComplete", "FlashProgressPercent", "FlashPercentage"]
                    .iter()
                    .find_map(|key| percent(part.get(key)?))
            })
        };
        self.doc.raw().get("PercentComplete").and_then(percent).or_else(of_messages).or_else(of_vendor)
    }
}

fn is_critical(message: Doc<'_>) -> bool {
    let severity = message.str("MessageSeverity").or_else(|| message.str("Severity"));
    severity.is_some_and(|severity| severity.eq_ignore_ascii_case("critical"))
}

/// A number from 0 to 100, also one that was sent as text.
pub(super) fn percent(value: &Value) -> Option<u8> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().trim_end_matches('%').parse().ok()?,
        _ => return None,
    };
    // Checked: it is between 0 and 100.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (0.0..=100.0).contains(&number).then_some(number as u8)
}

#[cfg(test)]
mod tests;
