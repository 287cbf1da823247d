//! pre_flight: may anything be done at all.

use super::{
    port::{Idle, Port},
    worker::{Aborted, Ledger, Unread, Worker},
};
use crate::{
    domain::{
        failure::{Failure, Weight},
        inventory::Inventory,
        phase::{Phase, State},
        plan::PowerPolicy,
        run::{Event, Step},
        verdict::Verdict,
    },
    store::StoreError,
};

/// Why a BMC is not given anything to do.
pub(super) enum NotIdle {
    Busy(String),
    Aborted,
}

/// Why a phase goes no further.
pub(super) enum Over {
    /// A step says no.
    State(State),
    /// An operator interrupted it.
    Aborted,
    /// The journal cannot be written.
    Store(StoreError),
}

impl From<StoreError> for Over {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn blocked(why: impl Into<String>) -> State {
    State::Blocked { why: why.into() }
}

/// A failure as the state of a step that only read.
fn of_failure(failure: Failure) -> State {
    let why = format!("{}; {}; next: {}", failure.what, failure.state, failure.next);
    if failure.weight == Weight::Blocked { State::Blocked { why } } else { State::Failed { why } }
}

impl<P: Port, L: Ledger> Worker<P, L> {
    /// May anything be done at all. The first step that says no ends it.
    pub(super) async fn pre_flight(&mut self) -> Result<(), StoreError> {
        let outcome = self.pre_flight_steps().await;
        self.end_phase(Phase::PreFlight, outcome).await
    }

    /// Ends a phase as its steps ended. One that was interrupted stays open: what comes next says so.
    pub(super) async fn end_phase(&mut self, phase: Phase, outcome: Result<(), Over>) -> Result<(), StoreError> {
        let state = match outcome {
            Ok(()) => State::Done,
            Err(Over::State(state)) => state,
            Err(Over::Aborted) => return Ok(()),
            Err(Over::Store(error)) => return Err(error),
        };
        self.say(Event::PhaseEnded { phase, state }).await
    }

    /// Writes down how a step ended, and lets the phase go on where it may.
    pub(super) async fn step(&mut self, step: Step, state: State) -> Result<(), Over> {
        self.step_of(step, state, None).await
    }

    /// As [`Worker::step`], with the word of the failure to read the BMC that made it end so.
    pub(super) async fn step_of(&mut self, step: Step, state: State, kind: Option<String>) -> Result<(), Over> {
        let ended = Event::StepEnded { phase: step.phase(), step: step.word().into(), state: state.clone(), kind };
        self.say(ended).await?;
        if state.lets_go_on() { Ok(()) } else { Err(Over::State(state)) }
    }

    async fn pre_flight_steps(&mut self) -> Result<(), Over> {
        let lease = self.port.lease().await.map_or_else(blocked, |()| State::Done);
        self.step(Step::Lease, lease).await?;
        let inventory = self.enter().await?;
        let privilege = match self.port.privilege().await {
            Ok(verdict) => of_verdict(verdict),
            Err(failure) => of_failure(failure),
        };
        self.step(Step::Privilege, privilege).await?;
        let health = match inventory.health.value().map(String::as_str) {
            Some("Critical") => blocked("its health is Critical; nothing was changed on it; next: mend that first"),
            _ => State::Done,
        };
        self.step(Step::Health, health).await?;
        let power = self.power_allows(&inventory).err().unwrap_or(State::Done);
        self.step(Step::Power, power).await?;
        let idle = match self.until_idle().await {
            Ok(()) => State::Done,
            Err(NotIdle::Busy(why)) => blocked(why),
            Err(NotIdle::Aborted) => return Err(Over::Aborted),
        };
        self.step(Step::Idle, idle).await?;
        let gates = self.until_gates_open().await?;
        self.step(Step::VendorGates, gates).await?;
        let images = self.images().await;
        self.step(Step::Images, images).await
    }

    /// Reaches the BMC and makes sure who it is: one reading, of which each step that was passed is written down.
    async fn enter(&mut self) -> Result<Inventory, Over> {
        let (failed, state, kind) = match self.read().await {
            Ok(inventory) => {
                for step in Step::ENTERING {
                    self.step(step, State::Done).await?;
                }
                return Ok(inventory);
            }
            Err(Unread::Aborted) => return Err(Over::Aborted),
            Err(Unread::AnotherMachine(why)) => (Step::Identity, blocked(why), None),
            Err(Unread::Failed(failure)) => {
                let kind = failure.kind.clone();
                (Step::of_failure(&kind), of_failure(failure), Some(kind))
            }
        };
        for step in Step::ENTERING.into_iter().take_while(|step| *step != failed) {
            self.step(step, State::Done).await?;
        }
        self.step_of(failed, state.clone(), kind).await?;
        Err(Over::State(state))
    }

    /// Waits while a vendor's condition does not hold that will by itself: a host in POST, a controller at work.
    async fn until_gates_open(&mut self) -> Result<State, Over> {
        let until = self.port.elapsed() + self.deadlines.post;
        loop {
            // A deadline counts for a look that began after it: an answer may have lain there.
            let now = self.port.elapsed();
            let why = match self.port.gates(&self.plan).await {
                Ok(Verdict::NotYet(why)) => why,
                Ok(verdict) => return Ok(of_verdict(verdict)),
                Err(failure) if failure.weight == Weight::Blocked => return Ok(of_failure(failure)),
                Err(failure) => failure.what,
            };
            if now >= until {
                let minutes = self.deadlines.post.as_secs() / 60;
                let state = "nothing was changed on it";
                let next = "see why on the BMC's own page, then run again";
                return Ok(blocked(format!("{why}, for {minutes} minutes now; {state}; next: {next}")));
            }
            self.pause(self.deadlines.poll).await.map_err(|Aborted| Over::Aborted)?;
        }
    }

    /// Whether the images of what is still to be done are there and intact.
    async fn images(&mut self) -> State {
        for index in 0..self.plan.updates.len() {
            let update = self.update(index);
            if self.run.updates[index].settled.is_none()
                && let Err(why) = self.port.check_image(&update).await
            {
                return blocked(format!("image {}: {why}", update.image.id));
            }
        }
        State::Done
    }

    /// Whether the policy lets this plan's resets be made on the host as it is now.
    fn power_allows(&self, inventory: &Inventory) -> Result<(), State> {
        let needed = self.plan.updates.iter().any(|update| update.host_reset || update.host_off)
            || self.plan.bios.as_ref().is_some_and(|bios| bios.resets_host);
        let Some(power) = inventory.power.value() else {
            let why = "the BMC does not say whether the host is on".to_owned();
            return if needed { Err(State::Blocked { why }) } else { Ok(()) };
        };
        match self.options.power {
            PowerPolicy::Never if needed => Err(State::Blocked { why: "the plan needs a host reset".into() }),
            PowerPolicy::IfOff if needed && power != "Off" => {
                Err(State::Blocked { why: "the host is on, and the power policy is \"if_off\"".into() })
            }
            _ => Ok(()),
        }
    }

    /// Waits while somebody else works on the BMC. What waits for the reset that we shall make does not count.
    pub(super) async fn until_idle(&mut self) -> Result<(), NotIdle> {
        let until = self.port.elapsed() + self.deadlines.busy;
        loop {
            let now = self.port.elapsed();
            let Err(why) = self.is_idle().await else { return Ok(()) };
            if now >= until {
                return Err(NotIdle::Busy(why));
            }
            self.pause(self.deadlines.poll).await.map_err(|Aborted| NotIdle::Aborted)?;
        }
    }

    /// As [`Worker::until_idle`], where something is given back: no abort interrupts that.
    pub(super) async fn until_idle_whatever(&mut self) -> Result<(), String> {
        let until = self.port.elapsed() + self.deadlines.busy;
        loop {
            let now = self.port.elapsed();
            let Err(why) = self.is_idle().await else { return Ok(()) };
            if now >= until {
                return Err(why);
            }
            self.port.wait(self.deadlines.poll).await;
        }
    }

    async fn is_idle(&mut self) -> Result<(), String> {
        match self.idle().await {
            Ok(Idle::Yes) => Ok(()),
            Ok(Idle::No { what, .. }) => Err(format!("somebody else works on it: {what}")),
            Err(failure) => Err(failure.what),
        }
    }
}

fn of_verdict(verdict: Verdict) -> State {
    match verdict {
        Verdict::Holds => State::Done,
        Verdict::Unknown(why) => State::Skipped { why },
        Verdict::NotYet(why) => blocked(why),
        Verdict::Refuses { what, next } => blocked(format!("{what}; nothing was changed on it; next: {next}")),
    }
}
