//! A look at BIOSes for a plan: no run, no lease, nothing changed.

use std::{collections::HashMap, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    port::Port,
    redfish::{RedfishPort, has_no_bios_settings},
};
use crate::{
    domain::{
        bios::{BiosReading, BiosWay},
        failure::Failure,
        inventory::{Inventory, ServerId},
        machine::Numbers,
        plan::ServerPlan,
        vendor::Vendor,
    },
    engine::Engine,
};

impl Engine {
    /// Reads the BIOS of each of `servers`, `limits.concurrency` at a time; why not, where it cannot be read. The inventory
    /// that is read on the way is recorded.
    pub async fn read_bioses(&self, servers: Vec<ServerPlan>) -> HashMap<ServerId, Result<BiosReading, String>> {
        let room = Arc::new(Semaphore::new(self.0.settings.now().config.limits.concurrency.max(1)));
        let mut tasks = JoinSet::new();
        for server in servers {
            let (engine, room) = (self.clone(), Arc::clone(&room));
            tasks.spawn(async move {
                // The semaphore is never closed.
                let _place = room.acquire_owned().await;
                (server.id, engine.read_bios(&server).await)
            });
        }
        let mut all = HashMap::new();
        while let Some(done) = tasks.join_next().await {
            // A task can only fail to join by a panic, which is a defect to be seen, not an outcome.
            all.extend([done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))]);
        }
        all
    }

    async fn read_bios(&self, server: &ServerPlan) -> Result<BiosReading, String> {
        let mut port = RedfishPort::new(self.clone(), None, server);
        let read = match port.inventory().await {
            Ok(inventory) if Numbers::of(&inventory).same_machine(&server.identity) => match port.bios().await {
                Err(failure) if has_no_bios_settings(&failure) => {
                    self.read_beside(&mut port, &inventory, failure).await
                }
                other => other,
            },
            Ok(_) => {
                port.leave().await;
                return Err("another machine answers at its address: read the inventory anew".into());
            }
            Err(failure) => Err(failure),
        };
        port.leave().await;
        read.map_err(|failure| failure.what)
    }

    /// Reads it by the vendor's tool, where Redfish has `none` of it.
    async fn read_beside(
        &self,
        port: &mut RedfishPort,
        inventory: &Inventory,
        none: Failure,
    ) -> Result<BiosReading, Failure> {
        let vendor = inventory.identity.vendor.value().and_then(|brand| Vendor::from_text(brand));
        let config = self.config();
        let tiers = config.ladder.of(port.target(), vendor);
        let tools = self.tools(false).await.toolbox();
        match BiosWay::beside_redfish(inventory.identity.stack, tools, tiers) {
            Ok(way) => {
                port.set_bios_by(way);
                port.bios().await
            }
            Err(Some(why)) => Err(Failure { what: format!("{} over Redfish; {why}", none.what), ..none }),
            Err(None) => Err(none),
        }
    }
}
