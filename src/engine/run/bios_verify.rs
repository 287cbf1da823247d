//! The end of bios_configuration: the host was reset, and each value is read back.

use std::{collections::BTreeMap, time::Duration};

use super::{
    bios::listed,
    port::Port,
    worker::{Ledger, Unread, Worker},
};
use crate::{
    domain::{
        attempt::TaskState,
        bios::{AttributeValue, Attributes},
        phase::State,
        run::{BiosSettled, Step},
    },
    store::StoreError,
};

impl<P: Port, L: Ledger> Worker<P, L> {
    /// The host was reset: follows the BMC's job, and reads each value back.
    pub(super) async fn bios_verify(&mut self) -> Result<(), StoreError> {
        self.bios_step(Step::BiosReset, State::Done).await?;
        let (values, kept) = (self.run.bios.values(), self.run.bios.preserved.clone());
        let began = self.port.elapsed();
        let (mut over, mut looks) = (None, 0);
        loop {
            let now = self.port.elapsed();
            let job = self.config_job().await;
            match &job {
                None | Some(TaskState::Succeeded | TaskState::Failed { .. } | TaskState::Gone) => {
                    over = over.or(Some(now));
                }
                // It may not have begun yet: a host that is through POST has its job behind it some time later.
                Some(TaskState::Running | TaskState::AwaitsReset) => {}
            }
            let is_late = |since: Option<Duration>, within: Duration| since.is_some_and(|since| now >= since + within);
            looks += 1;
            match self.look_at_bios().await {
                // An iDRAC shows the new values before its job has brought them in (libredfish#25).
                Ok(reading)
                    if reading.runs(&values) && (over.is_some() || is_late(Some(began), self.deadlines.post)) =>
                {
                    let changed = reading.differing(&kept);
                    let changed: BTreeMap<_, _> = changed.into_iter().filter(|(_, now)| now.is_some()).collect();
                    if changed.is_empty() {
                        self.bios_step(Step::BiosVerify, State::Done).await?;
                        return self.bios_settled(BiosSettled::Applied { read_back: values }).await;
                    }
                    let why = format!("what the profile preserves was changed: {}", instead(&kept, &changed));
                    return self.bios_unverified(why, changed).await;
                }
                Ok(reading)
                    if looks >= self.deadlines.least_looks
                        && (is_late(over, self.deadlines.version_refresh)
                            || is_late(Some(began), self.deadlines.post)) =>
                {
                    let differing = reading.differing(&values);
                    let mut why = format!("the host was reset, and {}", instead(&values, &differing));
                    let said = differing.keys().find_map(|name| reading.complaints.get(name));
                    let job = match &job {
                        Some(TaskState::Failed { why, .. }) => Some(why),
                        _ => None,
                    };
                    if let Some(said) = said.or_else(|| reading.complaints.get("")).or(job) {
                        why = format!("{why}; the BMC says: {said}");
                    }
                    return self.bios_unverified(why, differing).await;
                }
                Err(Unread::AnotherMachine(why)) => return self.bios_settled(BiosSettled::Uncertain { why }).await,
                Err(unread) if looks >= self.deadlines.least_looks && is_late(Some(began), self.deadlines.post) => {
                    let why =
                        format!("the host was reset for its BIOS settings, and nobody can read them: {}", unread.why());
                    self.bios_step(Step::BiosVerify, State::Uncertain { why: why.clone() }).await?;
                    return self.bios_settled(BiosSettled::Uncertain { why }).await;
                }
                Ok(_) | Err(_) => {}
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    async fn bios_unverified(
        &mut self,
        why: String,
        instead: BTreeMap<String, Option<AttributeValue>>,
    ) -> Result<(), StoreError> {
        let next = "the values of before are kept in the run's journal; correct the profile or the setting by hand";
        let why = format!("{why}; next: {next}");
        self.bios_step(Step::BiosVerify, State::Failed { why: why.clone() }).await?;
        self.bios_settled(BiosSettled::Failed { why, instead }).await
    }
}

/// `A was set to x and reads y`.
fn instead(wanted: &Attributes, read: &BTreeMap<String, Option<AttributeValue>>) -> String {
    let words: Vec<_> = read
        .iter()
        .map(|(name, now)| {
            let now = now.as_ref().map_or_else(|| "nothing".into(), ToString::to_string);
            let wanted = wanted.get(name).map_or_else(|| "unknown".into(), ToString::to_string);
            format!("{name} reads {now} instead of {wanted}")
        })
        .collect();
    listed(&words)
}
