//! The event stream, as a client follows it.

use futures_util::StreamExt as _;
use hyper::header::HeaderValue;
use tokio::net::UnixStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, client::IntoClientRequest as _},
};

use super::{Client, transport::whereabouts};
use crate::api::{error::ApiError, live::Message, socket};

/// Messages as they come.
pub struct Events(WebSocketStream<UnixStream>);

impl Client {
    /// Follows the events: first the journal entries after `since`, then what happens. Without `since`, only the latter.
    pub async fn events(&self, since: Option<i64>) -> Result<Events, ApiError> {
        let stream = socket::connect(&self.state_dir).await.map_err(away)?;
        let since = since.map_or_else(String::new, |since| format!("?since={since}"));
        let mut request = format!("ws://engine/v1/events{since}").into_client_request().map_err(away)?;
        for (name, value) in whereabouts() {
            // What cannot stand in a header is not said.
            if let Ok(value) = HeaderValue::from_str(&value) {
                request.headers_mut().insert(name, value);
            }
        }
        let (stream, _) = client_async(request, stream).await.map_err(away)?;
        Ok(Events(stream))
    }
}

impl Events {
    /// The next message; an error where the engine has gone away.
    pub async fn next(&mut self) -> Result<Message, ApiError> {
        loop {
            match self.0.next().await {
                Some(Ok(tungstenite::Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).unwrap_or(Message::Unknown));
                }
                Some(Ok(tungstenite::Message::Close(_))) | None => return Err(away("it closed the stream")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(away(error)),
            }
        }
    }
}

fn away(error: impl std::fmt::Display) -> ApiError {
    ApiError::away(format!("the engine's events are gone: {error}"))
}
