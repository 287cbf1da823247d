//! When an engine was last at work here: an absence of some length holds what would be pushed or reset.

use std::{fs, path::PathBuf, time::Duration};

use jiff::Timestamp;

use super::{Engine, run::RunError};

/// How often an engine that carries runs says that it is there.
pub const BEAT: Duration = Duration::from_secs(30);

impl Engine {
    /// Goes on with what an engine before this one left under way.
    pub async fn resume_what_was_left(&self) -> Result<(), RunError> {
        let seen = self.last_beat();
        for (run, last) in self.0.store.open_runs()? {
            let seen = seen.map_or(last, |seen| seen.max(last));
            if self.carried().contains(&run) {
                continue;
            }
            match self.resume_unattended(run, "the engine", seen).await {
                Ok(()) => {}
                // The others go on; this one stays to be seen in the list of runs.
                Err(error) => tracing::error!(run, %error, "a run that was left is not gone on with"),
            }
        }
        self.beat();
        Ok(())
    }

    /// Says that an engine is at work now. Where that cannot be written, a later one takes the absence for longer.
    pub fn beat(&self) {
        if let Err(error) = fs::write(self.alive_file(), self.0.clock.now().to_string()) {
            tracing::warn!(%error, "it cannot be noted that the engine is at work");
        }
    }

    /// When an engine was at work here last, as far as is known.
    #[must_use]
    pub fn last_beat(&self) -> Option<Timestamp> {
        fs::read_to_string(self.alive_file()).ok()?.trim().parse().ok()
    }

    fn alive_file(&self) -> PathBuf {
        self.0.directory.path().join("engine.alive")
    }
}
