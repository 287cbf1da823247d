//! Requests to one BMC: one at a time, each with its deadline, each in the transcript.

use std::{sync::Arc, time::Duration};

use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub use super::timeouts::{Timeouts, UploadLimits};
use super::{doc::Doc, session::Session};
use crate::{
    bmc::{
        connection::{Broken, Connection, Levels, Reply, RequestBody, held},
        credentials::Credentials,
        error::Error,
        tls::{Peer, Trust},
        transcript::{Exchange, Recorder, Redactor},
    },
    clock::Clock,
    domain::target::Endpoint,
};

/// Everything that a client is made from.
#[derive(Clone)]
pub struct Setup {
    /// Where the BMC is.
    pub endpoint: Endpoint,
    /// By what its certificate is judged.
    pub trust: Trust,
    /// Which TLS levels may be tried.
    pub levels: Levels,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// Where exchanges are written down.
    pub recorder: Arc<dyn Recorder>,
    /// For timestamps and waits.
    pub clock: Clock,
}

/// Largest answer that is read, in bytes. The largest inventory captured from a real BMC has 161 KB.
pub const ANSWER_LIMIT: usize = 8 << 20;

const REDIRECTS: usize = 3;

/// A client of one BMC. `&mut self` everywhere: one request at a time a BMC.
pub struct Client {
    pub(super) setup: Setup,
    pub(super) redactor: Redactor,
    pub(super) credentials: Option<Credentials>,
    pub(super) session: Option<Session>,
    /// Basic authentication: set only where the service has no sessions at all.
    pub(super) basic: Option<SecretString>,
    pub(super) connection: Option<Connection>,
    last_request: Option<jiff::Timestamp>,
    requests: u32,
}

impl Client {
    /// A client that has not yet connected.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            redactor: Redactor::default(),
            credentials: None,
            session: None,
            basic: None,
            connection: None,
            last_request: None,
            requests: 0,
        }
    }

    /// Connects and returns what the other end turned out to be. Sends no HTTP.
    pub async fn connect(&mut self) -> Result<Peer, Error> {
        let setup = &self.setup;
        let connection = Connection::open(&setup.endpoint, &setup.trust, setup.levels, setup.timeouts.reach).await?;
        let peer = connection.peer.clone();
        // Whatever was shown first holds for every later connection of this client.
        if setup.trust == Trust::FirstContact {
            self.setup.trust = Trust::Pinned(peer.fingerprint);
        }
        self.setup.levels.known = Some(peer.level);
        self.connection = Some(connection);
        Ok(peer)
    }

    /// Requests sent so far.
    #[must_use]
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// The deadlines that this client keeps.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.setup.timeouts
    }

    /// The service root, read without a credential.
    pub async fn root(&mut self) -> Result<Value, Error> {
        const ROOT: &str = "/redfish/v1/";
        let deadline = self.setup.timeouts.root;
        let reply = self.read(ROOT, deadline, &HeaderMap::new()).await?;
        let root = match self.json(&Method::GET, ROOT, &reply) {
            Err(Error::Html { .. }) => return Err(Error::NotRedfish("an HTML page".into())),
            Err(Error::BrokenJson { .. }) => return Err(Error::NotRedfish("no JSON at /redfish/v1/".into())),
            Err(Error::Http { status: 404, .. }) => return Err(Error::NotRedfish("HTTP 404 at /redfish/v1/".into())),
            other => other?,
        };
        let doc = Doc::new(&root);
        if doc.has("RedfishVersion") || doc.link("Systems").is_some() || doc.link("Managers").is_some() {
            Ok(root)
        } else {
            Err(Error::NotRedfish("its /redfish/v1/ names neither RedfishVersion nor Systems".into()))
        }
    }

    /// Reads a resource within `deadline`, with authentication; once more after a lost connection, a 401 of a session
    /// that had worked, or a 503 that names a short wait.
    pub async fn get(&mut self, path: &str, deadline: Duration) -> Result<Value, Error> {
        let reply = self.get_reply(path, deadline).await?;
        self.json(&Method::GET, path, &reply)
    }

    /// As [`Client::get`], but whatever is answered, an error status too.
    pub async fn get_reply(&mut self, path: &str, deadline: Duration) -> Result<Reply, Error> {
        let authentication = self.authentication();
        let reply = self.read(path, deadline, &authentication).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        if self.session.is_some() {
            self.renew_session().await?;
            let authentication = self.authentication();
            return self.read(path, deadline, &authentication).await;
        }
        Err(match &self.credentials {
            Some(credentials) => Error::WrongCredentials { username: credentials.username.clone(), status: 401 },
            None => Error::NoCredentials,
        })
    }

    pub(super) fn authentication(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let (name, secret) = match (&self.session, &self.basic) {
            (Some(session), _) => ("x-auth-token", &session.token),
            (None, Some(basic)) => (AUTHORIZATION.as_str(), basic),
            (None, None) => return headers,
        };
        if let Ok(mut value) = HeaderValue::from_bytes(secret.expose_secret().as_bytes()) {
            value.set_sensitive(true);
            if let Ok(name) = hyper::header::HeaderName::from_bytes(name.as_bytes()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// An idempotent GET: redirects within the origin, one retry on a fresh connection, one short `Retry-After`.
    async fn read(&mut self, path: &str, deadline: Duration, authentication: &HeaderMap) -> Result<Reply, Error> {
        let mut path = path.to_owned();
        let mut redirects = 0;
        let mut tries = 0;
        loop {
            let reply = match self.exchange(Method::GET, &path, authentication, Bytes::new(), deadline).await {
                Err(error) if error.is_of_the_connection() && tries == 0 => {
                    tries += 1;
                    self.connection = None;
                    continue;
                }
                other => other?,
            };
            if reply.status.is_redirection() && reply.status != StatusCode::NOT_MODIFIED {
                path = self.redirected(&path, &reply)?;
                redirects += 1;
                if redirects > REDIRECTS {
                    return Err(self.http_error(&Method::GET, &path, &reply));
                }
                continue;
            }
            if reply.status == StatusCode::SERVICE_UNAVAILABLE
                && tries == 0
                && let Some(wait) = retry_after(&reply).filter(|wait| *wait <= self.setup.timeouts.retry_after)
            {
                tries += 1;
                self.setup.clock.wait(wait).await;
                continue;
            }
            return Ok(reply);
        }
    }

    /// Sends one request, over a fresh connection where none is open, and writes it down.
    pub(super) async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        authentication: &HeaderMap,
        body: Bytes,
        deadline: Duration,
    ) -> Result<Reply, Error> {
        if !self.connection.as_ref().is_some_and(Connection::is_open) {
            self.connect().await?;
        }
        let mut request = self.request(&method, path, authentication)?;
        if !body.is_empty() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        *request.body_mut() = held(body);
        let began = self.begin().await;
        let Some(connection) = self.connection.as_mut() else { return Err(Error::CalledOff) };
        let outcome = connection.send(request, deadline, ANSWER_LIMIT).await;
        if outcome.is_err() {
            self.connection = None;
        }
        let outcome = outcome.map_err(|broken| error_of(&broken, path, deadline));
        self.write_down(&method, path, began, outcome.as_ref());
        outcome
    }

    /// Keeps the gap to the request before, counts this one and tells when it left.
    pub(super) async fn begin(&mut self) -> jiff::Timestamp {
        self.keep_the_gap().await;
        let began = self.setup.clock.now();
        self.last_request = Some(began);
        self.requests += 1;
        began
    }

    async fn keep_the_gap(&self) {
        let Some(last) = self.last_request else { return };
        let since = self.setup.clock.now().duration_since(last).unsigned_abs();
        if let Some(rest) = self.setup.timeouts.gap.checked_sub(since) {
            self.setup.clock.pause(rest).await;
        }
    }

    /// A request without a body.
    pub(super) fn request(
        &self,
        method: &Method,
        path: &str,
        authentication: &HeaderMap,
    ) -> Result<Request<RequestBody>, Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.setup.endpoint.to_string())
            // iDRAC 3.30.30.30 answers 406 where Accept is missing.
            .header(ACCEPT, "application/json")
            .header("odata-version", "4.0")
            .header(USER_AGENT, concat!("firmdeck/", env!("CARGO_PKG_VERSION")));
        if let Some(headers) = request.headers_mut() {
            headers.extend(authentication.clone());
        }
        request.body(held(Bytes::new())).map_err(|error| Error::Http {
            method: method.to_string(),
            path: path.into(),
            status: 0,
            message_ids: Vec::new(),
            message: format!("the BMC named a path that is no path: {error}"),
        })
    }

    pub(super) fn write_down(
        &self,
        method: &Method,
        path: &str,
        began: jiff::Timestamp,
        outcome: Result<&Reply, &Error>,
    ) {
        // A fresh token is learnt before its first answer is written down.
        if let Ok(reply) = &outcome
            && let Some(token) = reply.headers.get("x-auth-token").and_then(|value| value.to_str().ok())
        {
            self.redactor.learn(token);
        }
        let took = self.setup.clock.now().duration_since(began);
        let reply = outcome.ok();
        self.setup.recorder.record(Exchange {
            at: began,
            endpoint: format!("{}:{}", self.setup.endpoint.host, self.setup.endpoint.port),
            method: method.to_string(),
            path: self.redactor.clean(path),
            status: reply.map(|reply| reply.status.as_u16()),
            ms: u64::try_from(took.as_millis()).unwrap_or(0),
            headers: reply.map(|reply| self.redactor.headers(&reply.headers)).unwrap_or_default(),
            body: reply.map(|reply| self.redactor.body(&reply.body)).unwrap_or_default(),
            length: reply.map_or(0, |reply| reply.body.len()),
            error: outcome.err().map(|error| self.redactor.clean(&error.to_string())),
        });
    }

    /// The JSON of a good answer, or the error that an answer is.
    pub(super) fn json(&self, method: &Method, path: &str, reply: &Reply) -> Result<Value, Error> {
        if !reply.status.is_success() {
            return Err(self.http_error(method, path, reply));
        }
        if is_html(reply) {
            return Err(Error::Html { path: path.into(), status: reply.status.as_u16() });
        }
        serde_json::from_slice(&reply.body).map_err(|error| Error::BrokenJson {
            path: path.into(),
            line: error.line(),
            column: error.column(),
            // The parser's words can quote the body.
            detail: self.redactor.clean(&error.to_string()),
        })
    }

    /// What a BMC said with an error status; `@Message.ExtendedInfo` where it sent one.
    pub(super) fn http_error(&self, method: &Method, path: &str, reply: &Reply) -> Error {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        let infos: Vec<_> = [Doc::new(&body).at(&["error"]), Doc::new(&body)]
            .iter()
            .flat_map(|doc| doc.items("@Message.ExtendedInfo"))
            .collect();
        let words: Vec<_> = infos.iter().filter_map(|info| info.str("Message")).collect();
        let message = if words.is_empty() {
            Doc::new(&body).at(&["error"]).str("message").unwrap_or_default().to_owned()
        } else {
            words.join(" ")
        };
        Error::Http {
            method: method.to_string(),
            path: self.redactor.clean(path),
            status: reply.status.as_u16(),
            message_ids: infos.iter().filter_map(|info| info.str("MessageId")).map(str::to_owned).collect(),
            message: self.redactor.clean(&message),
        }
    }

    fn redirected(&self, path: &str, reply: &Reply) -> Result<String, Error> {
        let to = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let elsewhere = || Error::RedirectElsewhere { path: path.into(), to: self.redactor.clean(to) };
        if to.starts_with('/') && !to.starts_with("//") {
            return Ok(to.to_owned());
        }
        let uri: hyper::Uri = to.parse().map_err(|_| elsewhere())?;
        let endpoint = &self.setup.endpoint;
        let same_host =
            uri.host().is_some_and(|host| host.trim_matches(['[', ']']).eq_ignore_ascii_case(&endpoint.host));
        if uri.scheme_str() == Some("https") && same_host && uri.port_u16().unwrap_or(443) == endpoint.port {
            Ok(uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string))
        } else {
            Err(elsewhere())
        }
    }
}

fn is_html(reply: &Reply) -> bool {
    let declared = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.starts_with("text/html") || reply.body.trim_ascii_start().starts_with(b"<")
}

/// What a request without a whole answer is as an error.
pub(super) fn error_of(broken: &Broken, path: &str, deadline: Duration) -> Error {
    let received = |part: &Option<Box<Reply>>| part.as_ref().map_or(0, |part| part.body.len());
    let path = path.to_owned();
    match broken {
        Broken::Lost { part, detail } => Error::Cut { path, received: received(part), detail: detail.clone() },
        Broken::Hung { part } => Error::Hung { path, received: received(part), after: deadline },
        Broken::TooLarge { .. } => Error::TooLarge { path, limit: ANSWER_LIMIT },
    }
}

fn retry_after(reply: &Reply) -> Option<Duration> {
    seconds_to_wait(&reply.headers)
}

/// `Retry-After` in seconds. Its other form, a date, is not known of any BMC.
pub(super) fn seconds_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
