//! A client with no opinion: one request, whatever comes back. It accepts any certificate.

use std::{io, net::SocketAddr, pin::Pin, sync::LazyLock, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use firmdeck::lab::{Lab, bmc::Bmc};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use openssl::{
    ssl::{SslConnector, SslMethod, SslVerifyMode},
    x509::X509,
};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The one message of an error.
    pub(crate) fn message(&self) -> Value {
        self.json()["error"]["@Message.ExtendedInfo"][0].clone()
    }

    pub(crate) fn message_id(&self) -> String {
        self.message()["MessageId"].as_str().unwrap_or_default().to_owned()
    }
}

/// Made once: it reads the system's certificates, which takes longer than a handshake.
static CONNECTOR: LazyLock<SslConnector> = LazyLock::new(|| {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.build()
});

/// One connection.
pub(crate) struct Raw {
    sender: SendRequest<Full<Bytes>>,
    pub(crate) certificate: X509,
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        let ssl = CONNECTOR.configure().unwrap().verify_hostname(false).into_ssl("bmc").unwrap();
        let mut stream = SslStream::new(ssl, tcp).unwrap();
        Pin::new(&mut stream).connect().await.map_err(io::Error::other)?;
        let certificate = stream.ssl().peer_certificate().unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self { sender, certificate })
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> io::Result<Answer> {
        let mut request = Request::builder().method(method).uri(uri).header("Host", "bmc");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_ref()))).unwrap();
        self.sender.ready().await.map_err(io::Error::other)?;
        let (parts, body) = self.sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Ok(Answer { status: parts.status.as_u16(), headers: headers.collect(), body })
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(
    at: SocketAddr,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> io::Result<Answer> {
    Raw::connect(at).await?.send(method, uri, headers, body).await
}

/// The value of an `Authorization` header.
pub(crate) fn basic(lab: &Lab, bmc: &Bmc) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", bmc.user(), lab.password())))
}

/// An authorised read that must arrive.
pub(crate) async fn get(lab: &Lab, index: usize, uri: &str) -> Answer {
    try_get(lab, index, uri).await.unwrap()
}

/// An authorised read.
pub(crate) async fn try_get(lab: &Lab, index: usize, uri: &str) -> io::Result<Answer> {
    let bmc = lab.bmc(index);
    ask(bmc.address(), "GET", uri, &[("Authorization", &basic(lab, bmc)), ("Accept", "application/json")], "").await
}

/// An authorised POST that must arrive.
pub(crate) async fn post(lab: &Lab, index: usize, uri: &str, body: &str) -> Answer {
    let bmc = lab.bmc(index);
    ask(bmc.address(), "POST", uri, &[("Authorization", &basic(lab, bmc))], body).await.unwrap()
}

/// A login.
pub(crate) async fn log_in(lab: &Lab, index: usize) -> Answer {
    let bmc = lab.bmc(index);
    let body = serde_json::json!({"UserName": bmc.user(), "Password": lab.password()}).to_string();
    ask(bmc.address(), "POST", "/redfish/v1/SessionService/Sessions", &[], &body).await.unwrap()
}

/// Asks until it is so; a minute is for slow machines, not a figure.
pub(crate) async fn until(mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..3000 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to be");
}
