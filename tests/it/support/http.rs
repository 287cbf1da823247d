//! A small HTTPS server that answers what a test tells it to, byte for byte. It shares no code with the client.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use openssl::ssl::{Ssl, SslAcceptor, SslMethod};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_openssl::SslStream;

use super::certificate;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path with query.
    pub target: String,
    pub headers: BTreeMap<String, String>,
    /// All of a small body; the first [`KEPT`] bytes of a large one.
    pub body: String,
    /// The last bytes of a large body, at most [`KEPT`].
    pub tail: String,
    /// Bytes of the body that came.
    pub length: usize,
}

/// Bytes at either end of a large body that are kept; what is between is only counted.
const KEPT: usize = 64 << 10;

impl Request {
    /// Path without query and trailing slash.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default().trim_end_matches('/')
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub end: End,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As announced.
    Whole,
    /// After so many bytes of the body nothing more comes, and the connection stays open.
    HangAfter(usize),
    /// After so many bytes of the body the connection closes.
    CutAfter(usize),
    /// The connection closes before the first byte of the answer.
    Unsaid,
}

/// What happens while a body is still coming.
#[derive(Debug, Clone)]
pub enum Early {
    /// After so many bytes of it this is answered, and the connection closes with the rest unread.
    Answer(usize, Answer),
    /// After so many bytes nothing more is read, and the connection stays open.
    Stall(usize),
    /// After so many bytes the connection closes.
    Cut(usize),
}

impl Early {
    const fn after(&self) -> usize {
        match self {
            Self::Answer(after, _) | Self::Stall(after) | Self::Cut(after) => *after,
        }
    }
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".into(), content_type.into())], body: body.into(), end: End::Whole }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn empty(status: u16) -> Self {
        Self::new(status, "application/json", "")
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn ending(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}

pub trait Handler: Send + Sync + 'static {
    fn answer(&self, request: &Request) -> Answer;

    /// Asked once the head of a request is there. The request has no body yet.
    fn early(&self, _head: &Request) -> Option<Early> {
        None
    }
}

impl<F: Fn(&Request) -> Answer + Send + Sync + 'static> Handler for F {
    fn answer(&self, request: &Request) -> Answer {
        self(request)
    }
}

/// A running server; ends with its handle.
pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub async fn start(handler: impl Handler) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), handler).await
    }

    /// A server with a fresh certificate at `address`.
    pub async fn start_at(address: SocketAddr, handler: impl Handler) -> Self {
        let listener = bind(address).await;
        let address = listener.local_addr().unwrap();
        let (key, certificate) = certificate::self_signed();
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        let acceptor = Arc::new(acceptor.build());
        let handler = Arc::new(handler);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, handler, seen) = (Arc::clone(&acceptor), Arc::clone(&handler), Arc::clone(&seen));
                connections.spawn(async move {
                    // An answer that waits for an acknowledgement would be lost with a close that leaves bytes unread.
                    stream.set_nodelay(true).unwrap();
                    let ssl = Ssl::new(acceptor.context()).unwrap();
                    let mut stream = SslStream::new(ssl, stream).unwrap();
                    if Pin::new(&mut stream).accept().await.is_ok() {
                        serve(&mut stream, &*handler, &seen).await;
                    }
                });
            }
        });
        Self { address, requests, accepting }
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn count(&self, method: &str, path: &str) -> usize {
        self.requests().iter().filter(|request| request.method == method && request.path() == path).count()
    }
}

/// Binds `address`; one that a server before has just left may take a moment.
async fn bind(address: SocketAddr) -> TcpListener {
    for _ in 0..100 {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{address} stays in use");
}

async fn serve(stream: &mut SslStream<tokio::net::TcpStream>, handler: &impl Handler, seen: &Mutex<Vec<Request>>) {
    let mut buffer = Vec::new();
    while let Some((request, early)) = next_request(stream, &mut buffer, handler).await {
        seen.lock().unwrap().push(request.clone());
        let answer = match early {
            Some(Early::Cut(_)) => return,
            Some(Early::Stall(_)) => return tokio::time::sleep(Duration::from_secs(60)).await,
            Some(Early::Answer(_, answer)) => answer.with("Connection", "close").ending(End::CutAfter(usize::MAX)),
            None => handler.answer(&request),
        };
        if answer.end == End::Unsaid {
            return;
        }
        let mut head = format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let sent = match answer.end {
            End::Whole | End::Unsaid => answer.body.len(),
            End::HangAfter(bytes) | End::CutAfter(bytes) => bytes.min(answer.body.len()),
        };
        // In one piece: a close with unread bytes would drop a second one that still waits here.
        if stream.write_all(&[head.as_bytes(), &answer.body[..sent]].concat()).await.is_err() {
            return;
        }
        let _ = stream.flush().await;
        match answer.end {
            End::Whole | End::Unsaid => {}
            End::HangAfter(_) => tokio::time::sleep(Duration::from_secs(60)).await,
            End::CutAfter(_) => return,
        }
    }
}

async fn next_request(
    stream: &mut SslStream<tokio::net::TcpStream>,
    buffer: &mut Vec<u8>,
    handler: &impl Handler,
) -> Option<(Request, Option<Early>)> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let announced: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    buffer.drain(..end + 4);
    let mut request = Request { method, target, headers, body: String::new(), tail: String::new(), length: 0 };
    let early = handler.early(&request);
    let wanted = early.as_ref().map_or(announced, |early| early.after().min(announced));
    let (mut kept, mut tail) = (Vec::new(), Vec::new());
    loop {
        let part: Vec<u8> = buffer.drain(..buffer.len().min(wanted - request.length)).collect();
        request.length += part.len();
        let room = (KEPT - kept.len()).min(part.len());
        kept.extend_from_slice(&part[..room]);
        tail.extend_from_slice(&part[room..]);
        tail.drain(..tail.len().saturating_sub(KEPT));
        if request.length == wanted {
            break;
        }
        read_more(stream, buffer).await?;
    }
    request.body = String::from_utf8_lossy(&kept).into_owned();
    request.tail = String::from_utf8_lossy(&tail).into_owned();
    Some((request, early))
}

async fn read_more(stream: &mut SslStream<tokio::net::TcpStream>, buffer: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 16 << 10];
    match stream.read(&mut chunk).await {
        Ok(0) | Err(_) => None,
        Ok(read) => {
            buffer.extend_from_slice(&chunk[..read]);
            Some(())
        }
    }
}
