//! An exchange with a BMC, as far as it tells why something did not go as it was wanted.

use jiff::Timestamp;
use serde::Deserialize;

/// A request and what came of it, free of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Exchange {
    /// When the request left.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Absent where no answer came.
    pub status: Option<u16>,
    /// The answer's first bytes.
    #[serde(default)]
    pub body: String,
    /// Length of the answer's whole body in bytes.
    #[serde(default)]
    pub length: usize,
    /// Why no answer, or no whole answer, came.
    #[serde(default)]
    pub error: Option<String>,
}

impl Exchange {
    /// The MessageIds in the answer, in order and each once. The body may be cut anywhere, so that it is no whole JSON.
    #[must_use]
    pub fn message_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in texts_of(&self.body, "MessageId") {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The BMC's words in the answer.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        texts_of(&self.body, "Message")
    }

    /// Whether no answer came, or one that says no.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.error.is_some() || self.status.is_none_or(|status| status >= 400)
    }

    /// Whether something was asked for that changes the BMC; logins and logouts aside.
    #[must_use]
    pub fn is_act(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD") && !self.path.contains("/Sessions")
    }

    /// The last part of its path, without the query.
    #[must_use]
    pub fn member(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    /// In one line: `POST /redfish/v1/x: HTTP 400, Base.1.8.GeneralError: Words of the BMC`.
    #[must_use]
    pub fn line(&self) -> String {
        let what = match (&self.status, &self.error) {
            (_, Some(error)) => error.clone(),
            (Some(status), None) => format!("HTTP {status}"),
            (None, None) => "no answer".into(),
        };
        let ids = self.message_ids();
        let ids = if ids.is_empty() { String::new() } else { format!(", {}", ids.join(", ")) };
        let silent = if self.is_bad() && self.error.is_none() && self.length == 0 { " without a body" } else { "" };
        let words = self.messages().into_iter().last().map(|words| format!(": {words}")).unwrap_or_default();
        format!("{} {}: {what}{silent}{ids}{words}", self.method, self.path)
    }
}

/// The strings that stand at `key` anywhere in a JSON text, which may end in the middle.
fn texts_of(text: &str, key: &str) -> Vec<String> {
    let quoted = format!("\"{key}\"");
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(&quoted) {
        rest = &rest[at + quoted.len()..];
        let Some(value) = rest.trim_start().strip_prefix(':') else { continue };
        // One value off the front; what follows it is of no concern here.
        let mut values = serde_json::Deserializer::from_str(value.trim_start()).into_iter::<serde_json::Value>();
        if let Some(Ok(serde_json::Value::String(text))) = values.next() {
            found.push(text);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Exchange {
        Exchange {
            at: Timestamp::UNIX_EPOCH,
            method: "POST".into(),
            path: "/redfish/v1/x/?a=b".into(),
            status: Some(400),
            body: body.into(),
            length: body.len(),
            error: None,
        }
    }

    #[test]
    fn message_ids_are_found_in_an_answer_that_is_cut_in_the_middle() {
        let body = r#"{"error":{"@Message.ExtendedInfo":[{"MessageId" : "IDRAC.2.8.RED007","Message":"No \"sign\"."},{"MessageId":"Base.1.8.Gen"#;
        let exchange = answer(body);
        assert_eq!(exchange.message_ids(), ["IDRAC.2.8.RED007"]);
        assert_eq!(exchange.messages(), ["No \"sign\"."]);
        assert_eq!(exchange.member(), "x");
    }

    #[test]
    fn an_answer_without_a_body_is_told_as_such() {
        assert_eq!(answer("").line(), "POST /redfish/v1/x/?a=b: HTTP 400 without a body");
    }
}
