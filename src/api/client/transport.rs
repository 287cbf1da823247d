//! One request, one connection: the socket is local, and a connection that stays could only go stale.

use std::path::Path;

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header,
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};

use super::Client;
use crate::api::{
    error::ApiError,
    requests::Line,
    server::{SSH_FROM, SUDO_USER, TERMINAL},
    socket,
};

/// No answer is larger: the inventory of some ten thousand servers is a tenth of it (bytes).
const LARGEST: usize = 4 << 30;

impl Client {
    /// A client of the engine of `state_dir`, whether or not one runs.
    #[must_use]
    pub fn of(state_dir: &Path) -> Self {
        Self { state_dir: state_dir.to_path_buf() }
    }

    /// Asks for a document.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        document(self.send(Method::GET, path, Bytes::new()).await?).await
    }

    /// Asks with a document for a document.
    pub(super) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ApiError> {
        document(self.send(Method::POST, path, json(body)?).await?).await
    }

    /// Asks for what takes its time. `began` gets the number by which it can be called off.
    pub(super) async fn lines<B, P, T>(
        &self,
        path: &str,
        body: &B,
        mut began: impl FnMut(u64),
        mut progress: impl FnMut(P),
    ) -> Result<T, ApiError>
    where
        B: Serialize + Sync,
        P: DeserializeOwned,
        T: DeserializeOwned,
    {
        let mut answer = self.send(Method::POST, path, json(body)?).await?;
        if !answer.status().is_success() {
            return document(answer).await;
        }
        let mut kept = Vec::new();
        while let Some(frame) = answer.body_mut().frame().await {
            let frame = frame.map_err(gone)?;
            let Ok(data) = frame.into_data() else { continue };
            kept.extend_from_slice(&data);
            while let Some(end) = kept.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = kept.drain(..=end).collect();
                match serde_json::from_slice(&line).map_err(odd)? {
                    Line::Began(number) => began(number),
                    Line::Progress(now) => progress(now),
                    Line::Done(done) => return Ok(done),
                    Line::Failed(error) => return Err(error),
                }
            }
        }
        Err(ApiError::away("the engine ended before it had answered; what it did stands in its journal"))
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Response<Incoming>, ApiError> {
        let stream = socket::connect(&self.state_dir).await.map_err(|error| {
            ApiError::away(format!("no engine answers at {}: {error}", socket::path(&self.state_dir).display()))
        })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
        // Ends with the answer, or with this request.
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "engine")
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in whereabouts() {
            request = request.header(name, value);
        }
        let request =
            request.body(Full::new(body)).map_err(|error| ApiError::usage(format!("this cannot be asked: {error}")))?;
        sender.send_request(request).await.map_err(gone)
    }
}

/// What the session of this process says of who is at its keyboard; the account itself the kernel tells the engine.
pub(super) fn whereabouts() -> Vec<(&'static str, String)> {
    let of = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty() && text.is_ascii());
    let from = of("SSH_CONNECTION").and_then(|text| text.split(' ').next().map(str::to_owned));
    let user = of("SUDO_USER").map(|user| (SUDO_USER, user));
    user.into_iter().chain(from.map(|from| (SSH_FROM, from))).chain(terminal().map(|name| (TERMINAL, name))).collect()
}

/// The terminal of this process: `pts/3`.
fn terminal() -> Option<String> {
    let name = rustix::termios::ttyname(std::io::stdout(), Vec::new()).ok()?;
    let name = name.to_str().ok()?;
    Some(name.strip_prefix("/dev/").unwrap_or(name).to_owned()).filter(|name| name.is_ascii())
}

fn json<B: Serialize>(body: &B) -> Result<Bytes, ApiError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| ApiError::usage(format!("this cannot be asked: {error}")))
}

async fn document<T: DeserializeOwned>(answer: Response<Incoming>) -> Result<T, ApiError> {
    let status = answer.status();
    let body = http_body_util::Limited::new(answer.into_body(), LARGEST).collect().await;
    let bytes = body.map_err(|error| ApiError::away(format!("the engine's answer was cut: {error}")))?.to_bytes();
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(odd);
    }
    Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&bytes);
        ApiError::error(format!("the engine answered {status}: {}", text.trim()))
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is a function for map_err")]
fn gone(error: hyper::Error) -> ApiError {
    ApiError::away(format!("the engine went away: {error}"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is a function for map_err")]
fn odd(error: serde_json::Error) -> ApiError {
    ApiError::error(format!("the engine answers in a way that this firmdeck does not understand: {error}"))
}
