//! A user name and a password for a BMC.

use std::fmt;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};

/// What a BMC is asked to let us in with. `Debug` shows no secret.
#[derive(Clone)]
pub struct Credentials {
    /// The account.
    pub username: String,
    /// Its password.
    pub password: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Credentials {
    /// The value of an HTTP Basic `Authorization` header.
    #[must_use]
    pub fn basic(&self) -> SecretString {
        let pair = format!("{}:{}", self.username, self.password.expose_secret());
        SecretString::from(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
    }

    /// The body of a Redfish session request.
    #[must_use]
    pub fn session_body(&self) -> SecretString {
        let body = serde_json::json!({ "UserName": self.username, "Password": self.password.expose_secret() });
        SecretString::from(body.to_string())
    }
}
