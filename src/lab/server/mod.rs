//! The sockets: TLS and HTTP/1.1 in front of each BMC.

mod pull;
mod tls;
mod upload;
mod wire;

use std::{convert::Infallible, io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Response, StatusCode,
    body::{Bytes, Incoming},
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use openssl::ssl::Ssl;
use serde_json::Value;
use socket2::SockRef;
pub(super) use tls::Tls;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_openssl::SslStream;
use tokio_util::sync::CancellationToken;
use wire::{Wire, WireControl};

use super::{
    bmc::{Bmc, Reply, Request},
    fault::{Effect, Faults},
    latency::Latency,
    personality,
};
use crate::clock::Clock;

/// A handshake or a request's body that takes longer is dropped: a real BMC has few sockets.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest body that is held; images are read as they come.
const LARGEST_BODY: usize = 1 << 20;

/// Everything one BMC needs to serve at one address.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) address: SocketAddr,
    pub(super) bmc: Arc<Bmc>,
    pub(super) faults: Arc<Faults>,
    pub(super) tls: Arc<Tls>,
    pub(super) latency: Latency,
    pub(super) clock: Clock,
}

/// Serves a BMC until `stop`. When the BMC resets, its listener and connections are gone until it is back.
pub(super) async fn serve(seat: Arc<Seat>, listener: TcpListener, stop: CancellationToken) {
    let mut resets = seat.bmc.resets();
    let mut listener = Some(listener);
    while !stop.is_cancelled() {
        let up = stop.child_token();
        if let Some(listener) = listener.take() {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = resets.changed() => {}
                () = accept(&seat, &listener, &up) => {}
                () = seat.bmc.live() => {}
            }
        }
        up.cancel();
        while let Some(rest) = seat.bmc.away() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = seat.clock.wait(rest) => {}
            }
        }
        if !stop.is_cancelled() {
            listener = bind(seat.address, &seat.clock).await;
        }
    }
}

/// Takes the address back after a reset; someone else may hold the port for a moment.
async fn bind(address: SocketAddr, clock: &Clock) -> Option<TcpListener> {
    for _ in 0..50 {
        match TcpListener::bind(address).await {
            Ok(listener) => return Some(listener),
            Err(error) => tracing::warn!(%address, %error, "the lab cannot listen"),
        }
        clock.pause(Duration::from_millis(20)).await;
    }
    None
}

async fn accept(seat: &Arc<Seat>, listener: &TcpListener, up: &CancellationToken) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            seat.clock.pause(Duration::from_millis(10)).await;
            continue;
        };
        let (seat, up) = (Arc::clone(seat), up.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = up.cancelled() => {}
                result = connection(&seat, tcp) => {
                    if let Err(error) = result {
                        tracing::trace!(%error, "a connection to the lab ended");
                    }
                }
            }
        });
    }
}

async fn connection(seat: &Arc<Seat>, mut tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    if let Some((delay, effect)) = seat.faults.at_connect() {
        pause(&seat.clock, delay).await;
        match effect {
            Effect::BlackHole => std::future::pending::<()>().await,
            Effect::Reset => return SockRef::from(&tcp).set_linger(Some(Duration::ZERO)),
            Effect::Garbage(bytes) => return tcp.write_all(&wire::garbage(bytes)).await,
            Effect::BmcReset => {
                seat.bmc.reset();
                return Ok(());
            }
            _ => {}
        }
    }
    let acceptor = seat.tls.acceptor(seat.bmc.certificates()).map_err(io::Error::other)?;
    let ssl = Ssl::new(acceptor.context()).map_err(io::Error::other)?;
    let mut stream = SslStream::new(ssl, tcp).map_err(io::Error::other)?;
    match tokio::time::timeout(PATIENCE, Pin::new(&mut stream).accept()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(io::Error::other(error)),
        Err(_) => return Ok(()),
    }
    let control = WireControl::default();
    let wire = Wire::new(stream, control.clone());
    let service = service_fn(|request| {
        let (seat, control) = (Arc::clone(seat), control.clone());
        async move { Ok::<_, Infallible>(exchange(&seat, &control, request).await) }
    });
    http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(wire), service)
        .await
        .map_err(io::Error::other)
}

async fn exchange(seat: &Arc<Seat>, wire: &WireControl, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
    let is_head = request.method() == "HEAD";
    let (parts, body) = request.into_parts();
    let mut request = head(&parts);
    let pushes = seat.bmc.takes_push(&request);
    // What befalls an upload may befall it half way.
    let fault = if pushes { seat.faults.at_request(&request) } else { None };
    let read = if pushes {
        let cut = match &fault {
            Some((_, Effect::BmcResetAfter(bytes))) => Some(*bytes),
            _ => None,
        };
        upload::receive(seat, &mut request, body, cut).await
    } else {
        read(body).await.map(|body| request.body = body)
    };
    if read.is_none() {
        return render(Reply::empty(413), is_head);
    }
    let factor = seat.bmc.profile().slow.iter().filter(|(start, _)| request.path.starts_with(start));
    let factor = factor.map(|(_, factor)| *factor).fold(1.0, f64::max);
    let time = seat.bmc.draw(|random| seat.latency.draw(random, factor));
    pause(&seat.clock, time).await;
    // A BMC that went away while it read says no more.
    if seat.bmc.away().is_some() {
        return std::future::pending().await;
    }
    let fault = if pushes { fault } else { seat.faults.at_request(&request) };
    let reply = match fault {
        None => seat.bmc.answer(&request),
        Some((delay, effect)) => {
            pause(&seat.clock, delay).await;
            faulty(seat, wire, &request, effect).await
        }
    };
    if reply.then_reset {
        let seat = Arc::clone(seat);
        tokio::spawn(async move {
            // The answer leaves before the BMC does.
            seat.clock.wait(Duration::from_secs(2)).await;
            seat.bmc.reset();
        });
    }
    if let Some(image) = reply.then_pull.clone() {
        tokio::spawn(pull::pull(Arc::clone(seat), image));
    }
    render(reply, is_head)
}

async fn faulty(seat: &Seat, wire: &WireControl, request: &Request, effect: Effect) -> Reply {
    match effect {
        Effect::Slow => seat.bmc.answer(request),
        Effect::Answer { status, headers, content_type, body, done } => {
            let pull = if done { seat.bmc.answer(request).then_pull } else { None };
            if !done {
                seat.bmc.count(request);
            }
            let mut reply = Reply::empty(status);
            reply.then_pull = pull;
            reply.header("Content-Type", &content_type);
            for (name, value) in headers {
                reply.header(&name, &value);
            }
            reply.body = body;
            reply
        }
        Effect::Merge(patch) => {
            let mut reply = seat.bmc.answer(request);
            if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
                personality::merge(&mut body, &patch);
                reply.body = body.to_string().into_bytes();
            }
            reply
        }
        Effect::Truncate(bytes) => {
            let mut reply = seat.bmc.answer(request);
            reply.body.truncate(bytes);
            reply
        }
        Effect::Cut(bytes) => {
            wire.cut_after(bytes, false);
            seat.bmc.answer(request)
        }
        Effect::Reset => {
            seat.bmc.count(request);
            wire.cut_after(0, true);
            Reply::empty(200)
        }
        Effect::Garbage(bytes) => {
            seat.bmc.count(request);
            wire.garble(bytes);
            Reply::empty(200)
        }
        Effect::Huge(bytes) => {
            seat.bmc.count(request);
            let mut reply = Reply::empty(200);
            reply.header("Content-Type", "application/json");
            reply.body = huge(bytes);
            reply
        }
        Effect::BlackHole => {
            seat.bmc.count(request);
            std::future::pending().await
        }
        Effect::BmcReset => {
            seat.bmc.count(request);
            seat.bmc.reset();
            std::future::pending().await
        }
        // Of an upload that was too short for it, or of any other request: as if nothing were.
        Effect::BmcResetAfter(_) => seat.bmc.answer(request),
        Effect::Mishap(mishap) => {
            seat.bmc.befall(mishap);
            seat.bmc.answer(request)
        }
    }
}

/// The head of a request in the lab's own words.
fn head(parts: &hyper::http::request::Parts) -> Request {
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Request {
        method: parts.method.as_str().to_owned(),
        path: Request::normal_path(parts.uri.path()),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        ..Request::default()
    }
}

/// A small body; `None` when it is too large or never comes.
async fn read(body: Incoming) -> Option<Vec<u8>> {
    let body = tokio::time::timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await.ok()?.ok()?;
    Some(body.to_bytes().to_vec())
}

fn render(reply: Reply, head: bool) -> Response<Full<Bytes>> {
    let length = reply.body.len();
    let body = if head { Bytes::new() } else { Bytes::from(reply.body) };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if head {
        response.headers_mut().insert(hyper::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// `{"Filler": "xxxx…"}`
fn huge(bytes: usize) -> Vec<u8> {
    let mut body = br#"{"Filler":""#.to_vec();
    body.resize(bytes.saturating_sub(2).max(body.len()), b'x');
    body.extend_from_slice(br#""}"#);
    body
}

/// Waits, but never hands over to the timer for nothing.
async fn pause(clock: &Clock, time: Duration) {
    if !time.is_zero() {
        clock.pause(time).await;
    }
}
