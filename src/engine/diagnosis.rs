//! Evidence of what did not go as it was wanted, put together from journal, inventory and transcript.

use super::{Engine, run::RunState, transcripts};
use crate::{
    domain::{
        diagnosis::{self, BmcFacts, Diagnosis, Rules},
        inventory::ServerId,
    },
    store::StoreError,
};

impl Engine {
    /// What `rules` say of each update of a server that did not succeed, by its index, or of the server as a whole.
    /// Nothing for a server that is not over, or ended well.
    pub fn diagnoses(
        &self,
        rules: &Rules,
        state: &RunState,
        server: ServerId,
    ) -> Result<Vec<(Option<usize>, Diagnosis)>, StoreError> {
        let Some((plan, run)) = state.server(server) else { return Ok(Vec::new()) };
        let known = self.0.store.server(server)?;
        let bmc = known.iter().find_map(|one| one.inventory.as_ref()).map(BmcFacts::of).unwrap_or_default();
        let evidence = diagnosis::of_server(state.row.id, &bmc, plan, run);
        let windows = evidence.iter().filter_map(|one| one.window);
        let exchanges = match windows.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) {
            None => Vec::new(),
            Some((from, to)) => {
                self.0.transcripts.settle();
                let directory = self.0.directory.transcripts();
                transcripts::between(&directory, &plan.endpoint.to_string(), from, to).unwrap_or_else(|error| {
                    tracing::warn!(%error, "a transcript cannot be read");
                    Vec::new()
                })
            }
        };
        let told = evidence.into_iter().map(|one| {
            let update = one.update.as_ref().map(|update| update.index);
            (update, rules.diagnose(&one.with(&exchanges)))
        });
        Ok(told.collect())
    }
}
