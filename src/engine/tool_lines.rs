//! What tools say of a BMC, written down beside the exchanges with it.

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;

use super::Engine;
use crate::{
    bmc::tools::{Heard, Line, Sink, Stream},
    domain::target::Endpoint,
};

/// Lines that a listener may lag behind before it loses some.
pub(super) const LAG: usize = 256;

/// A line of a tool, as it stands in a transcript.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ToolLine {
    at: Timestamp,
    #[serde(skip)]
    pub(super) endpoint: String,
    tool: Said,
}

#[derive(Debug, Clone, Serialize)]
struct Said {
    name: &'static str,
    stream: Stream,
    text: String,
}

/// Writes down what one tool says of one BMC, and tells who looks on that there is more.
pub(super) struct ToolSink {
    engine: Engine,
    endpoint: Endpoint,
    name: &'static str,
}

impl ToolSink {
    /// Writes what the tool called `name` says beside the exchanges with `endpoint`.
    pub(super) fn new(engine: &Engine, endpoint: Endpoint, name: &'static str) -> Self {
        Self { engine: engine.clone(), endpoint, name }
    }
}

impl Engine {
    /// Of which BMCs tools say something, from now on. For screens: who is slow loses some.
    #[must_use]
    pub fn heard(&self) -> broadcast::Receiver<Endpoint> {
        self.0.heard.subscribe()
    }
}

impl Sink for ToolSink {
    fn hear(&self, heard: Heard) {
        // A line that is being written over is for the moment alone.
        if let Heard::Line(Line { at, stream, text }) = heard {
            let tool = Said { name: self.name, stream, text };
            self.engine.0.transcripts.write_tool(ToolLine { at, endpoint: self.endpoint.to_string(), tool });
            // Nobody need look on.
            let _ = self.engine.0.heard.send(self.endpoint.clone());
        }
    }
}
