//! pre_flight of a plan, and nothing else: no run, no lease, nothing changed.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{
    ipmi::IpmiPort,
    redfish::RedfishPort,
    worker::{Ledger, Worker},
};
use crate::{
    clock::Clock,
    domain::{
        inventory::ServerId,
        phase::{Phase, State},
        plan::{Options, Plan, ServerPlan},
        run::{Control, Event, ServerRun, StepRecord},
        target::Endpoint,
    },
    engine::Engine,
    store::StoreError,
};

/// What pre_flight says of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which.
    pub server: ServerId,
    /// Where it is.
    pub endpoint: Endpoint,
    /// The operator's name for it.
    pub name: Option<String>,
    /// The steps that were taken; the first that says no is the last.
    pub steps: Vec<StepRecord>,
    /// How pre_flight ended. Skipped where the plan does nothing, blocked where it refuses the server.
    pub state: State,
}

impl Engine {
    /// Takes pre_flight for each server of `plan`, `limits.concurrency` at a time. What comes back is in the plan's
    /// order. Nothing is written down as a run, no lease stays, and nothing is changed on a BMC.
    pub async fn check(&self, plan: Plan) -> Result<Vec<Checked>, StoreError> {
        let options = plan.options;
        let room = Arc::new(Semaphore::new(self.0.settings.now().config.limits.concurrency.max(1)));
        let mut tasks = JoinSet::new();
        for (index, server) in plan.servers.into_iter().enumerate() {
            let (engine, room) = (self.clone(), Arc::clone(&room));
            tasks.spawn(async move {
                // The semaphore is never closed.
                let _place = room.acquire_owned().await;
                (index, engine.check_one(server, options).await)
            });
        }
        let mut all = Vec::new();
        while let Some(done) = tasks.join_next().await {
            // A task can only fail to join by a panic, which is a defect to be seen, not an outcome.
            let (index, checked) = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            all.push((index, checked?));
        }
        all.sort_by_key(|(index, _)| *index);
        Ok(all.into_iter().map(|(_, checked)| checked).collect())
    }

    async fn check_one(&self, plan: ServerPlan, options: Options) -> Result<Checked, StoreError> {
        let (server, endpoint, name) = (plan.id, plan.endpoint.clone(), plan.name.clone());
        let told = |steps, state| Checked { server, endpoint, name, steps, state };
        if let Some(why) = plan.refused.as_ref().filter(|why| !why.is_well()) {
            return Ok(told(Vec::new(), State::Blocked { why: why.to_string() }));
        }
        if !plan.has_work() {
            return Ok(told(Vec::new(), State::Skipped { why: "the plan does nothing on it".into() }));
        }
        let run = ServerRun::of(&plan);
        let ledger = Unwritten(self.clock().clone());
        // Nobody calls a look off; its waits have deadlines.
        let (_control, said) = watch::channel(Control::default());
        let uploads = Arc::new(Semaphore::new(1));
        let run = if self.speaks_ipmi_alone(server)? {
            let port = IpmiPort::new(self.clone(), None, &plan);
            Worker::new((plan, options), run, port, ledger, said, uploads).check().await?
        } else {
            let port = RedfishPort::new(self.clone(), None, &plan);
            Worker::new((plan, options), run, port, ledger, said, uploads).check().await?
        };
        let mut phases = run.phases.into_iter();
        let mut of = |phase| phases.find(|record| record.phase == phase).map(|record| (record.steps, record.state));
        let (mut steps, mut state) = of(Phase::PreFlight).unwrap_or_default();
        // The look at a BIOS ends no phase: its last step says how it went.
        steps.extend(of(Phase::BiosConfiguration).unwrap_or_default().0);
        if let Some(last) = steps.last().filter(|last| state.lets_go_on() && !last.state.lets_go_on()) {
            state = last.state.clone();
        }
        Ok(told(steps, state))
    }
}

/// A journal that nobody keeps.
struct Unwritten(Clock);

impl Ledger for Unwritten {
    async fn append(&mut self, _: &Event) -> Result<Timestamp, StoreError> {
        Ok(self.0.now())
    }
}
