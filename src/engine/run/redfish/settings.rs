//! What is changed on a BMC for the time of a push, and its own reset.

use serde_json::Value;

use super::{Known, RedfishPort, plain};
use crate::{
    bmc::{
        error::Error,
        redfish::update::{
            ApplyTime, UPDATE_SERVICE, UpdateRequest, claim,
            power::{self, Commanded},
        },
    },
    domain::{failure::Failure, offers::Method, plan::Update, run::Loan},
    engine::run::port::Set,
};

impl Known {
    /// `update` as this BMC is asked for it.
    pub(super) fn request<'a>(&'a self, update: &'a Update) -> UpdateRequest<'a> {
        UpdateRequest {
            kind: update.kind,
            targets: &update.targets,
            system: &self.system,
            manager: &self.manager,
            maker: self.maker.as_deref(),
            file: &update.image.file,
            apply: if update.host_reset { ApplyTime::OnReset } else { ApplyTime::Immediate },
        }
    }
}

impl RedfishPort {
    pub(super) async fn what_to_borrow(&mut self, update: &Update, method: Method) -> Result<Option<Loan>, Failure> {
        // A tool claims for itself what it needs.
        if method.tool().is_some() {
            return Ok(None);
        }
        let (endpoint, known) = (self.endpoint(), self.known().await?);
        let client = self.client().await?;
        let service = client.get(UPDATE_SERVICE, client.timeouts().read).await;
        let service = self.or_hang_up(service.map_err(|error| error.failure(&endpoint))).await?;
        Ok(claim::loan(known.stack, &service, &known.request(update), method))
    }

    pub(super) async fn patch(&mut self, uri: &str, settings: &Value) -> Result<Set, Failure> {
        let endpoint = self.endpoint();
        let client = self.client().await?;
        let outcome = patch_with_tag(client, uri, settings).await;
        self.or_hang_up(outcome.map_err(|error| error.failure(&endpoint))).await
    }

    pub(super) async fn restart_bmc(&mut self) -> Result<(), Failure> {
        let known = self.known().await?;
        let client = self.client().await?;
        let commanded = power::reset_bmc(client, &known.manager).await;
        self.hang_up().await;
        match commanded {
            // Whether an unclear one came about shows in the version.
            Commanded::Taken | Commanded::Unknown { .. } => Ok(()),
            Commanded::NotOffered { .. } => Err(plain("not_offered", "the BMC does not offer its own reset")),
            Commanded::Busy { why, .. } | Commanded::Refused { why, .. } | Commanded::NotSent { why } => {
                Err(plain("refused", &format!("the BMC did not take its own reset: {why}")))
            }
        }
    }
}

/// PATCHes against the tag that the resource has now; one that changed meanwhile, or a weak one that is not taken, is
/// sent once more without.
async fn patch_with_tag(
    client: &mut crate::bmc::redfish::client::Client,
    uri: &str,
    settings: &Value,
) -> Result<Set, Error> {
    let read = client.timeouts().read;
    let change = client.timeouts().change;
    let tag =
        client.get_reply(uri, read).await?.headers.get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let mut reply = client.patch(uri, settings, tag.as_deref(), change).await?;
    if reply.status.as_u16() == 412 {
        reply = client.patch(uri, settings, Some("*"), change).await?;
    }
    match client.refusal(&hyper::Method::PATCH, uri, &reply) {
        _ if reply.status.is_success() => Ok(Set::Taken),
        Error::Http { status: 429 | 500.., .. } => Err(client.refusal(&hyper::Method::PATCH, uri, &reply)),
        error => Ok(Set::Refused { why: error.to_string() }),
    }
}
