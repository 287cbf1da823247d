//! What an answer to changed settings means, whole and by attribute.

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::Value;

use crate::{
    bmc::{
        connection::Reply,
        error::Error,
        redfish::{
            client::{Client, seconds_to_wait},
            doc::Doc,
        },
    },
    domain::bios::Sent,
};

/// What a MessageId means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Licence,
    Busy,
    /// It is refused, and this is what to do.
    Next(&'static str),
}

/// Sources: DMTF Base registry; Dell EEMI (SYS406, SYS410, SYS431, SYS435, SYS444, RAC0508); HPE's BIOS message
/// registry; Supermicro Redfish Reference Guide 3.4 (facts: formats 4.4). They are matched by their last part.
const MEANINGS: [(&str, Meaning); 17] = [
    ("LicenseRequired", Meaning::Licence),
    ("LicenseKeyRequired", Meaning::Licence),
    ("LicenseFailure", Meaning::Licence),
    ("OemLicenseNotPassed", Meaning::Licence),
    ("ServiceTemporarilyUnavailable", Meaning::Busy),
    ("ResourceInUse", Meaning::Busy),
    ("ResourceTemporarilyUnavailable", Meaning::Busy),
    // The host is in POST, or changes its power.
    ("InvalidOperationForSystemState", Meaning::Busy),
    ("RAC0508", Meaning::Busy),
    ("SYS431", Meaning::Busy),
    ("SYS518", Meaning::Busy),
    ("SYS406", Meaning::Next("end the system lockdown, then try again")),
    ("SYS410", Meaning::Next("set what it depends on in the same profile")),
    ("SYS444", Meaning::Next("set what it depends on in the same profile")),
    ("SYS435", Meaning::Next("let the server collect its inventory (restart the host), then try again")),
    ("SystemLockdown", Meaning::Next("end the system lockdown, then try again")),
    ("ServerConfigurationLockEnabled", Meaning::Next("end the server configuration lock, then try again")),
];

fn name(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

fn meaning(ids: &[String]) -> Option<Meaning> {
    let known = |id: &String| MEANINGS.iter().find(|(known, _)| *known == name(id)).map(|(_, meaning)| *meaning);
    ids.iter().filter_map(known).min_by_key(|meaning| match meaning {
        Meaning::Licence => 0,
        Meaning::Busy => 1,
        Meaning::Next(_) => 2,
    })
}

/// How it ended of which `reply` is the answer.
pub(super) fn of_reply(client: &Client, path: &str, reply: &Reply) -> Sent {
    if reply.status.is_success() {
        return Sent::Taken { job: job(reply) };
    }
    let Error::Http { status, message_ids, message, .. } = client.refusal(&Method::PATCH, path, reply) else {
        return Sent::Unknown { why: "an answer that is none".into() };
    };
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let words = match (message.is_empty(), message_ids.is_empty()) {
        (false, _) => format!("HTTP {status}: {message}"),
        (true, false) => format!("HTTP {status}: {}", message_ids.join(", ")),
        (true, true) => format!("HTTP {status} without a word"),
    };
    let reasons = reasons(&body);
    let no = |why: String| Sent::Refused { why, reasons: reasons.clone() };
    match (status, meaning(&message_ids)) {
        (_, Some(Meaning::Licence)) => {
            let why = format!("a licence for BIOS settings is missing: {words}");
            Sent::Refused { why, reasons: BTreeMap::new() }
        }
        (_, Some(Meaning::Busy)) | (429 | 503, None) => {
            Sent::Busy { why: words, retry_after: seconds_to_wait(&reply.headers) }
        }
        (_, Some(Meaning::Next(next))) => no(format!("{words}; next: {next}")),
        (401, None) => no(format!("the credential is not taken: {words}")),
        (403, None) => no(format!("the account may not change BIOS settings: {words}")),
        (412, None) => Sent::NotTaken { why: format!("the settings were changed by somebody meanwhile: {words}") },
        (300..=399, None) => no(format!("redirected elsewhere, which is not followed: {words}")),
        (400..=499, None) if reasons.is_empty() => no(words),
        (400..=499, None) => {
            let each = reasons.iter().map(|(attribute, words)| format!("{attribute}: {words}"));
            no(format!("the BMC refuses {}", each.collect::<Vec<_>>().join("; ")))
        }
        _ => Sent::Unknown { why: words },
    }
}

/// The job that the answer names (Dell: `Location` of a task).
fn job(reply: &Reply) -> Option<String> {
    let location = reply.headers.get("location")?.to_str().ok()?;
    let path = location.find("/redfish/").and_then(|at| location.get(at..))?;
    Some(path.to_owned())
}

/// What is said of single attributes.
fn reasons(body: &Value) -> BTreeMap<String, String> {
    let doc = Doc::new(body);
    let infos = [doc.at(&["error"]), doc];
    let infos = infos.iter().flat_map(|doc| doc.items("@Message.ExtendedInfo"));
    infos
        .filter_map(|info| {
            let (attribute, words) = of_message(info);
            Some((attribute?, words))
        })
        .collect()
}

/// The attribute that a message is about, where it names one, and its words.
pub(super) fn of_message(message: Doc<'_>) -> (Option<String>, String) {
    let strings = |key: &str| {
        let list = message.at(&[key]).raw().as_array();
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let args = strings("MessageArgs");
    let related = strings("RelatedProperties");
    let of_path = |text: &String| Some(text.split_once("Attributes/")?.1.trim_end_matches('/').to_owned());
    // Without a path the property stands first among the arguments (Base.PropertyUnknown and its kin), or alone (iLO).
    let is_name = |text: &&String| !text.is_empty() && !text.contains(['/', ' ']);
    let attribute = related.iter().chain(&args).find_map(of_path).or_else(|| args.iter().find(is_name).cloned());
    let id = message.str("MessageId").unwrap_or_default();
    let words = match message.str("Message") {
        Some(words) => words.to_owned(),
        None if args.is_empty() => name(id).to_owned(),
        None => format!("{} ({})", name(id), args.join(", ")),
    };
    (attribute, words)
}

/// How it ended that has no answer.
pub(super) fn unanswered(error: &Error) -> Sent {
    if error.may_have_arrived() {
        return Sent::Unknown { why: error.to_string() };
    }
    match error {
        Error::WrongCredentials { .. }
        | Error::RefusedBefore { .. }
        | Error::PasswordChangeRequired { .. }
        | Error::NoCredentials
        | Error::CertificateChanged { .. }
        | Error::CertificateUnknown { .. }
        | Error::CertificateUntrusted(_)
        | Error::TlsLevelRefused { .. } => Sent::Refused { why: error.to_string(), reasons: BTreeMap::new() },
        Error::SessionTableFull(_) => Sent::Busy { why: error.to_string(), retry_after: None },
        _ => Sent::NotTaken { why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_names_its_attribute_in_each_vendors_way() {
        for (message, attribute) in [
            (
                json!({ "MessageId": "Base.1.8.PropertyValueNotInList", "MessageArgs": ["x", "Attributes/ProcTurboMode"], "RelatedProperties": [] }),
                Some("ProcTurboMode"),
            ),
            (
                json!({ "MessageId": "IDRAC.2.7.SYS410", "MessageArgs": ["ProcTurboMode"], "RelatedProperties": ["#/Attributes/ProcTurboMode"] }),
                Some("ProcTurboMode"),
            ),
            (json!({ "MessageId": "iLO.2.14.PropertyNotWritable", "MessageArgs": ["ProcTurbo"] }), Some("ProcTurbo")),
            (json!({ "MessageId": "Base.1.8.GeneralError" }), None),
        ] {
            assert_eq!(of_message(Doc::new(&message)).0.as_deref(), attribute, "{message}");
        }
    }

    #[test]
    fn ids_are_known_by_their_last_part_and_a_licence_comes_first() {
        let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(meaning(&ids(&["IDRAC.2.8.RAC0508"])), Some(Meaning::Busy));
        assert_eq!(meaning(&ids(&["Base.1.0.ResourceInUse", "SMC.1.0.OemLicenseNotPassed"])), Some(Meaning::Licence));
        assert_eq!(meaning(&ids(&["HpeBiosMessageRegistry.v1_0_0.LicenseFailure"])), Some(Meaning::Licence));
        assert_eq!(meaning(&ids(&["Base.1.8.PropertyUnknown"])), None);
    }
}
