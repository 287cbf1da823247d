//! What tools say of a BMC, written down beside the exchanges with it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::transcripts::Transcripts;
use crate::bmc::tools::{Heard, Line, Sink, Stream};

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

/// Writes down what one tool says of one BMC.
pub(super) struct ToolSink {
    transcripts: Arc<Transcripts>,
    endpoint: String,
    name: &'static str,
}

impl ToolSink {
    /// Writes what the tool called `name` says beside the exchanges with `endpoint`.
    pub(super) fn new(transcripts: &Arc<Transcripts>, endpoint: String, name: &'static str) -> Self {
        Self { transcripts: Arc::clone(transcripts), endpoint, name }
    }
}

impl Sink for ToolSink {
    fn hear(&self, heard: Heard) {
        // A line that is being written over is for the moment alone.
        if let Heard::Line(Line { at, stream, text }) = heard {
            let tool = Said { name: self.name, stream, text };
            self.transcripts.write_tool(ToolLine { at, endpoint: self.endpoint.clone(), tool });
        }
    }
}
