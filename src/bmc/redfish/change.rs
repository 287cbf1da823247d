//! Requests that change something: each on a fresh connection, each sent once and never again by itself.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method,
    body::Bytes,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, IF_MATCH},
};
use serde_json::Value;

use super::client::{ANSWER_LIMIT, Client, error_of};
use crate::{
    bmc::{
        connection::{Broken, Reply},
        error::Error,
    },
    file_body::FileBody,
};

/// How often progress is looked at.
const TICK: Duration = Duration::from_millis(250);

/// Quarters of the stall time that pass without a byte before an upload counts as stalled.
const STILL: u32 = 4;

/// The body of an upload.
pub(super) struct Upload {
    /// Everything that is sent.
    pub(super) body: FileBody,
    /// `multipart/form-data; boundary=…`.
    pub(super) content_type: String,
    /// What else the vendor wants to be told.
    pub(super) headers: HeaderMap,
    /// Bytes of the image in it.
    pub(super) size: u64,
    /// Bytes of the image that were handed over so far.
    pub(super) sent: Arc<AtomicU64>,
}

/// What came of an upload.
#[derive(Debug)]
pub(super) struct Uploaded {
    /// The answer, or as much of it as has its status; else why there is none.
    pub(super) answer: Result<Reply, Error>,
    /// Bytes of the image that were handed to the socket.
    pub(super) sent: u64,
}

impl Client {
    /// POSTs `body` and returns whatever was answered, an error status too.
    ///
    /// An error is of the transport: from before the request left, unless [`Error::may_have_arrived`].
    pub async fn post(&mut self, path: &str, body: &Value, deadline: Duration) -> Result<Reply, Error> {
        self.change(Method::POST, path, HeaderMap::new(), Bytes::from(body.to_string()), deadline).await
    }

    /// PATCHes `body`, against `etag` where one was read. As [`Client::post`] otherwise.
    pub async fn patch(
        &mut self,
        path: &str,
        body: &Value,
        etag: Option<&str>,
        deadline: Duration,
    ) -> Result<Reply, Error> {
        let mut headers = HeaderMap::new();
        if let Some(etag) = etag.filter(|etag| !etag.is_empty()).and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.insert(IF_MATCH, etag);
        }
        self.change(Method::PATCH, path, headers, Bytes::from(body.to_string()), deadline).await
    }

    /// DELETEs `path`. As [`Client::post`] otherwise.
    pub async fn delete(&mut self, path: &str, deadline: Duration) -> Result<Reply, Error> {
        self.change(Method::DELETE, path, HeaderMap::new(), Bytes::new(), deadline).await
    }

    /// What an answer with an error status says.
    #[must_use]
    pub fn refusal(&self, method: &Method, path: &str, reply: &Reply) -> Error {
        self.http_error(method, path, reply)
    }

    async fn change(
        &mut self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: Bytes,
        deadline: Duration,
    ) -> Result<Reply, Error> {
        // A kept connection that the BMC has dropped would fail under the request, and nobody could tell how far it came.
        self.connection = None;
        headers.extend(self.authentication());
        self.exchange(method, path, &headers, body, deadline).await
    }

    /// POSTs an image within the deadline for its size. `progress` is told the bytes handed over, in ticks.
    pub(super) async fn upload(
        &mut self,
        path: &str,
        upload: Upload,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Uploaded {
        let Upload { body, content_type, headers, size, sent } = upload;
        let limits = self.setup.timeouts.upload;
        let deadline = limits.deadline(size);
        self.connection = None;
        let request = match self.connect().await {
            Ok(_) => self.request(&Method::POST, path, &self.authentication()),
            Err(error) => return Uploaded { answer: Err(error), sent: 0 },
        };
        let mut request = match request {
            Ok(request) => request,
            Err(error) => return Uploaded { answer: Err(error), sent: 0 },
        };
        if let Ok(content_type) = HeaderValue::from_str(&content_type) {
            request.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        request.headers_mut().extend(headers);
        // Never chunked: iDRACs fail on it.
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
        *request.body_mut() = body.boxed_unsync();
        let began = self.begin().await;
        let Some(mut connection) = self.connection.take() else {
            return Uploaded { answer: Err(Error::CalledOff), sent: 0 };
        };
        let answer = {
            let sending = connection.send(request, deadline, ANSWER_LIMIT);
            tokio::pin!(sending);
            let tick = (limits.stall / STILL).min(TICK).max(Duration::from_millis(1));
            let stall = u32::try_from(limits.stall.as_millis() / tick.as_millis().max(1)).unwrap_or(u32::MAX).max(1);
            let (mut seen, mut still) = (0, 0);
            loop {
                if let Ok(answer) = tokio::time::timeout(tick, &mut sending).await {
                    break answer.map_err(|broken| (error_of(&broken, path, deadline), part_of(broken)));
                }
                let now = sent.load(Ordering::SeqCst);
                if now != seen {
                    (seen, still) = (now, 0);
                    progress(now);
                } else if now < size {
                    still += 1;
                }
                if still >= stall {
                    let stalled = Error::Stalled { path: path.into(), sent: now, after: limits.stall };
                    break Err((stalled, None));
                }
            }
        };
        drop(connection);
        let sent = sent.load(Ordering::SeqCst);
        progress(sent);
        // A status that came is an answer, even if the words after it did not.
        let answer = match answer {
            Ok(reply) => Ok(reply),
            Err((error, None)) => Err(error),
            Err((_, Some(part))) => Ok(*part),
        };
        self.write_down(&Method::POST, path, began, answer.as_ref());
        Uploaded { answer, sent }
    }
}

fn part_of(broken: Broken) -> Option<Box<Reply>> {
    match broken {
        Broken::Lost { part, .. } | Broken::Hung { part } => part,
        Broken::TooLarge { part } => Some(part),
    }
}

/// Counts bytes of an image as they are handed over.
pub(super) fn counting(sent: &Arc<AtomicU64>) -> crate::file_body::Watch {
    let sent = Arc::clone(sent);
    Box::new(move |bytes| -> io::Result<()> {
        sent.fetch_add(bytes, Ordering::SeqCst);
        Ok(())
    })
}
