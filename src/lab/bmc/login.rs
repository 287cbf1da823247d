//! Who may ask: Basic, and sessions up to the vendor's limit.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use openssl::memcmp;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Bmc, Reply, Request, View};
use crate::lab::{
    hex::hex,
    model::{Machine, Session},
    personality::{SessionIds, Trouble},
};

impl Bmc {
    /// The id of the session a request belongs to (`None` for Basic).
    pub(super) fn authorise(
        &self,
        request: &Request,
        machine: &mut Machine,
        now: Timestamp,
    ) -> Result<Option<String>, Trouble> {
        if let Some(token) = request.header("x-auth-token") {
            let limits = &self.profile.sessions;
            machine.sessions.user_of(token, now, limits).ok_or(Trouble::NotLoggedIn)?;
            let session = machine.sessions.list().iter().find(|session| session.token == token);
            return Ok(session.map(|session| session.id.clone()));
        }
        let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let decoded =
            basic.and_then(|text| STANDARD.decode(text.trim()).ok()).and_then(|raw| String::from_utf8(raw).ok());
        match decoded.as_deref().and_then(|text| text.split_once(':')) {
            Some((user, password)) if self.knows(user, password) => Ok(None),
            _ => Err(Trouble::NotLoggedIn),
        }
    }

    /// Opens a session.
    pub(super) fn log_in(&self, request: &Request, machine: &mut Machine, now: Timestamp) -> Result<Reply, Trouble> {
        let body: Value = serde_json::from_slice(&request.body).map_err(|_| Trouble::MalformedJson)?;
        let user = body.get("UserName").and_then(Value::as_str).ok_or(Trouble::Missing("UserName"))?;
        let password = body.get("Password").and_then(Value::as_str).ok_or(Trouble::Missing("Password"))?;
        if machine.standing.refuses(self.clock.elapsed()) || !self.knows(user, password) {
            machine.standing.refuses_next = false;
            machine.counts.logins_refused += 1;
            return Err(Trouble::WrongCredentials);
        }
        let session = Session {
            id: self.session_id(user, machine),
            token: secret_hex().ok_or(Trouble::SessionsFull)?,
            user: user.to_owned(),
            since: now,
            used: now,
        };
        if !machine.sessions.open(session.clone(), &self.profile.sessions) {
            return Err(Trouble::SessionsFull);
        }
        let uri = format!("/redfish/v1/SessionService/Sessions/{}", session.id);
        let view = View::new(machine, self.times()).for_session(Some(&session.id));
        let body = view.document(&uri).ok_or_else(|| Trouble::NotFound(uri.clone()))?;
        let mut reply = Reply::json(201, &view.tagged(body));
        reply.header("X-Auth-Token", &session.token);
        reply.header("Location", &uri);
        Ok(reply)
    }

    fn knows(&self, user: &str, password: &str) -> bool {
        let ours = self.password.expose_secret().as_bytes();
        let given = password.as_bytes();
        user == self.profile.user && ours.len() == given.len() && memcmp::eq(ours, given)
    }

    fn session_id(&self, user: &str, machine: &Machine) -> String {
        match self.profile.session_ids {
            SessionIds::Counting => (machine.sessions.opened() + 1).to_string(),
            SessionIds::UserAndHex => {
                format!("{}00000000{}", user.to_lowercase(), self.draw(|random| random.hex(15)))
            }
            SessionIds::Random => self.draw(|random| random.hex(10)),
        }
    }
}

/// 32 hexadecimal digits nobody can guess.
fn secret_hex() -> Option<String> {
    let mut bytes = [0_u8; 16];
    openssl::rand::rand_bytes(&mut bytes).ok()?;
    Some(hex(&bytes))
}
