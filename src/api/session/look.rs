//! Looking about: resources and logs of a BMC, and one server beside another. Nothing is changed.

use std::collections::BTreeSet;

use super::Session;
use crate::{
    api::{
        compare::{self, CompareDocument},
        error::ApiError,
        explore::{EventsDocument, ResourceDocument},
    },
    domain::inventory::ServerId,
};

/// How many runs are looked through for servers that went wrong.
const RUNS_BACK: usize = 8;

impl Session {
    /// What the BMC of `server` answers at `path`.
    pub async fn resource(&self, server: ServerId, path: String) -> Result<ResourceDocument, ApiError> {
        let resource = self.engine.resource(server, &path).await?;
        Ok(ResourceDocument::of(server.to_string(), path, resource))
    }

    /// The logs that the BMC of `server` keeps of the machine's health.
    pub async fn event_logs(&self, server: ServerId) -> Result<EventsDocument, ApiError> {
        Ok(EventsDocument::of(server.to_string(), self.engine.event_logs(server).await?))
    }

    /// One server beside another, or beside a healthy one of its model.
    pub fn compare(&self, id: &str, with: Option<&str>) -> Result<CompareDocument, ApiError> {
        let (other, chosen) = match with {
            Some(with) => (with.to_owned(), "it was named".to_owned()),
            None => {
                let rows = self.fleet()?.servers;
                let peer = compare::healthy_peer(&rows, id, &self.went_wrong()?).map_err(ApiError::usage)?;
                (peer.id.clone(), "healthy, of the same model, and read last of those".to_owned())
            }
        };
        Ok(compare::servers(&self.server(id)?, &self.server(&other)?, chosen))
    }

    /// The servers whose last run did not end well.
    fn went_wrong(&self) -> Result<BTreeSet<String>, ApiError> {
        let (mut seen, mut wrong) = (BTreeSet::new(), BTreeSet::new());
        for head in self.run_heads()?.iter().take(RUNS_BACK) {
            // A run that cannot be read says so in its own list.
            let Ok(state) = self.engine.run_state(head.line.run) else { continue };
            for (plan, server) in &state.servers {
                let id = plan.id.to_string();
                if seen.insert(id.clone()) && server.state.went_wrong() {
                    wrong.insert(id);
                }
            }
        }
        Ok(wrong)
    }
}
