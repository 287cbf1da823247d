//! A BMC that takes images as a test tells it to, and a client that is logged in to it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use firmdeck::{
    bmc::{
        Credentials,
        connection::Levels,
        redfish::{
            client::{Client, Setup, Timeouts},
            update::{ImageFile, push, simple_update, start_update},
        },
        tls::{Level, Trust},
        transcript::{Exchange, Recorder},
    },
    clock::Clock,
    domain::{attempt::Attempt, offers::Offers, target::Endpoint},
    file_body::OpenFile,
};
use serde_json::{Value, json};

use crate::support::{
    http::{Answer, Early, Handler, Request, Server},
    tree::Tree,
};

pub(super) const PASSWORD: &str = "c0rrect-horse";
pub(super) const PUSH: &str = "/redfish/v1/UpdateService/upload";
pub(super) const SIMPLE: &str = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate";
pub(super) const START: &str = "/redfish/v1/UpdateService/Actions/UpdateService.StartUpdate";

type Say<T> = Box<dyn Fn(&Request) -> T + Send + Sync>;

/// A small machine with an update service. Requests that change something are answered by `acts`.
pub(super) struct Bmc {
    pub(super) tree: Arc<Tree>,
    acts: Say<Answer>,
    early: Say<Option<Early>>,
}

impl Bmc {
    pub(super) fn answering(acts: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { tree: Arc::new(Tree::small(PASSWORD)), acts: Box::new(acts), early: Box::new(|_| None) }
    }

    /// One that does this to each upload while it comes.
    pub(super) fn interrupting(early: impl Fn(&Request) -> Early + Send + Sync + 'static) -> Self {
        let early = move |head: &Request| (head.method == "POST" && head.path() == PUSH).then(|| early(head));
        Self { early: Box::new(early), ..Self::answering(|_| Answer::empty(500)) }
    }

    pub(super) fn with(mut self, path: &str, value: Value) -> Self {
        let tree = Arc::into_inner(self.tree).expect("nobody else has it yet");
        self.tree = Arc::new(tree.put(path, value));
        self
    }
}

impl Handler for Bmc {
    fn answer(&self, request: &Request) -> Answer {
        let is_session = request.path().contains("/Sessions");
        if matches!(request.method.as_str(), "POST" | "PATCH") && !is_session {
            return (self.acts)(request);
        }
        self.tree.answer(request)
    }

    fn early(&self, head: &Request) -> Option<Early> {
        (self.early)(head)
    }
}

#[derive(Default)]
pub(super) struct Kept(Mutex<Vec<Exchange>>);

impl Recorder for Kept {
    fn record(&self, exchange: Exchange) {
        self.0.lock().unwrap().push(exchange);
    }
}

/// A BMC, a client that is logged in, and an image.
pub(super) struct Bench {
    pub(super) server: Server,
    pub(super) client: Client,
    pub(super) image: ImageFile,
    pub(super) offers: Offers,
    /// What the last push was asked for with, without what the BMC did not know of it.
    pub(super) asked: Value,
    kept: Arc<Kept>,
    progress: Arc<Mutex<Vec<u64>>>,
    _directory: tempfile::TempDir,
}

/// Larger than every buffer on the way, so that an early answer comes while bytes are still here.
pub(super) const SIZE: u64 = 8 << 20;

impl Bench {
    pub(super) async fn with(bmc: impl Handler) -> Self {
        Self::with_limits(bmc, |_| {}).await
    }

    pub(super) async fn with_limits(bmc: impl Handler, set: impl FnOnce(&mut Timeouts)) -> Self {
        let server = Server::start(bmc).await;
        let mut timeouts = Timeouts { gap: Duration::ZERO, ..Timeouts::default() };
        set(&mut timeouts);
        let kept = Arc::new(Kept::default());
        let mut client = Client::new(Setup {
            endpoint: Endpoint { host: server.address.ip().to_string(), port: server.address.port() },
            trust: Trust::FirstContact,
            levels: Levels { known: None, lowest: Level::Strict },
            timeouts,
            recorder: kept.clone(),
            clock: Clock::system(),
        });
        let credentials = Credentials { username: "root".into(), password: PASSWORD.to_owned().into() };
        client.keep_secret(&credentials);
        let root = client.root().await.unwrap();
        client.log_in(&root, credentials).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0123abcd");
        let bytes: Vec<u8> = (0..SIZE).map(|at| b"0123456789abcdef"[(at / 7 % 16) as usize]).collect();
        std::fs::write(&path, bytes).unwrap();
        Self {
            server,
            client,
            image: ImageFile { file: OpenFile::open(&path).unwrap(), name: "some/where/BIOS_X.EXE".into(), size: SIZE },
            offers: Offers {
                multipart_uri: Some(PUSH.into()),
                simple_update: Some(SIMPLE.into()),
                start_update: Some(START.into()),
                ..Offers::default()
            },
            asked: Value::Null,
            kept,
            progress: Arc::default(),
            _directory: directory,
        }
    }

    pub(super) async fn push(&mut self) -> Attempt {
        self.push_asking(&json!({ "Targets": [] })).await
    }

    pub(super) async fn push_asking(&mut self, parameters: &Value) -> Attempt {
        let progress = Arc::clone(&self.progress);
        let tell = move |bytes| progress.lock().unwrap().push(bytes);
        self.asked = parameters.clone();
        push(&mut self.client, &self.offers, &mut self.asked, &self.image, &tell).await
    }

    pub(super) async fn pull(&mut self) -> Attempt {
        simple_update(&mut self.client, &self.offers, &json!({ "ImageURI": "http://192.0.2.1/x" })).await
    }

    pub(super) async fn start(&mut self) -> Attempt {
        start_update(&mut self.client, &self.offers).await
    }

    /// What progress was told.
    pub(super) fn told(&self) -> Vec<u64> {
        self.progress.lock().unwrap().clone()
    }

    /// Images that arrived whole.
    pub(super) fn uploads(&self) -> Vec<Request> {
        self.server.requests().into_iter().filter(|request| request.path() == PUSH).collect()
    }

    pub(super) fn transcript(&self) -> Vec<Exchange> {
        self.kept.0.lock().unwrap().clone()
    }
}
