//! Answers: a document, a refusal, or lines for what takes its time.

use std::{convert::Infallible, future::Future, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Serving;
use crate::api::{
    error::{ApiError, Class},
    requests::Line,
};

/// A document, or why there is none.
pub(super) type Answer<T> = Result<Json<T>, Refused>;

/// An [`ApiError`] as an answer.
pub(super) struct Refused(ApiError);

impl<E: Into<ApiError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.class {
            Class::Usage => StatusCode::BAD_REQUEST,
            Class::Blocked => StatusCode::CONFLICT,
            Class::Error | Class::Away => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Progress is sent at most this often.
const GAP: Duration = Duration::from_millis(100);
/// Lines that may wait for a slow client; of progress only the newest counts.
const WAITING: usize = 4;

/// Runs `work` in the background and tells of it line by line. `called_off` is cancelled where the client goes away.
pub(super) fn lines<P, T, F>(
    serving: &Serving,
    number: Option<u64>,
    called_off: CancellationToken,
    work: impl FnOnce(mpsc::UnboundedSender<P>) -> F,
) -> Response
where
    P: Serialize + Send + Sync + 'static,
    T: Serialize + Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let (sender, mut progress) = mpsc::unbounded_channel::<P>();
    let (lines, receiver) = mpsc::channel::<Bytes>(WAITING);
    let (work, busy, clock) = (work(sender), serving.busy(), serving.clock());
    tokio::spawn(async move {
        let _busy = busy;
        if let Some(number) = number {
            let _ = lines.send(line(&Line::<P, T>::Began(number))).await;
        }
        tokio::pin!(work);
        let (mut newest, mut quiet) = (None, true);
        let gap = clock.pause(GAP);
        tokio::pin!(gap);
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                Some(now) = progress.recv() => newest = Some(now),
                () = &mut gap, if !quiet => { quiet = true; }
                () = lines.closed(), if !called_off.is_cancelled() => called_off.cancel(),
            }
            if quiet && let Some(now) = newest.take() {
                // Where the client is slow, a later one will do.
                let _ = lines.try_send(line(&Line::<P, T>::Progress(now)));
                quiet = false;
                gap.set(clock.pause(GAP));
            }
        };
        // The last word on how far it came, then its end. Nobody need listen.
        while let Ok(now) = progress.try_recv() {
            newest = Some(now);
        }
        if let Some(now) = newest {
            let _ = lines.send(line(&Line::<P, T>::Progress(now))).await;
        }
        let last = match outcome {
            Ok(done) => Line::<P, T>::Done(done),
            Err(error) => Line::Failed(error),
        };
        let _ = lines.send(line(&last)).await;
    });
    let body = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), receiver))
    });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(body)).into_response()
}

fn line<T: Serialize>(value: &T) -> Bytes {
    // Our own types always have a JSON form; an empty line would only be passed over.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes.into()
}
