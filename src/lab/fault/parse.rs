//! Rules as TOML.
//!
//! ```toml
//! [[rule]]
//! servers = "dell"          # all, an index, a list of indexes, a part ("10%"), a vendor, a personality, a serial number
//! request = "GET */FirmwareInventory*"   # method (or *) and path; left out: every request; "connect": before TLS
//! without_header = "accept" # or with_header
//! nth = 2                   # from the second one on
//! times = 3                 # three of them
//! delay_ms = 500            # first
//! status = 503              # then one of: status (with headers, body or text), merge, truncate_to, cut_after,
//! text = "busy"             # garbage_bytes, huge_bytes, black_hole, reset, bmc_reset, bmc_reset_after (bytes of an
//!                           # upload), mishap (a name of `model::Mishap`); none: the real answer
//! done = true               # beside status: the BMC does what it was asked and only answers otherwise
//! ```
//!
//! `IPMI /ipmi/2c/32` is a command by its network function and number (here HPM.1's upload of a block), and `status` then a
//! completion code: 130 for 82h. Rules for any method are for HTTP alone.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{Effect, FaultError, Point, Rule, Servers};
use crate::lab::model::Mishap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What the fault imitates, and where that was seen.
    #[serde(default, rename = "about")]
    _about: Option<String>,
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default = "all")]
    servers: Spanned<RawServers>,
    request: Option<Spanned<String>>,
    with_header: Option<String>,
    without_header: Option<String>,
    nth: Option<u64>,
    times: Option<u64>,
    #[serde(default)]
    delay_ms: u64,
    status: Option<Spanned<u16>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    text: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    done: bool,
    merge: Option<Value>,
    truncate_to: Option<usize>,
    cut_after: Option<usize>,
    garbage_bytes: Option<usize>,
    huge_bytes: Option<usize>,
    #[serde(default)]
    black_hole: bool,
    #[serde(default)]
    reset: bool,
    #[serde(default)]
    bmc_reset: bool,
    bmc_reset_after: Option<u64>,
    mishap: Option<Mishap>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawServers {
    Index(usize),
    Indexes(Vec<usize>),
    Word(String),
}

fn all() -> Spanned<RawServers> {
    Spanned::new(0..0, RawServers::Word("all".to_owned()))
}

/// Reads a file of rules; `name` is how errors call the file.
///
/// # Errors
/// Names file, line and field of what cannot be understood.
pub fn parse(name: &str, text: &str) -> Result<Vec<Rule>, FaultError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, &span));
        FaultError::Syntax { file: name.to_owned(), line, what: error.message().to_owned() }
    })?;
    file.rule
        .into_iter()
        .map(|spanned| {
            let span = spanned.span();
            rule(spanned.into_inner(), span).map_err(|(span, field, what)| FaultError::Field {
                file: name.to_owned(),
                line: line_of(text, &span),
                field,
                what,
            })
        })
        .collect()
}

type Wrong = (Range<usize>, &'static str, String);

fn rule(raw: RawRule, span: Range<usize>) -> Result<Rule, Wrong> {
    let mut rule = Rule::new(Effect::Slow);
    let servers_span = raw.servers.span();
    rule.servers = match raw.servers.into_inner() {
        RawServers::Index(index) => Servers::Index(vec![index]),
        RawServers::Indexes(list) => Servers::Index(list),
        RawServers::Word(word) if word.is_empty() => {
            return Err((servers_span, "servers", "is empty".to_owned()));
        }
        RawServers::Word(word) => Servers::from_word(&word),
    };
    if let Some(request) = raw.request {
        let span = request.span();
        match request.into_inner().split_once(' ') {
            Some((method, path)) if path.starts_with(['/', '*']) => rule = rule.on(method, path),
            Some(_) => return Err((span, "request", "the path begins with `/` or `*`".to_owned())),
            None => rule.at = Point::Connect,
        }
    }
    rule.header = match (raw.with_header, raw.without_header) {
        (Some(_), Some(_)) => return Err((span, "with_header", "stands beside without_header".to_owned())),
        (Some(name), None) => Some((name.to_lowercase(), true)),
        (None, Some(name)) => Some((name.to_lowercase(), false)),
        (None, None) => None,
    };
    rule.nth = raw.nth.unwrap_or(1);
    rule.times = raw.times;
    rule.delay = Duration::from_millis(raw.delay_ms);
    let mut effects: Vec<Effect> = Vec::new();
    if let Some(status) = raw.status {
        if !(100..=599).contains(status.get_ref()) {
            return Err((status.span(), "status", format!("{} is not an HTTP status", status.get_ref())));
        }
        let (body, natural) = match (&raw.body, raw.text) {
            (Some(_), Some(_)) => return Err((span, "text", "stands beside body".to_owned())),
            (Some(json), None) => (json.to_string().into_bytes(), "application/json"),
            (None, Some(text)) => (text.into_bytes(), "text/html"),
            (None, None) => (Vec::new(), "application/json"),
        };
        effects.push(Effect::Answer {
            status: status.into_inner(),
            headers: raw.headers.into_iter().collect(),
            content_type: raw.content_type.unwrap_or_else(|| natural.to_owned()),
            body,
            done: raw.done,
        });
    } else if raw.body.is_some() || raw.text.is_some() || raw.done {
        return Err((span, "status", "is missing beside body, text or done".to_owned()));
    }
    effects.extend(raw.merge.map(Effect::Merge));
    effects.extend(raw.truncate_to.map(Effect::Truncate));
    effects.extend(raw.cut_after.map(Effect::Cut));
    effects.extend(raw.garbage_bytes.map(Effect::Garbage));
    effects.extend(raw.huge_bytes.map(Effect::Huge));
    effects.extend(raw.bmc_reset_after.map(Effect::BmcResetAfter));
    effects.extend(raw.mishap.map(Effect::Mishap));
    for (asked, effect) in
        [(raw.black_hole, Effect::BlackHole), (raw.reset, Effect::Reset), (raw.bmc_reset, Effect::BmcReset)]
    {
        if asked {
            effects.push(effect);
        }
    }
    match (effects.pop(), effects.is_empty()) {
        (Some(effect), true) => rule.effect = effect,
        (Some(_), false) => return Err((span, "rule", "says two things at once".to_owned())),
        (None, _) if rule.delay.is_zero() => return Err((span, "rule", "says nothing".to_owned())),
        (None, _) => {}
    }
    Ok(rule)
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_reads_as_it_is_written() {
        let rules = parse(
            "x.toml",
            "[[rule]]\nservers = [1, 3]\nrequest = \"GET */Systems/*\"\nnth = 2\ntimes = 1\nmerge = { UUID = \"0\" }\n",
        )
        .unwrap();
        let expected = Rule::new(Effect::Merge(json!({"UUID": "0"})))
            .on("GET", "*/Systems/*")
            .at_servers(Servers::Index(vec![1, 3]))
            .times(2, 1);
        assert_eq!(rules, [expected]);
    }

    #[test]
    fn an_error_names_file_line_and_field() {
        for (text, expected) in [
            ("[[rule]]\nreset = true\ntimse = 3\n", "x.toml:3: unknown field `timse`"),
            ("[[rule]]\nrequest = \"GET Systems\"\nreset = true\n", "x.toml:2: request: the path begins"),
            ("[[rule]]\n\nstatus = 99\n", "x.toml:3: status: 99 is not an HTTP status"),
            ("[[rule]]\nreset = true\nblack_hole = true\n", "x.toml:1: rule: says two things"),
            ("[[rule]]\nservers = 1\n", "x.toml:1: rule: says nothing"),
        ] {
            let error = parse("x.toml", text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
