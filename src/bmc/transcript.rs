//! The record of every exchange with a BMC, free of secrets.

use std::{fmt::Write as _, sync::Mutex, sync::PoisonError};

use base64::Engine as _;
use hyper::HeaderMap;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::credentials::Credentials;

/// Bytes of a body that are kept.
pub const BODY_LIMIT: usize = 2048;

const MASK: &str = "[redacted]";

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// When the request left.
    pub at: Timestamp,
    /// `address:port`.
    pub endpoint: String,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Absent where no answer came.
    pub status: Option<u16>,
    /// Real milliseconds from request to the end of the answer.
    pub ms: u64,
    /// Headers of the answer, secrets masked.
    pub headers: Vec<(String, String)>,
    /// The answer's first bytes, secrets masked.
    pub body: String,
    /// Length of the answer's whole body in bytes.
    pub length: usize,
    /// Why no answer, or no whole answer, came.
    pub error: Option<String>,
}

/// Where exchanges are written down.
pub trait Recorder: Send + Sync {
    /// Takes one exchange; must not block for long and cannot fail the exchange.
    fn record(&self, exchange: Exchange);
}

/// Masks secrets by value: whatever a BMC echoes, in whichever form, does not reach a file.
#[derive(Debug, Default)]
pub struct Redactor {
    secrets: Mutex<Vec<SecretString>>,
}

impl Redactor {
    /// A redactor that knows `credentials` in every form that they are sent or echoed in.
    #[must_use]
    pub fn knowing(credentials: &Credentials) -> Self {
        let redactor = Self::default();
        let password = credentials.password.expose_secret();
        redactor.learn(password);
        let basic = credentials.basic();
        redactor.learn(basic.expose_secret().trim_start_matches("Basic "));
        redactor.learn(&base64::engine::general_purpose::STANDARD.encode(password));
        redactor.learn(&percent_encoded(password));
        if let Ok(quoted) = serde_json::to_string(password) {
            redactor.learn(quoted.trim_matches('"'));
        }
        redactor
    }

    /// Masks `secret` from now on: a session token, for one.
    pub fn learn(&self, secret: &str) {
        if !secret.is_empty() {
            let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
            secrets.push(SecretString::from(secret.to_owned()));
            // Longest first, so that a secret that contains another is masked whole.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
            secrets.dedup_by(|a, b| a.expose_secret() == b.expose_secret());
        }
    }

    /// `text` with every known secret masked.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.expose_secret()) { text.replace(secret.expose_secret(), MASK) } else { text }
        })
    }

    /// Headers for the transcript: those that carry secrets by their nature are masked whole.
    #[must_use]
    pub fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let secret = ["authorization", "x-auth-token", "cookie", "set-cookie"].contains(&name.as_str());
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), if secret { MASK.to_owned() } else { self.clean(&value) })
            })
            .collect()
    }

    /// The first [`BODY_LIMIT`] bytes of a body as text. Cleaned before it is cut, so that no half secret stays.
    #[must_use]
    pub fn body(&self, body: &[u8]) -> String {
        // A secret that straddles the cut lies within this window; no secret is longer than the slack.
        let window = &body[..body.len().min(BODY_LIMIT + 4096)];
        let text = self.clean(&String::from_utf8_lossy(window));
        let end = (0..=BODY_LIMIT.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text[..end].to_owned()
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_in_every_form_that_a_bmc_may_echo() {
        let credentials = Credentials { username: "root".into(), password: SecretString::from("p\"w/ü+1") };
        let redactor = Redactor::knowing(&credentials);
        redactor.learn("token-1234");
        let basic = credentials.basic();
        for echoed in ["p\"w/ü+1", "p\\\"w/ü+1", "p%22w%2F%C3%BC%2B1", basic.expose_secret(), "x token-1234 y"] {
            let clean = redactor.clean(echoed);
            assert!(clean.contains(MASK), "{echoed} -> {clean}");
        }
    }

    #[test]
    fn a_secret_at_the_cut_of_a_long_body_is_masked_whole() {
        let redactor = Redactor::default();
        redactor.learn("supersecret");
        let mut body = "x".repeat(BODY_LIMIT - 5);
        body.push_str("supersecret and more");
        assert!(!redactor.body(body.as_bytes()).contains("super"));
    }

    #[test]
    fn a_body_of_any_bytes_is_cut_without_a_panic() {
        let redactor = Redactor::default();
        for at in 0..8 {
            let mut body = vec![b'x'; BODY_LIMIT - at];
            body.extend("ünïcödé \u{1F600}".as_bytes());
            body.extend([0xFF, 0x00, 0xC3]);
            assert!(redactor.body(&body).len() <= BODY_LIMIT);
        }
    }
}
