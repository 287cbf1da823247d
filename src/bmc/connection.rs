//! One kept-alive HTTP/1.1 connection to one BMC.

use std::{io::ErrorKind, time::Duration};

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{timeout, timeout_at},
};

use super::{
    error::Error,
    tls::{self, HandshakeError, Level, Peer, Trust},
    wire::Wire,
};
use crate::domain::target::Endpoint;

/// Bytes that the kernel takes before the BMC has: it doubles what it is asked for, to 256 KiB. With more, an upload
/// reads 100 % while megabytes of it are still here (facts measured: 4 MiB ahead without a limit).
const SEND_BUFFER: usize = 128 << 10;

/// Bytes that the HTTP library holds in either direction, headers of an answer included.
const HTTP_BUFFER: usize = 64 << 10;

/// The body of a request: bytes, or a stream of known length.
pub type RequestBody = UnsyncBoxBody<Bytes, std::io::Error>;

/// A body of bytes that are held already.
#[must_use]
pub fn held(bytes: Bytes) -> RequestBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// Deadlines of the wall clock for reaching a BMC.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// TCP connection.
    pub connect: Duration,
    /// TLS handshake. Slow BMCs sign with RSA in software: seconds, not milliseconds.
    pub handshake: Duration,
}

impl Default for Reach {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), handshake: Duration::from_secs(20) }
    }
}

/// Which TLS levels may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    /// The level that worked before, if any: only it is tried.
    pub known: Option<Level>,
    /// The lowest that policy allows.
    pub lowest: Level,
}

/// The answer to one request.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// What came of a request that has no whole answer.
#[derive(Debug)]
pub enum Broken {
    /// The connection was lost.
    Lost {
        /// What did come of the answer, if its head did.
        part: Option<Box<Reply>>,
        /// The HTTP library's words.
        detail: String,
    },
    /// The deadline passed.
    Hung {
        /// What did come of the answer, if its head did.
        part: Option<Box<Reply>>,
    },
    /// The body passed the limit.
    TooLarge {
        /// What was read of it.
        part: Box<Reply>,
    },
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    sender: http1::SendRequest<RequestBody>,
    driver: tokio::task::JoinHandle<()>,
    /// The other end.
    pub peer: Peer,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects, probing TLS levels from the strictest down where none is known.
    pub async fn open(endpoint: &Endpoint, trust: &Trust, levels: Levels, reach: Reach) -> Result<Self, Error> {
        let candidates = candidates(levels);
        let mut failure = String::new();
        for level in &candidates {
            let stream = connect(endpoint, reach.connect).await?;
            match timeout(reach.handshake, tls::handshake(stream, &endpoint.host, *level, trust)).await {
                Ok(Ok((stream, peer))) => return Self::start(stream, peer).await,
                Ok(Err(HandshakeError::Changed { seen })) => {
                    let Trust::Pinned(pinned) = *trust else { continue };
                    return Err(Error::CertificateChanged { pinned, seen });
                }
                Ok(Err(HandshakeError::Untrusted(why))) => return Err(Error::CertificateUntrusted(why)),
                Ok(Err(HandshakeError::Level(detail))) => failure = detail,
                Err(_) => {
                    let detail = format!("the handshake was not answered within {} s", reach.handshake.as_secs());
                    return Err(Error::Tls { tried: level.to_string(), detail });
                }
            }
        }
        if speaks_plain_http(endpoint, reach).await {
            return Err(Error::PlainHttp);
        }
        Err(refusal(levels, &candidates, failure))
    }

    async fn start(stream: tokio_openssl::SslStream<TcpStream>, peer: Peer) -> Result<Self, Error> {
        let (sender, connection) = http1::Builder::new()
            // Some embedded servers compare header names with their case.
            .title_case_headers(true)
            // And send what no RFC allows: `X-Frame-Options : x`, folded lines, bytes outside of ASCII.
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .max_buf_size(HTTP_BUFFER)
            .handshake(TokioIo::new(Wire::new(stream)))
            .await
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        let driver = tokio::spawn(async move {
            // How a connection ends is told to the request that was under way.
            let _ = connection.await;
        });
        Ok(Self { sender, driver, peer })
    }

    /// True while another request may be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed() && !self.driver.is_finished()
    }

    /// Sends `request` and reads the whole answer, up to `limit` bytes, within `deadline`.
    pub async fn send(
        &mut self,
        request: Request<RequestBody>,
        deadline: Duration,
        limit: usize,
    ) -> Result<Reply, Broken> {
        let until = tokio::time::Instant::now() + deadline;
        let answer = match timeout_at(until, async {
            self.sender.ready().await?;
            self.sender.send_request(request).await
        })
        .await
        {
            Err(_) => return Err(Broken::Hung { part: None }),
            Ok(Err(error)) => return Err(Broken::Lost { part: None, detail: chain(&error) }),
            Ok(Ok(answer)) => answer,
        };
        let (head, mut body) = answer.into_parts();
        let mut bytes = Vec::new();
        let reply = |bytes: Vec<u8>| Reply { status: head.status, headers: head.headers, body: bytes.into() };
        loop {
            match timeout_at(until, next_frame(&mut body)).await {
                Err(_) => return Err(Broken::Hung { part: Some(Box::new(reply(bytes))) }),
                Ok(None) => return Ok(reply(bytes)),
                Ok(Some(Err(error))) => {
                    return Err(Broken::Lost { part: Some(Box::new(reply(bytes))), detail: chain(&error) });
                }
                Ok(Some(Ok(data))) if bytes.len() + data.len() > limit => {
                    return Err(Broken::TooLarge { part: Box::new(reply(bytes)) });
                }
                Ok(Some(Ok(data))) => bytes.extend_from_slice(&data),
            }
        }
    }
}

async fn next_frame(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    loop {
        match body.frame().await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

fn candidates(levels: Levels) -> Vec<Level> {
    match levels.known {
        Some(level) if level >= levels.lowest => vec![level],
        Some(_) => Vec::new(),
        None => Level::PROBED.into_iter().filter(|level| *level >= levels.lowest).collect(),
    }
}

fn refusal(levels: Levels, tried: &[Level], detail: String) -> Error {
    let tried_words = tried.iter().map(Level::to_string).collect::<Vec<_>>().join(", ");
    let below = |level: Level| Level::PROBED.into_iter().find(|candidate| *candidate < level);
    match (levels.known, tried.last()) {
        (Some(known), None) => Error::TlsLevelRefused {
            needed: known,
            why: format!("the configured lowest level is {}", levels.lowest),
            detail: "not tried".into(),
        },
        (Some(known), _) => match below(known) {
            Some(needed) => {
                Error::TlsLevelRefused { needed, why: format!("this BMC has worked at {known} before"), detail }
            }
            None => Error::Tls { tried: tried_words, detail },
        },
        (None, Some(last)) => match below(*last) {
            Some(needed) => Error::TlsLevelRefused {
                needed,
                why: format!("the configured lowest level is {}", levels.lowest),
                detail,
            },
            None => Error::Tls { tried: tried_words, detail },
        },
        (None, None) => Error::Tls { tried: tried_words, detail },
    }
}

async fn connect(endpoint: &Endpoint, within: Duration) -> Result<TcpStream, Error> {
    let stream = match timeout(within, TcpStream::connect((endpoint.host.as_str(), endpoint.port))).await {
        Err(_) => return Err(Error::NoAnswer(within)),
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Err(match error.kind() {
                ErrorKind::ConnectionRefused => Error::Refused,
                ErrorKind::TimedOut => Error::NoAnswer(within),
                _ if error.raw_os_error().is_none() => Error::NoSuchName(error.to_string()),
                _ => Error::Unreachable(error.to_string()),
            });
        }
    };
    // A request is one small write; waiting to fill a segment only adds latency.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
    Ok(stream)
}

/// Asks without credentials and without TLS, only to name the mistake.
async fn speaks_plain_http(endpoint: &Endpoint, reach: Reach) -> bool {
    let ask = async {
        let mut stream = connect(endpoint, reach.connect).await.ok()?;
        stream.write_all(b"GET /redfish HTTP/1.0\r\n\r\n").await.ok()?;
        let mut start = [0; 5];
        stream.read_exact(&mut start).await.ok()?;
        Some(&start == b"HTTP/")
    };
    matches!(timeout(reach.connect.min(Duration::from_secs(5)), ask).await, Ok(Some(true)))
}

fn chain(error: &hyper::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_bmc_is_probed_from_the_strictest_level_to_the_lowest_allowed() {
        assert_eq!(candidates(Levels { known: None, lowest: Level::Compat }), [Level::Strict, Level::Compat]);
    }

    #[test]
    fn a_known_bmc_is_tried_only_at_the_level_that_worked() {
        assert_eq!(candidates(Levels { known: Some(Level::Compat), lowest: Level::Legacy }), [Level::Compat]);
    }

    #[test]
    fn a_bmc_that_worked_higher_is_never_stepped_down_without_the_operator() {
        let levels = Levels { known: Some(Level::Strict), lowest: Level::Legacy };
        let error = refusal(levels, &[Level::Strict], "alert handshake failure".into());
        assert!(matches!(error, Error::TlsLevelRefused { needed: Level::Compat, .. }), "{error:?}");
    }
}
