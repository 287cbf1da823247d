//! Updating and rolling back by racadm.

use std::time::Duration;

use super::{Racadm, new_updates, recognise, update_outcome};
use crate::{
    bmc::tools::{Argument, Ears, Ended, Lent, Room, Trouble},
    domain::attempt::{Attempt, Receipt},
};

/// What an update takes besides its upload: racadm ends once the job is there.
const UPDATE: Duration = Duration::from_secs(1800);
/// Bytes in a second that a slow line brings.
const SLOWEST: u64 = 64 << 10;
/// How often the queue is read for a job that is not in it yet: a new one may be missing for some seconds, and each look takes
/// racadm some.
const LOOKS: usize = 3;

impl Racadm {
    /// Hands over a package. Returns once racadm has ended and the job of it was looked for; the version is to be read back.
    ///
    /// racadm names no job, so the queue is read before and after. It tells no progress either.
    pub async fn update(&self, image: Lent<'_>, ears: Ears<'_>) -> Attempt {
        let before = match self.jobs(ears).await {
            Ok(jobs) => jobs,
            Err(trouble) => return trouble.before_a_byte(),
        };
        let room = match self.runner.room() {
            Ok(room) => room,
            Err(error) => return Attempt::NotStarted { why: error.to_string() },
        };
        let words = match words(&room, image) {
            Ok(words) => words,
            Err(trouble) => return trouble.before_a_byte(),
        };
        let deadline = UPDATE + Duration::from_secs(image.bytes / SLOWEST);
        let (report, said) = match self.call_in(&room, words, deadline, ears).await {
            Ok(ended) => ended,
            Err(trouble) => return trouble.before_a_byte(),
        };
        let first = update_outcome(&report.ended, &said, &[], image.bytes);
        if !matches!(first, Attempt::Accepted { .. } | Attempt::Unknown { .. }) || report.ended == Ended::Stopped {
            return first;
        }
        for _ in 0..LOOKS {
            // What cannot be read now says nothing about the image.
            let after = self.jobs(ears).await.unwrap_or_default();
            let new: Vec<&str> = new_updates(&before, &after).iter().map(|job| job.id.as_str()).collect();
            if !new.is_empty() {
                return update_outcome(&report.ended, &said, &new, image.bytes);
            }
        }
        first
    }

    /// Goes back to the version that the iDRAC keeps for a place of firmware (`BIOS.Setup.1-1`). Returns once the job is there.
    pub async fn roll_back(&self, fqdd: &str, ears: Ears<'_>) -> Attempt {
        let begun = async {
            let fqdd = Argument::name(fqdd).map_err(Trouble::unsayable(super::NAME))?;
            let before = self.jobs(ears).await?;
            let words = vec![Argument::word("rollback"), fqdd];
            let (report, said) = self.call(words, UPDATE, ears).await?;
            Ok::<_, Trouble>((before, report, said))
        };
        let (before, report, said) = match begun.await {
            Ok(begun) => begun,
            Err(trouble) => return trouble.before_a_byte(),
        };
        match recognise(&report.ended, &said) {
            Some(Trouble::Tool { ended, .. }) if !matches!(ended, Ended::NotRun(_)) => {
                return Attempt::Unknown { why: format!("{} {ended}", super::NAME), sent: 0 };
            }
            Some(trouble) => return trouble.before_a_byte(),
            None => {}
        }
        let after = self.jobs(ears).await.unwrap_or_default();
        let task = match new_updates(&before, &after).as_slice() {
            [one] => Some(one.id.clone()),
            _ => None,
        };
        Attempt::Accepted { receipt: Receipt { task, ..Receipt::default() } }
    }
}

fn words(room: &Room, image: Lent<'_>) -> Result<Vec<Argument>, Trouble> {
    let path = room.lend(image).map_err(Trouble::unwritten(super::NAME))?;
    Ok(vec![Argument::word("update"), Argument::word("-f"), path])
}
