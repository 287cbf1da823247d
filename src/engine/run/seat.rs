//! What every worker's hold on a BMC begins with: the lease, the lock for the whole machine, and the verified image.

use std::fs::File;

use super::lock;
use crate::{
    domain::{
        digest::Sha256,
        inspected::Inspected,
        inventory::ServerId,
        plan::{ServerPlan, Update},
        target::Target,
    },
    engine::Engine,
    file_body::OpenFile,
    images::repository::{Entry, Opened},
};

/// A worker's place at one BMC.
pub(super) struct Seat {
    pub(super) engine: Engine,
    /// The run that it works for; absent where nothing but a look is taken.
    pub(super) run: Option<i64>,
    pub(super) server: ServerId,
    pub(super) target: Target,
    identity: String,
    lock: Option<File>,
}

impl Seat {
    pub(super) fn new(engine: Engine, run: Option<i64>, plan: &ServerPlan) -> Self {
        let stored = engine.0.store.target(&plan.endpoint).ok().flatten();
        Self {
            run,
            server: plan.id,
            target: stored.unwrap_or_else(|| Target::at(plan.endpoint.host.clone(), plan.endpoint.port)),
            identity: lock::name_of(&plan.identity),
            lock: None,
            engine,
        }
    }

    pub(super) fn endpoint(&self) -> String {
        self.target.endpoint.to_string()
    }

    /// Who started a run of this engine.
    fn actor_of(&self, run: i64) -> Option<String> {
        self.engine.0.store.run_actor(run).ok().flatten()
    }

    /// What is said to a run that comes second.
    fn held_by(&self, other: i64) -> String {
        let actor = self.actor_of(other).unwrap_or_else(|| "nobody knows whom".into());
        let next = if self.engine.carried().contains(&other) {
            format!("wait for it (`firmdeck runs attach {other}`), or end it (`firmdeck runs stop {other}`)")
        } else {
            format!("nobody carries that one: `firmdeck runs resume {other}`")
        };
        format!("run {other} holds this server: started by {actor}; next: {next}")
    }

    /// Takes the lease of the server and the lock of its BMC. A mere look lets go of both at once.
    pub(super) async fn lease(&mut self) -> Result<(), String> {
        let store = &self.engine.0.store;
        let holder = match self.run {
            Some(run) => store.lease(self.server, run, self.engine.clock().now()).await.map(Result::err),
            None => store.lease_holder(self.server),
        };
        match holder {
            Ok(None) => {}
            Ok(Some(other)) => return Err(self.held_by(other)),
            Err(error) => return Err(error.to_string()),
        }
        if self.lock.is_none() {
            let holder = self.run.map(|run| lock::Holder {
                run,
                actor: self.actor_of(run).unwrap_or_default(),
                process: std::process::id(),
                state_dir: self.engine.0.directory.path().display().to_string(),
            });
            let lock = lock::take(&self.engine.0.locks, &self.identity, holder.as_ref())?;
            self.lock = Some(lock).filter(|_| self.run.is_some());
        }
        Ok(())
    }

    /// Lets go of the lock.
    pub(super) fn release(&mut self) {
        self.lock = None;
    }

    /// The bytes of the image of `update`, and what they say of themselves.
    pub(super) async fn image(&self, update: &Update) -> Result<(OpenFile, Inspected), String> {
        let (file, entry) = self.opened(update.image.sha256).await?;
        let inspected = entry.inspected.ok_or("what the file says of itself was not read")?;
        Ok((file, inspected))
    }

    /// The bytes of a file of the repository: those that were verified, whatever becomes of the file's name.
    pub(super) async fn opened(&self, sha256: Sha256) -> Result<(OpenFile, Box<Entry>), String> {
        let (engine, now) = (self.engine.clone(), self.engine.clock().now());
        let opened = tokio::task::spawn_blocking(move || engine.0.images.open_verified(sha256, now, &mut |_| {}));
        match opened.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
            Ok(Opened::Intact { file, entry }) => Ok((file, entry)),
            Ok(Opened::Broken { why, .. }) => Err(why.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}
