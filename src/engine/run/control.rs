//! What operators say to a run under way: abort it, let it go on after an absence. Stopping stands with the supervisor.

use jiff::Timestamp;

use super::supervisor::RunError;
use crate::{
    domain::{
        inventory::ServerId,
        run::{NotNow, RunEvent, asked, holds, may_abort},
    },
    engine::Engine,
    store::StoreError,
};

/// What an abort does on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortOne {
    /// Which.
    pub server: ServerId,
    /// Its name, or its address where it has none.
    pub name: String,
    /// Whether it is interrupted; what is under way there and for how long, where it is only stopped.
    pub outcome: Result<(), NotNow>,
}

/// What an abort does, by server that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AbortOutcome {
    /// In the plan's order.
    pub servers: Vec<AbortOne>,
}

impl Engine {
    /// Aborts a run of this engine: servers that may be interrupted are, all others finish what is under way and begin
    /// nothing new. What was borrowed is given back on both.
    pub async fn abort_run(&self, id: i64, actor: &str) -> Result<AbortOutcome, RunError> {
        let control = self.control(id).ok_or(RunError::NotUnderWay(id))?;
        self.say(id, &RunEvent::AbortAsked { actor: actor.into() }).await?;
        let (state, now) = (self.run_state(id)?, self.clock().now());
        let open = state.servers.iter().filter(|(_, run)| !run.state.is_over());
        let servers = open.map(|(plan, run)| AbortOne {
            server: plan.id,
            name: plan.name.clone().unwrap_or_else(|| plan.endpoint.to_string()),
            outcome: may_abort(plan, run, now),
        });
        let outcome = AbortOutcome { servers: servers.collect() };
        control.send_modify(|control| control.abort = true);
        Ok(outcome)
    }

    /// Lets a run of this engine push and reset again that waits for a person. False where none waits.
    pub async fn release_hold(&self, id: i64, actor: &str) -> Result<bool, StoreError> {
        let Some(control) = self.control(id).filter(|control| control.borrow().hold) else { return Ok(false) };
        self.say(id, &RunEvent::HoldReleased { actor: actor.into() }).await?;
        control.send_modify(|control| control.hold = false);
        Ok(true)
    }

    /// Goes on with a run whose engine has ended, though no person says so: it reads and verifies; after an absence of
    /// more than [`ABSENCE`](crate::domain::run::ABSENCE) new pushes and resets wait for [`Engine::release_hold`].
    ///
    /// `seen`: the last sign of life of the engine that carried it.
    pub async fn resume_unattended(&self, id: i64, actor: &str, seen: Timestamp) -> Result<(), RunError> {
        let lock = self.lock_run(id).await?;
        let state = self.run_state(id)?;
        let mut control = asked(state.whole.iter().map(|(_, event)| event));
        self.say(id, &RunEvent::Resumed { actor: actor.into(), unattended: true }).await?;
        if !control.hold && holds(seen, self.clock().now()) {
            control.hold = true;
            let why = "the engine was away for more than 10 minutes".into();
            self.say(id, &RunEvent::Held { why }).await?;
        }
        self.set_off(id, lock, control)
    }
}
