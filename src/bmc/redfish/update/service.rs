//! Update services that tell of themselves how far they are, besides or instead of a task (HPE iLO).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{UPDATE_SERVICE, messages};
use crate::{
    bmc::{
        error::Error,
        redfish::{client::Client, doc::Doc, quirks},
    },
    domain::{
        attempt::{TaskReading, TaskState},
        inventory::Stack,
    },
};

/// What such a service says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServiceState {
    /// Its own word: `Idle`, `Uploading`, `Updating`.
    pub word: String,
    /// Percent, where it says so.
    pub percent: Option<u8>,
    /// Which upload it speaks of.
    pub etag: Option<String>,
    /// MessageId of the last result.
    pub result: Option<String>,
    /// What the result is about.
    pub result_words: Option<String>,
}

impl ServiceState {
    fn is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word.eq_ignore_ascii_case(word))
    }

    /// True while it works on something.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.word.is_empty() && !self.is(&["idle", "complete", "error"])
    }

    /// True where it speaks of another upload or result than `before`.
    fn differs(&self, before: &Self) -> bool {
        self.etag != before.etag || self.result != before.result || self.result_words != before.result_words
    }
}

/// Reads the state of the service, or nothing where this stack's says none.
pub async fn read(client: &mut Client, stack: Stack) -> Result<Option<ServiceState>, Error> {
    let profile = quirks::of(stack);
    if !profile.has_service_state() {
        return Ok(None);
    }
    let body = client.get(UPDATE_SERVICE, client.timeouts().read).await?;
    Ok(profile.service_state(Doc::new(&body)))
}

/// What `now` says of the update that was begun when the service said `before`. `seen_busy`: since then it was seen at
/// work.
///
/// A service may rest at "Complete" from an earlier update (captured on an iLO 5 1.45): an end counts only after work, or
/// where upload or result are others than before.
#[must_use]
pub fn judge(before: Option<&ServiceState>, seen_busy: bool, now: &ServiceState) -> TaskReading {
    let ours = seen_busy || before.is_some_and(|before| now.differs(before));
    let result = now.result.as_deref().map(messages::name);
    let good = result.is_none_or(|id| id == "Success");
    let state = if now.is_busy() {
        TaskState::Running
    } else if !ours {
        TaskState::Gone
    } else if now.is(&["error"]) || !good && !wants_reset(result) {
        let why = match (&now.result_words, &now.result) {
            (Some(words), _) => words.clone(),
            (None, Some(id)) => id.clone(),
            (None, None) => format!("the update service says {}", now.word),
        };
        TaskState::Failed { why, message_ids: now.result.iter().cloned().collect() }
    } else if wants_reset(result) {
        TaskState::AwaitsReset
    } else {
        TaskState::Succeeded
    };
    TaskReading {
        state,
        word: now.word.clone(),
        // Valid only while it flashes.
        percent: now.percent.filter(|_| now.is(&["updating", "writing", "progressing"])),
        message: now.result_words.clone().or_else(|| now.result.clone()),
        retry_after: None,
    }
}

fn wants_reset(result: Option<&str>) -> bool {
    matches!(result, Some("ResetRequired" | "SystemResetRequired" | "DeviceResetRequired" | "ResetInProgress"))
}

/// How often such a service is best looked at (HPE: every 5 to 8 s).
pub const PACE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn says(word: &str, etag: Option<&str>, result: Option<&str>) -> ServiceState {
        ServiceState {
            word: word.into(),
            percent: Some(40),
            etag: etag.map(str::to_owned),
            result: result.map(str::to_owned),
            result_words: None,
        }
    }

    #[test]
    fn an_old_complete_is_nobodys_success() {
        let before = says("Complete", Some("a"), Some("iLO.2.1.Success"));
        assert_eq!(judge(Some(&before), false, &before).state, TaskState::Gone);
        assert_eq!(judge(None, false, &before).state, TaskState::Gone, "nor after a restart of ours");
        assert_eq!(judge(Some(&before), true, &before).state, TaskState::Succeeded, "it was seen at work");
        let other = says("Complete", Some("b"), Some("iLO.2.1.Success"));
        assert_eq!(judge(Some(&before), false, &other).state, TaskState::Succeeded, "another upload");
    }

    #[test]
    fn idle_after_work_is_an_end_and_its_result_decides_which() {
        assert_eq!(judge(None, true, &says("Idle", None, None)).state, TaskState::Succeeded);
        let failed = judge(None, true, &says("Idle", None, Some("iLO.2.1.UpdateFailed"))).state;
        assert_eq!(
            failed,
            TaskState::Failed { why: "iLO.2.1.UpdateFailed".into(), message_ids: vec!["iLO.2.1.UpdateFailed".into()] }
        );
        assert!(matches!(judge(None, true, &says("Error", None, None)).state, TaskState::Failed { .. }));
        assert_eq!(
            judge(None, true, &says("Complete", None, Some("iLO.2.1.SystemResetRequired"))).state,
            TaskState::AwaitsReset
        );
    }

    #[test]
    fn percent_counts_only_while_it_flashes() {
        assert_eq!(judge(None, false, &says("Updating", None, None)).percent, Some(40));
        assert_eq!(judge(None, false, &says("Uploading", None, None)).percent, None);
        assert_eq!(judge(None, true, &says("Idle", None, None)).percent, None);
    }
}
