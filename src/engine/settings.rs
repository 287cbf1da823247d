//! What the operator has configured, as it stands now: the configuration file can be changed while an engine runs.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use crate::{
    bmc::redfish::client::Timeouts,
    config::{Config, credentials::CredentialBook},
    engine::Engine,
};

/// A configuration and what follows from it.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) book: CredentialBook,
    pub(super) timeouts: Timeouts,
}

impl Settings {
    pub(super) fn new(config: Config, book: CredentialBook) -> Self {
        let limits = config.limits;
        let mut timeouts = Timeouts::default();
        timeouts.reach.connect = Duration::from_secs(limits.connect_s);
        timeouts.reach.handshake = Duration::from_secs(limits.handshake_s);
        timeouts.read = Duration::from_secs(limits.read_s);
        timeouts.inventory = Duration::from_secs(limits.inventory_s);
        timeouts.gap = Duration::from_millis(limits.request_gap_ms);
        timeouts.session = timeouts.session.min(timeouts.read);
        timeouts.root = timeouts.root.min(timeouts.read);
        Self { config, book, timeouts }
    }
}

impl Engine {
    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        self.0.settings.now().config.clone()
    }
}

/// The settings in force. What is under way keeps those that it began with.
pub(super) struct InForce(RwLock<Arc<Settings>>);

impl InForce {
    pub(super) fn new(settings: Settings) -> Self {
        Self(RwLock::new(Arc::new(settings)))
    }

    pub(super) fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, settings: Settings) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}
