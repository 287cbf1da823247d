//! Our own image server, which BMCs fetch from for SimpleUpdate.
//!
//! It serves only what was granted: one image to one address under a path that cannot be guessed, for as long as the
//! grant is held. Whatever else is asked for does not exist. HTTP, and HTTPS in a form that old BMCs speak.

mod answer;
mod certificate;

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    fmt::Write as _,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use openssl::ssl::{Ssl, SslAcceptor};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_openssl::SslStream;

use crate::file_body::OpenFile;

/// A BMC that connects and says nothing is let go after this. Slow ones take seconds to sign.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections of one listener at the same time; the rest wait in the kernel's queue.
const CONNECTIONS: usize = 512;

/// How images are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Without TLS. Images are signed by their makers and no secret; the path is.
    Http,
    /// With a self-signed certificate.
    Https,
}

impl Scheme {
    /// The word in a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The word of Redfish's TransferProtocol.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        }
    }
}

/// Why images cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("images cannot be served at {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
    /// No certificate could be made.
    #[error("no certificate could be made for the image server: {0}")]
    Certificate(openssl::error::ErrorStack),
    /// The file has no name that a URL could end in.
    #[error("`{0}` is no file name that can be served")]
    Name(String),
    /// The system gives no random numbers.
    #[error("no random path could be made: {0}")]
    Random(openssl::error::ErrorStack),
}

/// One granted image.
#[derive(Debug)]
pub(in crate::images::server) struct Granted {
    file: OpenFile,
    name: String,
    client: IpAddr,
    /// Bytes of the image handed to the socket, in all.
    sent: AtomicU64,
    /// The end of the furthest byte handed over.
    reached: AtomicU64,
    over: AtomicBool,
}

/// Everything granted, and to whom anything ever was.
#[derive(Debug, Default)]
struct Book {
    by_token: HashMap<String, Arc<Granted>>,
    clients: HashSet<IpAddr>,
}

type Grants = Arc<Mutex<Book>>;

fn open(grants: &Grants) -> MutexGuard<'_, Book> {
    grants.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server: listeners, and what is granted on all of them. Ends with its handle.
#[derive(Debug, Default)]
pub struct ImageServer {
    grants: Grants,
    listeners: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for ImageServer {
    fn drop(&mut self) {
        for listener in self.listeners.get_mut().unwrap_or_else(PoisonError::into_inner) {
            listener.abort();
        }
    }
}

/// The right of one BMC to fetch one image; ends when dropped, also under a transfer.
#[derive(Debug)]
pub struct Grant {
    /// `/img/<32 hex digits>/<file name>`, encoded for a URL.
    pub path: String,
    token: String,
    granted: Arc<Granted>,
    grants: Grants,
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.granted.over.store(true, Ordering::SeqCst);
        open(&self.grants).by_token.remove(&self.token);
    }
}

/// How far a granted image was fetched, for who does not hold the grant.
#[derive(Debug, Clone)]
pub struct GrantWatch(Arc<Granted>);

impl GrantWatch {
    /// As [`Grant::reached`].
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.0.reached.load(Ordering::SeqCst)
    }

    /// True once the grant has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::SeqCst)
    }
}

impl Grant {
    /// Tells how far it is.
    #[must_use]
    pub fn watch(&self) -> GrantWatch {
        GrantWatch(Arc::clone(&self.granted))
    }

    /// The URL at a listener.
    #[must_use]
    pub fn url(&self, scheme: Scheme, listener: SocketAddr) -> String {
        format!("{}://{listener}{}", scheme.word(), self.path)
    }

    /// Bytes of the image handed to the socket, in all: more than its size where parts were fetched twice.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.granted.sent.load(Ordering::SeqCst)
    }

    /// How far into the image the BMC has come, in bytes: monotonic, at most its size.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.granted.reached.load(Ordering::SeqCst)
    }

    /// The image's length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.granted.file.size()
    }
}

impl ImageServer {
    /// A server that listens nowhere yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens at `address` (port 0: any) and returns the address with its port. Every grant holds on every listener.
    pub async fn listen(&self, address: SocketAddr, scheme: Scheme) -> Result<SocketAddr, ServerError> {
        let failed = |source| ServerError::Listen { address, source };
        let acceptor = match scheme {
            Scheme::Http => None,
            Scheme::Https => {
                // An RSA key takes up to a second.
                let made = tokio::task::spawn_blocking(move || certificate::acceptor(address.ip())).await;
                let made = made.map_err(|error| failed(io::Error::other(error)))?;
                Some(Arc::new(made.map_err(ServerError::Certificate)?))
            }
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::clone(&self.grants)));
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(accepting);
        Ok(bound)
    }

    /// Grants `image` under the name `name` to the BMC at `client`.
    pub fn register(&self, image: &OpenFile, name: &str, client: IpAddr) -> Result<Grant, ServerError> {
        if name.is_empty() || name.contains(['/', '\\']) || name.chars().any(char::is_control) || name.starts_with('.')
        {
            return Err(ServerError::Name(name.into()));
        }
        let token = token().map_err(ServerError::Random)?;
        let granted = Arc::new(Granted {
            file: image.clone(),
            name: name.into(),
            client: client.to_canonical(),
            sent: AtomicU64::new(0),
            reached: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let grants = Arc::clone(&self.grants);
        let mut book = open(&grants);
        book.clients.insert(granted.client);
        book.by_token.insert(token.clone(), Arc::clone(&granted));
        drop(book);
        Ok(Grant { path: format!("/img/{token}/{}", encoded(name)), token, granted, grants })
    }
}

/// Our address on the way to `bmc`, as the routes have it. Sends nothing.
pub fn address_towards(bmc: IpAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if bmc.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    // Connecting a UDP socket only looks up the route. The port is discard's, and never used.
    socket.connect((bmc, 9))?;
    Ok(socket.local_addr()?.ip())
}

/// 128 random bits as hex digits.
fn token() -> Result<String, openssl::error::ErrorStack> {
    let mut bytes = [0; 16];
    openssl::rand::rand_bytes(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

async fn accept(listener: TcpListener, acceptor: Option<Arc<SslAcceptor>>, grants: Grants) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        let Ok((stream, from)) = listener.accept().await else {
            // Out of file handles, for one: whoever holds one must get to run.
            tokio::task::yield_now().await;
            continue;
        };
        let (acceptor, grants) = (acceptor.clone(), Arc::clone(&grants));
        let from = from.ip().to_canonical();
        // Nothing is spent on an address that nothing was ever granted to, a handshake least of all.
        if !open(&grants).clients.contains(&from) {
            tracing::debug!(%from, "an address that no image is for was turned away");
            continue;
        }
        connections.spawn(async move {
            let Some(acceptor) = acceptor else { return serve(stream, from, grants).await };
            match secured(stream, &acceptor).await {
                Ok(stream) => serve(stream, from, grants).await,
                Err(error) => tracing::debug!(%from, %error, "no TLS with a BMC that fetches"),
            }
        });
    }
}

async fn secured(stream: TcpStream, acceptor: &SslAcceptor) -> io::Result<SslStream<TcpStream>> {
    let ssl = Ssl::new(acceptor.context()).map_err(io::Error::other)?;
    let mut stream = SslStream::new(ssl, stream).map_err(io::Error::other)?;
    match tokio::time::timeout(PATIENCE, Pin::new(&mut stream).accept()).await {
        Ok(Ok(())) => Ok(stream),
        Ok(Err(error)) => Err(io::Error::other(error)),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: IpAddr, grants: Grants) {
    let service = service_fn(move |request| {
        let grants = Arc::clone(&grants);
        async move { Ok::<_, Infallible>(answer::to(&request, from, &grants).await) }
    });
    let connection = http1::Builder::new()
        // Some embedded clients compare header names with their case.
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%from, %error, "a connection of a BMC that fetches ended");
    }
}
