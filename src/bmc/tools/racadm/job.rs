//! `jobqueue view`. Pure.

use super::codes::line_code;
use crate::domain::attempt::{TaskReading, TaskState};

/// A job of the iDRAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// `JID_466849276889`.
    pub id: String,
    /// `Firmware Update: BIOS`.
    pub name: String,
    /// `Scheduled`, `Running`, `Completed`, `Failed` and others.
    pub status: String,
    /// The code of its message, where it has one: `RED007`.
    pub code: Option<String>,
    /// Its message.
    pub message: String,
    /// Percent, where it says so.
    pub percent: Option<u8>,
}

/// Words of a job that is over, and not well.
const BAD_ENDS: [&str; 4] = ["failed", "completedwitherrors", "rebootfailed", "unknown"];
/// Words of a job that only a reset of the host ends.
const PARKED: [&str; 3] = ["scheduled", "rebootpending", "pendingactivation"];
/// Codes that say the same: the task is scheduled.
const PARKING: [&str; 2] = ["JCP001", "RED014"];

impl Job {
    /// Whether it changes firmware: an update, or a rollback.
    #[must_use]
    pub fn is_update(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        ["update", "rollback"].iter().any(|word| name.contains(word))
    }

    /// What it says of its end.
    #[must_use]
    pub fn reading(&self) -> TaskReading {
        let message = (!self.message.is_empty()).then(|| self.message.clone());
        let word = self.status.clone();
        TaskReading { state: self.state(), word, percent: self.percent, message, retry_after: None }
    }

    fn state(&self) -> TaskState {
        // `Completed with Errors` and `CompletedWithErrors` are one word.
        let word: String =
            self.status.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        let is = |words: &[&str]| words.contains(&word.as_str());
        if is(&BAD_ENDS) {
            return TaskState::Failed { why: self.message.clone(), message_ids: self.code.iter().cloned().collect() };
        }
        // "Job completed, server reboot pending" is an end that waits.
        let waits = self.message.to_ascii_lowercase().contains("reboot pending");
        match word.as_str() {
            "completed" | "rebootcompleted" if waits => TaskState::AwaitsReset,
            "completed" | "rebootcompleted" => TaskState::Succeeded,
            _ if is(&PARKED) || self.code.as_deref().is_some_and(|code| PARKING.contains(&code)) => {
                TaskState::AwaitsReset
            }
            _ => TaskState::Running,
        }
    }
}

/// Reads the answer to `jobqueue view`, with an id or without: a line `[Job ID=…]` begins a job. What cannot be read is left
/// out.
#[must_use]
pub fn parse(said: &str) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for line in said.lines().map(str::trim) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().trim_start_matches('['), bare(value));
        if key.eq_ignore_ascii_case("Job ID") {
            if !value.is_empty() {
                jobs.push(Job {
                    id: value.to_owned(),
                    name: String::new(),
                    status: String::new(),
                    code: None,
                    message: String::new(),
                    percent: None,
                });
            }
        } else if let Some(job) = jobs.last_mut() {
            fill(job, key, value);
        }
    }
    jobs
}

fn fill(job: &mut Job, key: &str, value: &str) {
    match key.to_ascii_lowercase().as_str() {
        "job name" => job.name = value.to_owned(),
        "status" => job.status = value.to_owned(),
        "percent complete" => job.percent = value.trim_end_matches('%').parse().ok().filter(|percent| *percent <= 100),
        "message" => match line_code(value) {
            Some(code) => (job.code, job.message) = (Some(code.id), code.words),
            None => job.message = value.to_owned(),
        },
        _ => {}
    }
}

/// `[50%]`, ` [RED001: …]`, `Downloading`.
fn bare(value: &str) -> &str {
    value.trim().trim_start_matches('[').trim_end_matches(']').trim()
}

/// The jobs that update firmware and were not there before.
#[must_use]
pub fn new_updates<'a>(before: &[Job], after: &'a [Job]) -> Vec<&'a Job> {
    after.iter().filter(|job| job.is_update() && !before.iter().any(|known| known.id == job.id)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job(status: &str, message: &str) -> Job {
        let said = format!(
            "---------------------------- JOB -------------------------\n[Job ID=JID_000000000001]\nJob Name=Firmware Update: BIOS\n\
             Status={status}\nStart Time=[Next Reboot]\nExpiration Time=[Not Applicable]\nMessage={message}\n"
        );
        parse(&said).remove(0)
    }

    #[test]
    fn both_ages_of_the_answer_are_read() {
        let said = "-------------------------JOB QUEUE------------------------\n[Job ID=JID_000000000001]\nJob Name=Firmware Update: iDRAC\n\
            Status=Downloading\nScheduled Start Time=[Not Applicable]\nActual Completion Time=[NA]\nMessage= [RED001: Job in progress.]\n\
            Percent Complete=[50%]\n----------------------------------------------------------\n[Job ID=JID_000000000002]\n\
            Job Name=Export: Configuration\nStatus=Completed\nMessage=[SYS043: Exported.]\nPercent Complete=[NA]\n";
        let jobs = parse(said);
        assert_eq!(jobs.len(), 2);
        assert_eq!((jobs[0].percent, jobs[0].code.as_deref()), (Some(50), Some("RED001")));
        assert_eq!((jobs[0].is_update(), jobs[1].is_update(), jobs[1].percent), (true, false, None));
    }

    #[test]
    fn every_word_of_a_job_has_its_state() {
        for word in [
            "New",
            "Downloading",
            "Downloaded",
            "Scheduling",
            "Waiting",
            "Running",
            "Ready For Execution",
            "Paused",
            "Odd",
        ] {
            assert_eq!(job(word, "[RED001: Job in progress.]").reading().state, TaskState::Running, "{word}");
        }
        for (word, message) in [
            ("Scheduled", "[JCP001: Task successfully scheduled.]"),
            ("Reboot Pending", "[x]"),
            ("Completed", "[RED128: Job completed, server reboot pending.]"),
            ("New", "[JCP001: Task successfully scheduled.]"),
        ] {
            assert_eq!(job(word, message).reading().state, TaskState::AwaitsReset, "{word}");
        }
        assert_eq!(job("Completed", "[PR19: Job completed successfully.]").reading().state, TaskState::Succeeded);
        for word in ["Failed", "Completed with Errors", "CompletedWithErrors", "RebootFailed"] {
            let TaskState::Failed { why, message_ids } = job(word, "[RED007: Unable to verify.]").reading().state
            else {
                panic!("{word}")
            };
            assert_eq!((why.as_str(), message_ids), ("Unable to verify.", vec!["RED007".to_owned()]));
        }
    }

    #[test]
    fn an_update_is_known_by_being_new_in_the_queue() {
        let (mut old, mut new, mut other) = (job("Completed", "x"), job("New", "x"), job("New", "x"));
        (old.id, new.id, other.id) = ("JID_1".into(), "JID_2".into(), "JID_3".into());
        other.name = "Export: Configuration".into();
        let after = [old.clone(), new.clone(), other];
        assert_eq!(new_updates(&[old], &after), [&new]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(
            text in "(\\PC|\n|=|\\[Job ID=|Message=\\[|Status=|Percent Complete=\\[|\\]){0,200}"
        ) {
            parse(&text).iter().for_each(|job| drop(job.reading()));
        }
    }
}
