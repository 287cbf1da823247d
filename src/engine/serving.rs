//! Where BMCs fetch images from: one listener towards each of our addresses that they reach us by.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use tokio::sync::Mutex;

use super::Engine;
use crate::images::server::{ImageServer, Scheme, address_towards};

/// The image server and its listeners, opened when the first BMC needs them.
#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) server: ImageServer,
    listeners: Mutex<HashMap<(IpAddr, &'static str), SocketAddr>>,
}

impl Engine {
    /// The listener that `bmc` reaches us by, as the routes say.
    pub(super) async fn image_listener(&self, bmc: IpAddr, scheme: Scheme) -> Result<SocketAddr, String> {
        let own = address_towards(bmc).map_err(|error| format!("no route leads to {bmc}: {error}"))?;
        let mut listeners = self.0.served.listeners.lock().await;
        if let Some(listener) = listeners.get(&(own, scheme.protocol())) {
            return Ok(*listener);
        }
        let opened = self.0.served.server.listen(SocketAddr::new(own, 0), scheme).await;
        let listener = opened.map_err(|error| error.to_string())?;
        listeners.insert((own, scheme.protocol()), listener);
        Ok(listener)
    }
}
