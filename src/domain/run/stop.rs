//! Calling a run off: what may be interrupted at once, and what is said of what was never begun.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    bios::{self, BiosSettled},
    deadlines::Deadlines,
    event::{CalledOff, Event, PowerGoal, Settled},
    fold::ServerRun,
};
use crate::domain::{
    attempt::Attempt,
    kind::Kind,
    phase::{Phase, ServerState, State},
    plan::ServerPlan,
};

/// Why a server cannot be interrupted now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotNow {
    /// What is under way.
    pub why: String,
    /// Minutes that it is expected to take yet, as far as the manifest or the table of waits knows.
    pub minutes: Option<u32>,
}

/// Whether the server that stands as `run` may be interrupted at `now`: waiting and reading may be, and everything
/// before an image leaves. An image on its way, a flash and a step of the host's power may not.
pub fn may_abort(plan: &ServerPlan, run: &ServerRun, now: Timestamp) -> Result<(), NotNow> {
    let Some(UnderWay { why, takes, since }) = under_way(plan, run) else { return Ok(()) };
    let gone = since.map_or(0, |since| now.duration_since(since).as_mins().max(0));
    let left = takes.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX)).max(1);
    Err(NotNow { why, minutes: Some(left) })
}

/// As [`may_abort`], for who does not ask how long.
#[must_use]
pub fn is_interruptible(plan: &ServerPlan, run: &ServerRun) -> bool {
    under_way(plan, run).is_none()
}

/// Whether the BMC may be restarting because of us: an image that leads to its reset may be with it, and nobody has read
/// yet what became of that.
#[must_use]
pub fn may_restart_bmc(plan: &ServerPlan, run: &ServerRun) -> bool {
    plan.updates.iter().zip(&run.updates).any(|(update, record)| {
        let last = record.attempts.last().map(|attempt| &attempt.outcome);
        let may_be_there = matches!(last, Some(None | Some(Attempt::Accepted { .. } | Attempt::Unknown { .. })));
        (update.kind == Kind::Bmc || update.bmc_reset) && record.settled.is_none() && may_be_there
    })
}

/// What must not be interrupted, the minutes that it takes in all, and since when it does.
struct UnderWay {
    why: String,
    takes: u32,
    since: Option<Timestamp>,
}

fn under_way(plan: &ServerPlan, run: &ServerRun) -> Option<UnderWay> {
    let table = Deadlines::default();
    let of_power = |why: &str, within: Duration| UnderWay {
        why: why.into(),
        takes: u32::try_from(within.as_secs() / 60).unwrap_or(u32::MAX),
        since: None,
    };
    match run.power.intended {
        Some(PowerGoal::Off) => return Some(of_power("the host is being switched off", table.shutdown)),
        Some(PowerGoal::On) => return Some(of_power("the host is being switched on", table.post)),
        None => {}
    }
    let boots = run.power.boots;
    if bios::is_down(run) && (run.waits_for_reset() || run.bios.waits_for_reset(boots)) {
        return Some(of_power("the host is off in the middle of its reset", table.post));
    }
    if let Some(why) = run.bios.under_way(boots) {
        let since = run.bios.attempts.last().map(|last| last.at);
        return Some(UnderWay { since, ..of_power(why, table.version_refresh) });
    }
    plan.updates.iter().zip(&run.updates).find_map(|(update, record)| {
        let last = record.attempts.last()?;
        let name = &update.name;
        let why = match (&record.settled, &last.outcome) {
            (None, None) => format!("the image for {name} is leaving"),
            (None, Some(Attempt::Accepted { .. } | Attempt::Unknown { .. })) => format!("{name} is being flashed"),
            (Some(Settled::Staged), _) if record.staged_at_boot < run.power.boots => {
                format!("the host was reset for {name}, whose version is being read back")
            }
            _ => return None,
        };
        Some(UnderWay { why, takes: update.minutes, since: Some(last.at) })
    })
}

/// What is written down of a server that was never begun because of `why`.
#[must_use]
pub fn called_off(plan: &ServerPlan, how: CalledOff, why: &str) -> Vec<Event> {
    let skipped = |why: &str| State::Skipped { why: why.to_owned() };
    let updates = (0..plan.updates.len())
        .map(|update| Event::UpdateSettled { update, settled: Settled::Skipped { why: why.to_owned() } });
    let bios = plan.bios.iter().map(|_| {
        let settled = BiosSettled::Skipped { why: why.to_owned() };
        Event::BiosSettled { settled }
    });
    let phases = Phase::ALL.into_iter().map(|phase| Event::PhaseEnded { phase, state: skipped(why) });
    let ended = Event::Ended { state: ServerState::Cancelled };
    std::iter::once(Event::CalledOff { how }).chain(updates).chain(bios).chain(phases).chain([ended]).collect()
}
