//! Images through the lab, asked for by a client that knows nothing of it.

mod dell;
mod hpe;
mod mishaps;
mod openbmc;
mod supermicro;

use std::{io, time::Duration};

use firmdeck::{
    clock::Clock,
    lab::{
        self, Lab,
        fault::Rule,
        image::{Image, Spec},
        model::{Counts, Kind},
        personality::Personality,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::raw::{Answer, ask, basic, get, post};

pub(super) const INVENTORY: &str = "/redfish/v1/UpdateService/FirmwareInventory";

/// One BMC on a clock that stands until the test moves it.
pub(super) struct Bench {
    pub(super) lab: Lab,
    pub(super) clock: Clock,
}

impl Bench {
    pub(super) async fn new(personality: Personality) -> Self {
        Self::with(personality, []).await
    }

    pub(super) async fn with(personality: Personality, rules: impl IntoIterator<Item = Rule>) -> Self {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let lab = Lab::builder().personalities([personality]).clock(clock.clone()).faults(rules);
        Self { lab: lab.start().await.unwrap(), clock }
    }

    /// The last image of this machine's path to what is newest.
    pub(super) fn spec(&self, kind: Kind) -> Spec {
        let machine = self.lab.bmc(0).machine();
        let releases = lab::release(&[machine], 1);
        releases.into_iter().find(|one| one.kind == kind).unwrap().images.pop().unwrap()
    }

    /// An image that this machine takes at once.
    pub(super) fn image(&self, kind: Kind) -> Image {
        Image::new(&Spec { min_from: None, ..self.spec(kind) })
    }

    pub(super) async fn get(&self, uri: &str) -> Answer {
        get(&self.lab, 0, uri).await
    }

    pub(super) async fn json(&self, uri: &str) -> Value {
        self.get(uri).await.json()
    }

    pub(super) async fn post(&self, uri: &str, body: &Value) -> Answer {
        post(&self.lab, 0, uri, &body.to_string()).await
    }

    /// `UpdateParameters`, then `UpdateFile`.
    pub(super) async fn push(&self, uri: &str, parameters: &Value, file: &str, image: &[u8]) -> Answer {
        self.try_push(uri, parameters, file, image).await.unwrap()
    }

    pub(super) async fn try_push(&self, uri: &str, parameters: &Value, file: &str, image: &[u8]) -> io::Result<Answer> {
        let parts = [
            ("UpdateParameters", None, parameters.to_string().into_bytes()),
            ("UpdateFile", Some(file), image.to_vec()),
        ];
        self.send_form(uri, &form(&parts)).await
    }

    pub(super) async fn send_form(&self, uri: &str, body: &[u8]) -> io::Result<Answer> {
        self.send(uri, "multipart/form-data; boundary=lab-boundary", body).await
    }

    pub(super) async fn send(&self, uri: &str, content_type: &str, body: &[u8]) -> io::Result<Answer> {
        let bmc = self.lab.bmc(0);
        let login = basic(&self.lab, bmc);
        ask(bmc.address(), "POST", uri, &[("Authorization", &login), ("Content-Type", content_type)], body).await
    }

    pub(super) async fn reset(&self, word: &str) -> Answer {
        let action = format!("{}/Actions/ComputerSystem.Reset", self.lab.bmc(0).profile().system);
        self.post(&action, &json!({"ResetType": word})).await
    }

    /// Device time passes.
    pub(super) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(super) fn counts(&self) -> Counts {
        self.lab.bmc(0).machine().counts
    }

    pub(super) fn version(&self, kind: Kind) -> String {
        self.lab.bmc(0).machine().version(kind).to_owned()
    }

    pub(super) fn accepted(&self, key: &str) -> u64 {
        self.counts().images_accepted.get(key).copied().unwrap_or_default()
    }

    /// The BMC answers again.
    pub(super) async fn back(&self) {
        super::raw::until(async || super::raw::try_get(&self.lab, 0, "/redfish/v1").await.is_ok()).await;
    }
}

/// A form of parts with names, file names and data.
pub(super) fn form(parts: &[(&str, Option<&str>, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, data) in parts {
        let file_name = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let kind = if file.is_some() { "application/octet-stream" } else { "application/json" };
        body.extend_from_slice(
            format!(
                "--lab-boundary\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\nContent-Type: {kind}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--lab-boundary--\r\n");
    body
}

/// A file server that serves one file at any path, once per connection.
pub(super) async fn serve(image: Vec<u8>) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = tcp.read(&mut head).await.unwrap_or_default();
            let found = String::from_utf8_lossy(&head[..read]).starts_with("GET /image");
            let status = if found { "200 OK" } else { "404 Not Found" };
            let body = if found { image.as_slice() } else { b"" };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = tcp.write_all(head.as_bytes()).await;
            let _ = tcp.write_all(body).await;
        }
    });
    address
}
