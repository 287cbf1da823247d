//! What an iLO keeps of its uploads besides tasks.

use std::time::Duration;

use super::{Kept, Machine, Mishap, Queued, Work};

/// The update service of an iLO.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ilo {
    /// The mark of the newest upload (`UploadCurrentEtag`).
    pub mark: Option<String>,
    /// It rests at the end of an upload from before its last start, whose mark this is.
    pub rests_at: Option<String>,
    /// Whether the trusted platform module is enabled: then ROM and iLO want an override.
    pub tpm_enabled: bool,
    /// Files that were uploaded to be installed later.
    pub repository: Vec<Kept>,
    /// What is to be installed, the head first.
    pub queue: Vec<Queued>,
}

/// How long a service that rests at an earlier end goes on resting there when it has begun something new.
const RESTS_ON: Duration = Duration::from_secs(12);

impl Machine {
    /// What befalls an iLO's update service as soon as it may.
    pub(super) fn strike_ilo(&mut self) {
        if self.strikes(Mishap::RestsAtComplete) {
            self.ilo.rests_at = Some("another-tool-0001".to_owned());
        }
        self.ilo.tpm_enabled |= self.strikes(Mishap::TpmEnabled);
        self.strike_queue();
    }

    /// What its reset leaves of it.
    pub(super) fn restart_ilo(&mut self) {
        self.ilo.mark = None;
        self.ilo.rests_at = None;
    }

    /// Whether the service still shows the end of an earlier upload at `now`.
    #[must_use]
    pub fn rests(&self, now: Duration) -> bool {
        let newest = self.tasks.iter().rev().find(|task| matches!(task.work, Work::Update | Work::Upload));
        self.ilo.rests_at.is_some() && newest.is_none_or(|task| now < task.since + RESTS_ON)
    }
}
