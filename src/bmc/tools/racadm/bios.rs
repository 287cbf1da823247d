//! BIOS settings by racadm: what runs and what waits, group by group; one `set` a value, which waits until a job commits it.

use std::collections::BTreeMap;

use super::{NAME, Racadm, parse_commit, parse_groups, parse_settings, unreadable};
use crate::{
    bmc::tools::{Argument, Ears, Ended, Trouble},
    domain::{
        attempt::TaskState,
        bios::{AttributeValue, ConfigJob, Sent, Told},
    },
};

/// The BIOS as jobs and `clearpending` name it.
const FQDD: &str = "BIOS.Setup.1-1";

/// A value that is to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The attribute, as the reading calls it.
    pub attribute: String,
    /// Its group.
    pub group: String,
    /// Its name there.
    pub name: String,
    /// The value.
    pub value: AttributeValue,
}

/// How setting came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// In the run's words.
    pub sent: Sent,
    /// Some values may wait uncommitted, and should be discarded.
    pub leaves_some: bool,
}

impl Racadm {
    /// The groups of BIOS attributes.
    ///
    /// # Errors
    /// When no login is possible, or the answer cannot be read.
    pub async fn bios_groups(&self, ears: Ears<'_>) -> Result<Vec<String>, Trouble> {
        let said = self.asked(&["get", "BIOS"], ears).await?;
        match parse_groups(&said) {
            none if none.is_empty() => Err(unreadable("get BIOS", &said)),
            some => Ok(some),
        }
    }

    /// The attributes of one group. One call: racadm logs in for it.
    ///
    /// # Errors
    /// As for [`Racadm::bios_groups`].
    pub async fn bios_group(&self, group: &str, ears: Ears<'_>) -> Result<Vec<Told>, Trouble> {
        let object = Argument::name(&format!("BIOS.{group}")).map_err(Trouble::unsayable(NAME))?;
        let said = self.carried_out(vec![Argument::word("get"), object], ears).await?;
        if said.contains("[Key=") { Ok(parse_settings(&said)) } else { Err(unreadable("get BIOS.Group", &said)) }
    }

    /// The jobs that wait to bring BIOS settings in, or do so now. They are named by their ids.
    ///
    /// # Errors
    /// As for [`Racadm::jobs`].
    pub async fn bios_jobs(&self, ears: Ears<'_>) -> Result<Vec<ConfigJob>, Trouble> {
        let is_open =
            |state: TaskState| !matches!(state, TaskState::Succeeded | TaskState::Failed { .. } | TaskState::Gone);
        let jobs = self.jobs(ears).await?.into_iter();
        let jobs = jobs.filter(|job| job.name.contains(FQDD) && is_open(job.reading().state));
        Ok(jobs
            .map(|job| ConfigJob { what: format!("{} ({}), {}", job.name, job.id, job.status), uri: job.id })
            .collect())
    }

    /// Sets `orders`, in their order, and has a job made that commits them at the host's next boot. It resets no host.
    ///
    /// Nothing is committed unless every value was taken. `some_wait`: values that were set before wait already.
    /// Ends as [`Sent::Unknown`] when a call was cut or said nothing: only reading decides.
    pub async fn stage_bios(&self, orders: &[Order], some_wait: bool, ears: Ears<'_>) -> Staged {
        let mut calls = Vec::with_capacity(orders.len());
        for order in orders {
            match words(order) {
                Ok(words) => calls.push((order, words)),
                Err(trouble) => return stopped(&trouble, Some(order), some_wait),
            }
        }
        let mut some_wait = some_wait;
        for (order, words) in calls {
            if let Err(trouble) = self.carried_out(words, ears).await {
                return stopped(&trouble, Some(order), some_wait);
            }
            some_wait = true;
        }
        let words = ["jobqueue", "create", FQDD].map(Argument::word).into();
        match self.carried_out(words, ears).await {
            Ok(said) => match parse_commit(&said) {
                Some(job) => Staged { sent: Sent::Taken { job: Some(job) }, leaves_some: false },
                None => stopped(&unreadable("jobqueue create", &said), None, some_wait),
            },
            Err(trouble) => stopped(&trouble, None, some_wait),
        }
    }

    /// Discards every value that waits and that no job has yet.
    ///
    /// # Errors
    /// When racadm says that it did not.
    pub async fn discard_bios(&self, ears: Ears<'_>) -> Result<(), Trouble> {
        self.carried_out(["clearpending", FQDD].map(Argument::word).into(), ears).await.map(drop)
    }

    /// Deletes a job. One that is gone already is no failure.
    ///
    /// # Errors
    /// When it is there afterwards, or nobody can tell.
    pub async fn delete_job(&self, id: &str, ears: Ears<'_>) -> Result<(), Trouble> {
        let name = Argument::name(id).map_err(Trouble::unsayable(NAME))?;
        let words = ["jobqueue", "delete", "-i"].map(Argument::word).into_iter().chain([name]).collect();
        match self.carried_out(words, ears).await {
            Ok(_) => Ok(()),
            Err(trouble @ (Trouble::Refused { .. } | Trouble::Failed { .. })) => {
                match self.job(id, ears).await?.state {
                    TaskState::Gone => Ok(()),
                    _ => Err(trouble),
                }
            }
            Err(trouble) => Err(trouble),
        }
    }
}

/// The command that sets a value. It stands on a command line: a profile holds no passwords.
fn words(order: &Order) -> Result<Vec<Argument>, Trouble> {
    let unsayable = Trouble::unsayable(NAME);
    let object = Argument::name(&format!("BIOS.{}.{}", order.group, order.name)).map_err(&unsayable)?;
    let value = Argument::value(&order.value).map_err(&unsayable)?;
    Ok(vec![Argument::word("set"), object, value])
}

/// What it means that a call came to nothing: that of `order`, or that which makes the job. Pure.
fn stopped(trouble: &Trouble, order: Option<&Order>, some_wait: bool) -> Staged {
    let at = order.map_or_else(|| "making the job".to_owned(), |order| format!("setting {}", order.attribute));
    let why = format!("{at}: {trouble}");
    let staged = |sent, leaves_some| Staged { sent, leaves_some };
    match trouble {
        Trouble::Tool { ended: Ended::NotRun(_), .. } => staged(Sent::NotTaken { why }, some_wait),
        // Cut off, or without a word: it may have been done.
        Trouble::Tool { .. } | Trouble::Unreachable { .. } | Trouble::Failed { .. } => {
            staged(Sent::Unknown { why }, false)
        }
        Trouble::Unreadable { .. } => staged(Sent::Unknown { why }, false),
        Trouble::Busy { .. } => staged(Sent::Busy { why, retry_after: None }, some_wait),
        // Not asked again with that password, not even to discard.
        Trouble::WrongCredentials { .. } => {
            let waits = if some_wait { "; what was set before it waits there uncommitted" } else { "" };
            staged(Sent::Refused { why: format!("{why}{waits}"), reasons: BTreeMap::new() }, false)
        }
        Trouble::Unlicensed { .. }
        | Trouble::Refused { .. }
        | Trouble::NotOffered { .. }
        | Trouble::Unsayable { .. } => {
            let reason = order.map(|order| (order.attribute.clone(), trouble.to_string()));
            let reasons: BTreeMap<_, _> = reason.into_iter().collect();
            staged(Sent::Refused { why, reasons }, some_wait)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(value: &str) -> Order {
        let text = |text: &str| text.to_owned();
        Order {
            attribute: text("LogicalProc"),
            group: text("ProcSettings"),
            name: text("LogicalProc"),
            value: value.into(),
        }
    }

    #[test]
    fn a_value_is_one_argument_and_none_that_racadm_takes_for_an_option() {
        let line = |value: &str| {
            words(&order(value)).map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(line("Enabled").unwrap(), "set BIOS.ProcSettings.LogicalProc Enabled");
        assert_eq!(line("a b").unwrap(), "set BIOS.ProcSettings.LogicalProc 'a b'");
        assert!(matches!(line("-r"), Err(Trouble::Unsayable { .. })));
    }

    #[test]
    fn only_what_racadm_says_is_a_no_and_what_was_cut_is_decided_by_reading() {
        let refused = Trouble::Refused { said: "ERROR: RAC947".into(), codes: vec!["RAC947".into()] };
        let staged = stopped(&refused, Some(&order("x")), true);
        assert!(staged.leaves_some, "what was set before is to be discarded");
        let Sent::Refused { why, reasons } = staged.sent else { panic!() };
        assert!(why.contains("setting LogicalProc") && reasons.contains_key("LogicalProc"), "{why}");
        assert!(!stopped(&refused, Some(&order("x")), false).leaves_some);
        for cut in [
            Trouble::Tool { tool: NAME, ended: Ended::Deadline },
            Trouble::Unreachable { tool: NAME, said: String::new() },
            Trouble::Failed { tool: NAME, status: 1, said: String::new() },
            Trouble::Unreadable { tool: NAME, what: "jobqueue create", said: String::new() },
        ] {
            let staged = stopped(&cut, None, true);
            assert!(matches!(staged.sent, Sent::Unknown { .. }) && !staged.leaves_some, "{cut}");
        }
        let busy = Trouble::Busy { tool: NAME, said: String::new() };
        assert!(matches!(stopped(&busy, None, true), Staged { sent: Sent::Busy { .. }, leaves_some: true }));
        let absent = Trouble::Tool { tool: NAME, ended: Ended::NotRun("gone".into()) };
        let login = Trouble::WrongCredentials { tool: NAME, said: String::new() };
        let staged = stopped(&login, Some(&order("x")), true);
        assert!(matches!(staged, Staged { sent: Sent::Refused { .. }, leaves_some: false }), "no second login");
        assert!(matches!(stopped(&absent, None, false), Staged { sent: Sent::NotTaken { .. }, leaves_some: false }));
    }
}
