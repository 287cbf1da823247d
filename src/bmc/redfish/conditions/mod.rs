//! What must hold before a BMC is given an update, and what it has written down: each one look, nothing is changed.

pub mod gates;
pub mod log;
pub mod privilege;

use serde_json::Value;

use super::client::Client;
use crate::bmc::error::Error;

/// A resource, or why the BMC does not show it. An error only where the BMC itself is not reached.
async fn look(client: &mut Client, uri: &str) -> Result<Result<Value, String>, Error> {
    shown(client.get(uri, client.timeouts().read).await)
}

/// What a BMC refuses to show is no reason to refuse; a BMC that is gone is.
fn shown<T>(outcome: Result<T, Error>) -> Result<Result<T, String>, Error> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(error @ (Error::Http { .. } | Error::Html { .. } | Error::BrokenJson { .. })) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}
