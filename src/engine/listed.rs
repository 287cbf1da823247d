//! What a BMC's Redfish does not list, read by its vendor's tool: iDRACs before 2.60 have no firmware inventory
//! (dell/iDRAC-Redfish-Scripting#4 and #118), and an iLO whose service links none still has it in its resource directory, by
//! which ilorest goes.

use tokio_util::sync::CancellationToken;

use super::{Engine, tool_lines::ToolSink};
use crate::{
    bmc::tools::{
        Access, Ears,
        ilorest::{self, Ilorest},
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
        let (name, command) = match inventory.identity.stack {
            Stack::Idrac => (ToolName::Racadm, racadm::COMMAND),
            Stack::Ilo => (ToolName::Ilorest, ilorest::COMMAND),
            _ => return,
        };
        if lists_firmware(inventory) {
            return;
        }
        let brand = inventory.identity.vendor.value().cloned();
        match self.listed_by(name, target, brand.as_deref()).await {
            Ok(more) => inventory.components.extend(more),
            Err(why) => {
                let what = format!("its Redfish lists no firmware, and {name} does not tell it: {why}");
                inventory.notes.push(Note { at: command.into(), what });
            }
        }
    }

    async fn listed_by(&self, name: ToolName, target: &Target, brand: Option<&str>) -> Result<Vec<Component>, String> {
        let program = self.tools(false).await.program(name)?;
        let credentials = self.tool_credentials(target).await.map_err(|failure| failure.what)?;
        let sink = ToolSink::new(self, target.endpoint.clone(), program.name);
        let access = Access::new(target.endpoint.clone(), credentials);
        let (runner, stop) = (self.runner().clone(), CancellationToken::new());
        let ears = Ears { sink: &sink, stop: &stop };
        let listed = if name == ToolName::Ilorest {
            let listed = Ilorest::new(runner, program, access).inventory(ears).await;
            listed.map(|listed| ilorest::components(&listed, brand, self.clock().now()))
        } else {
            let listed = Racadm::new(runner, program, access).inventory(ears).await;
            listed.map(|listed| racadm::components(&listed, brand, self.clock().now()))
        };
        listed.map_err(|trouble| trouble.to_string())
    }
}

/// Whether any version came out of Redfish's firmware inventory.
fn lists_firmware(inventory: &Inventory) -> bool {
    let is_listed = |component: &Component| matches!(&component.version, Reading::Known { from, .. } if from.path.contains("/FirmwareInventory"));
    inventory.components.iter().any(is_listed)
}
