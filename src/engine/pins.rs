//! Accepting and importing pins.

use tokio::time::Duration;

use super::Engine;
use crate::{
    bmc::{
        Error,
        connection::{Connection, Levels, Reach},
        tls::{Fingerprint, Level, Trust},
    },
    domain::target::Endpoint,
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
}
