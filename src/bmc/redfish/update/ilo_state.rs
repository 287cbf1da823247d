//! What iLO's update service says of an upload that bears our mark.

use super::{
    messages,
    service::{self, ServiceState},
};
use crate::domain::attempt::{TaskReading, TaskState};

/// Looks at a service at rest before nothing more is expected of it: right after an upload it can still rest at the word
/// of the one before (captured on an iLO 5 1.45: "Complete").
const QUIET_LOOKS: u32 = 3;

/// What `now` says of the upload `mark`. `seen_busy`: it was seen at work on it; `quiet`: looks at rest in a row.
///
/// Only an end after work is a success. An end that nobody saw coming is `Gone`: then the version alone decides.
#[must_use]
pub(super) fn of_upload(mark: &str, seen_busy: bool, quiet: u32, now: &ServiceState) -> TaskReading {
    let reading = |state, percent| TaskReading {
        state,
        word: now.word.clone(),
        percent,
        message: now.result_words.clone().filter(|_| seen_busy),
        retry_after: Some(service::PACE),
    };
    if now.etag.as_deref() != Some(mark) {
        return reading(TaskState::Gone, None);
    }
    if now.is_busy() {
        // The percentage of an earlier flash stands there until this one writes.
        return reading(TaskState::Running, now.percent.filter(|_| now.word.eq_ignore_ascii_case("Updating")));
    }
    if seen_busy {
        return service::judge(None, true, now);
    }
    match () {
        () if quiet < QUIET_LOOKS => reading(TaskState::Running, None),
        () if now.word.eq_ignore_ascii_case("Error") => service::judge(None, true, now),
        () => reading(TaskState::Gone, None),
    }
}

/// Whether iLO still has, or has used, the upload `mark` that nobody could follow: it did not break off on the way.
#[must_use]
pub(super) fn has_taken(mark: &str, now: &ServiceState) -> bool {
    let broke_off = || {
        let result = now.result.as_deref().map(messages::name);
        matches!(result, None | Some("ComponentUploadFailed" | "UpdateInterrupted" | "UpdateCancelled"))
    };
    now.etag.as_deref() == Some(mark) && !(now.word.eq_ignore_ascii_case("Error") && broke_off())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(word: &str, mark: &str, result: Option<&str>) -> ServiceState {
        ServiceState {
            word: word.into(),
            percent: Some(40),
            etag: Some(mark.into()),
            result: result.map(str::to_owned),
            result_words: None,
        }
    }

    #[test]
    fn only_an_end_after_work_on_our_own_upload_is_a_success() {
        let good = Some("iLO.2.14.Success");
        let complete = says("Complete", "ours", good);
        assert_eq!(of_upload("ours", true, 1, &complete).state, TaskState::Succeeded);
        assert_eq!(of_upload("ours", false, 1, &complete).state, TaskState::Running, "it may not have begun");
        assert_eq!(of_upload("ours", false, 9, &complete).state, TaskState::Gone, "nobody saw it at work");
        assert_eq!(of_upload("ours", true, 1, &says("Complete", "theirs", good)).state, TaskState::Gone);
        assert_eq!(of_upload("ours", true, 0, &says("Updating", "theirs", None)).state, TaskState::Gone);
    }

    #[test]
    fn a_result_decides_which_end_it_is_and_percent_counts_only_while_it_updates() {
        let failed = says("Error", "ours", Some("iLO.2.14.UpdateSignatureValidationFailed"));
        assert!(matches!(of_upload("ours", true, 1, &failed).state, TaskState::Failed { .. }));
        assert!(matches!(of_upload("ours", false, 1, &failed).state, TaskState::Running));
        assert!(matches!(of_upload("ours", false, 3, &failed).state, TaskState::Failed { .. }));
        let staged = says("Complete", "ours", Some("iLO.2.14.SystemResetRequired"));
        assert_eq!(of_upload("ours", true, 1, &staged).state, TaskState::AwaitsReset);
        assert_eq!(of_upload("ours", true, 0, &says("Updating", "ours", None)).percent, Some(40));
        for word in ["Uploading", "Verifying", "Writing"] {
            assert_eq!(of_upload("ours", true, 0, &says(word, "ours", None)).percent, None, "{word}");
        }
    }

    #[test]
    fn an_upload_that_broke_off_was_not_taken() {
        for (word, mark, result, taken) in [
            ("Updating", "ours", None, true),
            ("Complete", "ours", Some("iLO.2.14.Success"), true),
            ("Error", "ours", Some("iLO.2.14.UpdateInvalidFile"), true),
            ("Error", "ours", Some("iLO.2.14.ComponentUploadFailed"), false),
            ("Error", "ours", None, false),
            ("Complete", "theirs", Some("iLO.2.14.Success"), false),
        ] {
            assert_eq!(has_taken("ours", &says(word, mark, result)), taken, "{word} {mark} {result:?}");
        }
    }
}
