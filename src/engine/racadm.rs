//! What an iDRAC's Redfish does not list, read by racadm: those before 2.60 have no firmware inventory (dell/iDRAC-Redfish-
//! Scripting#4 and #118).

use tokio_util::sync::CancellationToken;

use super::{Engine, tool_lines::ToolSink};
use crate::{
    bmc::tools::{
        Ears,
        racadm::{self, Racadm},
    },
    domain::{
        inventory::{Component, Inventory, Note, Stack},
        reading::Reading,
        target::Target,
        toolbox::ToolName,
    },
};

impl Engine {
    /// Adds them to `inventory`; a note says why, where they cannot be read.
    pub(super) async fn complete(&self, target: &Target, inventory: &mut Inventory) {
        if inventory.identity.stack != Stack::Idrac || lists_firmware(inventory) {
            return;
        }
        let brand = inventory.identity.vendor.value().cloned();
        match self.by_racadm(target, brand.as_deref()).await {
            Ok(more) => inventory.components.extend(more),
            Err(why) => {
                let what = format!("its Redfish lists no firmware, and racadm does not tell it: {why}");
                inventory.notes.push(Note { at: racadm::COMMAND.into(), what });
            }
        }
    }

    async fn by_racadm(&self, target: &Target, brand: Option<&str>) -> Result<Vec<Component>, String> {
        let program = self.tools(false).await.program(ToolName::Racadm)?;
        let credentials = self.tool_credentials(target).await.map_err(|failure| failure.what)?;
        let sink = ToolSink::new(self, target.endpoint.clone(), program.name);
        let access = racadm::Access::new(target.endpoint.clone(), credentials);
        let tool = Racadm::new(self.runner().clone(), program, access);
        let stop = CancellationToken::new();
        let listed = tool.inventory(Ears { sink: &sink, stop: &stop }).await.map_err(|trouble| trouble.to_string())?;
        Ok(racadm::components(&listed, brand, self.clock().now()))
    }
}

/// Whether any version came out of Redfish's firmware inventory.
fn lists_firmware(inventory: &Inventory) -> bool {
    let is_listed = |component: &Component| matches!(&component.version, Reading::Known { from, .. } if from.path.contains("/FirmwareInventory"));
    inventory.components.iter().any(is_listed)
}
