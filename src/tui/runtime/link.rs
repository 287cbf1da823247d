//! The event stream, followed across engines that go away and come back.

use std::future::Future;

use tokio::sync::mpsc::Sender;

use super::Happened;
use crate::{
    api::{
        client::Client,
        live::{Hello, Message},
    },
    tui::msg::Msg,
};

/// Follows the events of `client`, and of whichever engine `reconnect` finds or starts after it, for ever. Journal entries
/// that were written meanwhile are sent first.
pub(super) async fn follow<R, F>(mut client: Client, reconnect: R, to: Sender<Happened>)
where
    R: Fn() -> F,
    F: Future<Output = Client>,
{
    let mut last = None;
    loop {
        let why = match listen(&client, &mut last, &to).await {
            Ok(()) => return,
            Err(why) => why,
        };
        tracing::warn!(%why, "the engine is lost");
        if to.send(Happened::Told(Msg::Lost(why))).await.is_err() {
            return;
        }
        client = reconnect().await;
    }
}

/// Until the engine goes away, or nobody listens any more.
async fn listen(client: &Client, last: &mut Option<i64>, to: &Sender<Happened>) -> Result<(), String> {
    // The stream before the first question: what happens between the two is in both, and not in neither.
    let mut events = client.events(*last).await.map_err(|error| error.to_string())?;
    let hello: Hello = client.hello().await.map_err(|error| error.to_string())?;
    tracing::info!(version = %hello.version, pid = hello.pid, "attached to the engine");
    if to.send(Happened::Attached(client.clone(), hello)).await.is_err() {
        return Ok(());
    }
    loop {
        let message = events.next().await.map_err(|error| error.to_string())?;
        match &message {
            Message::Entry(line) => *last = Some(line.seq),
            Message::Caught { seq } => *last = Some((*seq).max(last.unwrap_or_default())),
            _ => {}
        }
        if to.send(Happened::Told(Msg::Engine(Box::new(message)))).await.is_err() {
            return Ok(());
        }
    }
}
