//! What an operator may choose for a server that did not go well: try it again, by another method, or without the update
//! that failed. Another method only where it is known that the one before has left nothing behind.

use serde::{Deserialize, Serialize};

use super::{ServerRun, Settled, UpdateRecord};
use crate::domain::{attempt::Attempt, offers::Method, plan::ServerPlan};

/// How a server is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Again {
    /// The update that failed goes by the next of its methods.
    pub next_method: bool,
    /// The update that failed is left out, and the rest goes on.
    pub skip: bool,
}

/// Why a choice is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoChoice {
    /// No update failed.
    #[error("no update of this server failed: there is nothing to {0}")]
    NothingFailed(&'static str),
    /// Both at once.
    #[error("an update is tried by another method or left out, not both")]
    Both,
    /// The plan has no further method.
    #[error("{0} has no method left: the plan has {1}, and each was tried")]
    NoneLeft(String, String),
    /// It is not known what the last method has left.
    #[error("{name} cannot go by another method: {why}; next: `firmdeck inventory --refresh`, then plan anew")]
    Unsafe {
        /// The component.
        name: String,
        /// Why.
        why: &'static str,
    },
}

/// The update that `how` is about, where the choice can be made.
///
/// # Errors
/// Where nothing failed, no method is left, or it is not known what the last one has left on the BMC.
pub fn choice(plan: &ServerPlan, run: &ServerRun, how: Again) -> Result<Option<usize>, NoChoice> {
    let (next_method, skip) = (how.next_method, how.skip);
    let verb = match (next_method, skip) {
        (false, false) => return Ok(None),
        (true, true) => return Err(NoChoice::Both),
        (true, false) => "try by another method",
        (false, true) => "leave out",
    };
    let index = unwell(run).ok_or(NoChoice::NothingFailed(verb))?;
    let (Some(record), Some(update)) = (run.updates.get(index), plan.updates.get(index)) else {
        return Err(NoChoice::NothingFailed(verb));
    };
    if next_method {
        if let Err(why) = has_left_nothing(record) {
            return Err(NoChoice::Unsafe { name: update.name.clone(), why });
        }
        let tried = tried(record);
        if update.methods.iter().all(|method| tried.contains(method)) {
            let methods: Vec<_> = update.methods.iter().map(ToString::to_string).collect();
            return Err(NoChoice::NoneLeft(update.name.clone(), methods.join(", ")));
        }
    }
    Ok(Some(index))
}

/// The first update that did not go well.
#[must_use]
pub fn unwell(run: &ServerRun) -> Option<usize> {
    let failed = |record: &UpdateRecord| {
        matches!(record.settled, Some(Settled::Failed { .. } | Settled::Blocked { .. } | Settled::Uncertain { .. }))
    };
    run.updates.iter().position(failed)
}

/// The methods that are not taken any more: those of its attempts, and those that were left before.
#[must_use]
pub fn tried(record: &UpdateRecord) -> Vec<Method> {
    record.passed_over.iter().copied().chain(record.attempts.iter().map(|attempt| attempt.method)).collect()
}

/// Whether it is known that nothing of the last attempt is with the BMC.
fn has_left_nothing(record: &UpdateRecord) -> Result<(), &'static str> {
    if matches!(record.settled, Some(Settled::Uncertain { .. })) {
        return Err("nobody can tell what became of the last attempt");
    }
    match record.attempts.last().map(|last| &last.outcome) {
        None => Ok(()),
        Some(Some(
            Attempt::NotStarted { .. } | Attempt::Refused { .. } | Attempt::NotTaken { .. } | Attempt::Busy { .. },
        )) => Ok(()),
        // What was read since shows that it did not take.
        Some(Some(Attempt::Accepted { .. } | Attempt::Unknown { .. })) => match &record.settled {
            Some(Settled::Failed { read_back: Some(_), .. }) => Ok(()),
            _ => Err("the BMC may have the image, and no version was read since"),
        },
        Some(None) => Err("the last attempt has no end yet"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{attempt::Receipt, run::AttemptRecord};

    fn record(outcome: Option<Attempt>, settled: Settled) -> UpdateRecord {
        let attempt = AttemptRecord { method: Method::Multipart, at: Timestamp::UNIX_EPOCH, outcome };
        UpdateRecord { attempts: vec![attempt], settled: Some(settled), ..UpdateRecord::default() }
    }

    fn failed(read_back: Option<&str>) -> Settled {
        Settled::Failed { why: "x".into(), read_back: read_back.map(str::to_owned) }
    }

    #[test]
    fn another_method_is_tried_only_where_nothing_of_the_last_one_can_be_with_the_bmc() {
        let accepted = || Some(Attempt::Accepted { receipt: Receipt::default() });
        let refused = || Some(Attempt::Refused { why: "licence".into(), message_ids: Vec::new() });
        let unknown = || Some(Attempt::Unknown { why: "cut".into(), sent: 7 });
        for (record, is_safe) in [
            (record(Some(Attempt::NotStarted { why: "404".into() }), failed(None)), true),
            (record(refused(), failed(None)), true),
            (record(accepted(), failed(Some("1.0"))), true),
            (record(accepted(), failed(None)), false),
            (record(unknown(), failed(None)), false),
            (record(unknown(), failed(Some("1.0"))), true),
            (record(accepted(), Settled::Uncertain { why: "x".into() }), false),
            (record(None, failed(None)), false),
        ] {
            assert_eq!(has_left_nothing(&record).is_ok(), is_safe, "{record:?}");
        }
    }
}
