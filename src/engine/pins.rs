//! Accepting and importing pins.

use serde_json::Value;
use tokio::time::Duration;

use super::Engine;
use crate::{
    bmc::{
        Error,
        connection::{Connection, Levels, Reach},
        redfish::client::{Client, Setup},
        tls::{Fingerprint, Level, Trust},
    },
    domain::{
        failure::Failure,
        target::{Endpoint, Target},
    },
    store::{Origin, Pin, StoreError},
};

/// A pin that was accepted: what it was before, what it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The pin before, if there was one.
    pub before: Option<Fingerprint>,
    /// The pin now.
    pub now: Fingerprint,
    /// The TLS level that the handshake needed.
    pub level: Level,
}

impl Engine {
    /// Looks at the certificate that `endpoint` shows now and pins it. Sends no HTTP, so no credential.
    ///
    /// `level`: the lowest TLS level that the operator allows for this BMC, overriding policy.
    pub async fn accept_pin(
        &self,
        endpoint: Endpoint,
        level: Option<Level>,
    ) -> Result<Result<Accepted, Error>, StoreError> {
        let pin = self.0.store.pin(&endpoint)?;
        let settings = self.0.settings.now();
        let lowest = level.unwrap_or(settings.config.tls.lowest);
        let reach = Reach { connect: settings.timeouts.reach.connect, handshake: Duration::from_secs(30) };
        let levels = Levels { known: None, lowest };
        let connection = match Connection::open(&endpoint, &Trust::FirstContact, levels, reach).await {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        let peer = connection.peer.clone();
        let accepted = Pin {
            endpoint,
            fingerprint: Some(peer.fingerprint),
            level: Some(peer.level),
            origin: Origin::Accepted,
            since: self.0.clock.now(),
        };
        self.0.store.set_pins(vec![accepted]).await?;
        Ok(Ok(Accepted { before: pin.and_then(|pin| pin.fingerprint), now: peer.fingerprint, level: peer.level }))
    }

    /// Looks at what answers where another certificate is pinned: the pin, the certificate that is shown, and the service
    /// root. No credential is sent.
    pub(super) async fn look_at_stranger(&self, target: &Target) -> Result<(Fingerprint, Fingerprint, Value), Failure> {
        let at = target.endpoint.to_string();
        let pin = self.0.store.pin(&target.endpoint).ok().flatten();
        let Some(pinned) = pin.as_ref().and_then(|pin| pin.fingerprint) else {
            return Err(Error::CalledOff.failure(&at));
        };
        // First contact sends what is public and holds on to the certificate that it met.
        let setup = Setup { trust: Trust::FirstContact, ..self.setup(target, pin.as_ref()) };
        let mut client = Client::new(setup);
        let shown = client.connect().await.map_err(|error| error.failure(&at))?.fingerprint;
        let root = client.root().await.map_err(|error| error.failure(&at))?;
        Ok((pinned, shown, root))
    }

    /// Pins `shown` instead of what was pinned. How the BMC came to be trusted, and its level, stay.
    pub(super) async fn repin(&self, target: &Target, shown: Fingerprint) -> Result<(), StoreError> {
        let Some(pin) = self.0.store.pin(&target.endpoint)? else { return Ok(()) };
        let now = Pin { fingerprint: Some(shown), since: self.0.clock.now(), ..pin };
        self.0.store.set_pins(vec![now]).await
    }
}
