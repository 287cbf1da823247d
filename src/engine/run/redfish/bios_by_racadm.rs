//! BIOS settings by racadm, where an iDRAC's Redfish has none. Each look reads every group: racadm tells no more at once.

use tokio_util::sync::CancellationToken;

use super::{RedfishPort, plain};
use crate::{
    bmc::tools::{
        Ears, Trouble,
        racadm::{Order, Staged},
    },
    domain::{
        bios::{AttributeValue, Attributes, BiosReading, BiosWay, Sent, Told},
        failure::{Failure, Weight},
    },
};

/// What was read last.
#[derive(Default)]
pub(super) struct Seen {
    groups: Vec<String>,
    told: Vec<Told>,
    pending: Attributes,
}

impl RedfishPort {
    /// What a command that came to nothing is to a worker. racadm is not called again where the BMC has refused its login: no
    /// flash of ours is restarting the BMC here.
    fn of_trouble(&mut self, trouble: &Trouble) -> Failure {
        let is_final = matches!(
            trouble,
            Trouble::WrongCredentials { .. } | Trouble::Unlicensed { .. } | Trouble::NotOffered { .. }
        );
        let weight = if is_final { Weight::Blocked } else { Weight::Failed };
        let failure = Failure { weight, ..plain("tool", &trouble.to_string()) };
        if matches!(trouble, Trouble::WrongCredentials { .. }) {
            self.racadm_refused = Some(failure.clone());
        }
        failure
    }

    pub(super) async fn read_bios_by_racadm(&mut self) -> Result<BiosReading, Failure> {
        // racadm shows a certificate that it does not know and goes on: that this is the pinned one is seen before.
        self.client().await?;
        let (tool, sink) = self.racadm().await.map_err(blocked)?;
        let stop = CancellationToken::new();
        let ears = Ears { sink: &sink, stop: &stop };
        if self.bios.told.groups.is_empty() {
            let groups = tool.bios_groups(ears).await;
            self.bios.told.groups = groups.map_err(|trouble| self.of_trouble(&trouble))?;
        }
        let mut told = Vec::new();
        for group in self.bios.told.groups.clone() {
            let some = tool.bios_group(&group, ears).await;
            told.extend(some.map_err(|trouble| self.of_trouble(&trouble))?);
        }
        let jobs = tool.bios_jobs(ears).await;
        let jobs = jobs.map_err(|trouble| self.of_trouble(&trouble))?;
        let reading = BiosReading { jobs, ..BiosReading::of_told(BiosWay::Racadm, &told) };
        self.bios.told.told = told;
        self.bios.told.pending.clone_from(&reading.pending);
        Ok(reading)
    }

    /// Sets what does not wait already, and has the job made. What was refused leaves nothing behind.
    pub(super) async fn send_bios_by_racadm(&mut self, values: &Attributes) -> Sent {
        let (tool, sink) = match self.racadm().await {
            Ok(tool) => tool,
            Err(failure) => return Sent::NotTaken { why: failure.what },
        };
        let orders = match self.bios.told.orders(values) {
            Ok(orders) => orders,
            Err(why) => return Sent::NotTaken { why },
        };
        let stop = CancellationToken::new();
        let some_wait = !self.bios.told.pending.is_empty();
        let Staged { sent, leaves_some } = tool.stage_bios(&orders, some_wait, Ears { sink: &sink, stop: &stop }).await;
        if !leaves_some {
            return sent;
        }
        let after = match self.discard_ours(values).await {
            Ok(()) => "what had been set before it was discarded, and nothing was committed".to_owned(),
            Err(why) => format!("nothing was committed; what had been set before it may still wait there: {why}"),
        };
        with(sent, &after)
    }

    /// Discards what waits, where it is `values` alone and no job has it.
    async fn discard_ours(&mut self, values: &Attributes) -> Result<(), String> {
        let reading = self.read_bios_by_racadm().await.map_err(|failure| failure.what)?;
        let is_ours = |(name, value): (&String, &AttributeValue)| values.get(name).is_some_and(|ours| ours.is(value));
        if reading.pending.is_empty() {
            return Ok(());
        }
        if !reading.jobs.is_empty() || !reading.pending.iter().all(is_ours) {
            return Err("somebody else works on the BIOS settings too".into());
        }
        let (tool, sink) = self.racadm().await.map_err(|failure| failure.what)?;
        let stop = CancellationToken::new();
        tool.discard_bios(Ears { sink: &sink, stop: &stop }).await.map_err(|trouble| trouble.to_string())?;
        self.bios.told.pending.clear();
        Ok(())
    }

    pub(super) async fn take_bios_back_by_racadm(&mut self, job: Option<&str>) -> Result<bool, Failure> {
        let (tool, sink) = self.racadm().await?;
        let stop = CancellationToken::new();
        let ears = Ears { sink: &sink, stop: &stop };
        if let Some(job) = job {
            let deleted = tool.delete_job(job, ears).await;
            deleted.map_err(|trouble| self.of_trouble(&trouble))?;
        }
        // With its job a value may have gone.
        if !self.read_bios_by_racadm().await?.pending.is_empty() {
            let discarded = tool.discard_bios(ears).await;
            discarded.map_err(|trouble| self.of_trouble(&trouble))?;
        }
        Ok(true)
    }
}

impl Seen {
    /// What is to be set of `values`, what racadm marks read-only just now behind what may unlock it.
    fn orders(&self, values: &Attributes) -> Result<Vec<Order>, String> {
        let mut orders = Vec::new();
        for (attribute, value) in values {
            if self.pending.get(attribute).is_some_and(|waits| waits.is(value)) {
                continue;
            }
            let told = self.told.iter().find(|one| one.called(&self.told) == *attribute);
            let told = told.ok_or_else(|| format!("its BIOS was not read to have {attribute}"))?;
            let (group, name) = (told.group.clone(), told.name.clone());
            let order = Order { attribute: attribute.clone(), group, name, value: value.clone() };
            orders.push((told.read_only, order));
        }
        orders.sort_by_key(|(read_only, _)| *read_only);
        Ok(orders.into_iter().map(|(_, order)| order).collect())
    }
}

/// A tool that is not there will not be by waiting.
fn blocked(failure: Failure) -> Failure {
    Failure { weight: Weight::Blocked, ..failure }
}

fn with(sent: Sent, after: &str) -> Sent {
    match sent {
        Sent::Refused { why, reasons } => Sent::Refused { why: format!("{why}; {after}"), reasons },
        Sent::Busy { why, retry_after } => Sent::Busy { why: format!("{why}; {after}"), retry_after },
        Sent::NotTaken { why } => Sent::NotTaken { why: format!("{why}; {after}") },
        other @ (Sent::Taken { .. } | Sent::Unknown { .. } | Sent::Uncommitted { .. }) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, read_only: bool) -> Told {
        let (group, value) = ("Sys".to_owned(), Some("a".to_owned()));
        Told { group, name: name.to_owned(), value, pending: None, read_only }
    }

    fn values(names: &[&str]) -> Attributes {
        names.iter().map(|name| ((*name).to_owned(), "b".into())).collect()
    }

    #[test]
    fn what_unlocks_comes_before_what_is_locked_and_what_waits_already_is_not_set_again() {
        let mut seen = Seen { told: vec![told("A", true), told("B", false), told("C", false)], ..Seen::default() };
        let names = |seen: &Seen, names: &[&str]| {
            let orders = seen.orders(&values(names)).unwrap();
            orders.into_iter().map(|order| order.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&seen, &["A", "B", "C"]), ["B", "C", "A"]);
        seen.pending = values(&["C"]);
        assert_eq!(names(&seen, &["A", "B", "C"]), ["B", "A"]);
        assert!(seen.orders(&values(&["D"])).is_err());
    }
}
