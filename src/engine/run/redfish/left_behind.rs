//! What a push that nobody saw the end of has left on a BMC.

use super::{super::port::Intended, RedfishPort, parameters, vendors::mark};
use crate::{
    bmc::redfish::update::{dell_push, uploaded},
    domain::{attempt::Receipt, failure::Failure, offers::Method, plan::Update},
};

impl RedfishPort {
    /// What to follow of it, if the BMC has its image: by the mark that we gave it, by the entry in which it lies, or by
    /// the task that verified it.
    pub(super) async fn left_behind(
        &mut self,
        update: &Update,
        intended: Intended,
    ) -> Result<Option<Receipt>, Failure> {
        let known = self.known().await?;
        let (endpoint, clock) = (self.endpoint(), self.clock());
        let age = clock.now().duration_since(intended.at).unsigned_abs().mul_f64(clock.speed());
        let client = self.client().await?;
        let found = match intended.method {
            Method::IloUpload => uploaded::marked(client, known.stack, &mark(update, intended)).await,
            Method::IloQueue => {
                let found = uploaded::marked(client, known.stack, &mark(update, intended)).await;
                let file = update.image.file.clone();
                found.map(|found| found.map(|receipt| Receipt { image: Some(file), ..receipt }))
            }
            Method::DellPush => {
                let entry = dell_push::available(client, &known.offers, &update.component, &update.to).await;
                entry.map(|entry| entry.map(|image| Receipt { image: Some(image), ..Receipt::default() }))
            }
            tool if tool.tool().is_some() => Ok(None),
            _ if parameters::wants_start_update(known.stack) => uploaded::uploaded(client, update.kind, age).await,
            _ => Ok(None),
        };
        self.or_hang_up(found.map_err(|error| error.failure(&endpoint))).await
    }
}
