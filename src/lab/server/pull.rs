//! An image that the BMC fetches itself (SimpleUpdate), over HTTP or HTTPS and from this machine only.

use std::{
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use http_body_util::{BodyExt, Empty};
use hyper::{Request, Uri, body::Bytes, client::conn::http1::handshake, header::HOST};
use hyper_util::rt::TokioIo;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpSocket,
};
use tokio_openssl::SslStream;

use super::{PATIENCE, Seat};
use crate::lab::{
    image::{Flaw, Reader, Spec},
    personality::Pull,
};

/// Fetches and hands over; a BMC that resets meanwhile forgets it.
pub(super) async fn pull(seat: Arc<Seat>, pull: Pull) {
    let mut resets = seat.bmc.resets();
    tokio::select! {
        _ = resets.changed() => {}
        image = fetch(&pull.uri, seat.bmc.address().ip()) => {
            if image.is_none() {
                tracing::debug!(uri = %pull.uri, "the lab cannot fetch an image");
            }
            seat.bmc.pulled(&pull.task, image.as_ref());
        }
    }
}

/// The image at a URI; `None` when it does not come whole. Like the BMCs it stands for it trusts any certificate.
async fn fetch(uri: &str, own: IpAddr) -> Option<Result<Spec, Flaw>> {
    let uri: Uri = uri.parse().ok()?;
    let host = uri.host()?.trim_matches(['[', ']']);
    let ip: IpAddr = if host == "localhost" { [127, 0, 0, 1].into() } else { host.parse().ok()? };
    // The lab never asks anything of another machine.
    if !ip.is_loopback() {
        return None;
    }
    let tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    // From the BMC's own address: whoever serves the image may look at who asks.
    let socket = if ip.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.ok()?;
    if own.is_ipv4() == ip.is_ipv4() {
        socket.bind(SocketAddr::new(own, 0)).ok()?;
    }
    let tcp = tokio::time::timeout(PATIENCE, socket.connect(SocketAddr::new(ip, port))).await.ok()?.ok()?;
    if !tls {
        return read(tcp, &uri).await;
    }
    let mut connector = SslConnector::builder(SslMethod::tls_client()).ok()?;
    connector.set_verify(SslVerifyMode::NONE);
    let ssl = connector.build().configure().ok()?.verify_hostname(false).into_ssl(host).ok()?;
    let mut stream = SslStream::new(ssl, tcp).ok()?;
    tokio::time::timeout(PATIENCE, Pin::new(&mut stream).connect()).await.ok()?.ok()?;
    read(stream, &uri).await
}

async fn read(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, uri: &Uri) -> Option<Result<Spec, Flaw>> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path).header(HOST, uri.authority()?.as_str()).header("User-Agent", "firmdeck-lab");
    let request = request.body(Empty::<Bytes>::new()).ok()?;
    let image = async {
        let mut response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.ok()?.ok()?;
        if response.status() != 200 {
            return None;
        }
        let mut reader = Reader::default();
        while let Some(frame) = tokio::time::timeout(PATIENCE, response.body_mut().frame()).await.ok()? {
            if let Ok(data) = frame.ok()?.into_data() {
                reader.push(&data);
            }
        }
        Some(reader.finish())
    }
    .await;
    connection.abort();
    image
}
