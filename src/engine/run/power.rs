//! Taking a host's power somewhere: said first, done once, and only what was read counts.

use std::time::Duration;

use super::{
    checks::NotIdle,
    port::{HostPower, Port, PowerAct},
    worker::{Ledger, Unread, Worker},
};
use crate::{
    domain::{
        plan::PowerPolicy,
        run::{Event, Next, PowerGoal},
    },
    store::StoreError,
};

impl<P: Port, L: Ledger> Worker<P, L> {
    /// Takes the host to `goal`. After a crash the same is asked again: a host that is already there is left alone.
    pub(super) async fn power(&mut self, goal: PowerGoal) -> Result<(), StoreError> {
        // A host is never switched through a BMC that became another machine's.
        if let Err(Unread::AnotherMachine(why)) = self.read().await {
            return self.say(Event::PowerFailed { goal, why }).await;
        }
        match goal {
            PowerGoal::Off => self.switch_off().await,
            PowerGoal::On => self.switch_on().await,
        }
    }

    async fn switch_off(&mut self) -> Result<(), StoreError> {
        let goal = PowerGoal::Off;
        if self.is_at(|power| power.on == Some(false), Duration::ZERO).await {
            return self.say(Event::PowerReached { goal }).await;
        }
        // A host is never taken down while its BMC writes.
        match self.until_idle().await {
            Ok(()) => {}
            Err(NotIdle::Aborted) => return Ok(()),
            Err(NotIdle::Busy(why)) => return self.say(Event::PowerFailed { goal, why }).await,
        }
        // The host is not taken down for what will not be begun.
        if !self.is_still(&Next::Power(goal)) {
            return Ok(());
        }
        let mut acts = vec![(PowerAct::GracefulOff, self.deadlines.shutdown)];
        if self.options.power == PowerPolicy::Forced {
            acts.push((PowerAct::ForceOff, self.deadlines.power));
        }
        let mut why = String::new();
        for (act, within) in acts {
            self.say(Event::PowerIntended { goal, forced: act == PowerAct::ForceOff }).await?;
            if let Err(failure) = self.port.act(act).await {
                why = failure.what;
            }
            if self.is_at(|power| power.on == Some(false), within).await {
                return self.say(Event::PowerReached { goal }).await;
            }
        }
        if why.is_empty() {
            let minutes = self.deadlines.shutdown.as_secs() / 60;
            why =
                format!("the host did not shut down within {minutes} minutes, and the power policy does not force it");
        }
        self.say(Event::PowerFailed { goal, why }).await
    }

    async fn switch_on(&mut self) -> Result<(), StoreError> {
        let goal = PowerGoal::On;
        let is_on = self.is_at(|power| power.on == Some(true), Duration::ZERO).await;
        let mut why = "the host did not come on".to_owned();
        // Nor is it switched on while its BMC writes: a flash that takes longer than its deadline is still a flash.
        if !is_on && let Err(why) = self.until_idle_whatever().await {
            return self.say(Event::PowerFailed { goal, why }).await;
        }
        if self.run.power.intended != Some(goal) {
            self.say(Event::PowerIntended { goal, forced: false }).await?;
        }
        if !is_on && let Err(failure) = self.port.act(PowerAct::On).await {
            why = failure.what;
        }
        if !self.is_at(|power| power.on == Some(true), self.deadlines.power).await {
            return self.say(Event::PowerFailed { goal, why }).await;
        }
        if !self.is_at(|power| power.post_done != Some(false), self.deadlines.post).await {
            let minutes = self.deadlines.post.as_secs() / 60;
            let why = format!("the host is not through POST after {minutes} minutes");
            return self.say(Event::PowerFailed { goal, why }).await;
        }
        self.say(Event::PowerReached { goal }).await
    }

    /// Whether the host's power is seen to be so within a time of the device. A process that was suspended finds the time
    /// over at once, and has not looked yet.
    async fn is_at(&mut self, wanted: impl Fn(&HostPower) -> bool + Send, within: Duration) -> bool {
        let until = self.port.elapsed() + within;
        let least = if within.is_zero() { 1 } else { self.deadlines.least_looks };
        let mut looks = 0;
        loop {
            let now = self.port.elapsed();
            if self.port.power().await.is_ok_and(|power| wanted(&power)) {
                return true;
            }
            looks += 1;
            if now >= until && looks >= least {
                return false;
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }
}
