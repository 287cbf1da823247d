//! A request as the lab reads it and an answer before it is on the wire.

use serde_json::Value;

use crate::lab::{personality::Pull, upload::Upload};

/// One HTTP request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path without query and without a slash at the end.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What was pushed, in the place of a body.
    pub upload: Option<Upload>,
}

impl Request {
    /// The path of a request target as resources are looked up: one slash at the end is not another resource.
    #[must_use]
    pub fn normal_path(path: &str) -> String {
        let path = Self::decode(path.trim_end_matches('/'));
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// Percent decoding; a `+` stays what it is, for nothing in Redfish has a space.
    #[must_use]
    pub fn decode(text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                out.push(byte);
                continue;
            }
            let hex: String = bytes.by_ref().take(2).map(char::from).collect();
            out.extend(u8::from_str_radix(&hex, 16));
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One HTTP answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the BMC resets once this answer has left.
    pub then_reset: bool,
    /// What the BMC fetches once this answer has left.
    pub then_pull: Option<Pull>,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        let mut reply = Self { status, ..Self::default() };
        reply.header("OData-Version", "4.0");
        reply.header("Cache-Control", "no-cache");
        reply
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        let mut reply = Self::empty(status);
        reply.header("Content-Type", "application/json; charset=utf-8");
        reply.body = body.to_string().into_bytes();
        reply
    }

    /// Any other text with status 200.
    #[must_use]
    pub fn text(content_type: &str, body: String) -> Self {
        let mut reply = Self::empty(200);
        reply.header("Content-Type", content_type);
        reply.body = body.into_bytes();
        reply
    }

    /// Sets a header.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}
