//! The way to a BMC of the lab.

use std::{net::SocketAddr, path::Path, pin::Pin};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::handshake,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// A BMC and who comes in.
pub(super) struct Bmc {
    address: SocketAddr,
    user: String,
    password: SecretString,
}

/// What a command printed, how it ends, and whether it goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Printed {
    pub(super) status: i32,
    pub(super) text: String,
    pub(super) goes_on: bool,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// Nobody is there, or not any more.
    Unreachable,
    /// Wrong user or password.
    Login,
    /// The BMC answered something else.
    Status(u16),
    /// The file cannot be read.
    File(String),
}

impl Bmc {
    /// A BMC at `HOST[:PORT]`, in this machine: a stand-in never speaks to another.
    pub(super) fn at(place: &str, user: String, password: SecretString) -> Option<Self> {
        let address: SocketAddr = match place.parse() {
            Ok(address) => address,
            Err(_) => SocketAddr::new(place.parse().ok()?, 443),
        };
        address.ip().is_loopback().then_some(Self { address, user, password })
    }

    /// Brings a file.
    pub(super) async fn bring(&self, uri: &str, path: &Path) -> Result<(), Lost> {
        let image = tokio::fs::read(path).await.map_err(|error| Lost::File(error.to_string()))?;
        let name =
            path.file_name().map(|name| name.to_string_lossy().replace(['"', '\r', '\n'], "_")).unwrap_or_default();
        let boundary = "firmdeck-lab-stand-in-0f2c9a";
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: \
             application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), &image, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        self.post(uri, &format!("multipart/form-data; boundary={boundary}"), body).await.map(drop)
    }

    /// Carries a command out.
    pub(super) async fn command(&self, commands: &str, name: &str, arguments: &[&str]) -> Result<Printed, Lost> {
        let body = json!({ "arguments": arguments }).to_string().into_bytes();
        let answer = self.post(&format!("{commands}{name}"), "application/json", body).await?;
        serde_json::from_slice(&answer).map_err(|_| Lost::Unreachable)
    }

    async fn post(&self, uri: &str, content_type: &str, body: Vec<u8>) -> Result<Bytes, Lost> {
        let gone = |_| Lost::Unreachable;
        let tcp = TcpStream::connect(self.address).await.map_err(|_| Lost::Unreachable)?;
        let mut connector = SslConnector::builder(SslMethod::tls_client()).map_err(|_| Lost::Unreachable)?;
        // As the tools that it stands for: a certificate that nobody knows is shown and borne.
        connector.set_verify(SslVerifyMode::NONE);
        let ssl = connector.build().configure().and_then(|ssl| ssl.verify_hostname(false).into_ssl("bmc"));
        let mut stream = SslStream::new(ssl.map_err(|_| Lost::Unreachable)?, tcp).map_err(|_| Lost::Unreachable)?;
        Pin::new(&mut stream).connect().await.map_err(|_| Lost::Unreachable)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(gone)?;
        let connection = tokio::spawn(connection);
        let login = STANDARD.encode(format!("{}:{}", self.user, self.password.expose_secret()));
        let request = Request::post(uri)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, format!("Basic {login}"))
            .header(CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Lost::Unreachable)?;
        let answer = sender.send_request(request).await;
        let outcome = match answer {
            Err(_) => Err(Lost::Unreachable),
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => answer.into_body().collect().await.map(|body| body.to_bytes()).map_err(gone),
                401 => Err(Lost::Login),
                status => Err(Lost::Status(status)),
            },
        };
        connection.abort();
        outcome
    }
}
