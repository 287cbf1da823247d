//! The event stream: journal entries, none lost, and the newest rows. A slow listener misses rows, never entries, and
//! never delays anybody.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{
        ConnectInfo, Query, State, WebSocketUpgrade,
        ws::{self, WebSocket},
    },
    http::HeaderMap,
    response::Response,
};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::{
    Serving,
    actor::{self, Peer},
    answer::Refused,
};
use crate::{
    api::{
        board,
        live::{BoardRow, Listener, Message, VaultState},
        requests::Since,
        runs,
        wire::Progress,
    },
    domain::{inventory::ServerId, target::Endpoint},
    engine::run::RunState,
    store::{Entry, StoreError},
};

/// Messages that a listener may lag behind before it is sent everything anew.
const LAG: usize = 1024;
/// Rows are sent at most this often.
const ROWS: Duration = Duration::from_millis(500);
/// Entries that are read from the journal at a time.
const PAGE: i64 = 500;

/// Where messages come together.
pub(super) struct Hub {
    messages: broadcast::Sender<Arc<Message>>,
    readings: Mutex<HashMap<u64, CancellationToken>>,
    here: Mutex<BTreeMap<u64, Listener>>,
    next: AtomicU64,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            messages: broadcast::channel(LAG).0,
            readings: Mutex::default(),
            here: Mutex::default(),
            next: AtomicU64::new(1),
        }
    }
}

/// A listener that all others are told of, until it goes.
struct Presence {
    hub: Arc<Hub>,
    number: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.hub.here.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
        self.hub.send(Message::Present { here: self.hub.here(), own: None });
    }
}

/// A reading that is told of; its end is told however it ends.
pub(super) struct Reading {
    serving: Arc<Hub>,
    number: u64,
    so_far: Progress,
}

impl Hub {
    pub(super) fn listeners(&self) -> usize {
        self.messages.receiver_count()
    }

    pub(super) fn readings(&self) -> usize {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn begin_reading(self: &Arc<Self>, called_off: CancellationToken) -> Reading {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).insert(number, called_off);
        Reading { serving: Arc::clone(self), number, so_far: Progress { read: 0, failed: 0, total: 0 } }
    }

    /// Calls a reading off; false where there is none.
    pub(super) fn stop_reading(&self, number: u64) -> bool {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.get(&number).inspect(|token| token.cancel()).is_some()
    }

    pub(super) fn tell_vault(&self, state: VaultState) {
        self.send(Message::Vault { state });
    }

    fn here(&self) -> Vec<Listener> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Somebody has come: everybody is told.
    fn enter(self: &Arc<Self>, mut listener: Listener) -> Presence {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        listener.number = number;
        self.here.lock().unwrap_or_else(PoisonError::into_inner).insert(number, listener);
        self.send(Message::Present { here: self.here(), own: None });
        Presence { hub: Arc::clone(self), number }
    }

    fn send(&self, message: Message) {
        // Nobody need listen.
        let _ = self.messages.send(Arc::new(message));
    }
}

impl Reading {
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        self.so_far = progress;
        self.serving.send(Message::Reading { reading: self.number, progress, done: false });
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.serving.readings.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
        self.serving.send(Message::Reading { reading: self.number, progress: self.so_far, done: true });
    }
}

/// Turns what the engine tells into messages, until the engine ends. It hears from now on: to be called before there are
/// listeners, so that none misses an entry between its own beginning and this one's.
pub(super) fn tell(serving: &Arc<Serving>) -> impl Future<Output = ()> + Send + use<> {
    let entries = serving.session.engine().listen();
    let last = serving.session.engine().store().last_seq().unwrap_or_default();
    tell_after(Arc::clone(serving), entries, last)
}

async fn tell_after(serving: Arc<Serving>, mut entries: broadcast::Receiver<Entry>, mut last: i64) {
    let engine = serving.session.engine().clone();
    let mut progress = engine.progress();
    let mut heard = engine.heard();
    let mut let_go = engine.let_go();
    let mut seen = Seen::default();
    let clock = serving.clock();
    let flush = clock.pause(ROWS);
    tokio::pin!(flush);
    loop {
        let news = tokio::select! {
            entry = entries.recv() => match entry {
                Ok(entry) if entry.seq <= last => continue,
                // One that overtook another: the journal has both, in order.
                Ok(entry) if entry.seq == last + 1 => vec![entry],
                Ok(_) | Err(RecvError::Lagged(_)) => engine.store().journal_after(last, PAGE).unwrap_or_default(),
                Err(RecvError::Closed) => return,
            },
            word = progress.recv() => {
                // A word that was lost is followed by another.
                if let Ok(word) = word {
                    seen.leaving.insert((word.run, word.server), (word.sent, word.total));
                    seen.changed.insert((word.run, Some(word.server)));
                }
                continue;
            }
            run = let_go.recv() => {
                // What could not be carried on, for want of a journal, has no entry that tells of it.
                if let Ok(run) = run {
                    seen.changed.insert((run, None));
                }
                continue;
            }
            endpoint = heard.recv() => {
                if let Ok(endpoint) = endpoint {
                    seen.changed.extend(seen.of(&endpoint));
                }
                continue;
            }
            () = &mut flush, if !seen.changed.is_empty() => {
                for (run, server) in std::mem::take(&mut seen.changed) {
                    row(&serving, &seen, run, server);
                }
                seen.runs.retain(|_, state| !state.state().is_over());
                flush.set(clock.pause(ROWS));
                continue;
            }
        };
        for entry in news {
            last = last.max(entry.seq);
            seen.take(&serving, &entry);
        }
    }
}

/// What was told so far of runs under way, and what of it is to be told anew.
#[derive(Default)]
struct Seen {
    runs: HashMap<i64, RunState>,
    /// Bytes that have left and all of them, where an image leaves.
    leaving: HashMap<(i64, ServerId), (u64, u64)>,
    changed: BTreeSet<(i64, Option<ServerId>)>,
}

impl Seen {
    fn take(&mut self, serving: &Serving, entry: &Entry) {
        if !self.runs.contains_key(&entry.run)
            && let Ok(state) = serving.session.engine().run_state(entry.run)
        {
            self.runs.insert(entry.run, state);
        }
        let Some(state) = self.runs.get_mut(&entry.run) else { return };
        state.apply(entry);
        let plan = entry.server.and_then(|server| state.server(server)).map(|(plan, _)| plan);
        serving.hub.send(Message::Entry(runs::line(entry, plan)));
        if let Some(server) = entry.server {
            // Each entry is of something that comes before an image leaves, or after.
            self.leaving.remove(&(entry.run, server));
        }
        self.changed.insert((entry.run, entry.server));
        // What servers do changes what the run is.
        self.changed.insert((entry.run, None));
    }
}

impl Seen {
    /// Where a BMC is in runs under way.
    fn of(&self, endpoint: &Endpoint) -> Option<(i64, Option<ServerId>)> {
        self.runs.iter().find_map(|(run, state)| {
            let (plan, _) = state.servers.iter().find(|(plan, _)| plan.endpoint == *endpoint)?;
            Some((*run, Some(plan.id)))
        })
    }
}

fn row(serving: &Serving, seen: &Seen, run: i64, server: Option<ServerId>) {
    let Some(state) = seen.runs.get(&run) else { return };
    let Some(server) = server else {
        let carries = serving.session.engine().carries(run);
        return serving.hub.send(Message::Run(board::head(state, &carries)));
    };
    if let Some((plan, one)) = state.server(server) {
        let row = board::row(plan, one, state.times(server));
        let sent = seen.leaving.get(&(run, server)).copied();
        serving.hub.send(Message::Row { run, row: BoardRow { sent, ..row } });
    }
}

/// `GET /v1/events`
pub(super) async fn stream(
    State(serving): State<Arc<Serving>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Query(Since { since }): Query<Since>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let listener = Listener {
        number: 0,
        who: actor::name(peer, &headers),
        terminal: actor::said(&headers, actor::TERMINAL),
        since: serving.clock.now().to_string(),
    };
    // Before the answer: what happens from then on is in the stream, and the listener is there.
    let presence = serving.hub.enter(listener);
    let messages = serving.hub.messages.subscribe();
    let sent = match since {
        Some(since) => since,
        None => serving.session.engine().store().last_seq()?,
    };
    Ok(upgrade.on_upgrade(move |socket| async move {
        // A listener that goes away ends its stream, and that is all.
        let _ = listen(&serving, &presence, sent, messages, socket).await;
    }))
}

/// Why a stream ends.
enum Gone {
    Listener,
    Engine,
}

impl From<axum::Error> for Gone {
    fn from(_: axum::Error) -> Self {
        Self::Listener
    }
}

impl From<StoreError> for Gone {
    fn from(_: StoreError) -> Self {
        Self::Engine
    }
}

/// Tells what came after entry `sent`, and then what `messages` brings.
async fn listen(
    serving: &Serving,
    presence: &Presence,
    mut sent: i64,
    mut messages: broadcast::Receiver<Arc<Message>>,
    mut socket: WebSocket,
) -> Result<(), Gone> {
    catch_up(serving, &mut socket, &mut sent).await?;
    let here = || Message::Present { here: serving.hub.here(), own: Some(presence.number) };
    say(&mut socket, &here()).await?;
    loop {
        let message = tokio::select! {
            message = messages.recv() => message,
            said = socket.recv() => match said {
                Some(Ok(ws::Message::Close(_))) | None | Some(Err(_)) => return Ok(()),
                Some(Ok(_)) => continue,
            },
            () = serving.end.cancelled() => {
                let _ = socket.send(ws::Message::Close(None)).await;
                return Err(Gone::Engine);
            }
        };
        match message {
            Ok(message) => match message.as_ref() {
                Message::Entry(line) if line.seq <= sent => {}
                Message::Entry(line) if line.seq > sent + 1 => catch_up(serving, &mut socket, &mut sent).await?,
                message => {
                    if let Message::Entry(line) = message {
                        sent = line.seq;
                    }
                    say(&mut socket, message).await?;
                }
            },
            Err(RecvError::Lagged(_)) => {
                say(&mut socket, &Message::Resync).await?;
                catch_up(serving, &mut socket, &mut sent).await?;
                say(&mut socket, &here()).await?;
            }
            Err(RecvError::Closed) => return Err(Gone::Engine),
        }
    }
}

/// Sends the entries after `sent` from the journal itself.
async fn catch_up(serving: &Serving, socket: &mut WebSocket, sent: &mut i64) -> Result<(), Gone> {
    let store = serving.session.engine().store();
    let mut plans: HashMap<i64, Option<RunState>> = HashMap::new();
    loop {
        let page = store.journal_after(*sent, PAGE)?;
        if page.is_empty() {
            return say(socket, &Message::Caught { seq: *sent }).await;
        }
        for entry in page {
            let state = plans.entry(entry.run).or_insert_with(|| serving.session.engine().run_state(entry.run).ok());
            let plan = entry.server.and_then(|server| state.as_ref()?.server(server)).map(|(plan, _)| plan);
            say(socket, &Message::Entry(runs::line(&entry, plan))).await?;
            *sent = entry.seq;
        }
    }
}

async fn say(socket: &mut WebSocket, message: &Message) -> Result<(), Gone> {
    // Our own types always have a JSON form.
    let text = serde_json::to_string(message).unwrap_or_default();
    Ok(socket.send(ws::Message::Text(text.into())).await?)
}
