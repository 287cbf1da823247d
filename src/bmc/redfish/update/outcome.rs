//! From a BMC's answer, or its absence, to how the attempt ended.

use std::time::Duration;

use hyper::Method;

use super::{
    messages::{self, Meaning},
    receipt,
};
use crate::{
    bmc::{
        connection::Reply,
        error::Error,
        redfish::client::{Client, seconds_to_wait},
    },
    domain::attempt::Attempt,
};

/// How much of an image had left when the answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The request carries no image: the BMC fetches it, or has it.
    NoImage,
    /// So many bytes of so many were handed to the socket.
    Bytes {
        /// Handed over.
        sent: u64,
        /// All of them.
        size: u64,
    },
}

impl Left {
    const fn sent(self) -> u64 {
        match self {
            Self::NoImage => 0,
            Self::Bytes { sent, .. } => sent,
        }
    }

    /// Whether the BMC may have begun with what it got.
    const fn any(self) -> bool {
        matches!(self, Self::NoImage | Self::Bytes { sent: 1.., .. })
    }

    const fn all(self) -> bool {
        match self {
            Self::NoImage => true,
            Self::Bytes { sent, size } => sent >= size,
        }
    }
}

/// What a BMC said with an error status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) ids: Vec<String>,
    pub(super) words: String,
    pub(super) retry_after: Option<Duration>,
}

/// How the attempt ended of which `reply` is the answer.
pub(super) fn of_reply(client: &Client, path: &str, reply: &Reply, left: Left) -> Attempt {
    if reply.status.is_success() {
        let body = serde_json::from_slice(&reply.body).unwrap_or_default();
        return Attempt::Accepted { receipt: receipt::of(&reply.headers, &body) };
    }
    let Error::Http { status, message_ids: ids, message: words, .. } = client.refusal(&Method::POST, path, reply)
    else {
        return Attempt::Unknown { why: "an answer that is none".into(), sent: left.sent() };
    };
    refused(Said { status, ids, words, retry_after: seconds_to_wait(&reply.headers) }, left)
}

/// How the attempt ended that a BMC answered with an error status (design: the ladder).
pub(super) fn refused(said: Said, left: Left) -> Attempt {
    let Said { status, ids, words, retry_after } = said;
    let meaning = messages::meaning(&ids);
    let why = if words.is_empty() && ids.is_empty() {
        format!("HTTP {status} without a word")
    } else if words.is_empty() {
        format!("HTTP {status}: {}", ids.join(", "))
    } else {
        format!("HTTP {status}: {words}")
    };
    let no = |reason: &str| Attempt::Refused { why: format!("{reason}: {why}"), message_ids: ids.clone() };
    match status {
        _ if meaning == Some(Meaning::Licence) => no("a licence is missing"),
        _ if meaning == Some(Meaning::Busy) => Attempt::Busy { why, retry_after },
        429 => Attempt::Busy { why, retry_after },
        // A bare 503 after all of the image is what a web server says whose back end is gone: it may have the image.
        503 if retry_after.is_some() || !ids.is_empty() || !left.all() => Attempt::Busy { why, retry_after },
        503 if left == Left::NoImage => Attempt::Busy { why, retry_after },
        404 | 405 | 501 => Attempt::NotStarted { why },
        300..=399 => Attempt::NotStarted { why: format!("redirected elsewhere, which is not followed: {why}") },
        400..=499 if meaning == Some(Meaning::Unsupported) => Attempt::NotStarted { why },
        401 => no("the credential is not taken"),
        403 => no("the account may not do this"),
        413 => no("the image is larger than the BMC takes"),
        400..=499 => Attempt::Refused { why, message_ids: ids },
        // Some BMCs answer 500 after they have accepted: only reading decides.
        _ if left.any() => Attempt::Unknown { why, sent: left.sent() },
        _ => Attempt::NotStarted { why },
    }
}

/// How the attempt ended that has no answer.
pub(super) fn unanswered(error: &Error, left: Left) -> Attempt {
    match error {
        Error::WrongCredentials { .. }
        | Error::RefusedBefore { .. }
        | Error::PasswordChangeRequired { .. }
        | Error::NoCredentials
        | Error::CertificateChanged { .. }
        | Error::CertificateUnknown { .. }
        | Error::CertificateUntrusted(_)
        | Error::TlsLevelRefused { .. } => Attempt::Refused { why: error.to_string(), message_ids: Vec::new() },
        Error::SessionTableFull(_) => Attempt::Busy { why: error.to_string(), retry_after: None },
        _ if error.may_have_arrived() && left.any() => Attempt::Unknown { why: error.to_string(), sent: left.sent() },
        _ => Attempt::NotStarted { why: error.to_string() },
    }
}

/// A cheap look with the credential before anything is handed over: whoever is not let in is told so before a byte
/// leaves, and a session that has ended is opened anew. Nothing where the way is free.
pub(super) async fn barrier(client: &mut Client) -> Option<Attempt> {
    let deadline = client.timeouts().read;
    match client.get(super::UPDATE_SERVICE, deadline).await {
        Ok(_) | Err(Error::Html { .. } | Error::BrokenJson { .. } | Error::RedirectElsewhere { .. }) => None,
        Err(Error::Http { status, message_ids: ids, message: words, .. })
            if matches!(status, 401 | 403 | 429 | 503) =>
        {
            let left = Left::Bytes { sent: 0, size: 1 };
            Some(refused(Said { status, ids, words, retry_after: None }, left))
        }
        Err(Error::Http { .. }) => None,
        Err(error) => Some(unanswered(&error, Left::Bytes { sent: 0, size: 1 })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Left = Left::Bytes { sent: 100, size: 100 };
    const SOME: Left = Left::Bytes { sent: 40, size: 100 };
    const NONE: Left = Left::Bytes { sent: 0, size: 100 };

    fn word(attempt: &Attempt) -> &'static str {
        match attempt {
            Attempt::NotStarted { .. } => "not_started",
            Attempt::Busy { .. } => "busy",
            Attempt::Refused { .. } => "refused",
            Attempt::Unknown { .. } => "unknown",
            Attempt::Accepted { .. } => "accepted",
            Attempt::NotTaken { .. } => "not_taken",
        }
    }

    #[test]
    fn each_status_and_message_ends_an_attempt_in_one_way() {
        for (status, id, left, expected) in [
            (404, "", SOME, "not_started"),
            (405, "", NONE, "not_started"),
            (501, "", ALL, "not_started"),
            (400, "Base.1.8.ActionNotSupported", NONE, "not_started"),
            (400, "Base.1.8.ActionParameterNotSupported", Left::NoImage, "not_started"),
            (503, "Base.1.8.ServiceTemporarilyUnavailable", ALL, "busy"),
            (503, "", SOME, "busy"),
            (503, "", Left::NoImage, "busy"),
            (503, "", ALL, "unknown"),
            (400, "iLO.2.34.FirmwareFlashAlreadyInProgress", ALL, "busy"),
            (400, "SMC.1.0.OemBiosUpdateIsInProgress", ALL, "busy"),
            (500, "IDRAC.2.8.RAC0218", ALL, "busy"),
            (429, "", ALL, "busy"),
            (403, "SMC.1.0.OemLicenseNotPassed", ALL, "refused"),
            (400, "Base.1.8.LicenseRequired", ALL, "refused"),
            (400, "IDRAC.2.8.RED007", ALL, "refused"),
            (401, "", SOME, "refused"),
            (403, "Base.1.8.InsufficientPrivilege", SOME, "refused"),
            (409, "", ALL, "refused"),
            (413, "", SOME, "refused"),
            (418, "", ALL, "refused"),
            (500, "", SOME, "unknown"),
            (500, "Base.1.8.InternalError", ALL, "unknown"),
            (502, "", ALL, "unknown"),
            (500, "", Left::NoImage, "unknown"),
            (500, "", NONE, "not_started"),
            (308, "", NONE, "not_started"),
        ] {
            let ids = if id.is_empty() { Vec::new() } else { vec![id.to_owned()] };
            let said = Said { status, ids, words: String::new(), retry_after: None };
            assert_eq!(word(&refused(said, left)), expected, "{status} {id} {left:?}");
        }
    }

    #[test]
    fn an_answer_that_did_not_come_is_unknown_once_a_byte_has_left() {
        let cut = || Error::Cut { path: "/x".into(), received: 0, detail: "reset".into() };
        for (error, left, expected) in [
            (cut(), ALL, "unknown"),
            (cut(), SOME, "unknown"),
            (cut(), NONE, "not_started"),
            (cut(), Left::NoImage, "unknown"),
            (Error::Refused, NONE, "not_started"),
            (Error::Refused, Left::NoImage, "not_started"),
            (Error::WrongCredentials { username: "root".into(), status: 401 }, NONE, "refused"),
            (Error::SessionTableFull(String::new()), NONE, "busy"),
        ] {
            assert_eq!(word(&unanswered(&error, left)), expected, "{error:?} {left:?}");
        }
    }
}
