//! Acts of an operator on one BMC.

use super::Session;
use crate::{
    api::{
        error::ApiError,
        repair::{ConfirmRepair, LookAtRepair, RepairDocument, RepairEnd},
        wire::SCHEMA,
    },
    domain::inventory::ServerId,
};

impl Session {
    /// Shows what an act would be done to.
    pub async fn look_at_repair(&self, server: ServerId, look: LookAtRepair) -> Result<RepairDocument, ApiError> {
        let shown = self.engine.look_at_repair(server, look.repair, look.while_busy).await?;
        Ok(RepairDocument::of(server.to_string(), &shown))
    }

    /// Does what was confirmed.
    pub async fn repair(&self, server: ServerId, confirmed: ConfirmRepair, actor: &str) -> Result<RepairEnd, ApiError> {
        let ConfirmRepair { look: LookAtRepair { repair, while_busy }, digest } = confirmed;
        let act = repair.to_string();
        let outcome = self.engine.repair(server, repair, while_busy, &digest, actor).await?;
        Ok(RepairEnd { schema: SCHEMA, server: server.to_string(), act, outcome })
    }
}
