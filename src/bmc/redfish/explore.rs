//! A resource as the BMC shows it, for a person who looks about: read, never changed, and free of secrets.

use serde_json::Value;

use super::client::Client;
use crate::bmc::error::Error;

/// Letters that are kept of an answer that is no JSON.
const TEXT_LIMIT: usize = 4096;

/// What a BMC answered to a GET, whatever its status.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// HTTP status.
    pub status: u16,
    /// Length of the answer in bytes.
    pub length: usize,
    /// Its JSON, or its first letters where it is none.
    pub body: Result<Value, String>,
}

impl Client {
    /// Reads `path` and hands on what is answered, an error status too, with every known secret masked.
    pub async fn resource(&mut self, path: &str) -> Result<Resource, Error> {
        let reply = self.get_reply(path, self.timeouts().read).await?;
        let text = self.redactor.clean(&String::from_utf8_lossy(&reply.body));
        let body = serde_json::from_str(&text).map_err(|_| text.chars().take(TEXT_LIMIT).collect());
        Ok(Resource { status: reply.status.as_u16(), length: reply.body.len(), body })
    }
}
