//! Opening, renewing and closing a Redfish session. BMCs have few slots (iDRAC 8, Supermicro 16): every session that
//! is opened is deleted.

use hyper::{
    HeaderMap, Method,
    body::Bytes,
    header::{AUTHORIZATION, HeaderValue, LOCATION},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{client::Client, doc::Doc};
use crate::bmc::{connection::Reply, credentials::Credentials, error::Error, transcript::Redactor};

/// An open session.
pub(super) struct Session {
    pub(super) token: SecretString,
    uri: Option<String>,
    collection: String,
}

impl Client {
    /// Keeps `credentials` out of the transcript from the first exchange on, before they are sent anywhere.
    pub fn keep_secret(&mut self, credentials: &Credentials) {
        self.redactor = Redactor::knowing(credentials);
    }

    /// Logs in. A service without sessions gets Basic authentication instead, on every later request.
    ///
    /// `root` is the service root, which names the session collection.
    pub async fn log_in(&mut self, root: &Value, credentials: Credentials) -> Result<(), Error> {
        let doc = Doc::new(root);
        let of_service = || Some(format!("{}/Sessions", doc.link("SessionService")?.trim_end_matches('/')));
        let collection = doc.at(&["Links"]).link("Sessions").map(str::to_owned).or_else(of_service);
        self.credentials = Some(credentials.clone());
        match collection {
            Some(collection) => self.open_session(collection).await,
            None => {
                self.basic = Some(credentials.basic());
                Ok(())
            }
        }
    }

    /// Opens a session anew after the BMC forgot the old one: it was reset, or the session timed out.
    pub(super) async fn renew_session(&mut self) -> Result<(), Error> {
        match self.session.take() {
            Some(old) => self.open_session(old.collection).await,
            None => Ok(()),
        }
    }

    async fn open_session(&mut self, collection: String) -> Result<(), Error> {
        let Some(credentials) = self.credentials.clone() else { return Err(Error::NoCredentials) };
        let body = Bytes::from(credentials.session_body().expose_secret().to_owned());
        let deadline = self.setup.timeouts.session;
        let reply = self.exchange(Method::POST, &collection, &HeaderMap::new(), body, deadline).await?;
        let status = reply.status.as_u16();
        match status {
            200..=299 => self.take_session(collection, &reply),
            // Named, but not there.
            404 | 405 | 501 => {
                self.basic = Some(credentials.basic());
                Ok(())
            }
            _ => Err(refusal(self.http_error(&Method::POST, &collection, &reply), &credentials, status)),
        }
    }

    fn take_session(&mut self, collection: String, reply: &Reply) -> Result<(), Error> {
        let Some(token) = reply.headers.get("x-auth-token").and_then(|value| value.to_str().ok()) else {
            return Err(Error::Http {
                method: "POST".into(),
                path: collection,
                status: reply.status.as_u16(),
                message_ids: Vec::new(),
                message: "a session was opened, but the answer has no X-Auth-Token".into(),
            });
        };
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        let uri = reply
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(path_of)
            .or_else(|| Doc::new(&body).own_link().map(str::to_owned));
        self.session = Some(Session { token: SecretString::from(token.to_owned()), uri, collection });
        Ok(())
    }

    /// True where every request carries the password, because the service has no sessions.
    pub(super) const fn sends_password_each_time(&self) -> bool {
        self.basic.is_some()
    }

    /// The resource of the open session, unless it holds the token itself and so is a secret.
    #[must_use]
    pub fn session_uri(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        let uri = session.uri.as_ref()?;
        (!uri.contains(session.token.expose_secret())).then(|| uri.clone())
    }

    /// Closes sessions of ours that a killed process left open, with Basic authentication since no slot is free to log
    /// in by. How many were closed or are gone.
    pub async fn close_left_behind(&mut self, credentials: &Credentials, uris: &[String]) -> usize {
        let mut authentication = HeaderMap::new();
        if let Ok(mut value) = HeaderValue::from_bytes(credentials.basic().expose_secret().as_bytes()) {
            value.set_sensitive(true);
            authentication.insert(AUTHORIZATION, value);
        }
        let deadline = self.setup.timeouts.session;
        let mut closed = 0;
        for uri in uris {
            let reply = self.exchange(Method::DELETE, uri, &authentication, Bytes::new(), deadline).await;
            closed += usize::from(reply.is_ok_and(|reply| reply.status.is_success() || reply.status.as_u16() == 404));
        }
        closed
    }

    /// Deletes the session. Failure is not reported further: the slot frees itself when the session times out, and the
    /// exchange is in the transcript.
    pub async fn log_out(&mut self) {
        let Some(session) = self.session.take() else { return };
        let Some(uri) = session.uri else { return };
        let mut authentication = HeaderMap::new();
        if let Ok(token) = session.token.expose_secret().parse() {
            authentication.insert("x-auth-token", token);
        }
        let deadline = self.setup.timeouts.session;
        for _ in 0..2 {
            match self.exchange(Method::DELETE, &uri, &authentication, Bytes::new(), deadline).await {
                Err(error) if error.is_of_the_connection() => {}
                _ => return,
            }
        }
    }
}

fn refusal(error: Error, credentials: &Credentials, status: u16) -> Error {
    let Error::Http { message_ids, message, .. } = &error else { return error };
    let says = |suffix: &str| message_ids.iter().any(|id| id.ends_with(suffix));
    let username = credentials.username.clone();
    // Dell: RAC0218. DMTF: SessionLimitExceeded (Base), CreateLimitReachedForResource. Words for the others.
    let full = says("SessionLimitExceeded")
        || says("RAC0218")
        || says("CreateLimitReachedForResource")
        || (message.to_lowercase().contains("session") && message.to_lowercase().contains("maximum"));
    match status {
        _ if full => Error::SessionTableFull(message.clone()),
        _ if says("PasswordChangeRequired") => Error::PasswordChangeRequired { username },
        401 | 403 => Error::WrongCredentials { username, status },
        // iLO says 400 with UnauthorizedLoginAttempt for a wrong password.
        400 if says("UnauthorizedLoginAttempt") => Error::WrongCredentials { username, status },
        _ => error,
    }
}

/// The path of a `Location` that may carry scheme and host.
fn path_of(location: &str) -> Option<String> {
    if location.starts_with('/') {
        return Some(location.to_owned());
    }
    let uri: hyper::Uri = location.parse().ok()?;
    uri.path_and_query().map(ToString::to_string)
}
